package network

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// ChangeKind says what happened between two days. Shown by "map.change." + word.
type ChangeKind string

// Changes.
const (
	ChangeAdded ChangeKind = "added"
	ChangeGone  ChangeKind = "gone"
	ChangeMoved ChangeKind = "moved" // hangs at another device or port
)

// DeviceChange is a device that came, went or moved.
type DeviceChange struct {
	Kind     ChangeKind
	Node     Node    // as it is now; as it was when gone
	From, To []Spoke // where it hung and hangs; only when moved
}

// Spoke is a device and port at which another hangs.
type Spoke struct {
	Node string // Node.Key
	Port string
}

// LinkChange is a link between devices that forward that came or went.
type LinkChange struct {
	Kind ChangeKind
	Link Link
}

// Difference is what changed between two days, sorted by node and link.
type Difference struct {
	Devices []DeviceChange
	Links   []LinkChange
}

// Compare finds what changed from one graph to another. A device moved when all that
// is known of where it hangs is another; what was not known before is no move. A device
// that was entered into the ledger meanwhile is the same, and one that was never on the
// network is no change of it.
func Compare(from, to Graph) Difference {
	var d Difference
	from = from.renamed(to)
	was, is := nodesByKey(from), nodesByKey(to)
	hung, hangs := spokes(from, was), spokes(to, is)
	for _, n := range to.Nodes {
		if was[n.Key] == nil && n.onNetwork() {
			d.Devices = append(d.Devices, DeviceChange{Kind: ChangeAdded, Node: n})
		} else if a, b := hung[n.Key], hangs[n.Key]; len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(b, func(s Spoke) bool { return slices.Contains(a, s) }) {
			d.Devices = append(d.Devices, DeviceChange{Kind: ChangeMoved, Node: n, From: a, To: b})
		}
	}
	for _, n := range from.Nodes {
		if is[n.Key] == nil && n.onNetwork() {
			d.Devices = append(d.Devices, DeviceChange{Kind: ChangeGone, Node: n})
		}
	}
	slices.SortStableFunc(d.Devices, func(a, b DeviceChange) int { return cmp.Compare(a.Node.Key, b.Node.Key) })
	d.Links = append(missingLinks(to, from, ChangeAdded), missingLinks(from, to, ChangeGone)...)
	return d
}

// onNetwork reports whether a device was seen on the network or has an address.
func (n Node) onNetwork() bool {
	return n.State != StateListed || len(n.Keys) > 0 || len(n.Addrs) > 0
}

// renamed calls the devices of a graph as a later one does, where that knows them under
// one of the keys by which they were seen.
func (g Graph) renamed(later Graph) Graph {
	there, now := map[string]bool{}, map[string]string{}
	for _, n := range later.Nodes {
		there[n.Key] = true
		for _, k := range n.Keys {
			now[k] = n.Key
		}
		for _, m := range n.MACs {
			now["mac:"+m] = n.Key
		}
	}
	names := map[string]string{}
	for _, n := range g.Nodes {
		at := slices.IndexFunc(n.Keys, func(k string) bool { return now[k] != "" })
		if !there[n.Key] && at >= 0 {
			names[n.Key] = now[n.Keys[at]]
		}
	}
	if len(names) == 0 {
		return g
	}
	g.Nodes, g.Links = slices.Clone(g.Nodes), slices.Clone(g.Links)
	for i := range g.Nodes {
		g.Nodes[i].Key = cmp.Or(names[g.Nodes[i].Key], g.Nodes[i].Key)
	}
	for i := range g.Links {
		l := &g.Links[i]
		l.A, l.B = cmp.Or(names[l.A], l.A), cmp.Or(names[l.B], l.B)
		if l.A > l.B {
			l.A, l.B, l.APort, l.BPort = l.B, l.A, l.BPort, l.APort
		}
	}
	return g
}

// missingLinks are the trunks of a that b does not have.
func missingLinks(a, b Graph, kind ChangeKind) []LinkChange {
	have := map[[2]string]bool{}
	for _, l := range b.Links {
		have[[2]string{l.A, l.B}] = true
	}
	var out []LinkChange
	for _, l := range a.Links {
		if l.Kind == LinkTrunk && !have[[2]string{l.A, l.B}] {
			out = append(out, LinkChange{kind, l})
		}
	}
	return out
}

func nodesByKey(g Graph) map[string]*Node {
	out := make(map[string]*Node, len(g.Nodes))
	for i := range g.Nodes {
		out[g.Nodes[i].Key] = &g.Nodes[i]
	}
	return out
}

// spokes are where devices hang that do not forward, by Node.Key.
func spokes(g Graph, by map[string]*Node) map[string][]Spoke {
	out := map[string][]Spoke{}
	add := func(device, at, port string) {
		if n := by[device]; n != nil && !n.Forwards {
			out[device] = append(out[device], Spoke{at, port})
		}
	}
	for _, l := range g.Links {
		if l.Kind == LinkEdge || l.Kind == LinkBehind || l.Kind == LinkWireless {
			add(l.A, l.B, l.BPort)
			add(l.B, l.A, l.APort)
		}
	}
	return out
}

// Hash is the SHA-256 of what a graph says, in lower-case hexadecimal. Times of
// sightings do not count: a network in which nothing changed keeps its hash. more are
// further facts on the same sheet; they must encode as JSON.
func (g Graph) Hash(more any) (string, error) {
	type fact struct {
		Nodes    []Node
		Links    []Link
		Segments []Segment
		Clashes  []Clash
		More     any
	}
	f := fact{Nodes: slices.Clone(g.Nodes), Links: slices.Clone(g.Links), Segments: slices.Clone(g.Segments), Clashes: slices.Clone(g.Clashes), More: more}
	for i := range f.Nodes {
		n := &f.Nodes[i]
		n.FirstMS, n.LastMS, n.Traits = 0, 0, nil
	}
	for i := range f.Links {
		f.Links[i].FirstMS, f.Links[i].LastMS, f.Links[i].How = 0, 0, nil
	}
	for i := range f.Segments {
		f.Segments[i].CreatedMS, f.Segments[i].UpdatedMS, f.Segments[i].EndedMS, f.Segments[i].Revision, f.Segments[i].Kinds = 0, 0, 0, 0, nil
	}
	for i := range f.Clashes {
		f.Clashes[i].Proof, f.Clashes[i].LastMS = nil, 0
	}
	data, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
