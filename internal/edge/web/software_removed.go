package web

import (
	"net/url"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// softwareRemoved lists programs that are no longer on a machine, newest first: of one
// device, or of all in view. updates=1 adds those that another version replaced.
func softwareRemoved(s *site, c *call) error {
	page, err := c.page(c.tr.T("software.removed"))
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	v := &view.SoftwareRemoved{Page: page, Q: clean(query.Get("q"), 100), Updates: query.Get("updates") == "1"}
	f := software.GoneFilter{Text: v.Q, Removed: !v.Updates, Page: software.Page{After: query.Get("after"), Limit: 100}, Areas: c.removedAreas()}
	keep := url.Values{"q": {v.Q}}
	if v.Updates {
		keep.Set("updates", "1")
	}
	if id := query.Get("asset"); id != "" {
		if !store.ValidID(id) {
			return errNothing
		}
		a, err := asset.Get(c.r.Context(), s.deps.DB, c.assetScope(identity.AssetRead), id)
		if err != nil {
			return err
		}
		f.AssetID, v.AssetID, v.Asset = id, id, c.assetLabel(a)
		keep.Set("asset", id)
	}
	list, total, next, err := software.ListGone(c.r.Context(), s.deps.DB, f)
	if err != nil {
		return err
	}
	for _, g := range list {
		v.Rows = append(v.Rows, view.RemovedRow{Name: g.Name, Version: g.Version, Publisher: g.Publisher, Successor: g.Successor, GoneMS: g.GoneMS, SinceMS: g.FirstMS,
			Source: g.Source, SourceText: c.known("asset.source.", g.Source), Asset: orSame(g.AssetName, c.tr.T("asset.nameless")), Href: assetPath + "/" + g.AssetID + "/software"})
	}
	v.Pager = pagerOf(c, &v.Page, "/software/removed", keep, len(list), total, next)
	if total > software.MaxGoneTotal {
		v.Pager.Shown = c.tr.T("software.removed.many", "Total", c.tr.Number(software.MaxGoneTotal), "Count", len(list))
	}
	return c.render(v)
}

// removedAreas is where the person may look, and the facility in view.
func (c *call) removedAreas() []software.Area {
	scope, now := c.assetScope(identity.AssetRead), c.facility()
	if scope.All && now == "" {
		return nil
	}
	if scope.All {
		return []software.Area{{FacilityID: now}}
	}
	out := []software.Area{}
	for _, p := range scope.Places {
		switch {
		case now == "" || p.FacilityID == now:
			out = append(out, software.Area{FacilityID: p.FacilityID, Department: p.Department})
		case p.FacilityID == "":
			out = append(out, software.Area{FacilityID: now, Department: p.Department})
		}
	}
	return out
}
