package network

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// findClashes looks for what the evidence says twice and differently.
func (r *resolver) findClashes() {
	r.clashPorts()
	r.clashAddresses()
	r.clashServers()
	r.clashTraits()
}

// clashPorts finds ports at which LLDP or CDP tell of two devices that forward: only one
// can be at the other end of a cable. A telephone and the PC behind it are none.
func (r *resolver) clashPorts() {
	at := map[portKey][]half{}
	for _, s := range r.Sightings {
		if s.How != HowLLDP && s.How != HowCDP || s.LastMS < r.staleMS || s.Seer.Empty() {
			continue
		}
		h := half{from: r.node[s.Seer.Key()], to: r.node[s.Seen.Key()], last: s.LastMS, proof: s.Observation}
		if s.SeerPort != "" && h.from != h.to && r.nodes[h.to].Forwards {
			k := portKey{h.from, portWord(s.SeerPort)}
			at[k] = append(at[k], h)
		}
	}
	for k, list := range at {
		c := Clash{Kind: ClashPort, Nodes: []string{k.node}, Port: k.node + " " + k.port, Value: k.port}
		for _, h := range list {
			if !slices.Contains(c.Nodes, h.to) {
				c.Nodes = append(c.Nodes, h.to)
			}
			c.Proof, c.LastMS = append(c.Proof, h.proof), max(c.LastMS, h.last)
		}
		if len(c.Nodes) > 2 {
			c.Nodes = sortUnique(c.Nodes)
			r.clashes = append(r.clashes, c)
		}
	}
}

// clashAddresses finds addresses that two devices had at one time.
func (r *resolver) clashAddresses() {
	for a, list := range r.holders {
		if a.IsLinkLocalUnicast() { // RFC 4291, section 2.5.6: unique on one link only
			continue
		}
		if c, is := r.clashAt(a, list); is {
			r.clashes = append(r.clashes, c)
		}
	}
}

func (r *resolver) clashAt(a netip.Addr, list []hold) (Clash, bool) {
	c := Clash{Kind: ClashAddress, Value: a.String()}
	for i, h := range list {
		for _, other := range list[i+1:] {
			x, y := r.node[h.key], r.node[other.key]
			if x == y || h.last < other.first || other.last < h.first || min(h.last, other.last) < r.staleMS {
				continue
			}
			c.Nodes = append(c.Nodes, x, y)
			c.Proof = append(c.Proof, h.proof, other.proof)
			c.LastMS = max(c.LastMS, min(h.last, other.last))
		}
	}
	c.Nodes = sortUnique(c.Nodes)
	return c, len(c.Nodes) > 1
}

// clashServers finds segments in which two devices give out addresses.
func (r *resolver) clashServers() {
	by := map[string]*Clash{}
	for _, k := range sortedKeys(r.Traits) {
		for _, t := range r.Traits[k] {
			n := r.nodes[r.node[k]]
			if t.Key != TraitDHCPServer || n == nil || t.LastMS < r.staleMS {
				continue
			}
			for _, place := range placesOf(n) {
				c := by[place]
				if c == nil {
					c = &Clash{Kind: ClashDHCP, Value: place}
					by[place] = c
				}
				c.Nodes, c.LastMS = sortUnique(append(c.Nodes, n.Key)), max(c.LastMS, t.LastMS)
			}
		}
	}
	for _, place := range sortedKeys(by) {
		if len(by[place].Nodes) > 1 {
			r.clashes = append(r.clashes, *by[place])
		}
	}
}

// placesOf are where a device is: its segments, or the one unnamed place.
func placesOf(n *Node) []string {
	if len(n.Segments) == 0 {
		return []string{""}
	}
	return n.Segments
}

// lasting are traits that a device keeps as long as its system is not installed anew.
var lasting = []string{TraitDHCPVendor, TraitDHCPParams, TraitSysObjectID, TraitLLDPSystem}

// settled is how long a device must have shown a trait for another to be news.
const settled = 24 * time.Hour

// clashTraits finds hardware addresses that turned into another kind of device: an
// address can be copied. A machine that boots two systems shows both again and again and
// is none.
func (r *resolver) clashTraits() {
	for _, k := range sortedKeys(r.Traits) {
		if !strings.HasPrefix(k, "mac:") || r.node[k] == "" {
			continue
		}
		by := map[string][]SeenTrait{}
		for _, t := range r.Traits[k] {
			by[t.Key] = append(by[t.Key], t)
		}
		for _, name := range lasting {
			list := by[name]
			if len(list) != 2 {
				continue
			}
			slices.SortFunc(list, func(a, b SeenTrait) int { return int(a.FirstMS - b.FirstMS) })
			if was, is := list[0], list[1]; was.LastMS-was.FirstMS >= settled.Milliseconds() && is.FirstMS > was.LastMS && is.LastMS >= r.staleMS {
				r.clashes = append(r.clashes, Clash{Kind: ClashTraits, Nodes: []string{r.node[k]}, Value: name + ": " + was.Value + " → " + is.Value, LastMS: is.LastMS})
			}
		}
	}
}
