package network

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// tieToLedger finds the row of the ledger of each device: by its hardware addresses, and
// by its IP address where the ledger knows nothing better of the row.
func (r *resolver) tieToLedger() {
	for k := range r.keys {
		root := r.keys.find(k)
		r.rootKeys[root] = append(r.rootKeys[root], k)
	}
	byAddress := map[netip.Addr][]string{}
	for i, k := range r.Known {
		r.byAsset[k.AssetID] = &r.Known[i]
		for _, m := range k.MACs {
			r.assets["mac:"+m] = append(r.assets["mac:"+m], k.AssetID)
		}
		for _, text := range k.Addresses {
			if a := addressOf(text); a.IsValid() && len(k.MACs) == 0 {
				byAddress[a] = append(byAddress[a], k.AssetID)
			}
		}
	}
	held := map[string][]netip.Addr{}
	for a := range r.holders {
		if root, ok := r.holderOf(a); ok {
			held[root] = append(held[root], a)
		}
	}
	for root, keys := range r.rootKeys {
		slices.Sort(keys)
		r.tie(root, keys, held[root], byAddress)
	}
}

func (r *resolver) tie(root string, keys []string, held []netip.Addr, byAddress map[netip.Addr][]string) {
	found := map[string]bool{}
	for _, k := range keys {
		for _, id := range r.assets[k] {
			found[id] = true
		}
	}
	if len(found) == 0 {
		if a := addressOf(strings.TrimPrefix(root, "ip:")); a.IsValid() {
			held = append(held, a)
		}
		for _, a := range held {
			for _, id := range byAddress[a] {
				found[id] = true
			}
		}
	}
	ids := sortedKeys(found)
	switch len(ids) {
	case 0:
		r.nameAll(keys, bestKey(keys))
	case 1:
		r.nameAll(keys, "asset:"+ids[0])
	default:
		r.nameApart(keys, ids)
	}
}

func (r *resolver) nameAll(keys []string, node string) {
	for _, k := range keys {
		r.node[k] = node
	}
}

// nameApart leaves two rows of the ledger two devices: each key goes where the ledger
// has it, and the contradiction is shown.
func (r *resolver) nameApart(keys, ids []string) {
	rest := bestKey(keys)
	for _, k := range keys {
		r.node[k] = rest
		if of := r.assets[k]; len(of) == 1 {
			r.node[k] = "asset:" + of[0]
		}
	}
	c := Clash{Kind: ClashAsset, Value: rest, LastMS: r.AtMS}
	for _, id := range ids {
		c.Nodes = append(c.Nodes, "asset:"+id)
	}
	r.clashes = append(r.clashes, c)
}

// bestKey is the strongest of the keys of a device; they are sorted.
func bestKey(keys []string) string {
	for _, kind := range []string{"chassis:", "mac:", "engine:", "ip:", "name:"} {
		for _, k := range keys {
			if strings.HasPrefix(k, kind) {
				return k
			}
		}
	}
	return keys[0]
}

// makeNodes makes the nodes of the ledger's devices, then of all others that were seen.
func (r *resolver) makeNodes() {
	for i := range r.Known {
		k := &r.Known[i]
		n := &Node{Key: "asset:" + k.AssetID, AssetID: k.AssetID, Name: k.Name, Kind: k.Kind, Maker: k.Maker, Model: k.Model, State: StateListed,
			FirstMS: k.FirstMS, LastMS: k.LastMS, Forwards: k.Kind == "network" || k.Kind == "vpn"}
		n.MACs = append(n.MACs, k.MACs...)
		n.Addrs = append(n.Addrs, k.Addresses...)
		r.nodes[n.Key] = n
	}
	for k, name := range r.node {
		n := r.nodes[name]
		if n == nil {
			n = &Node{Key: name, State: StateUnlisted}
			r.nodes[name] = n
		}
		n.Keys = append(n.Keys, k)
		if mac, is := strings.CutPrefix(k, "mac:"); is {
			n.MACs = append(n.MACs, mac)
		}
		if a, is := strings.CutPrefix(k, "ip:"); is {
			n.Addrs = append(n.Addrs, a)
		}
	}
	r.fillFromSightings()
	for a := range r.holders {
		for _, root := range r.holdersOf(a) {
			n := r.nodes[r.node[root]]
			n.Addrs = append(n.Addrs, a.String())
		}
	}
	for _, n := range r.nodes {
		r.finish(n)
	}
}

func (r *resolver) fillFromSightings() {
	named := map[string]int{} // node → rank of the way its name came
	for _, s := range r.Sightings {
		for i, p := range []Party{s.Seer, s.Seen} {
			if p.Empty() {
				continue
			}
			n := r.nodes[r.node[p.Key()]]
			if n.FirstMS == 0 || s.FirstMS < n.FirstMS {
				n.FirstMS = s.FirstMS
			}
			n.LastMS = max(n.LastMS, s.LastMS)
			if i == 0 && (s.How == HowFDB || s.How == HowWiFi) {
				n.Forwards = true
			}
			if i == 1 && s.VLAN != 0 {
				n.VLANs = append(n.VLANs, s.VLAN)
			}
			// The way that comes first in Hows names it; of one way, the newest, then the
			// name that sorts first.
			if rank := len(Hows) - slices.Index(Hows, s.How); n.AssetID == "" && p.Name != "" && (rank > named[n.Key] || rank == named[n.Key] && p.Name < n.Name) {
				n.Name, named[n.Key] = p.Name, rank
			}
		}
	}
}

// forwardingWords are the capabilities of IEEE 802.1AB, table 8-4, with which a device
// passes on what others send.
var forwardingWords = []string{"repeater", "bridge", "wlan", "router"}

// finish sorts what a node collected, and adds what follows from it.
func (r *resolver) finish(n *Node) {
	slices.Sort(n.Keys)
	n.MACs, n.VLANs = sortUnique(n.MACs), sortUnique(n.VLANs)
	n.Addrs = sortAddresses(n.Addrs)
	for _, k := range n.Keys {
		for _, t := range r.Traits[k] {
			if n.AssetID == "" {
				n.Traits = append(n.Traits, t.Trait)
			}
			if t.Key == TraitLLDPCaps {
				n.Forwards = n.Forwards || slices.ContainsFunc(strings.Split(t.Value, ","), func(w string) bool { return slices.Contains(forwardingWords, w) })
			}
		}
	}
	for _, m := range r.Marks {
		if n.AssetID == "" && slices.Contains(n.Keys, m.PartyKey) {
			n.UntilMS, n.State = m.UntilMS, StateVisitor
			if m.UntilMS <= n.LastMS {
				n.State = StateOverdue
			}
		}
	}
	r.placeInSegments(n)
}

// placeInSegments finds the segments of a node by its addresses; without one, by the
// VLAN it was seen in, when one segment alone has that number.
func (r *resolver) placeInSegments(n *Node) {
	for _, a := range n.Addrs {
		if s, ok := r.plan.At(a); ok {
			n.Segments = append(n.Segments, s.ID)
		}
	}
	if len(n.Segments) == 0 {
		for _, v := range n.VLANs {
			var of []string
			for _, s := range r.Evidence.Segments {
				if s.VLAN == int64(v) {
					of = append(of, s.ID)
				}
			}
			if len(of) == 1 {
				n.Segments = append(n.Segments, of[0])
			}
		}
	}
	n.Segments = sortUnique(n.Segments)
}

func sortUnique[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

func sortAddresses(list []string) []string {
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(addressOf(a).Compare(addressOf(b)), strings.Compare(a, b))
	})
	return slices.Compact(list)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
