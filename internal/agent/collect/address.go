//go:build !windows

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
