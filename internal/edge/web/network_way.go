package web

import (
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
)

// mostChoices is how many devices are offered when a name fits several.
const mostChoices = 20

// path finds the way between the two devices that were typed or chosen.
func (p *networkPage) path() {
	query := p.r.URL.Query()
	v := &p.v.Path
	v.From, v.To = clean(query.Get("from"), 300), clean(query.Get("to"), 300)
	v.Hidden = p.v.Hidden
	if v.Asked = v.From != "" && v.To != ""; !v.Asked {
		return
	}
	from, to := p.find(v.From), p.find(v.To)
	if len(from) != 1 || len(to) != 1 {
		v.FromChoices, v.ToChoices = p.nodeChoices(from, v.From), p.nodeChoices(to, v.To)
		return
	}
	for _, s := range network.Way(p.sheet.Graph, from[0].Key, to[0].Key) {
		n := p.nodes[s.Node]
		p.steps = append(p.steps, s.Node)
		step := view.NetworkStep{Name: p.sheet.NodeName(n), Href: p.nodeHref(s.Node), Icon: kindIcon(asset.Kind(n.Kind))}
		if s.Link.Kind != "" {
			step.Link = p.tr.T("network.link." + string(s.Link.Kind))
			ports := []string{layout.Plain(s.Link.APort), layout.Plain(s.Link.BPort)}
			if s.Link.A == s.Node {
				slices.Reverse(ports)
			}
			step.Ports = strings.Trim(strings.Join(ports, " → "), " →")
		}
		v.Steps = append(v.Steps, step)
	}
	v.From, v.To = p.sheet.NodeName(from[0]), p.sheet.NodeName(to[0])
}

// find gives the devices that a text means: by key, else by exact name or address, else
// by words in them.
func (p *networkPage) find(text string) []network.Node {
	if n, ok := p.nodes[text]; ok {
		return []network.Node{n}
	}
	var exact, part []network.Node
	for _, n := range p.sheet.Graph.Nodes {
		switch {
		case strings.EqualFold(n.Name, text) || slices.Contains(n.Addrs, text) || slices.Contains(n.MACs, network.MACKey(text)):
			exact = append(exact, n)
		case fitsText(n, text):
			part = append(part, n)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return part
}

// nodeChoices offers devices; the key of each is what is sent.
func (p *networkPage) nodeChoices(list []network.Node, typed string) []view.Choice {
	var out []view.Choice
	for _, n := range list[:min(len(list), mostChoices)] {
		label := p.sheet.NodeName(n)
		if len(n.Addrs) > 0 && n.Addrs[0] != label {
			label += " (" + n.Addrs[0] + ")"
		}
		out = append(out, view.Choice{Value: n.Key, Label: label, Current: n.Key == typed})
	}
	return out
}

// mostHere is how many devices of one port are named.
const mostHere = 30

// port lists what hangs at each port of the chosen device.
func (p *networkPage) port() {
	at := p.r.URL.Query().Get("at")
	known := map[string]bool{}
	for _, x := range p.sheet.Graph.Ports {
		known[x.Node] = true
	}
	var list []network.Node
	for _, n := range p.sheet.Graph.Nodes {
		if known[n.Key] {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b network.Node) int { return layout.Natural(p.sheet.NodeName(a), p.sheet.NodeName(b)) })
	for _, n := range list {
		p.v.Port.Devices = append(p.v.Port.Devices, view.Choice{Value: n.Key, Label: p.sheet.NodeName(n), Current: n.Key == at})
	}
	if !known[at] {
		return
	}
	p.v.Port.Name = p.sheet.NodeName(p.nodes[at])
	for _, x := range p.sheet.Graph.Ports {
		if x.Node != at {
			continue
		}
		row := view.NetworkPortRow{Port: layout.Plain(x.Port), Uplink: x.Uplink, Count: p.tr.Number(int64(x.Count)), More: max(0, len(x.Nodes)-mostHere)}
		for _, k := range x.Nodes[:min(len(x.Nodes), mostHere)] {
			row.Devices = append(row.Devices, p.link(k))
		}
		p.v.Port.Rows = append(p.v.Port.Rows, row)
	}
}
