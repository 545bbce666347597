package recognise

import "sonae/internal/survey/network"

// Fill says of the devices of a map that are not in the ledger what they are, as far as
// they show it. Rows of the ledger stay as people and agents have them. The same device
// is recognised once for all maps that the caller keeps: see network.NewAtlas.
func Fill(g *network.Graph) {
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if n.AssetID != "" {
			continue
		}
		r := Device(n.Traits, n.MACs)
		n.Kind, n.Maker, n.Model = r.Kind.Value, r.Maker.Value, r.Model.Value
	}
}
