package discover

import (
	"cmp"
	"net/netip"
	"slices"

	"sonae/internal/survey/network"
)

// Device is what a set of observations says of one machine, for the terminal. It is a
// first sorting by hardware address, chassis, address and name, without the ledger: which
// asset a machine is, network.Resolve tells.
type Device struct {
	Key     string // Party.Key of its strongest name
	Chassis []string
	MACs    []string
	Addrs   []netip.Addr
	Names   []string
	VLANs   []int
	How     []network.How // in the order of network.Hows
	Traits  []network.Trait
	FirstMS int64
	LastMS  int64
}

// Devices sorts observations by the machine that was seen. An address that several
// hardware addresses claim joins none of them: what only has that address stays a device
// of its own.
func Devices(list []network.Observation) []Device {
	owner := owners(list)
	by := map[string]*Device{}
	for i := range list {
		o := &list[i]
		k := deviceKey(o.Seen, owner)
		if k == "" {
			continue
		}
		d := by[k]
		if d == nil {
			d = &Device{Key: k, FirstMS: o.AtMS, LastMS: o.AtMS}
			by[k] = d
		}
		d.take(o)
	}
	out := make([]Device, 0, len(by))
	for _, d := range by {
		d.sort()
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Device) int { return cmp.Or(compareAddr(a.Addrs, b.Addrs), cmp.Compare(a.Key, b.Key)) })
	return out
}

// owners finds the one hardware address that an address belongs to; "" where several do.
func owners(list []network.Observation) map[netip.Addr]string {
	out := map[netip.Addr]string{}
	for i := range list {
		p := list[i].Seen
		if p.MAC == "" || !p.Address.IsValid() {
			continue
		}
		if old, there := out[p.Address]; there && old != p.MAC {
			out[p.Address] = ""
			continue
		}
		out[p.Address] = p.MAC
	}
	return out
}

func deviceKey(p network.Party, owner map[netip.Addr]string) string {
	if p.MAC != "" {
		return "mac:" + p.MAC
	}
	if mac := owner[p.Address]; mac != "" && p.ChassisID == "" {
		return "mac:" + mac
	}
	return p.Key()
}

func (d *Device) take(o *network.Observation) {
	add(&d.Chassis, o.Seen.ChassisID)
	add(&d.MACs, o.Seen.MAC)
	add(&d.Names, o.Seen.Name)
	add(&d.How, o.How)
	add(&d.VLANs, o.VLAN)
	add(&d.Addrs, o.Seen.Address)
	for _, t := range o.Traits {
		add(&d.Traits, t)
	}
	d.FirstMS, d.LastMS = min(d.FirstMS, o.AtMS), max(d.LastMS, o.AtMS)
}

// add appends what is not empty and not there.
func add[T comparable](list *[]T, v T) {
	var none T
	if v != none && !slices.Contains(*list, v) {
		*list = append(*list, v)
	}
}

func (d *Device) sort() {
	slices.Sort(d.Chassis)
	slices.Sort(d.MACs)
	slices.Sort(d.Names)
	slices.Sort(d.VLANs)
	slices.SortFunc(d.Addrs, netip.Addr.Compare)
	slices.SortFunc(d.How, func(a, b network.How) int { return slices.Index(network.Hows, a) - slices.Index(network.Hows, b) })
	slices.SortFunc(d.Traits, func(a, b network.Trait) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
	})
}

// compareAddr puts machines with an address first, in the order of addresses.
func compareAddr(a, b []netip.Addr) int {
	if len(a) == 0 || len(b) == 0 {
		return min(len(b), 1) - min(len(a), 1)
	}
	return a[0].Compare(b[0])
}
