package diagram

import (
	"strings"

	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
)

// kindIcons are the pictures of the kinds, as on the pages of the ledger.
var kindIcons = map[string]string{
	"pc": "device-desktop", "server": "server", "network": "router", "vpn": "shield-lock", "medical": "device-heart-monitor", "printer": "printer",
	"mobile": "device-laptop", "storage": "database", "vm": "cpu", "other": "device-unknown", "cloud": "cloud",
}

// Icon is the name of the picture of a kind.
func Icon(kind string) string {
	if i := kindIcons[kind]; i != "" {
		return i
	}
	return "device-unknown"
}

// KindWords names a kind of device in the reader's language.
func (s *Sheet) KindWords(kind string) string {
	if kind == "" || !s.tr.Has("asset.kind."+kind) {
		return s.tr.T("map.kind.unknown")
	}
	return s.tr.T("asset.kind." + kind)
}

// NodeName is what a node is called: its name, else an address, else a hardware address.
func (s *Sheet) NodeName(n network.Node) string {
	for _, list := range [][]string{{n.Name}, n.Addrs, n.MACs} {
		for _, t := range list {
			if t = layout.Plain(t); t != "" {
				return t
			}
		}
	}
	return s.tr.T("asset.nameless")
}

// SegmentWords are the title of a segment and its second line.
func (s *Sheet) SegmentWords(g network.Segment) (title, sub string) {
	var parts []string
	if g.VLAN > 0 {
		parts = append(parts, s.tr.T("map.vlan", "VLAN", g.VLAN))
	}
	return g.Name, strings.Join(append(parts, g.CIDR), s.tr.T("map.joint"))
}

// options are the words and places of the layout.
func (s *Sheet) options() layout.Options {
	o := layout.Options{Words: layout.Words{
		Kind: s.KindWords, Icon: Icon,
		Count:   func(n int) string { return s.tr.T("map.count", "Count", n) },
		State:   func(st network.NodeState) string { return s.tr.T("network.state." + string(st)) },
		Segment: s.SegmentWords, Clash: s.tr.T("map.clash"), Unnamed: s.tr.T("asset.nameless"), Outside: s.tr.T("map.outside"),
		Without: s.tr.T("map.without"), Empty: s.tr.T("map.empty_segment"),
		Port: func(_, port string) string { return s.tr.T("map.port", "Port", port) }, NoPort: s.tr.T("map.no_port"),
	}, Pins: map[string]layout.Point{}}
	for _, p := range s.Spots {
		o.Pins[p.Box] = layout.Point{X: float64(p.X), Y: float64(p.Y)}
	}
	return o
}

// Overview lays the whole out, devices counted by kind.
func (s *Sheet) Overview() layout.Figure { return layout.Overview(s.Graph, s.edges(), s.options()) }

// Full lays every device out on its own, for a map that people move about in.
func (s *Sheet) Full() layout.Figure { return layout.Full(s.Graph, s.edges(), s.options()) }

func (s *Sheet) edges() (out []layout.Outside) {
	for _, w := range s.Outside {
		out = append(out, w.outside())
	}
	return out
}

// AsOf is the moment that the diagram shows, in words.
func (s *Sheet) AsOf() string { return s.tr.DateTime(store.Time(s.AtMS)) }

// title is what the diagram is called.
func (s *Sheet) title() string { return s.tr.T("map.title") }
