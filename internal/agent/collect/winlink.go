package collect

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// winInterfaces lists adapters with their addresses, as GetAdaptersAddresses
// tells them; what kind they are also from the registry.
func winInterfaces(_ context.Context, src *Source) ([]wire.Interface, error) {
	g := gaps{account: "SYSTEM"}
	n, err := src.native()
	if err != nil {
		return nil, err
	}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	list := []wire.Interface{}
	for _, l := range n.Links {
		i := wire.Interface{
			Name: l.Name, Kind: r.linkKind(l), Up: l.Up, SpeedMbps: l.SpeedMbps, Gateway: l.Gateway, DNS: l.DNS, DHCP: l.DHCP,
			Addresses: steadyAddresses(n.AddressesOf[l.Name]),
		}
		if realMAC(l.MAC) {
			i.MAC = l.MAC
		}
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b wire.Interface) int { return strings.Compare(a.Name, b.Name) })
	for _, reason := range n.Gaps {
		if strings.HasPrefix(reason, "interfaces") {
			g.say("%s", reason)
		}
	}
	return list, g.err()
}

// linkKind goes by ifType (IANA ifType-MIB), and by what the adapter hangs on.
func (r reg) linkKind(l NativeLink) string {
	switch {
	case l.Loop || l.Type == 24:
		return "loopback"
	case l.Tunnel || l.Type == 131 || l.Type == 23:
		return "tunnel"
	case !r.onBus(l.ID):
		return "virtual"
	case l.Type == 71:
		return "wifi"
	case l.Type == 6:
		return "ethernet"
	case l.Type == 243 || l.Type == 244:
		return "mobile"
	}
	return "other"
}

// steadyAddresses sorts addresses and drops what is none. Temporary ones, another
// every day, are left out already where they are read.
func steadyAddresses(addresses []string) []string {
	list := slices.DeleteFunc(slices.Clone(addresses), func(a string) bool { _, err := netip.ParsePrefix(a); return err != nil })
	slices.Sort(list)
	return slices.Compact(list)
}
