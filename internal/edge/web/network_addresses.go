package web

import (
	"math/big"
	"net/url"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/network"
)

// addressPlan shows how the addresses of each segment are used.
func addressPlan(_ *site, c *call) error {
	p, err := c.openNetwork()
	if err != nil {
		return err
	}
	page, err := c.page(c.tr.T("addresses.title"))
	if err != nil {
		return err
	}
	sheet, id := p.sheet, p.sheet.FacilityID
	v := &view.AddressPlan{Page: page, FacilityID: id, Places: p.places, Map: address(networkPath, p.values), Segments: address(segmentPath, p.values)}
	for _, n := range sheet.Graph.Nodes {
		if len(n.Segments) == 0 && len(n.Addrs) > 0 {
			v.Outside++
		}
	}
	if c.who.CanAt(identity.NetworkExport, id, "") {
		v.CSV = address("/network/addresses/export.csv", changed(p.values, func(u url.Values) { u.Set("facility", id) }))
	}
	plan, err := sheet.AddressPlan(c.r.Context(), c.s.deps.DB)
	if err != nil {
		return err
	}
	for _, u := range plan {
		v.Rows = append(v.Rows, p.addressRow(u))
	}
	return c.render(v)
}

func (p *networkPage) addressRow(u network.SegmentUse) view.AddressRow {
	row := view.AddressRow{Name: u.Segment.Name, Range: u.Segment.CIDR, Purpose: u.Segment.Purpose, Href: p.segmentHref(u.Segment.ID),
		Size: p.bigNumber(u.Size), Used: p.tr.Number(int64(u.Used)), Free: p.bigNumber(u.Free), Devices: p.tr.Number(int64(u.Devices)), DHCPMany: len(u.DHCP) > 1}
	if u.Segment.VLAN > 0 {
		row.VLAN = strconv.FormatInt(u.Segment.VLAN, 10)
	}
	if u.Size.Sign() > 0 {
		row.Share, _ = new(big.Rat).SetFrac(big.NewInt(int64(u.Used)), u.Size).Float64()
	}
	for _, d := range u.Duplicates {
		t := view.AddressTwice{Addr: d.Addr}
		for _, k := range d.Nodes {
			t.Devices = append(t.Devices, p.link(k))
		}
		row.Duplicates = append(row.Duplicates, t)
	}
	row.Ranges = u.Segment.DHCP
	if u.Given.Leased > 0 {
		row.Given = p.tr.T("addresses.given_out", "Range", u.Given.SeenText(), "Count", u.Given.Leased)
	}
	row.Astray, row.Occupied = p.someOf(u.Given.Astray), p.someOf(u.Given.Occupied)
	for _, k := range u.DHCP {
		row.DHCP = append(row.DHCP, p.link(k))
	}
	return row
}

// addressesShown is how many addresses of one kind a row of the plan names; the file has all.
const addressesShown = 5

func (p *networkPage) someOf(list []string) string {
	if len(list) <= addressesShown {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:addressesShown], ", ") + " " + p.tr.T("addresses.more", "Count", len(list)-addressesShown)
}

// bigNumber writes what may be as many as IPv6 has: powers beyond 2^63.
func (p *networkPage) bigNumber(n *big.Int) string {
	if n.IsInt64() {
		return p.tr.Number(n.Int64())
	}
	return "2^" + strconv.Itoa(n.BitLen()-1)
}
