package web

import (
	"context"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
)

// unlistedSightings is how many ways in which a device was seen its page shows.
const unlistedSightings = 100

// unlistedNode finds the device that an address or a form names.
func (c *call) unlistedNode(facilityID, key string, do identity.Action) (unlistedMap, network.Node, error) {
	m, err := c.wholeMap(facilityID, do)
	if err != nil {
		return m, network.Node{}, err
	}
	n, err := m.graph.Node(key)
	return m, n, err
}

// unlistedShow shows one device: what is known of it, how it was seen, and what can be
// done about it.
func unlistedShow(_ *site, c *call) error {
	q := c.r.URL.Query()
	return c.unlistedShowPage(q.Get("facility"), q.Get("key"), nil)
}

func (c *call) unlistedShowPage(facilityID, key string, wrong error) error {
	m, n, err := c.unlistedNode(facilityID, key, identity.NetworkRead)
	if err != nil {
		return err
	}
	if n.AssetID != "" { // somebody entered it meanwhile
		return c.redirect(assetPath + "/" + n.AssetID)
	}
	page, err := c.page(n.Title())
	if err != nil {
		return err
	}
	row := c.unlistedRow(m, n, network.NewWords(c.tr, m.graph))
	v := &view.UnlistedShow{Page: page, FacilityID: m.id, Key: n.Key, Name: row.Name, Icon: row.Icon, StateKind: row.StateKind, State: row.State, FirstMS: n.FirstMS, LastMS: n.LastMS,
		CanEdit: c.who.CanAt(identity.NetworkEdit, m.id, ""), Kinds: c.kindChoices(asset.Kind(n.Kind))}
	v.Facts = c.unlistedFacts(m, n, row)
	v.Claims = c.unlistedClaims(recognise.Device(n.Traits, n.MACs))
	for _, t := range n.Traits {
		v.Traits = append(v.Traits, view.UnlistedTrait{Label: c.known("network.trait.", t.Key), Value: t.Value})
	}
	if err := c.unlistedMarked(v, n); err != nil {
		return err
	}
	seen, err := network.SightingsOf(c.r.Context(), c.s.deps.DB, n, m.id, c.nowMS(), unlistedSightings)
	if err != nil {
		return err
	}
	for _, s := range seen {
		line := view.UnlistedSighting{How: c.tr.T("network.how." + string(s.How)), By: c.partyName(m.graph, s.Seer), Port: s.SeerPort, FirstMS: s.FirstMS, LastMS: s.LastMS}
		if s.VLAN != 0 {
			line.VLAN = strconv.Itoa(s.VLAN)
		}
		v.Sightings = append(v.Sightings, line)
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// unlistedClaims says what the device seems to be and why.
func (c *call) unlistedClaims(r recognise.Recognition) []view.UnlistedClaim {
	var out []view.UnlistedClaim
	for _, f := range recognise.Fields {
		a := r.Answer(f)
		if a.Value == "" {
			continue
		}
		row := view.UnlistedClaim{Label: c.tr.T("unlisted.field." + string(f)), Value: a.Value, Sure: c.tr.T("unlisted.claim.sure", "Percent", a.Confidence), Proof: strings.TrimSpace(c.known("network.trait.", a.Trait.Key) + ": " + a.Trait.Value)}
		word := func(value string) string {
			if f == recognise.FieldKind {
				return c.known("asset.kind.", value)
			}
			return value
		}
		row.Value = word(a.Value)
		for _, o := range a.Contradictions() {
			row.Others = append(row.Others, word(o.Value))
		}
		out = append(out, row)
	}
	return out
}

// partyName is what the one who saw a device is called.
func (c *call) partyName(g network.Graph, p network.Party) string {
	if p.Empty() {
		return c.tr.T("unlisted.by.capture")
	}
	if n, ok := g.NodeByKey(p.Key()); ok {
		return n.Title()
	}
	return network.Node{Name: p.Name, Key: p.Key()}.Title()
}

func (c *call) unlistedFacts(m unlistedMap, n network.Node, row view.UnlistedRow) []view.UnlistedFact {
	macs := make([]string, len(n.MACs))
	for i, k := range n.MACs {
		macs[i] = network.MACText(k)
	}
	facts := []view.UnlistedFact{
		{Label: c.tr.T("asset.field.kind"), Values: []string{row.Kind}},
		{Label: c.tr.T("asset.field.maker"), Values: texts(row.Maker)},
		{Label: c.tr.T("asset.field.ip"), Values: n.Addrs, Mono: true},
		{Label: c.tr.T("asset.field.mac"), Values: macs, Mono: true},
		{Label: c.tr.T("asset.field.segment"), Values: row.Segments},
	}
	if at, ok := m.graph.Sockets()[n.Key]; ok {
		place, kind := c.socketWords(at)
		facts = append(facts, view.UnlistedFact{Label: c.tr.T("unlisted.place"), Values: []string{place, kind}})
	}
	return facts
}

// texts is a list of one text, or none when it is empty.
func texts(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

// unlistedMarked fills in what somebody said of the device.
func (c *call) unlistedMarked(v *view.UnlistedShow, n network.Node) error {
	m, marked, err := network.MarkOf(c.r.Context(), c.s.deps.DB, v.FacilityID, n, c.nowMS())
	if marked {
		v.Marked, v.Until, v.Note, v.By = true, c.lastDay(m.UntilMS), m.Note, m.By
	}
	return err
}

// unlistedAdopt enters a device into the ledger; the person then fills in its row.
func unlistedAdopt(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	m, n, err := c.unlistedNode(c.value("facility_id"), c.value("key"), identity.AssetEdit)
	if err != nil {
		return err
	}
	var id string
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, audit.Object{Kind: "asset", Name: n.Title(), FacilityID: m.id}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		id, err = network.Adopt(ctx, tx, m.id, n, asset.Kind(c.value("kind")), c.by(), c.nowMS())
		return audit.Made{Object: audit.Object{Kind: "asset", ID: id, Name: n.Title(), FacilityID: m.id}, Detail: map[string]any{"adopted": n.Keys, "kind": c.value("kind")}}, err
	})
	if err != nil {
		return c.unlistedShowPage(m.id, n.Key, err)
	}
	return c.done(assetPath+"/"+id+"/edit", "unlisted.adopted", "Name", n.Title())
}

// unlistedMark marks a device as a visitor's until a day.
func unlistedMark(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	m, n, err := c.unlistedNode(c.value("facility_id"), c.value("key"), identity.NetworkEdit)
	if err != nil {
		return err
	}
	mark := network.Mark{FacilityID: m.id, Note: c.value("note"), By: c.by()}
	if mark.UntilMS, err = c.endOf("until"); err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "network_device", ID: n.Key, Name: n.Title(), FacilityID: m.id}, func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := network.MarkVisitor(ctx, tx, n, mark, c.nowMS())
			return map[string]any{"visitor_until": made.UntilMS, "note": made.Note}, err
		})
	}
	if err != nil {
		return c.unlistedShowPage(m.id, n.Key, err)
	}
	return c.done(unlistedPath+"?state="+string(network.StateVisitor), "unlisted.marked", "Name", n.Title())
}

// unlistedUnmark takes a mark back.
func unlistedUnmark(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	m, n, err := c.unlistedNode(c.value("facility_id"), c.value("key"), identity.NetworkEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "network_device", ID: n.Key, Name: n.Title(), FacilityID: m.id}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"visitor_until": nil}, network.UnmarkVisitor(ctx, tx, m.id, n, c.nowMS())
	})
	if err != nil {
		return err
	}
	return c.done(unlistedAddress(m.id, n.Key), "unlisted.unmarked")
}
