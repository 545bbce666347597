package web

import (
	"net/url"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/treat/vendor"
)

// networkParts are the parts of the address that narrow the devices down.
var networkParts = []string{"q", "system", "vendor", "kind", "state", "risk", "segment", "node"}

// clearNetwork takes the filter out of an address.
func clearNetwork(u url.Values) {
	for _, name := range append([]string{"from", "to", "at", "view"}, networkParts...) {
		u.Del(name)
	}
}

// filter reads what is looked for and makes the menus for it.
func (p *networkPage) filter() error {
	query := p.r.URL.Query()
	for _, name := range networkParts {
		if v := clean(query.Get(name), 300); v != "" {
			p.values.Set(name, v)
		}
	}
	get := p.values.Get
	f := view.NetworkFilter{Query: get("q")}
	f.Kinds, f.States, f.Segments = p.filterChoices()
	f.Risks = p.riskChoices()
	risky, err := p.atRisk()
	if err != nil {
		return err
	}
	var ids []map[string]bool
	if f.Systems, f.Vendors, ids, err = p.filterLedger(); err != nil {
		return err
	}
	for _, name := range networkParts {
		f.On = f.On || get(name) != ""
	}
	f.ClearHref = p.href(clearNetwork)
	p.v.Filter = f
	for name := range p.values {
		if !slices.Contains(networkParts, name) {
			p.v.Hidden = append(p.v.Hidden, view.Pair{Name: name, Value: p.values.Get(name)})
		}
	}
	slices.SortFunc(p.v.Hidden, func(a, b view.Pair) int { return strings.Compare(a.Name, b.Name) })
	if f.On {
		p.match = func(n network.Node) bool { return (risky == nil || risky[n.Key]) && p.fits(n, ids) }
	}
	return nil
}

// filterChoices are the choices that the map itself gives.
func (p *networkPage) filterChoices() (kinds, states, segments []view.Choice) {
	seen := map[string]bool{}
	for _, n := range p.sheet.Graph.Nodes {
		seen["k"+orSame(n.Kind, "unknown")], seen["s"+string(n.State)] = true, true
	}
	now := p.values.Get
	for _, k := range append(slices.Clone(asset.Kinds), "unknown") {
		if seen["k"+string(k)] || now("kind") == string(k) {
			kinds = append(kinds, view.Choice{Value: string(k), Label: p.sheet.KindWords(string(k)), Current: now("kind") == string(k)})
		}
	}
	for _, s := range []network.NodeState{network.StateListed, network.StateUnlisted, network.StateVisitor, network.StateOverdue} {
		if seen["s"+string(s)] || now("state") == string(s) {
			states = append(states, view.Choice{Value: string(s), Label: p.tr.T("network.state." + string(s)), Current: now("state") == string(s)})
		}
	}
	if len(p.sheet.Graph.Clashes) > 0 {
		states = append(states, view.Choice{Value: "clash", Label: p.tr.T("map.clash"), Current: now("state") == "clash"})
	}
	for _, s := range p.sheet.Graph.Segments {
		segments = append(segments, view.Choice{Value: s.ID, Label: s.Name + " " + s.CIDR, Current: now("segment") == s.ID})
	}
	segments = append(segments, view.Choice{Value: "none", Label: p.tr.T("map.without"), Current: now("segment") == "none"})
	return kinds, states, segments
}

// filterLedger are the choices that the ledger gives, and the assets that the chosen
// ones stand for.
func (p *networkPage) filterLedger() (systems, vendors []view.Choice, ids []map[string]bool, err error) {
	if !p.who.Can(identity.AssetRead) {
		return nil, nil, nil, nil
	}
	base := asset.Filter{Scope: p.assetScope(identity.AssetRead), FacilityIDs: []string{p.sheet.FacilityID}, NowMS: p.nowMS()}
	of := base
	of.Kinds = []asset.Kind{asset.KindSystem}
	list, err := asset.List(p.r.Context(), p.s.deps.DB, of, asset.Page{Limit: 200})
	if err != nil {
		return nil, nil, nil, err
	}
	for _, a := range list.Items {
		systems = append(systems, view.Choice{Value: a.ID, Label: p.assetLabel(a), Current: p.values.Get("system") == a.ID})
	}
	all, _, _, err := vendor.List(p.r.Context(), p.s.deps.DB, vendor.Filter{Limit: 200})
	if err != nil {
		return nil, nil, nil, err
	}
	for _, v := range all {
		vendors = append(vendors, view.Choice{Value: v.ID, Label: v.Name, Current: p.values.Get("vendor") == v.ID})
	}
	for name, set := range map[string]func(*asset.Filter, string){"system": func(f *asset.Filter, v string) { f.SystemID = v }, "vendor": func(f *asset.Filter, v string) { f.Vendors = []string{v} }} {
		if v := p.values.Get(name); v != "" {
			f := base
			set(&f, v)
			found, err := p.assetIDs(f)
			if err != nil {
				return nil, nil, nil, err
			}
			ids = append(ids, found)
		}
	}
	return systems, vendors, ids, nil
}

// assetIDs are all assets that a filter lets through.
func (p *networkPage) assetIDs(f asset.Filter) (map[string]bool, error) {
	out := map[string]bool{}
	for page := (asset.Page{Limit: 200}); ; {
		list, err := asset.List(p.r.Context(), p.s.deps.DB, f, page)
		if err != nil {
			return nil, err
		}
		for _, a := range list.Items {
			out[a.ID] = true
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			return out, nil
		}
	}
}

// fits reports whether a device is one of those looked for.
func (p *networkPage) fits(n network.Node, ids []map[string]bool) bool {
	get := p.values.Get
	for _, set := range ids {
		if !set[n.AssetID] {
			return false
		}
	}
	if k := get("kind"); k != "" && k != orSame(n.Kind, "unknown") {
		return false
	}
	if k := get("node"); k != "" && k != n.Key {
		return false
	}
	switch s := get("state"); {
	case s == "clash":
		if !slices.ContainsFunc(p.sheet.Graph.Clashes, func(c network.Clash) bool { return slices.Contains(c.Nodes, n.Key) }) {
			return false
		}
	case s != "" && s != string(n.State):
		return false
	}
	switch s := get("segment"); {
	case s == "none":
		if len(n.Segments) > 0 {
			return false
		}
	case s != "" && !slices.Contains(n.Segments, s):
		return false
	}
	return fitsText(n, get("q"))
}

// fitsText reports whether every word stands somewhere in what a device is known by.
func fitsText(n network.Node, q string) bool {
	text := strings.ToLower(strings.Join(slices.Concat([]string{n.Name, n.Maker, n.Model, n.Key}, n.Addrs, n.MACs, n.Keys), " "))
	for word := range strings.FieldsSeq(strings.ToLower(q)) {
		if !strings.Contains(text, word) && (network.MACKey(word) == "" || !strings.Contains(text, network.MACKey(word))) {
			return false
		}
	}
	return true
}
