package network_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// What a segment said on a past day stays, and who said it.
func TestSegmentHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := network.Segment{FacilityID: facility, CIDR: "10.1.0.0/16", Name: "院内", By: "甲"}
		tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			s, err = network.CreateSegment(ctx, tx, s, 100)
			return err
		})
		tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			s.CIDR, s.Name, s.Kinds, s.By = "10.1.2.0/24", "外来", []string{"printer", "pc", "pc"}, "乙"
			s, err = network.UpdateSegment(ctx, tx, s, 200)
			return err
		})
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return network.EndSegment(ctx, tx, facility, s.ID, "丙", s.Revision, 300)
		})
		for at, want := range map[int64]string{99: "", 100: "10.1.0.0/16 院内  甲", 199: "10.1.0.0/16 院内  甲", 200: "10.1.2.0/24 外来 pc,printer 乙", 299: "10.1.2.0/24 外来 pc,printer 乙", 300: "", 0: ""} {
			list, err := network.Segments(t.Context(), db, facility, at)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, s := range list {
				got += s.CIDR + " " + s.Name + " " + strings.Join(s.Kinds, ",") + " " + s.By
			}
			if got != want {
				t.Errorf("at %d: got %q, want %q", at, got, want)
			}
		}
		past, err := network.SegmentHistory(t.Context(), db, s.ID)
		if err != nil || len(past) != 2 {
			t.Fatal(past, err)
		}
		if n, o := past[0], past[1]; n.FromMS != 200 || n.EndedMS != 300 || n.EndedBy != "丙" || o.FromMS != 100 || o.EndedMS != 200 || o.Revision != 1 || o.CreatedMS != 100 || o.FacilityID != facility {
			t.Errorf("got %+v, before %+v", n, o)
		}
		if one, err := network.SegmentByID(t.Context(), db, s.ID); err != nil || one.Name != "外来" || one.EndedMS != 300 {
			t.Errorf("by ID: %+v, %v", one, err)
		}
	})
}

// Ranges that devices say and VLANs that switches carry are proposed until a segment says
// them; what only one machine's programs know is not.
func TestSegmentProposals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		port := func(name, kind, address string) network.Interface {
			return network.Interface{Name: name, Kind: kind, Addresses: []string{address}}
		}
		a, b, sw, other := machine(t, db, facility, "p1"), machine(t, db, facility, "p2"), machine(t, db, facility, "p3"), machine(t, db, "elsewhere", "p4")
		interfaces(t, db, a, 10, port("eth0", "ethernet", "10.1.2.3/24"), port("docker0", "virtual", "172.17.0.1/16"), port("lo", "loopback", "127.0.0.1/8"), port("wg0", "tunnel", "10.99.0.2/24"))
		interfaces(t, db, b, 10, port("Ethernet", "ethernet", "10.1.2.4/24"), port("eth1", "ethernet", "fe80::1/64"), port("eth2", "ethernet", "192.0.2.9/32"))
		interfaces(t, db, sw, 10, port("Vlan20", "virtual", "10.1.20.1/23"), port("Vlan10", "virtual", "10.1.2.1/24"))
		interfaces(t, db, other, 10, port("eth0", "ethernet", "10.8.8.8/24"))
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := network.RecordDevice(ctx, tx, sw, network.Reading{Source: "snmp", AtMS: 10, VLANs: []network.VLAN{{ID: 1, Name: "default"}, {ID: 10, Name: "GAIRAI"}, {ID: 50, Name: "IRYO"}, {ID: 1002, Name: "fddi-default"}}})
			return err
		})
		got, err := network.SegmentProposals(t.Context(), db, facility)
		if err != nil {
			t.Fatal(err)
		}
		want := []network.SegmentProposal{
			{Key: "range:10.1.2.0/24", CIDR: "10.1.2.0/24", VLAN: 10, Name: "GAIRAI", Machines: 3, Sources: []string{"agent"}},
			{Key: "range:10.1.20.0/23", CIDR: "10.1.20.0/23", VLAN: 20, Machines: 1, Sources: []string{"agent"}},
			{Key: "vlan:50", VLAN: 50, Name: "IRYO", Machines: 1, Sources: []string{"snmp"}},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, s := range []network.Segment{{CIDR: "10.1.0.0/20", Name: "院内"}, {CIDR: "10.1.50.0/24", Name: "機器", VLAN: 50}} {
				s.FacilityID = facility
				if _, err := network.CreateSegment(ctx, tx, s, 20); err != nil {
					return err
				}
			}
			return nil
		})
		// VLAN 10 has its own number still, though its addresses lie in a wider segment.
		if got, err = network.SegmentProposals(t.Context(), db, facility); err != nil || len(got) != 2 || got[0].Key != "range:10.1.20.0/23" || got[1].Key != "vlan:10" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestKindsIn(t *testing.T) {
	node := func(key, id, kind string, addrs ...string) network.Node {
		return network.Node{Key: key, AssetID: id, Kind: kind, Addrs: addrs}
	}
	g := network.Graph{Segments: []network.Segment{{ID: "w", CIDR: "10.1.0.0/16"}, {ID: "n", CIDR: "10.1.2.0/24"}}, Nodes: []network.Node{
		node("a", "1", "pc", "10.1.2.3", "10.1.2.4"), node("b", "2", "pc", "10.1.3.3"), node("c", "3", "printer", "10.1.3.4"), node("d", "4", "pc", "10.1.3.5"), node("e", "", "server", "10.1.3.6"), node("f", "5", "server", "10.9.0.1")}}
	for cidr, want := range map[string][]network.KindCount{
		"10.1.0.0/16": {{Kind: asset.KindPC, Count: 2}, {Kind: asset.KindPrinter, Count: 1}},
		"10.1.2.0/24": {{Kind: asset.KindPC, Count: 1}},
		"10.9.0.0/24": {{Kind: asset.KindServer, Count: 1}},
	} {
		got := network.KindsIn(g, network.Segment{CIDR: cidr})
		if d := cmp.Diff(want, got); d != "" {
			t.Error(cidr, d)
		}
	}
}

func TestAround(t *testing.T) {
	list := []network.Segment{{CIDR: "10.0.0.0/8"}, {CIDR: "10.1.0.0/16"}, {CIDR: "10.1.2.0/24"}, {CIDR: "2001:db8::/32"}}
	for inner, want := range map[string]string{"10.1.2.0/24": "10.1.0.0/16", "10.1.2.128/25": "10.1.2.0/24", "10.0.0.0/8": "", "192.0.2.0/24": "", "2001:db8:1::/48": "2001:db8::/32"} {
		got, ok := network.Around(list, network.Segment{CIDR: inner})
		if got.CIDR != want || ok != (want != "") {
			t.Errorf("%s: got %q, want %q", inner, got.CIDR, want)
		}
		if ok && !netip.MustParsePrefix(got.CIDR).Overlaps(netip.MustParsePrefix(inner)) {
			t.Error("apart")
		}
	}
}
