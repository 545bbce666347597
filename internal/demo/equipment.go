package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// equip lets a device tell of its parts, as it does when it is asked by SNMP: a switch of
// its ports and VLANs, a printer of its toner, a power supply of its battery.
func (w *wiring) equip(ref string) {
	r, t := w.at(ref), w.boxes[ref]
	switch {
	case t.Kind == "printer":
		r.Supplies = w.supplies()
	case strings.HasPrefix(ref, "UPS-"):
		r.Power = w.power(ref)
	case t.Kind == "network" && !strings.HasPrefix(ref, "AP-") && !strings.HasPrefix(ref, "WLC-"):
		w.bridge(ref, r)
	}
}

// bridge is a switch: ports in use and a few that are free or switched off.
func (w *wiring) bridge(ref string, r *network.Reading) {
	vlans, trunks := map[string][]int{}, map[string]bool{}
	for _, o := range r.Seen {
		switch {
		case o.How == network.HowLLDP:
			trunks[o.SeerPort] = true
		case o.How == network.HowFDB && o.VLAN > 0 && !slices.Contains(vlans[o.SeerPort], o.VLAN):
			vlans[o.SeerPort] = append(vlans[o.SeerPort], o.VLAN)
		}
	}
	known := map[int]bool{30: true} // of its management
	for _, list := range vlans {
		for _, v := range list {
			known[v] = true
		}
	}
	all := slices.Sorted(maps.Keys(known)) // go on to the switch above
	for i, face := range r.Interfaces {
		p := network.PortState{Name: face.Name, Index: i + 1, Enabled: true, Tree: "forwarding"}
		here := slices.Sorted(slices.Values(vlans[face.Name]))
		switch {
		case face.Name == "mgmt":
			p.VLAN, p.Untagged = 30, []int{30}
		case trunks[face.Name]:
			p.Tagged = all
			p.Alias = "uplink"
		case len(here) > 0:
			p.VLAN, p.Untagged = here[0], here[:1]
		}
		r.Ports = append(r.Ports, p)
	}
	used := w.used[ref]
	for i := used + 1; i <= used+3; i++ { // free ones, the last of them switched off
		name := fmt.Sprintf("Gi1/0/%d", i)
		if slices.ContainsFunc(r.Interfaces, func(f network.Interface) bool { return f.Name == name }) {
			continue
		}
		r.Interfaces = append(r.Interfaces, network.Interface{Name: name, Kind: "ethernet"})
		r.Ports = append(r.Ports, network.PortState{Name: name, Index: 100 + i, Enabled: i <= used+2})
	}
	slices.SortFunc(r.Ports, func(a, b network.PortState) int { return a.Index - b.Index })
	for _, s := range w.n.Segments {
		if known[int(s.VLAN)] {
			r.VLANs = append(r.VLANs, network.VLAN{ID: int(s.VLAN), Name: s.Name})
		}
	}
	w.tree(ref, r)
	fields := w.boxes[ref].Fields
	r.Modules = []network.Module{
		{Index: 1, Class: "chassis", Name: "Chassis", Maker: fields["maker"], Model: fields["model"], Serial: fields["serial"], Firmware: fields["firmware_version"]},
		{Index: 2, Within: 1, Class: "power", Name: "PSU 1", Maker: fields["maker"]},
		{Index: 3, Within: 1, Class: "fan", Name: "FAN 1", Maker: fields["maker"]},
	}
}

// tree is the spanning tree with the first core switch as its root.
func (w *wiring) tree(ref string, r *network.Reading) {
	root, known := w.boxes["CORE-01"]
	if !known {
		return
	}
	t := network.Tree{Bridge: r.Device.MAC, Root: network.MACKey(root.Fields["mac"]), Priority: 32768}
	switch {
	case ref == "CORE-01":
		t.Priority = 4096
	case strings.HasPrefix(ref, "CORE-"):
		t.RootPort, t.RootCost, t.Priority = "Te1/0/1", 2000, 8192
	case strings.HasPrefix(ref, "DS-"):
		t.RootPort, t.RootCost = "Te1/0/49", 2000
	default:
		t.RootPort, t.RootCost = "Te1/1/1", 22000
	}
	r.Tree = &t
}

// supplies are toner and drum of a printer; one in six is nearly empty.
func (w *wiring) supplies() []network.Supply {
	left := 15 + w.b.rnd.IntN(80)
	if w.b.rnd.IntN(6) == 0 {
		left = 2 + w.b.rnd.IntN(7)
	}
	drum := 30 + w.b.rnd.IntN(65)
	return []network.Supply{
		{Name: "トナー（黒）", Kind: "toner", Colour: "black", Percent: left, Level: int64(left), Max: 100},
		{Name: "ドラム", Kind: "drum", Percent: drum, Level: int64(drum), Max: 100},
	}
}

// power is an uninterruptible power supply on the mains; the second has an old battery.
func (w *wiring) power(ref string) *network.Power {
	p := network.Power{Battery: "normal", ChargePercent: 100, MinutesLeft: 25 + w.b.rnd.IntN(20), LoadPercent: 20 + w.b.rnd.IntN(35)}
	if ref == "UPS-02" {
		p.Battery, p.ChargePercent, p.MinutesLeft = "low", 38, 6
	}
	return &p
}
