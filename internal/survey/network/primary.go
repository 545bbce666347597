package network

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// Primary chooses the address and hardware address that stand for a machine in
// lists: those of the first interface with an address, in the order of: the link is
// up; it leads out (has a gateway); a cable, then wireless, then mobile, then anything
// else; by name. On one interface IPv4 goes before IPv6. Loopback and link-local
// addresses (RFC 3927; RFC 4291, section 2.5.6) never count. An interface without a
// hardware address (tunnel) leaves that to the first real one. Both are empty when
// there is none. The order of list does not matter.
func Primary(list []Interface) (ip, mac string) {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b Interface) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Name, b.Name))
	})
	for _, n := range sorted {
		if a := firstAddress(n); a.IsValid() {
			ip, mac = a.String(), usableMAC(n)
			break
		}
	}
	for _, n := range sorted {
		if mac != "" {
			break
		}
		if physical(n.Kind) {
			mac = usableMAC(n)
		}
	}
	return ip, mac
}

// kinds in the order of preference.
var kinds = []string{"ethernet", "wifi", "mobile", "other", "", "virtual", "tunnel", "loopback"}

func physical(kind string) bool { return kind == "ethernet" || kind == "wifi" || kind == "mobile" }

func rank(n Interface) int {
	r := slices.Index(kinds, n.Kind)
	if r < 0 {
		r = len(kinds)
	}
	if n.Gateway == "" {
		r += 16
	}
	if !n.Up {
		r += 32
	}
	return r
}

// firstAddress is the first IPv4 address of an interface that counts, else IPv6.
func firstAddress(n Interface) netip.Addr {
	var v6 netip.Addr
	if n.Kind == "loopback" {
		return v6
	}
	for _, text := range n.Addresses {
		p, ok := parsePrefix(text)
		if !ok {
			continue
		}
		a := p.Addr()
		switch {
		case a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified():
		case a.Is4():
			return a
		case !v6.IsValid():
			v6 = a
		}
	}
	return v6
}

// usableMAC is the hardware address as sent, unless it is none or all zero.
func usableMAC(n Interface) string {
	if k := MACKey(n.MAC); k == "" || strings.Trim(k, "0") == "" {
		return ""
	}
	return n.MAC
}
