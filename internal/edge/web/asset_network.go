package web

import (
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
)

// assetNetwork is the page of a device's interfaces and listening ports.
func assetNetwork(s *site, c *call) error {
	o, err := c.openAssetOf()
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	interfaces, err := network.Interfaces(c.r.Context(), s.deps.DB, o.ID, o.atMS)
	if err != nil {
		return err
	}
	ports, err := network.Ports(c.r.Context(), s.deps.DB, o.ID, o.atMS)
	if err != nil {
		return err
	}
	v := &view.AssetNetwork{Page: page, Head: c.assetHead(o, "network"), CanProve: c.who.CanAt(identity.NetworkRead, o.Asset.FacilityID, "")}
	if v.Parts, err = c.deviceParts(o, interfaces); err != nil {
		return err
	}
	slices.SortStableFunc(interfaces, func(a, b network.Interface) int { return layout.Natural(a.Name, b.Name) })
	for _, n := range interfaces {
		if n.Source == "snmp" && len(n.Addresses) == 0 && v.Parts.HasPort(n.Name) { // a switch has dozens: they are listed once
			v.OnlyPorts++
			continue
		}
		row := view.InterfaceRow{Name: n.Name, MAC: n.MAC, Kind: c.known("asset.interface.", n.Kind), Up: n.Up, Mbps: n.SpeedMbps, Addresses: n.Addresses, Gateway: n.Gateway,
			DNS: n.DNS, Source: n.Source, SourceText: c.known("asset.source.", n.Source)}
		if n.DHCP != nil {
			row.DHCP = map[bool]string{true: c.tr.T("asset.interface.dhcp"), false: c.tr.T("asset.interface.fixed")}[*n.DHCP]
		}
		v.Interfaces = append(v.Interfaces, row)
	}
	for _, p := range ports {
		row := view.PortRow{Protocol: p.Protocol, Number: p.Number, Address: p.Address, Process: p.Process, Path: p.Path, RunAs: p.RunAs, Exposed: p.Exposed, SinceMS: p.FirstMS}
		v.Ports = append(v.Ports, row)
		if p.Exposed {
			v.Exposed++
		}
	}
	return c.render(v)
}
