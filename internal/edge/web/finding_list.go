package web

import (
	"net/url"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// networkFindings are what a person has to look at on a map, each with where it is and
// the next click.
func (c *call) networkFindings(m unlistedMap) (open, aside []view.NetworkFinding, err error) {
	list, err := network.Findings(c.r.Context(), c.s.deps.DB, m.graph, c.nowMS())
	if err != nil {
		return nil, nil, err
	}
	words, err := c.findingWords(m, list)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range list {
		row := words.row(f)
		if f.Aside == nil {
			open = append(open, row)
			continue
		}
		row.Aside = c.tr.T("finding.aside.until", "At", c.lastDay(f.Aside.UntilMS), "By", f.Aside.By)
		row.Reason = f.Aside.Reason
		aside = append(aside, row)
	}
	return open, aside, nil
}

// findingWords writes findings of one map.
type findingWords struct {
	*call
	network.Words
	m       unlistedMap
	sockets map[string]network.Socket
	rooms   map[string]string // of switches, by asset
}

func (c *call) findingWords(m unlistedMap, list []network.Finding) (*findingWords, error) {
	w := &findingWords{call: c, m: m, Words: network.NewWords(c.tr, m.graph), sockets: m.graph.Sockets()}
	var at []network.Node
	for _, f := range list {
		if s, ok := w.sockets[f.Nodes[0]]; ok {
			at = append(at, s.Node)
		}
	}
	var err error
	w.rooms, err = c.roomsOf(at)
	return w, err
}

// roomsOf are where devices of the ledger stand, by asset, as far as the person may see.
func (c *call) roomsOf(nodes []network.Node) (map[string]string, error) {
	out := map[string]string{}
	var ids []string
	for _, n := range nodes {
		if n.AssetID != "" && !slices.Contains(ids, n.AssetID) {
			ids = append(ids, n.AssetID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	f := asset.Filter{Scope: c.assetScope(identity.AssetRead), AssetIDs: ids, Statuses: asset.Statuses}
	return out, asset.EachRow(c.r.Context(), c.s.deps.DB, f, func(a asset.Asset) error {
		out[a.ID] = strings.TrimSpace(a.Values[asset.FieldBuilding] + " " + a.Values[asset.FieldRoom])
		return nil
	})
}

func (w *findingWords) row(f network.Finding) view.NetworkFinding {
	row := view.NetworkFinding{Href: findingAddress(w.m.id, f.Key), Kind: w.Kind(f), Value: w.Value(f), Nodes: w.nodes(f), Facility: w.m.name, LastMS: f.LastMS}
	if at, ok := w.sockets[f.Nodes[0]]; ok {
		row.Place, _ = w.socketWords(at)
		row.Room = w.rooms[at.Node.AssetID]
	}
	return row
}

// nodes are those concerned, with the page on which something can be done about them.
func (w *findingWords) nodes(f network.Finding) []view.AssetLink {
	out := make([]view.AssetLink, 0, len(f.Nodes))
	for _, key := range f.Nodes {
		n, _ := w.m.graph.NodeByKey(key)
		link := view.AssetLink{Name: n.Title(), Href: unlistedAddress(w.m.id, key), Tag: w.nodeKind(n)}
		if n.AssetID != "" {
			link.Href = assetPath + "/" + n.AssetID
		}
		out = append(out, link)
	}
	return out
}

func findingAddress(facilityID, key string) string {
	return address(unlistedPath+"/finding", url.Values{"facility": {facilityID}, "key": {key}})
}

// findingCount is how many findings are open within the last minute, of a network that
// was seen at all.
func (c *call) findingCount(action identity.Action) (n int, err error) {
	places, err := c.unlistedPlaces(action)
	if err != nil {
		return 0, err
	}
	for _, f := range places {
		g, seen, err := c.s.atlas.Lately(c.r.Context(), c.s.deps.DB, f.ID, c.nowMS())
		if err != nil {
			return 0, err
		}
		if !seen {
			continue
		}
		list, err := network.Findings(c.r.Context(), c.s.deps.DB, g, c.nowMS())
		if err != nil {
			return 0, err
		}
		for _, one := range list {
			if one.Aside == nil {
				n++
			}
		}
	}
	return n, nil
}
