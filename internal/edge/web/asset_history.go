package web

import (
	"sonae/internal/edge/web/view"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// assetHistory is the page of every change that any source brought, newest first.
func assetHistory(s *site, c *call) error {
	o, err := c.openAssetOf()
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	after := c.r.URL.Query().Get("after")
	found, err := asset.History(c.r.Context(), s.deps.DB, o.ID, after, 100)
	if err != nil {
		return err
	}
	v := &view.AssetHistory{Page: page, Head: c.assetHead(o, "history")}
	for _, ch := range found.Items {
		v.Rows = append(v.Rows, view.ChangeRow{AtMS: ch.AtMS, Field: c.fieldLabel(ch.Field), Old: c.valueWords(ch.Field, ch.Old, o.names), New: c.valueWords(ch.Field, ch.New, o.names),
			Source: string(ch.Source), SourceText: c.known("asset.source.", string(ch.Source)), By: ch.By, Settled: ch.Settled,
			DayHref: o.path("") + "?as_of=" + store.Time(ch.AtMS).In(c.tr.Zone()).Format("2006-01-02")})
	}
	first, next := "", ""
	if after != "" {
		first = address(o.path("history"), o.keep())
	}
	if found.Next != "" {
		keep := o.keep()
		keep.Set("after", found.Next)
		next = address(o.path("history"), keep)
	}
	v.Pager = v.Page.Pager(c.tr.T("pager.page", "Count", len(v.Rows)), first, next)
	return c.render(v)
}
