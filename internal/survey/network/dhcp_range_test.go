package network_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/network"
)

func TestParseAddressRange(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.100-192.0.2.199": "192.0.2.100-192.0.2.199", "192.0.2.100-199": "192.0.2.100-192.0.2.199", " 192.0.2.1 〜 192.0.2.9 ": "192.0.2.1-192.0.2.9",
		"１９２．０．２．１～９": "192.0.2.1-192.0.2.9", "192.0.2.7": "192.0.2.7", "2001:db8::10-2001:db8::20": "2001:db8::10-2001:db8::20",
		"192.0.2.9-192.0.2.1": "", "192.0.2.1-2001:db8::1": "", "192.0.2.0/24": "", "": "", "-": "", "fe80::1%eth0-fe80::2": "", "192.0.2.1-": "", "192.0.2.1-300": "",
	} {
		r, ok := network.ParseAddressRange(text)
		if ok != (want != "") || ok && r.String() != want {
			t.Errorf("%q gives %v %v, want %q", text, r, ok, want)
		}
	}
}

// FuzzAddressRange: what is accepted runs upwards and reads back as itself.
func FuzzAddressRange(f *testing.F) {
	for _, s := range []string{"192.0.2.1-9", "１９２.0.2.1～9", "::1-::2", "1.2.3.4-5-6", "-", "%-%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := network.ParseAddressRange(text)
		if !ok {
			return
		}
		if r.To.Less(r.From) || !r.Contains(r.From) || !r.Contains(r.To) {
			t.Errorf("%q gives %v", text, r)
		}
		if again, ok := network.ParseAddressRange(r.String()); !ok || again != r {
			t.Errorf("%q is %v, which reads as %v", text, r, again)
		}
	})
}

// A segment keeps its DHCP ranges in order, with their past; bad ones are refused.
func TestSegmentDHCPRanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := network.Segment{FacilityID: facility, CIDR: "192.0.2.0/24", Name: "外来", DHCP: []string{"192.0.2.150-199", "", "192.0.2.100〜192.0.2.120"}}
		tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			for bad, key := range map[string]string{"192.0.2.9-1": "dhcp_range", "198.51.100.1-9": "dhcp_outside", "192.0.2.110-130": "dhcp_overlap"} {
				wrong := s
				wrong.DHCP = append([]string{bad}, s.DHCP...)
				if _, err := network.CreateSegment(ctx, tx, wrong, 100); !fault.Is(err, fault.CodeInvalid) || !strings.Contains(err.Error(), key) {
					t.Errorf("%s: %v", bad, err)
				}
			}
			s, err = network.CreateSegment(ctx, tx, s, 100)
			return err
		})
		want := []string{"192.0.2.100-192.0.2.120", "192.0.2.150-192.0.2.199"}
		if diff := cmp.Diff(want, s.DHCP); diff != "" {
			t.Error(diff)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			s.DHCP = nil
			s, err = network.UpdateSegment(ctx, tx, s, 200)
			return err
		})
		for at, want := range map[int64]int{150: 2, 250: 0, 0: 0} {
			list, err := network.Segments(t.Context(), db, facility, at)
			if err != nil || len(list) != 1 || len(list[0].DHCP) != want {
				t.Errorf("at %d: %v %v", at, list, err)
			}
		}
	})
}

// Leases come from the wire, from lists of servers and from devices; what a server itself
// is seen with is none.
func TestLeasesAndThePlan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		at := func(n int, ip string) network.Party {
			return network.Party{MAC: mac(n), Address: netip.MustParseAddr(ip)}
		}
		yes, no := true, false
		given, fixed := machine(t, db, facility, "d1"), machine(t, db, facility, "d2")
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			seen := []network.Observation{
				{FacilityID: facility, How: network.HowDHCP, AtMS: now, Seen: at(1, "192.0.2.101")}, {FacilityID: facility, How: network.HowDHCP, AtMS: now, Seen: at(2, "192.0.2.201")},
				{FacilityID: facility, How: network.HowARP, AtMS: now, Seen: at(3, "192.0.2.102")},
				{FacilityID: facility, How: network.HowDHCP, AtMS: now, Seen: at(4, "192.0.2.1"), Traits: []network.Trait{{Key: network.TraitDHCPServer, Value: "offer"}}},
				{FacilityID: facility, How: network.HowDHCP, AtMS: now - 400*day + day, Seen: at(5, "192.0.2.105")},
			}
			if _, err := network.Observe(ctx, tx, seen, now); err != nil {
				return err
			}
			for id, face := range map[string]network.Interface{given: {Name: "e", Kind: "ethernet", DHCP: &yes, Addresses: []string{"192.0.2.110/24"}}, fixed: {Name: "e", Kind: "ethernet", DHCP: &no, Addresses: []string{"192.0.2.115/24"}}} {
				if _, err := network.RecordInterfaces(ctx, tx, id, "agent", now, []network.Interface{face}); err != nil {
					return err
				}
			}
			return nil
		})
		leases, err := network.Leases(t.Context(), db, facility, now)
		if err != nil {
			t.Fatal(err)
		}
		g := network.Graph{Segments: []network.Segment{{ID: "s", CIDR: "192.0.2.0/24", DHCP: []string{"192.0.2.100-192.0.2.199"}}}}
		got := network.AddressPlan(g, nil, leases)[0].Given
		if got.SeenText() != "192.0.2.101-192.0.2.201" || got.Leased != 3 {
			t.Errorf("given out: %s, %d", got.SeenText(), got.Leased)
		}
		if diff := cmp.Diff([][]string{{"192.0.2.201"}, {"192.0.2.115"}}, [][]string{got.Astray, got.Occupied}); diff != "" {
			t.Error(diff)
		}
	})
}
