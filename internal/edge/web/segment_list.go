package web

import (
	"math/big"
	"net/url"
	"strconv"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// segmentPath is what people said of the segments of the network.
const segmentPath = "/network/segments"

// segmentList shows the segments of a facility as they were said to be on a day, and what
// may be one.
func segmentList(_ *site, c *call) error {
	p, err := c.openNetwork()
	if err != nil {
		return err
	}
	page, err := c.page(c.tr.T("segments.title"))
	if err != nil {
		return err
	}
	id := p.sheet.FacilityID
	v := &view.SegmentList{Page: page, FacilityID: id, Places: p.places, Day: p.day, Map: address(networkPath, p.values), Addresses: address("/network/addresses", p.values),
		New: address(segmentPath+"/new", url.Values{"facility": {id}}), CanEdit: p.day == "" && c.who.CanAt(identity.NetworkEdit, id, "")}
	if p.day != "" {
		v.AsOf = c.dayText(p.day)
	}
	for _, u := range network.AddressPlan(p.sheet.Graph, p.sheet.Servers, nil) { // the list does not say how they were given out
		v.Rows = append(v.Rows, p.segmentRow(u))
	}
	if p.day == "" {
		if v.Proposals, err = c.segmentProposals(id); err != nil {
			return err
		}
	}
	return c.render(v)
}

func (p *networkPage) segmentRow(u network.SegmentUse) view.SegmentRow {
	s := u.Segment
	row := view.SegmentRow{Href: segmentPath + "/" + s.ID, Name: s.Name, Purpose: s.Purpose, Range: s.CIDR, Kinds: p.kindWords(s.Kinds), Used: p.tr.Number(int64(u.Used)), Size: p.bigNumber(u.Size),
		Devices: p.tr.Number(int64(u.Devices)), By: s.By, FromMS: s.FromMS}
	if s.VLAN > 0 {
		row.VLAN = strconv.FormatInt(s.VLAN, 10)
	}
	if around, ok := network.Around(p.sheet.Graph.Segments, s); ok {
		row.Around = around.Name
	}
	if u.Size.Sign() > 0 {
		row.Share, _ = new(big.Rat).SetFrac(big.NewInt(int64(u.Used)), u.Size).Float64()
	}
	return row
}

// kindWords are kinds of devices in words, in the order of the ledger.
func (c *call) kindWords(kinds []string) []string {
	var out []string
	for _, k := range asset.Kinds {
		for _, one := range kinds {
			if one == string(k) {
				out = append(out, c.tr.T("asset.kind."+one))
			}
		}
	}
	return out
}

func (c *call) segmentProposals(facilityID string) ([]view.SegmentProposal, error) {
	list, err := network.SegmentProposals(c.r.Context(), c.s.deps.DB, facilityID)
	var out []view.SegmentProposal
	for _, x := range list {
		row := view.SegmentProposal{Href: address(segmentPath+"/new", url.Values{"facility": {facilityID}, "proposal": {x.Key}}), Name: x.Name, Range: x.CIDR}
		row.Machines = c.tr.T("segments.proposal.machines", "Count", x.Machines)
		if x.CIDR == "" {
			row.Machines = c.tr.T("segments.proposal.switches", "Count", x.Machines)
		}
		if x.VLAN > 0 {
			row.VLAN = strconv.FormatInt(x.VLAN, 10)
		}
		for _, s := range x.Sources {
			row.Sources = append(row.Sources, c.known("asset.source.", s))
		}
		out = append(out, row)
	}
	return out, err
}
