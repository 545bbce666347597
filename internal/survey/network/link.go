package network

import (
	"cmp"
	"slices"
	"strings"
)

// half is what one side says of a cable: seen from A at its port, leading to B's.
type half struct {
	from, to         string // Node.Key
	fromPort, toPort string
	how              How
	vlan             int
	first, last      int64
	proof            Observation
}

// cable is a link between two nodes, put together from what both sides say. lo is the
// node whose key sorts first.
type cable struct {
	loPort, hiPort string
	loSays, hiSays bool // who said it
	halves         []half
}

// linkNeighbours makes links from LLDP and CDP: both sides of a cable speak of the same
// one, each with its own words for the ports.
func (r *resolver) linkNeighbours() {
	pairs := map[[2]string][]half{}
	for _, s := range r.Sightings {
		if s.How != HowLLDP && s.How != HowCDP || s.Seer.Empty() {
			continue
		}
		h := half{from: r.node[s.Seer.Key()], to: r.node[s.Seen.Key()], fromPort: s.SeerPort, toPort: s.SeenPort, how: s.How, vlan: s.VLAN, first: s.FirstMS, last: s.LastMS, proof: s.Observation}
		if h.from == h.to {
			continue
		}
		h.fromPort, h.toPort = r.portOf(h.from, h.fromPort), r.portOf(h.to, h.toPort)
		k := [2]string{min(h.from, h.to), max(h.from, h.to)}
		pairs[k] = append(pairs[k], h)
	}
	for k, halves := range pairs {
		for _, c := range cables(k, halves) {
			r.addCable(k, c)
		}
	}
}

// portOf gives the name that a device itself uses for a port, where another name of it is
// known.
func (r *resolver) portOf(node, port string) string {
	if name := r.PortNames[node][portWord(port)]; name != "" {
		return name
	}
	return port
}

// cables groups halves of one pair of nodes into cables: halves that name the same port
// of a node are of one cable, since a port has one end.
func cables(pair [2]string, halves []half) []*cable {
	slices.SortFunc(halves, compareHalves)
	var out []*cable
	for _, h := range halves {
		lo, hi := h.fromPort, h.toPort
		if h.from == pair[1] {
			lo, hi = hi, lo
		}
		c := cableAt(out, h.from == pair[0], lo, hi)
		if c == nil {
			c = &cable{}
			out = append(out, c)
		}
		c.take(h, h.from == pair[0], lo, hi)
	}
	return joinLonely(out)
}

func compareHalves(a, b half) int {
	return cmp.Or(strings.Compare(a.from, b.from), strings.Compare(portWord(a.fromPort), portWord(b.fromPort)), strings.Compare(string(a.how), string(b.how)),
		strings.Compare(a.fromPort, b.fromPort), strings.Compare(a.toPort, b.toPort), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
}

// cableAt finds the cable at a port. The port of the side that speaks is sure; what it
// calls the other's port counts only where the other side has not contradicted it.
func cableAt(list []*cable, fromLo bool, lo, hi string) *cable {
	for _, c := range list {
		own, theirs, mine, other := c.loPort, c.hiPort, lo, hi
		if !fromLo {
			own, theirs, mine, other = c.hiPort, c.loPort, hi, lo
		}
		if samePort(own, mine) || samePort(theirs, other) && !c.said(fromLo) {
			return c
		}
	}
	return nil
}

func (c *cable) said(lo bool) bool {
	if lo {
		return c.loSays
	}
	return c.hiSays
}

// take adds a half. Each side's own word for its port goes before the other's.
func (c *cable) take(h half, fromLo bool, lo, hi string) {
	c.halves = append(c.halves, h)
	switch {
	case fromLo:
		c.loPort, c.loSays = lo, true
		if !c.hiSays {
			c.hiPort = hi
		}
	default:
		c.hiPort, c.hiSays = hi, true
		if !c.loSays {
			c.loPort = lo
		}
	}
}

// joinLonely puts together the only cable that one side tells of and the only one that
// the other tells of: port numbers that the sides count differently hide that they are
// the same.
func joinLonely(list []*cable) []*cable {
	if len(list) != 2 || list[0].loSays == list[1].loSays || list[0].hiSays == list[1].hiSays {
		return list
	}
	lo, hi := list[0], list[1]
	if !lo.loSays {
		lo, hi = hi, lo
	}
	return []*cable{{loPort: lo.loPort, hiPort: hi.hiPort, loSays: true, hiSays: true, halves: append(lo.halves, hi.halves...)}}
}

func (r *resolver) addCable(pair [2]string, c *cable) {
	kind := LinkEdge
	if r.nodes[pair[0]].Forwards && r.nodes[pair[1]].Forwards {
		kind = LinkTrunk
	}
	for _, h := range c.halves {
		r.addLink(pair[0], c.loPort, pair[1], c.hiPort, kind, h)
	}
}

// addLink adds a proof to the link between two ports.
func (r *resolver) addLink(a, aPort, b, bPort string, kind LinkKind, h half) {
	if a > b {
		a, aPort, b, bPort = b, bPort, a, aPort
	}
	k := strings.Join([]string{a, aPort, b, bPort, string(kind)}, "\x00")
	l := r.links[k]
	if l == nil {
		l = &Link{A: a, B: b, APort: aPort, BPort: bPort, Kind: kind, FirstMS: h.first}
		r.links[k] = l
	}
	l.FirstMS, l.LastMS = min(l.FirstMS, h.first), max(l.LastMS, h.last)
	if !slices.Contains(l.How, h.how) {
		l.How = append(l.How, h.how)
	}
	if h.vlan != 0 && !slices.Contains(l.VLANs, h.vlan) {
		l.VLANs = append(l.VLANs, h.vlan)
	}
}

// linkTalk makes links of associations: DICOM and HL7 tell which systems exchange data,
// and access points which clients they serve.
func (r *resolver) linkTalk() {
	for _, s := range r.Sightings {
		kind := LinkTalk
		switch s.How {
		case HowDICOM, HowHL7:
		case HowWiFi:
			kind = LinkWireless
		default:
			continue
		}
		if s.Seer.Empty() {
			continue
		}
		from, to := r.node[s.Seer.Key()], r.node[s.Seen.Key()]
		if from != to {
			r.addLink(from, s.SeerPort, to, s.SeenPort, kind, half{how: s.How, vlan: s.VLAN, first: s.FirstMS, last: s.LastMS})
		}
	}
}

// samePort reports whether two names are of one port of a device; unnamed ones are not.
func samePort(a, b string) bool {
	return a != "" && b != "" && portWord(a) == portWord(b)
}

// longWords are the words of ports that makers shorten, each to its own taste.
var longWords = []string{"fastethernet", "gigabitethernet", "tengigabitethernet", "twentyfivegige", "fortygigabitethernet", "hundredgige", "port-channel", "ethernet"}

// portWord writes a port's name so that the long and the short form are equal:
// GigabitEthernet1/0/3 and Gi1/0/3 are gi1/0/3.
func portWord(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	i := strings.IndexAny(name, "0123456789")
	if i <= 0 {
		return name
	}
	word := strings.Trim(name[:i], " -_")
	for _, long := range longWords {
		if strings.HasPrefix(long, word) {
			word = long[:2]
			break
		}
	}
	return word + name[i:]
}

// graph puts everything in its order.
func (r *resolver) graph() Graph {
	g := Graph{FacilityID: r.FacilityID, AtMS: r.AtMS, Segments: r.Evidence.Segments, Ports: r.switchPorts(), Clashes: r.clashes}
	for _, k := range sortedKeys(r.nodes) {
		g.Nodes = append(g.Nodes, *r.nodes[k])
	}
	for _, k := range sortedKeys(r.links) {
		l := *r.links[k]
		slices.SortFunc(l.How, func(a, b How) int { return slices.Index(Hows, a) - slices.Index(Hows, b) })
		slices.Sort(l.VLANs)
		l.Stale = l.LastMS < r.staleMS
		g.Links = append(g.Links, l)
	}
	slices.SortFunc(g.Clashes, func(a, b Clash) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Value, b.Value), strings.Compare(a.Port, b.Port), slices.Compare(a.Nodes, b.Nodes))
	})
	return g
}
