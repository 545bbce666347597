package web

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/silence"
)

// silenceExport streams the list as CSV, with the filters of the page.
func silenceExport(s *site, c *call) error {
	q := c.silenceQueryOf(identity.AssetExport)
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetExport, audit.Object{Kind: "silence", FacilityID: c.facility()}, func(context.Context, *store.Tx) (any, error) {
		return map[string]any{"format": "csv", "query": q.values.Encode()}, nil
	})
	if err != nil {
		return err
	}
	q.filter.Limit, q.filter.After = 500, ""
	c.attachment("sonae-silence-"+c.today()+".csv", "text/csv; charset=utf-8")
	out := document.NewCSVWriter(c.w)
	titles := []string{"asset.field.facility", "asset.field.name", "asset.field.department", "asset.fact.source", "table.state", "silence.last", "silence.since", "silence.reason", "silence.elsewhere.title", "silence.elsewhere.at", "silence.exception"}
	for i, key := range titles {
		titles[i] = c.tr.T(key)
	}
	if err := out.Write(titles); err != nil {
		return c.broken(err)
	}
	for {
		rows, _, next, err := silence.List(c.r.Context(), s.deps.DB, q.filter)
		if err != nil {
			return c.broken(err)
		}
		for _, r := range rows {
			v := c.silenceRow(r, names)
			if err := out.Write([]string{v.Facility, r.Name, v.Department, v.SourceText, v.State, c.stamp(v.LastMS), c.stamp(v.SinceMS), v.Reason, v.Elsewhere, c.stamp(v.ElsewhereMS), v.Exception}); err != nil {
				return c.broken(err)
			}
		}
		if q.filter.After = next; next == "" {
			return c.broken(out.Flush())
		}
	}
}

// stamp is a moment in files; empty for none.
func (c *call) stamp(ms int64) string {
	if ms == 0 {
		return ""
	}
	return store.Time(ms).In(c.tr.Zone()).Format("2006-01-02 15:04")
}
