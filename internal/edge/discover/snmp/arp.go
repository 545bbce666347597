package snmp

import (
	"context"
	"net/netip"

	"sonae/internal/survey/network"
)

// IP-MIB: ipNetToMediaTable (RFC 4293, deprecated, but what most devices have) and
// ipNetToPhysicalTable; IPV6-MIB (RFC 2465) and CISCO-IETF-IP-MIB for IPv6.
const (
	netToMedia    = ".1.3.6.1.2.1.4.22.1"
	netToPhysical = ".1.3.6.1.2.1.4.35.1.4"
	ipv6NetMedia  = ".1.3.6.1.2.1.55.1.12.1.2"
	ciscoInetNet  = ".1.3.6.1.4.1.9.10.86.1.1.3.1.3"
)

var (
	arpRoots = []string{netToMedia + ".2", netToMedia + ".4", netToPhysical}
	ndRoots  = []string{ipv6NetMedia, ciscoInetNet}
)

// arp reads which hardware address belongs to which address. The newer table holds
// IPv6 neighbours, too.
func (r *reader) arp(ctx context.Context) error {
	type pair struct {
		port int
		ip   netip.Addr
		mac  string
	}
	found := map[string]*pair{}
	var order []*pair
	err := r.columns(ctx, netToMedia, []string{"2", "4"}, func(column int, index []uint32, v Value) {
		if len(index) != 5 {
			return
		}
		key := oidText(index)
		switch {
		case column == 0:
			a, _, ok := addressIndex(index[1:], 4)
			if ok && found[key] == nil {
				p := &pair{int(index[0]), a, v.MAC()}
				found[key] = p
				order = append(order, p)
			}
		case v.Small() == 2 && found[key] != nil: // ipNetToMediaType invalid(2)
			found[key].mac = ""
		}
	})
	for _, p := range order {
		r.resolved(p.port, p.ip, p.mac)
	}
	newer := r.walk(ctx, netToPhysical, func(index []uint32, v Value) bool {
		if len(index) > 6 {
			if a, _, ok := inetIndex(index[1:]); ok {
				r.resolved(int(index[0]), a, v.MAC())
			}
		}
		return true
	})
	if err == nil {
		err = newer
	}
	return err
}

// nd reads IPv6 neighbours of devices that have them in a table of their own.
func (r *reader) nd(ctx context.Context) error {
	err := r.walk(ctx, ipv6NetMedia, func(index []uint32, v Value) bool {
		if len(index) == 17 {
			if a, _, ok := addressIndex(index[1:], 16); ok {
				r.resolved(int(index[0]), a, v.MAC())
			}
		}
		return true
	})
	cisco := r.walk(ctx, ciscoInetNet, func(index []uint32, v Value) bool {
		if len(index) > 6 {
			if a, _, ok := inetIndex(index[1:]); ok {
				r.resolved(int(index[0]), a, v.MAC())
			}
		}
		return true
	})
	if err == nil {
		err = cisco
	}
	return err
}

// resolved notes a neighbour; the device's own addresses stand in the same tables.
func (r *reader) resolved(port int, a netip.Addr, mac string) {
	a, ok := usable(a)
	if !ok || mac == "" || mac == "ffffffffffff" || !hexEven(mac[1]) {
		return
	}
	if p := r.ports[port]; p != nil && p.MAC == mac {
		return
	}
	how := network.HowARP
	if a.Is6() {
		how = network.HowND
	}
	r.observe(network.Observation{How: how, SeerPort: r.portName(port), Seen: network.Party{MAC: mac, Address: a}})
}
