package web

import (
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
)

// nodeStateKinds are the colours of a device's state.
var nodeStateKinds = map[network.NodeState]string{network.StateListed: "ok", network.StateUnlisted: "danger", network.StateVisitor: "hold", network.StateOverdue: "danger"}

// segments makes the table that says what the drawing shows.
func (p *networkPage) segments() {
	special := layout.Special(p.sheet.Graph)
	for _, s := range p.sheet.Graph.Segments {
		row := view.NetworkSegment{Name: s.Name, Range: s.CIDR, Purpose: s.Purpose, Href: p.segmentHref(s.ID)}
		if s.VLAN > 0 {
			row.VLAN = strconv.FormatInt(s.VLAN, 10)
		}
		p.fill(&row, special, func(n network.Node) bool { return slices.Contains(n.Segments, s.ID) })
		p.v.Segments = append(p.v.Segments, row)
	}
	row := view.NetworkSegment{Name: p.tr.T("map.without"), Href: p.segmentHref("")}
	p.fill(&row, special, func(n network.Node) bool { return len(n.Segments) == 0 })
	if row.Devices != "" || len(row.Marked) > 0 {
		p.v.Segments = append(p.v.Segments, row)
	}
}

// fill counts the devices of a segment by kind and names those that need a look.
func (p *networkPage) fill(row *view.NetworkSegment, special map[string]bool, in func(network.Node) bool) {
	counts := map[string]int{}
	for _, n := range p.sheet.Graph.Nodes {
		if !in(n) {
			continue
		}
		if n.Kind == string(asset.KindVPN) {
			row.Ways = append(row.Ways, p.link(n.Key))
		}
		if special[n.Key] {
			kind, words := p.stateWords(n)
			row.Marked = append(row.Marked, view.NetworkMark{Kind: kind, Words: words, Name: p.sheet.NodeName(n), Href: p.nodeHref(n.Key)})
			continue
		}
		counts[n.Kind]++
	}
	var parts []string
	for _, k := range append(slices.Clone(asset.Kinds), "") {
		if counts[string(k)] > 0 {
			parts = append(parts, p.tr.T("map.kind_count", "Kind", p.sheet.KindWords(string(k)), "Count", counts[string(k)]))
		}
	}
	row.Devices = strings.Join(parts, p.tr.T("map.comma"))
}

// stateWords is the state of a device with its colour: a contradiction first.
func (p *networkPage) stateWords(n network.Node) (kind, words string) {
	for _, c := range p.sheet.Graph.Clashes {
		if slices.Contains(c.Nodes, n.Key) {
			return "warn", p.tr.T("network.clash." + string(c.Kind))
		}
	}
	return nodeStateKinds[n.State], p.tr.T("network.state." + string(n.State))
}

// devices makes the table of devices: those that need a look first, then by name.
func (p *networkPage) devices() {
	special := layout.Special(p.sheet.Graph)
	var list []network.Node
	for _, n := range p.sheet.Graph.Nodes {
		if p.match == nil || p.match(n) {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b network.Node) int {
		if special[a.Key] != special[b.Key] {
			if special[a.Key] {
				return -1
			}
			return 1
		}
		return layout.Natural(p.sheet.NodeName(a), p.sheet.NodeName(b))
	})
	p.v.Shown = p.tr.T("map.shown", "Total", len(list), "Shown", min(len(list), networkRows))
	segments := map[string]string{}
	for _, s := range p.sheet.Graph.Segments {
		segments[s.ID] = s.Name
	}
	for _, n := range list[:min(len(list), networkRows)] {
		p.v.Devices = append(p.v.Devices, p.deviceRow(n, segments))
	}
}

func (p *networkPage) deviceRow(n network.Node, segments map[string]string) view.NetworkDevice {
	row := view.NetworkDevice{Name: p.sheet.NodeName(n), Href: p.nodeHref(n.Key), Icon: kindIcon(asset.Kind(n.Kind)), Kind: p.sheet.KindWords(n.Kind),
		Maker: strings.TrimSpace(layout.Plain(n.Maker) + " " + layout.Plain(n.Model)), LastMS: n.LastMS, Addresses: strings.Join(n.Addrs, ", "), MACs: macWords(n.MACs)}
	row.StateKind, row.State = p.stateWords(n)
	var names []string
	for _, id := range n.Segments {
		names = append(names, segments[id])
	}
	row.Segments = strings.Join(names, p.tr.T("map.comma"))
	for _, h := range p.hung[n.Key] {
		row.Places = append(row.Places, view.NetworkPlace{Name: h.Name, Port: layout.Plain(h.Port), Href: p.nodeHref(h.At), Link: p.tr.T("network.link." + string(h.Kind)), Stale: h.Stale})
	}
	return row
}

// macWords writes hardware addresses as people compare them.
func macWords(list []string) string {
	out := make([]string, len(list))
	for i, m := range list {
		var parts []string
		for j := 0; j+2 <= len(m); j += 2 {
			parts = append(parts, m[j:j+2])
		}
		out[i] = strings.Join(parts, ":")
	}
	return strings.Join(out, ", ")
}
