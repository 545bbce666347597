package discover

import "net/netip"

// neighbours remembers which machine on the link has an address, by what it said itself.
// Only what is in here, or what cannot have come through a router, puts an address and a
// hardware address into one Party.
type neighbours map[link]neighbour

type link struct {
	addr netip.Addr
	vlan int
}

type neighbour struct {
	mac  string
	atMS int64
}

const (
	neighboursMax = 65_536
	// neighbourMS is how long an answer counts: hosts forget theirs after minutes, and
	// addresses are leased for hours.
	neighbourMS = 60 * 60 * 1000
)

func (n neighbours) learn(a netip.Addr, vlan int, mac string, atMS int64) {
	if mac == "" || !usable(a) {
		return
	}
	k := link{a, vlan}
	if _, there := n[k]; !there && len(n) >= neighboursMax {
		// Somebody claims a whole network: any one of them makes room.
		for old := range n {
			delete(n, old)
			break
		}
	}
	n[k] = neighbour{mac, atMS}
}

// mac is the hardware address of the machine with an address; empty: not known for sure.
func (n neighbours) mac(a netip.Addr, vlan int, atMS int64) string {
	if e, ok := n[link{a, vlan}]; ok && atMS-e.atMS <= neighbourMS {
		return e.mac
	}
	return ""
}
