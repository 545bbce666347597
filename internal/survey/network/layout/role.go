package layout

import (
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// Kinds of the ledger that have a place of their own in the overview; the words are
// asset.Kind's.
const (
	kindVPN     = "vpn"
	kindNetwork = "network"
	kindCloud   = "cloud"
)

// kindOrder is the order of kinds inside a segment: what others depend on first.
// Kinds that are not listed follow by name, unknown ones last.
var kindOrder = []string{"server", "storage", "vm", "system", "medical", "pc", "mobile", "printer", "network", "vpn", "cloud", "other"}

func kindRank(kind string) int {
	if i := slices.Index(kindOrder, kind); i >= 0 {
		return i
	}
	if kind == "" {
		return len(kindOrder) + 1
	}
	return len(kindOrder)
}

func byKind(a, b string) int {
	if d := kindRank(a) - kindRank(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// role is where a node stands in the overview.
type role uint8

const (
	roleDevice role = iota // in each of its segments
	roleEdge               // at the boundary
	roleInfra              // forwards for others
	roleCloud              // outside
)

// scene is a graph made ready to place.
type scene struct {
	g       network.Graph
	outside []Outside
	o       Options
	by      map[string]*network.Node
	roles   map[string]role
	alone   map[string]bool // contradiction, not in the ledger, over date, visitor
	clash   map[string]bool
	boxOf   map[string]string // node key → key of its box, edge and infrastructure only
	boxes   map[string]Box    // node key → its box without a place, see box
}

func newScene(g network.Graph, outside []Outside, o Options) *scene {
	s := &scene{g: g, outside: outside, o: o, by: make(map[string]*network.Node, len(g.Nodes)), roles: make(map[string]role, len(g.Nodes)),
		alone: map[string]bool{}, clash: map[string]bool{}, boxOf: map[string]string{}, boxes: map[string]Box{}}
	for i := range g.Nodes {
		s.by[g.Nodes[i].Key] = &g.Nodes[i]
	}
	for _, c := range g.Clashes {
		for _, k := range c.Nodes {
			s.clash[k], s.alone[k] = true, true
		}
	}
	s.cast()
	return s
}

// cast gives every node its role.
func (s *scene) cast() {
	trunk := map[string]bool{}
	for _, l := range s.g.Links {
		if l.Kind == network.LinkTrunk {
			trunk[l.A], trunk[l.B] = true, true
		}
	}
	for _, n := range s.g.Nodes {
		switch {
		case n.Kind == kindVPN:
			s.roles[n.Key] = roleEdge
		case n.Forwards || n.Kind == kindNetwork || trunk[n.Key]:
			s.roles[n.Key] = roleInfra
		case n.Kind == kindCloud:
			s.roles[n.Key] = roleCloud
		}
		if n.State != network.StateListed {
			s.alone[n.Key] = true
		}
	}
	for _, out := range s.outside {
		if out.Tone == ToneProposed { // nobody said so: a device stays where it is
			continue
		}
		for _, k := range out.Via {
			if s.by[k] != nil {
				s.roles[k] = roleEdge
			}
		}
	}
}

// of lists the nodes of a role in the order of their keys.
func (s *scene) of(r role) []*network.Node {
	var out []*network.Node
	for i := range s.g.Nodes {
		if n := &s.g.Nodes[i]; s.roles[n.Key] == r {
			out = append(out, n)
		}
	}
	return out
}

// tone is how a node is marked.
func (s *scene) tone(n *network.Node) Tone {
	switch {
	case s.clash[n.Key]:
		return ToneClash
	case n.State == network.StateUnlisted || n.State == network.StateOverdue:
		return ToneUnknown
	case n.State == network.StateVisitor:
		return ToneVisitor
	case s.roles[n.Key] == roleEdge || s.roles[n.Key] == roleInfra:
		return ToneEdge
	}
	return TonePlain
}

// name is what a node is called: its name, else an address, else a hardware address.
func (s *scene) name(n *network.Node) string {
	for _, list := range [][]string{{n.Name}, n.Addrs, n.MACs} {
		for _, t := range list {
			if t != "" {
				return t
			}
		}
	}
	return s.o.Words.Unnamed
}

// Special reports whether a node always stands alone, and why it is marked.
func Special(g network.Graph) map[string]bool { return newScene(g, nil, Options{}).alone }
