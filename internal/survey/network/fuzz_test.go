package network

import (
	"net/netip"
	"testing"
)

// FuzzAddress: texts from machines never panic, and what is accepted is an address.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"192.0.2.7/24", "fe80::1%eth0/64", "::ffff:192.0.2.1/120", "192.0.2.7/33", "/", "00:00:5e:00:53:01", "[::1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		Exposed(text)
		if k := MACKey(text); k != "" && len(k) != 12 && len(k) != 16 && len(k) != 40 {
			t.Errorf("key %q", k)
		}
		p, ok := parsePrefix(text)
		if ok && (!p.IsValid() || len(AddressKey(p.Addr())) != 32 || p.Addr().Zone() != "") {
			t.Errorf("%q gives %v", text, p)
		}
		ip, _ := Primary([]Interface{{Name: text, Kind: "ethernet", MAC: text, Addresses: []string{text}}})
		if _, err := netip.ParseAddr(ip); ip != "" && err != nil {
			t.Errorf("%q gives primary %q", text, ip)
		}
		s := Segment{FacilityID: "f", Name: "n", CIDR: text}
		if low, high, err := s.check(); err == nil && low > high {
			t.Errorf("%q: %s > %s", text, low, high)
		}
	})
}
