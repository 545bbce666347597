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
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

const facility = "0192f0c1-2b3c-7d4e-8f5a-000000000001"

func tx(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func machine(t testing.TB, db *store.DB, facilityID, device string) (id string) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facilityID, Source: asset.SourceAgent, DeviceID: device, AtMS: 1, Kind: asset.KindPC})
		id = res.AssetID
		return err
	})
	return id
}

func interfaces(t testing.TB, db *store.DB, assetID string, atMS int64, list ...network.Interface) (ch store.Change) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		ch, err = network.RecordInterfaces(ctx, tx, assetID, "agent", atMS, list)
		return err
	})
	return ch
}

func TestExposed(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "[::1]": false, "::ffff:127.0.0.1": false,
		"0.0.0.0": true, "::": true, "192.0.2.1": true, "*": true, "": true, "localhost": true,
	} {
		if got := network.Exposed(address); got != want {
			t.Errorf("%q: got %v", address, got)
		}
	}
}

func TestKeys(t *testing.T) {
	for text, want := range map[string]string{
		"00:00:5E:00:53:01": "00005e005301", "00-00-5e-00-53-01": "00005e005301", "0000.5e00.5301": "00005e005301",
		"02:00:5e:10:00:00:00:01": "02005e1000000001", "00:00:5e": "", "zz:00:5e:00:53:01": "", "": "",
	} {
		if got := network.MACKey(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	order := []string{"9.0.0.1", "10.0.0.2", "10.0.0.10", "192.0.2.1", "2001:db8::1", "fe80::1"}
	for i := 1; i < len(order); i++ {
		a, b := network.AddressKey(netip.MustParseAddr(order[i-1])), network.AddressKey(netip.MustParseAddr(order[i]))
		if a >= b {
			t.Errorf("%s does not come before %s", order[i-1], order[i])
		}
	}
}

func TestPrimary(t *testing.T) {
	lo := network.Interface{Name: "lo", Kind: "loopback", Up: true, Addresses: []string{"127.0.0.1/8"}}
	eth := network.Interface{Name: "eth0", Kind: "ethernet", Up: true, MAC: "00:00:5e:00:53:01", Addresses: []string{"fe80::1/64", "2001:db8::7/64", "192.0.2.7/24"}, Gateway: "192.0.2.1"}
	wifi := network.Interface{Name: "wlan0", Kind: "wifi", Up: true, MAC: "00:00:5e:00:53:02", Addresses: []string{"198.51.100.7/24"}, Gateway: "198.51.100.1"}
	bridge := network.Interface{Name: "docker0", Kind: "virtual", Up: true, MAC: "02:42:00:00:00:01", Addresses: []string{"172.17.0.1/16"}}
	vpn := network.Interface{Name: "tun0", Kind: "tunnel", Up: true, Addresses: []string{"10.8.0.2/24"}, Gateway: "10.8.0.1"}
	down := eth
	down.Up = false
	noAddress := eth
	noAddress.Addresses, noAddress.Gateway = nil, ""
	v6 := eth
	v6.Addresses = v6.Addresses[:2]
	for _, c := range []struct {
		name    string
		list    []network.Interface
		ip, mac string
	}{
		{"nothing", nil, "", ""},
		{"loopback only", []network.Interface{lo}, "", ""},
		{"cable before wireless", []network.Interface{lo, wifi, bridge, eth}, "192.0.2.7", eth.MAC},
		{"link is down", []network.Interface{down, wifi}, "198.51.100.7", wifi.MAC},
		{"all are down", []network.Interface{down, lo}, "192.0.2.7", eth.MAC},
		{"gateway before cable", []network.Interface{{Name: "eth1", Kind: "ethernet", Up: true, MAC: "00:00:5e:00:53:09", Addresses: []string{"203.0.113.9/24"}}, wifi}, "198.51.100.7", wifi.MAC},
		{"IPv6 only", []network.Interface{v6}, "2001:db8::7", eth.MAC},
		{"tunnel has no hardware address", []network.Interface{noAddress, vpn}, "10.8.0.2", eth.MAC},
		{"bridge only", []network.Interface{bridge, lo}, "172.17.0.1", bridge.MAC},
		{"no address", []network.Interface{noAddress}, "", eth.MAC},
		{"zero hardware address", []network.Interface{{Name: "a", Kind: "ethernet", Up: true, MAC: "00:00:00:00:00:00", Addresses: []string{"192.0.2.9"}}}, "192.0.2.9", ""},
	} {
		ip, mac := network.Primary(c.list)
		if ip != c.ip || mac != c.mac {
			t.Errorf("%s: got %s %s, want %s %s", c.name, ip, mac, c.ip, c.mac)
		}
	}
}

func TestInterfacesKeepHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, facility, "d1")
		no := false
		want := network.Interface{AssetID: pc, Source: "agent", Name: "イーサネット", MAC: "00-00-5E-00-53-01", Kind: "ethernet", Up: true, SpeedMbps: 1000,
			Addresses: []string{"192.0.2.7/24", "2001:db8::7/64"}, Gateway: "192.0.2.1", DNS: []string{"192.0.2.53"}, DHCP: &no, FirstMS: 100}
		in := want
		in.Addresses = []string{"2001:db8::7/64", "192.0.2.7/24", "nonsense"}
		interfaces(t, db, pc, 100, in)
		got, err := network.Interfaces(t.Context(), db, pc, 0)
		if diff := cmp.Diff([]network.Interface{want}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		in.Up, in.DHCP = false, nil
		in.Addresses = in.Addresses[:1]
		if ch := interfaces(t, db, pc, 200, in); ch != (store.Change{Changed: 1, Gone: 1}) {
			t.Errorf("got %+v", ch)
		}
		for at, want := range map[int64]int{150: 2, 250: 1} {
			got, err := network.Interfaces(t.Context(), db, pc, at)
			if err != nil || len(got) != 1 || len(got[0].Addresses) != want || got[0].Up != (at == 150) {
				t.Errorf("as of %d: %+v, %v", at, got, err)
			}
		}
	})
}

func TestPortsKeepHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, facility, "d1")
		record := func(at int64, list ...network.Port) {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := network.RecordPorts(ctx, tx, pc, "agent", at, list)
				return err
			})
		}
		ssh := network.Port{Protocol: "tcp", Address: "0.0.0.0", Number: 22, Process: "sshd", RunAs: "root"}
		db1 := network.Port{Protocol: "tcp", Address: "127.0.0.1", Number: 5432, Process: "postgres", Exposed: true}
		record(100, ssh, db1)
		record(200, db1)
		for at, want := range map[int64]string{150: "22 true|5432 false|", 250: "5432 false|", 0: "5432 false|"} {
			list, err := network.Ports(t.Context(), db, pc, at)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, p := range list {
				if b.WriteString(map[int]string{22: "22 ", 5432: "5432 "}[p.Number]); p.Exposed {
					b.WriteString("true|")
				} else {
					b.WriteString("false|")
				}
			}
			if b.String() != want {
				t.Errorf("as of %d: got %s, want %s", at, b.String(), want)
			}
		}
	})
}

func TestSegments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc, server, other := machine(t, db, facility, "d1"), machine(t, db, facility, "d2"), machine(t, db, "elsewhere", "d3")
		eth := func(address string) network.Interface {
			return network.Interface{Name: "eth0", Kind: "ethernet", Addresses: []string{address}}
		}
		interfaces(t, db, pc, 10, eth("10.1.2.3/24"))
		interfaces(t, db, server, 10, eth("10.1.9.9/24"))
		interfaces(t, db, other, 10, eth("10.1.2.3/24"))
		create := func(s network.Segment) (network.Segment, error) {
			s.FacilityID = facility
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				s, err = network.CreateSegment(ctx, tx, s, 100)
				return err
			})
			return s, err
		}
		wide, err := create(network.Segment{CIDR: "10.1.0.0/16", Name: "院内", VLAN: 10, Purpose: "業務"})
		if err != nil {
			t.Fatal(err)
		}
		narrow, err := create(network.Segment{CIDR: "10.1.2.0/24", Name: "外来"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := create(network.Segment{CIDR: "10.1.2.0/24", Name: "二度目"}); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("same range: %v", err)
		}
		for id, want := range map[string]int{wide.ID: 2, narrow.ID: 1} {
			if got, err := network.AssetsIn(t.Context(), db, id); err != nil || len(got) != want {
				t.Errorf("got %v, want %d machines (%v)", got, want, err)
			}
		}
		segments, err := network.Segments(t.Context(), db, facility, 0)
		if err != nil {
			t.Fatal(err)
		}
		plan := network.NewPlan(segments)
		for address, want := range map[string]string{"10.1.2.3/24": "外来", "10.1.9.9": "院内", "10.2.0.1": "", "x": ""} {
			if s, _ := plan.At(address); s.Name != want {
				t.Errorf("%s: got %q, want %q", address, s.Name, want)
			}
		}
		changeAndEnd(t, db, narrow)
	})
}

func changeAndEnd(t *testing.T, db *store.DB, s network.Segment) {
	t.Helper()
	update := func(s network.Segment) (out network.Segment, err error) {
		err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			out, err = network.UpdateSegment(ctx, tx, s, 200)
			return err
		})
		return out, err
	}
	s.Name = "外来（新館）"
	changed, err := update(s)
	if err != nil || changed.Revision != 2 {
		t.Fatalf("got %+v, %v", changed, err)
	}
	if _, err := update(s); !fault.Is(err, fault.CodeConflict) {
		t.Errorf("old revision: %v", err)
	}
	unknown := s
	unknown.ID = store.NewID()
	if _, err := update(unknown); !fault.Is(err, fault.CodeNotFound) {
		t.Errorf("unknown: %v", err)
	}
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		return network.EndSegment(ctx, tx, s.FacilityID, s.ID, "終えた人", changed.Revision, 300)
	})
	for at, want := range map[int64]int{0: 1, 250: 2, 50: 0} {
		if list, err := network.Segments(t.Context(), db, s.FacilityID, at); err != nil || len(list) != want {
			t.Errorf("at %d: got %d segments, want %d (%v)", at, len(list), want, err)
		}
	}
}

func TestSegmentRefuses(t *testing.T) {
	db := storetest.SQLite(t)
	good := network.Segment{FacilityID: facility, CIDR: "192.0.2.0/24", Name: "x"}
	for _, c := range []struct {
		name, place string
		change      func(*network.Segment)
	}{
		{"no range", "cidr", func(s *network.Segment) { s.CIDR = "192.0.2.1" }},
		{"host bits", "cidr", func(s *network.Segment) { s.CIDR = "192.0.2.1/24" }},
		{"mapped", "cidr", func(s *network.Segment) { s.CIDR = "::ffff:192.0.2.0/120" }},
		{"no name", "name", func(s *network.Segment) { s.Name = "  " }},
		{"VLAN", "vlan", func(s *network.Segment) { s.VLAN = 4095 }},
		{"NUL", "note", func(s *network.Segment) { s.Note = "a\x00" }},
		{"long", "purpose", func(s *network.Segment) { s.Purpose = strings.Repeat("長", 201) }},
		{"nowhere", "facility_id", func(s *network.Segment) { s.FacilityID = "" }},
	} {
		s := good
		c.change(&s)
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := network.CreateSegment(ctx, tx, s, 1)
			return err
		})
		if f := fault.Of(err); f == nil || f.Code != fault.CodeInvalid || f.Place != c.place {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}
