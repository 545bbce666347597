package network

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// edgeMax is how many devices may be behind a port that is still drawn as an edge port:
// a telephone with a PC, a small switch of eight, a host with a few virtual machines.
// Behind more there is something that nobody has read.
const edgeMax = 16

// movedAfter is how much newer a sighting at another port must be for the older one to
// be the past and no contradiction: tables forget an address after five minutes
// (IEEE 802.1Q, 8.8.3), readings are hours apart.
const movedAfter = 24 * time.Hour

type portKey struct{ node, port string }

// portTable is what a forwarding table says of one port.
type portTable struct {
	seen   map[string]half // by Node.Key
	vlans  []int
	uplink bool
	// beyond are devices at the port that forward and were never read themselves: an
	// access point that nobody knows, a telephone. What else is seen there is behind them.
	beyond []string
}

// linkForwarding reads the forwarding tables: where two switches see each other with no
// third between is a cable; a device at an edge port hangs there.
func (r *resolver) linkForwarding() {
	r.indexCables()
	r.readTables()
	read := r.readers()
	for k, t := range r.tables {
		t.uplink, t.beyond = r.leadsOn(k, t, read)
	}
	r.linkSwitches()
	r.linkEdges()
}

func (r *resolver) readTables() {
	for _, s := range r.Sightings {
		if s.How != HowFDB || s.SeerPort == "" || s.Seer.Empty() {
			continue
		}
		h := half{from: r.node[s.Seer.Key()], to: r.node[s.Seen.Key()], fromPort: s.SeerPort, how: HowFDB, vlan: s.VLAN, first: s.FirstMS, last: s.LastMS, proof: s.Observation}
		if h.from == h.to {
			continue
		}
		k := portKey{h.from, s.SeerPort}
		t := r.tables[k]
		if t == nil {
			t = &portTable{seen: map[string]half{}}
			r.tables[k] = t
		}
		if old, again := t.seen[h.to]; !again || h.last > old.last || h.last == old.last && h.vlan < old.vlan {
			t.seen[h.to] = h
		}
		if s.VLAN != 0 {
			t.vlans = append(t.vlans, s.VLAN)
		}
	}
}

// readers are the devices that told what they forward or whom they see beside them.
func (r *resolver) readers() map[string]bool {
	out := map[string]bool{}
	for _, s := range r.Sightings {
		if (s.How == HowFDB || s.How == HowLLDP || s.How == HowCDP || s.How == HowWiFi) && !s.Seer.Empty() {
			out[r.node[s.Seer.Key()]] = true
		}
	}
	return out
}

// leadsOn reports whether a port leads to another device that forwards and was read, so
// that what is behind it has its place there; else which unread ones are at the port.
func (r *resolver) leadsOn(k portKey, t *portTable, read map[string]bool) (bool, []string) {
	var beyond []string
	for _, far := range slices.Concat(sortedKeys(t.seen), r.cabled[portKey{k.node, portWord(k.port)}]) {
		switch {
		case !r.nodes[far].Forwards:
		case read[far]:
			return true, nil
		default:
			beyond = append(beyond, far)
		}
	}
	return len(t.seen) > edgeMax, sortUnique(beyond)
}

// indexCables notes who LLDP and CDP told of at each port.
func (r *resolver) indexCables() {
	for _, l := range r.links {
		if l.APort != "" {
			k := portKey{l.A, portWord(l.APort)}
			r.cabled[k] = append(r.cabled[k], l.B)
		}
		if l.BPort != "" {
			k := portKey{l.B, portWord(l.BPort)}
			r.cabled[k] = append(r.cabled[k], l.A)
		}
	}
}

func (r *resolver) isCabled(k portKey) bool {
	return len(r.cabled[portKey{k.node, portWord(k.port)}]) > 0
}

// linkSwitches finds pairs of ports that face each other with nothing between.
func (r *resolver) linkSwitches() {
	ports := r.sortedPorts()
	at := map[[2]string]portKey{} // (switch, device) → the switch's port
	for _, k := range ports {
		for to := range r.tables[k].seen {
			at[[2]string{k.node, to}] = k
		}
	}
	neighbours := r.trunked()
	for _, k := range ports {
		for _, far := range sortedKeys(r.tables[k].seen) {
			back, sees := at[[2]string{far, k.node}]
			if !sees || far < k.node || neighbours[[2]string{k.node, far}] || at[[2]string{k.node, far}] != k || r.between(k, back) {
				continue
			}
			h := r.tables[k].seen[far]
			r.addLink(k.node, k.port, far, back.port, LinkTrunk, h)
		}
	}
}

// trunked are the pairs that LLDP or CDP joined already.
func (r *resolver) trunked() map[[2]string]bool {
	out := map[[2]string]bool{}
	for _, l := range r.links {
		out[[2]string{l.A, l.B}] = true
		out[[2]string{l.B, l.A}] = true
	}
	return out
}

// between reports whether a device that forwards is seen by both ports from their sides:
// then it stands between them, or all three hang at one that nobody has read. Where LLDP
// or CDP told who is at one of the ports, the other is not there.
func (r *resolver) between(a, b portKey) bool {
	if r.isCabled(a) || r.isCabled(b) {
		return true
	}
	for z := range r.tables[a].seen {
		if _, both := r.tables[b].seen[z]; both && z != a.node && z != b.node && r.nodes[z].Forwards {
			return true
		}
	}
	return false
}

// linkEdges hangs devices at edge ports. An address that two switches have at an edge
// port at one time is a contradiction; one that moved is where it was seen last. Each
// card of a device hangs on its own.
func (r *resolver) linkEdges() {
	type card struct{ device, mac string }
	places := map[card][]half{}
	for _, k := range r.sortedPorts() {
		t := r.tables[k]
		if t.uplink {
			continue
		}
		for _, to := range sortedKeys(t.seen) {
			c := card{to, t.seen[to].proof.Seen.MAC}
			places[c] = append(places[c], t.seen[to])
		}
	}
	wired := r.trunked()
	cards := slices.SortedFunc(maps.Keys(places), func(a, b card) int {
		return cmp.Or(strings.Compare(a.device, b.device), strings.Compare(a.mac, b.mac))
	})
	for _, c := range cards {
		list := places[c]
		slices.SortFunc(list, func(a, b half) int {
			return cmp.Or(cmp.Compare(b.last, a.last), strings.Compare(a.from, b.from), strings.Compare(a.fromPort, b.fromPort))
		})
		list, sure := r.nearest(c.device, list)
		newest := list[0]
		if len(list) > 1 && newest.last-list[1].last < movedAfter.Milliseconds() {
			if sure {
				r.clashes = append(r.clashes, twoPorts(c.device, c.mac, list))
			}
			continue
		}
		if wired[[2]string{newest.from, c.device}] {
			continue
		}
		kind := LinkEdge
		if k := (portKey{newest.from, newest.fromPort}); len(r.tables[k].seen) > 1 || r.isCabled(k) {
			kind = LinkBehind
		}
		r.addLink(newest.from, newest.fromPort, c.device, "", kind, newest)
	}
}

// nearest leaves only the ports with no unread device that forwards before them, if there
// are any: the others see what is behind it. Two ports of which each may be on the way to
// the other are no contradiction, and nobody can say which is nearer; a switch between two
// others is seen by both.
func (r *resolver) nearest(device string, list []half) ([]half, bool) {
	var near []half
	for _, h := range list {
		beyond := r.tables[portKey{h.from, h.fromPort}].beyond
		if len(beyond) == 0 || len(beyond) == 1 && beyond[0] == device {
			near = append(near, h)
		}
	}
	if len(near) == 0 {
		return list, false
	}
	return near, !r.nodes[device].Forwards
}

func twoPorts(device, mac string, list []half) Clash {
	c := Clash{Kind: ClashMAC, Nodes: []string{device}, Value: mac}
	for _, h := range list {
		if list[0].last-h.last >= movedAfter.Milliseconds() {
			break
		}
		c.Nodes, c.Proof, c.LastMS = append(c.Nodes, h.from), append(c.Proof, h.proof), max(c.LastMS, h.last)
	}
	c.Nodes = sortUnique(c.Nodes)
	return c
}

func (r *resolver) sortedPorts() []portKey {
	out := make([]portKey, 0, len(r.tables))
	for k := range r.tables {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b portKey) int {
		return cmp.Or(strings.Compare(a.node, b.node), compareNumbered(a.port, b.port))
	})
	return out
}

// switchPorts lists what every port has, for the question what hangs there.
func (r *resolver) switchPorts() []SwitchPort {
	var out []SwitchPort
	for _, k := range r.sortedPorts() {
		t := r.tables[k]
		p := SwitchPort{Node: k.node, Port: k.port, Uplink: t.uplink, Count: len(t.seen), VLANs: sortUnique(t.vlans)}
		for _, h := range t.seen {
			p.LastMS = max(p.LastMS, h.last)
		}
		if !t.uplink {
			p.Nodes = sortedKeys(t.seen)
		}
		out = append(out, p)
	}
	return out
}

// compareNumbered sorts names so that Gi1/0/2 stands before Gi1/0/10.
func compareNumbered(a, b string) int {
	for a != "" && b != "" {
		i, j := digits(a), digits(b)
		if i > 0 && j > 0 {
			x, y := strings.TrimLeft(a[:i], "0"), strings.TrimLeft(b[:j], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[i:], b[j:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is how many bytes at the beginning of s are digits.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
