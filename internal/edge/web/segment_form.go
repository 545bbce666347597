package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
	"sonae/internal/survey/network/scan"
)

// segmentNew is the form of a new segment; a proposal fills in what was seen.
func segmentNew(_ *site, c *call) error {
	places, fixed, err := c.places(identity.NetworkEdit)
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	if f := q.Get("facility"); f != "" {
		if !store.ValidID(f) {
			return errNothing
		}
		if err := c.need(identity.NetworkRead, identity.NetworkEdit, f, ""); err != nil {
			return err
		}
		fixed, places = f, nil
	}
	s, key := network.Segment{FacilityID: fixed}, q.Get("proposal")
	if key != "" && fixed != "" {
		list, err := network.SegmentProposals(c.r.Context(), c.s.deps.DB, fixed)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(p network.SegmentProposal) bool { return p.Key == key })
		if at < 0 {
			return fault.NotFound("segment.error.proposal")
		}
		s.CIDR, s.VLAN, s.Name = list[at].CIDR, list[at].VLAN, list[at].Name
	}
	return c.segmentPage(s, key, places, nil)
}

// segmentShow is one segment with what rests on it and its past.
func segmentShow(_ *site, c *call) error {
	s, err := c.segmentOne(identity.NetworkRead)
	if err != nil {
		return err
	}
	return c.segmentPage(s, "", nil, nil)
}

// segmentOne reads the segment of the address, with the right to do something to it.
func (c *call) segmentOne(do identity.Action) (network.Segment, error) {
	id, err := c.id("id")
	if err != nil {
		return network.Segment{}, err
	}
	s, err := network.SegmentByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return s, errNothing
	}
	if err != nil {
		return s, err
	}
	return s, c.need(identity.NetworkRead, do, s.FacilityID, "")
}

// segmentPage shows the form of a segment, or its words to those who may not change it.
func (c *call) segmentPage(s network.Segment, proposal string, places []view.Choice, wrong error) error {
	title := s.Name
	if s.ID == "" {
		title = c.tr.T("segments.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	v := &view.SegmentForm{Page: page, ID: s.ID, Name: s.Name, FacilityID: s.FacilityID, Revision: s.Revision, Places: places, Proposal: proposal, List: segmentPath}
	if s.FacilityID == "" {
		return c.render(v)
	}
	v.List = address(segmentPath, url.Values{"facility": {s.FacilityID}})
	v.CanEdit = s.EndedMS == 0 && c.who.CanAt(identity.NetworkEdit, s.FacilityID, "")
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	v.KindsError = v.Page.Form.Err("kinds")
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	v.Facility, v.Fields = names[s.FacilityID], segmentFields(&v.Page, s)
	g, err := c.s.atlas.Now(c.r.Context(), c.s.deps.DB, s.FacilityID, c.nowMS())
	if err != nil {
		return err
	}
	v.Kinds = c.segmentKinds(&v.Page, g, s)
	if s.EndedMS != 0 {
		v.Ended = c.tr.T("segment.ended", "At", c.tr.DateTime(store.Time(s.EndedMS)), "By", orSame(s.EndedBy, c.tr.T("segments.by.none")))
	} else {
		c.segmentAround(v, g, s)
	}
	if s.ID == "" {
		return c.render(v)
	}
	if s.EndedMS == 0 {
		if v.Ties, err = c.segmentTies(g, s); err != nil {
			return err
		}
	}
	past, err := network.SegmentHistory(c.r.Context(), c.s.deps.DB, s.ID)
	for _, p := range past {
		row := view.SegmentState{FromMS: p.FromMS, UntilMS: p.EndedMS, By: p.By, Name: p.Name, Range: p.CIDR, Purpose: p.Purpose, Note: p.Note, Kinds: strings.Join(c.kindWords(p.Kinds), c.tr.T("map.comma")), DHCP: p.DHCP}
		if p.VLAN > 0 {
			row.VLAN = strconv.FormatInt(p.VLAN, 10)
		}
		v.History = append(v.History, row)
	}
	if err != nil {
		return err
	}
	return c.render(v)
}

func segmentFields(p *view.Page, s network.Segment) []view.Input {
	vlan := ""
	if s.VLAN > 0 {
		vlan = strconv.FormatInt(s.VLAN, 10)
	}
	return []view.Input{
		p.Input("name", "segment.name").Must().Max(100).Or(s.Name),
		p.Input("cidr", "map.column.range").Must().Max(50).Or(s.CIDR).Help("segment.cidr.hint"),
		p.Input("vlan", "segment.vlan").Max(4).Or(vlan).Help("segment.vlan.hint"),
		p.Input("dhcp", "segment.dhcp").Long(3).Max(1000).Or(strings.Join(s.DHCP, "\n")).Help("segment.dhcp.hint"),
		p.Input("purpose", "segment.purpose").Max(200).Or(s.Purpose),
		p.Input("note", "organisation.record.note").Long(3).Max(1000).Or(s.Note),
	}
}

// segmentKinds are the kinds of devices that can be on a network, each with how many of
// it stand in the range today. Nothing is chosen that nobody chose.
func (c *call) segmentKinds(p *view.Page, g network.Graph, s network.Segment) []view.SegmentKind {
	now := map[asset.Kind]int{}
	for _, k := range network.KindsIn(g, s) {
		now[k.Kind] = k.Count
	}
	_, sent := p.Form.Values["name"]
	var out []view.SegmentKind
	for _, k := range asset.Kinds {
		chosen := slices.Contains(s.Kinds, string(k))
		if (k == asset.KindSystem || k == asset.KindCloud) && !chosen { // neither has an address here
			continue
		}
		if sent {
			chosen = p.Form.Has("kinds", string(k))
		}
		one := view.SegmentKind{Choice: view.Choice{Value: string(k), Label: c.tr.T("asset.kind." + string(k)), Current: chosen}}
		if now[k] > 0 {
			one.Now = c.tr.T("segment.kinds.now", "Count", now[k])
		}
		out = append(out, one)
	}
	return out
}

// segmentAround says in which wider segment a range lies and which narrower ones lie in it.
func (c *call) segmentAround(v *view.SegmentForm, g network.Graph, s network.Segment) {
	title := func(s network.Segment) string { return s.Name + " " + s.CIDR }
	if around, ok := network.Around(g.Segments, s); ok {
		v.Around = title(around)
	}
	for _, o := range g.Segments {
		if o.ID == s.ID {
			continue
		}
		if _, in := network.Around([]network.Segment{s}, o); in {
			v.Within = append(v.Within, title(o))
		}
	}
}

// segmentTies are what rests on a segment: devices, findings, do-not-probe rules, searches.
func (c *call) segmentTies(g network.Graph, s network.Segment) ([]view.SegmentTie, error) {
	devices, wrong, rules := 0, 0, 0
	for _, n := range g.Nodes {
		if slices.Contains(n.Segments, s.ID) {
			devices++
		}
	}
	findings, err := network.Findings(c.r.Context(), c.s.deps.DB, g, c.nowMS())
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		if f.Kind == network.FindSegment && f.Value == s.ID {
			wrong++
		}
	}
	here := []string{s.FacilityID}
	list, err := noprobe.Rules(c.r.Context(), c.s.deps.DB, here, false)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.Kind == noprobe.KindSegment && r.Value == s.ID {
			rules++
		}
	}
	out := []view.SegmentTie{
		{Words: c.tr.T("segment.ties.devices", "Count", devices), Href: address(networkPath, url.Values{"facility": {s.FacilityID}, "segment": {s.ID}}) + "#devices"},
		{Words: c.tr.T("segment.ties.findings", "Count", wrong), Href: unlistedPath},
		{Words: c.tr.T("segment.ties.rules", "Count", rules), Href: noProbePath},
	}
	plans, err := scan.Plans(c.r.Context(), c.s.deps.DB, here)
	for _, p := range plans {
		if slices.Contains(p.Settings.Segments, s.ID) {
			out = append(out, view.SegmentTie{Words: c.tr.T("segment.ties.search", "Name", p.Name), Href: scanPath + "/" + p.ID})
		}
	}
	return out, err
}
