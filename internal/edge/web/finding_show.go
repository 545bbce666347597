package web

import (
	"context"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
)

// finding is what an address or a form names, with the map that it is of.
func (c *call) finding(facilityID, key string, do identity.Action) (unlistedMap, network.Finding, error) {
	m, err := c.wholeMap(facilityID, do)
	if err != nil {
		return m, network.Finding{}, err
	}
	list, err := network.Findings(c.r.Context(), c.s.deps.DB, m.graph, c.nowMS())
	if err != nil {
		return m, network.Finding{}, err
	}
	f, err := network.FindingByKey(list, key)
	return m, f, err
}

// findingShow shows one finding as a page that can be printed and handed on.
func findingShow(_ *site, c *call) error {
	q := c.r.URL.Query()
	return c.findingPage(q.Get("facility"), q.Get("key"), nil)
}

func (c *call) findingPage(facilityID, key string, wrong error) error {
	m, f, err := c.finding(facilityID, key, identity.NetworkRead)
	if err != nil {
		return err
	}
	w, err := c.findingWords(m, []network.Finding{f})
	if err != nil {
		return err
	}
	page, err := c.page(w.Kind(f))
	if err != nil {
		return err
	}
	v := &view.FindingShow{Page: page, FacilityID: m.id, Key: f.Key, Digest: f.Facts, Kind: w.Kind(f), Why: w.Why(f), Row: w.row(f), FirstMS: f.FirstMS, CanEdit: c.who.CanAt(identity.NetworkEdit, m.id, "")}
	v.Facts = w.facts(f)
	if f.Aside != nil {
		v.Aside, v.Reason = c.tr.T("finding.aside.until", "At", c.lastDay(f.Aside.UntilMS), "By", f.Aside.By), f.Aside.Reason
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// facts are the lines of the page.
func (w *findingWords) facts(f network.Finding) []view.UnlistedFact {
	row := w.row(f)
	n, _ := w.m.graph.NodeByKey(f.Nodes[0])
	macs := make([]string, len(n.MACs))
	for i, k := range n.MACs {
		macs[i] = network.MACText(k)
	}
	facts := []view.UnlistedFact{
		{Label: w.tr.T("asset.field.facility"), Values: texts(w.m.name)},
		{Label: w.tr.T("unlisted.place"), Values: slices.Concat(texts(row.Place), texts(row.Room))},
		{Label: w.tr.T("asset.field.segment"), Values: w.Segments(n.Segments)},
		{Label: w.tr.T("asset.field.ip"), Values: n.Addrs, Mono: true},
		{Label: w.tr.T("asset.field.mac"), Values: macs, Mono: true},
	}
	if value := w.Value(f); value != "" && f.Kind != network.FindOwner {
		facts = append(facts, view.UnlistedFact{Label: w.tr.T("unlisted.clash.value"), Values: []string{value}})
	}
	if basis := w.Basis(f); basis != "" {
		facts = append(facts, view.UnlistedFact{Label: w.tr.T("finding.basis"), Values: []string{basis}})
	}
	return facts
}

// findingAside puts a finding aside until a day.
func findingAside(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	m, f, err := c.finding(c.value("facility_id"), c.value("key"), identity.NetworkEdit)
	if err != nil {
		return err
	}
	a, kind := network.Aside{Reason: c.value("reason"), Facts: c.value("facts"), By: c.by()}, network.NewWords(c.tr, m.graph).Kind(f)
	if a.UntilMS, err = c.endOf("until"); err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "network_finding", ID: f.Key, Name: kind, FacilityID: m.id}, func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := network.PutAside(ctx, tx, m.id, f, a, c.nowMS())
			return map[string]any{"aside_until": made.UntilMS, "reason": made.Reason}, err
		})
	}
	if err != nil {
		return c.findingPage(m.id, f.Key, err)
	}
	return c.done(unlistedPath, "finding.aside.done", "Name", kind)
}

// findingOpen opens a finding again that was put aside.
func findingOpen(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	m, f, err := c.finding(c.value("facility_id"), c.value("key"), identity.NetworkEdit)
	if err != nil {
		return err
	}
	kind := network.NewWords(c.tr, m.graph).Kind(f)
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "network_finding", ID: f.Key, Name: kind, FacilityID: m.id}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"aside_until": nil}, network.TakeBackAside(ctx, tx, m.id, f.Key, c.nowMS())
	})
	if err != nil {
		return err
	}
	return c.done(findingAddress(m.id, f.Key), "finding.opened")
}
