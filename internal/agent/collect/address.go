package collect

import (
	"net"
	"net/netip"
)

// hostAddresses asks the system for the addresses of its interfaces.
func hostAddresses() (map[string][]netip.Prefix, error) {
	links, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	found := map[string][]netip.Prefix{}
	for _, link := range links {
		addresses, err := link.Addrs()
		if err != nil {
			continue // it is gone meanwhile
		}
		for _, a := range addresses {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil {
				found[link.Name] = append(found[link.Name], prefix)
			}
		}
	}
	return found, nil
}

// nativeLinks is hostAddresses with what else Go knows of an interface.
func nativeLinks(n *Native) error {
	links, err := net.Interfaces()
	if err != nil {
		return err
	}
	addresses, err := hostAddresses()
	if err != nil {
		return err
	}
	n.AddressesOf = map[string][]string{}
	for _, l := range links {
		n.Links = append(n.Links, NativeLink{
			Name: l.Name, MAC: l.HardwareAddr.String(), Up: l.Flags&net.FlagUp != 0,
			Loop: l.Flags&net.FlagLoopback != 0, Tunnel: l.Flags&net.FlagPointToPoint != 0,
		})
		for _, p := range addresses[l.Name] {
			n.AddressesOf[l.Name] = append(n.AddressesOf[l.Name], p.String())
		}
	}
	return nil
}
