package diagram

import (
	"context"
	"io"
	"strconv"
	"strings"

	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
)

// CSV writes one row a device and place where it hangs, with the facts of the drawing.
func (s *Sheet) CSV(w io.Writer) error {
	out := document.NewCSVWriter(w)
	titles := []string{"asset.field.name", "asset.field.kind", "asset.field.maker", "asset.field.model", "table.state", "map.column.segments", "map.column.addresses",
		"map.column.macs", "map.column.at", "map.column.port", "map.column.link", "map.column.stale", "map.column.last"}
	for i, k := range titles {
		titles[i] = s.tr.T(k)
	}
	if err := out.Write(titles); err != nil {
		return err
	}
	segments, hung := s.segmentNames(), s.Hung()
	for _, n := range s.Graph.Nodes {
		places := hung[n.Key]
		if len(places) == 0 {
			places = []Place{{}}
		}
		for _, p := range places {
			link, stale := "", ""
			if p.At != "" {
				link = s.tr.T("network.link." + string(p.Kind))
			}
			if p.Stale {
				stale = s.tr.T("map.stale")
			}
			if err := out.Write([]string{n.Name, s.KindWords(n.Kind), n.Maker, n.Model, s.tr.T("network.state." + string(n.State)), joined(n.Segments, segments),
				strings.Join(n.Addrs, " "), strings.Join(n.MACs, " "), p.Name, p.Port, link, stale, s.day(n.LastMS)}); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// Place is where a device hangs.
type Place struct {
	At, Name, Port string // Node.Key and name of the device it hangs at; port of that device
	Kind           network.LinkKind
	Stale          bool
}

// Hung are the places where each device hangs by cable or radio, by Node.Key; two
// devices that forward each stand at the other.
func (s *Sheet) Hung() map[string][]Place {
	names := map[string]network.Node{}
	for _, n := range s.Graph.Nodes {
		names[n.Key] = n
	}
	out := map[string][]Place{}
	add := func(device, at, port string, l network.Link) {
		d, ok := names[device]
		a, okA := names[at]
		if ok && okA && (l.Kind == network.LinkTrunk || !d.Forwards || !a.Forwards) && (a.Forwards || l.Kind == network.LinkTrunk) {
			out[device] = append(out[device], Place{at, s.NodeName(a), port, l.Kind, l.Stale})
		}
	}
	for _, l := range s.Graph.Links {
		if l.Kind != network.LinkTalk {
			add(l.A, l.B, l.BPort, l)
			add(l.B, l.A, l.APort, l)
		}
	}
	return out
}

// AddressPlan says how the addresses of each segment are used on the sheet's day. Only it
// reads how addresses were given out: the map has no use for that. Errors: of the database.
func (s *Sheet) AddressPlan(ctx context.Context, q store.Querier) ([]network.SegmentUse, error) {
	leases, err := network.Leases(ctx, q, s.FacilityID, s.AtMS)
	return network.AddressPlan(s.Graph, s.Servers, leases), err
}

// AddressCSV writes an address plan, one row a segment.
func (s *Sheet) AddressCSV(w io.Writer, plan []network.SegmentUse) error {
	out := document.NewCSVWriter(w)
	titles := []string{"map.column.segment", "map.column.range", "map.column.vlan", "addresses.size", "addresses.used", "addresses.free", "map.column.devices", "addresses.duplicates", "addresses.dhcp", "segment.dhcp", "addresses.given", "addresses.leased", "addresses.astray", "addresses.occupied"}
	for i, k := range titles {
		titles[i] = s.tr.T(k)
	}
	if err := out.Write(titles); err != nil {
		return err
	}
	for _, u := range plan {
		vlan := ""
		if u.Segment.VLAN > 0 {
			vlan = strconv.FormatInt(u.Segment.VLAN, 10)
		}
		var twice []string
		for _, d := range u.Duplicates {
			twice = append(twice, d.Addr+" ("+strings.Join(s.NamesOf(d.Nodes), ", ")+")")
		}
		if err := out.Write([]string{u.Segment.Name, u.Segment.CIDR, vlan, u.Size.String(), strconv.Itoa(u.Used), u.Free.String(), strconv.Itoa(u.Devices),
			strings.Join(twice, "; "), strings.Join(s.NamesOf(u.DHCP), ", "),
			strings.Join(u.Segment.DHCP, "; "), u.Given.SeenText(), strconv.Itoa(u.Given.Leased), strings.Join(u.Given.Astray, "; "), strings.Join(u.Given.Occupied, "; ")}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// NamesOf are the names of nodes.
func (s *Sheet) NamesOf(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = layout.Plain(k)
		if n, ok := s.Node(k); ok {
			out[i] = s.NodeName(n)
		}
	}
	return out
}

// day is a moment in files for people; empty for none.
func (s *Sheet) day(ms int64) string {
	if ms == 0 {
		return ""
	}
	return store.Time(ms).In(s.tr.Zone()).Format("2006-01-02 15:04")
}
