package network_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

func observe(t testing.TB, db *store.DB, nowMS int64, list ...network.Observation) (took network.Took) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		took, err = network.Observe(ctx, tx, list, nowMS)
		return err
	})
	return took
}

// spans lists the sightings of a day as "seen first–last", in hours since the epoch.
func spans(t testing.TB, db *store.DB, atMS int64) (out []string) {
	t.Helper()
	list, err := network.Sightings(t.Context(), db, facility, atMS)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		out = append(out, fmt.Sprintf("%s %d–%d", s.Seen.Key(), s.FirstMS/hour, s.LastMS/hour))
	}
	return out
}

func TestSightingsLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := seen(network.HowARP, withMAC(1), "eth0", at(withMAC(9), "192.0.2.9"), "").Observation
		say := func(atMS int64, want network.Took) {
			t.Helper()
			o.AtMS = atMS
			if took := observe(t, db, now, o); took != want {
				t.Errorf("at %d h: %+v, want %+v", atMS/hour, took, want)
			}
		}
		say(100*day, network.Took{New: 1})
		say(100*day+hour/2, network.Took{Again: 1}) // not written: within the grain
		say(102*day, network.Took{Again: 1})
		say(99*day, network.Took{Again: 1})   // an older capture file
		say(300*day, network.Took{New: 1})    // after a long silence
		say(now+day, network.Took{Future: 1}) // a clock that is wrong
		for _, c := range []struct {
			at   int64
			want []string
		}{
			{98 * day, nil},
			{100 * day, []string{"mac:" + mac(9) + " 2376–2400"}},
			{110 * day, []string{"mac:" + mac(9) + " 2376–2448"}},
			{200 * day, nil},
			{now - 90*day, []string{"mac:" + mac(9) + " 7200–7200"}},
		} {
			if diff := cmp.Diff(c.want, spans(t, db, c.at)); diff != "" {
				t.Errorf("on day %d (-want +got):\n%s", c.at/day, diff)
			}
		}
	})
}

func TestSightingsComeBackAsTheyWere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := network.Observation{
			FacilityID: facility, How: network.HowLLDP, VLAN: 20, AtMS: now - hour,
			Seer: network.Party{ChassisID: "local:core", MAC: mac(1), Address: netip.MustParseAddr("192.0.2.1"), Name: "コア", EngineID: "80001f88"}, SeerPort: "Gi1/0/1",
			Seen: network.Party{ChassisID: "mac:" + mac(2), MAC: mac(3), Address: netip.MustParseAddr("2001:db8::2"), Name: "SW-2"}, SeenPort: "Gi1/0/2",
			Traits: []network.Trait{{Key: network.TraitLLDPSystem, Value: "v1"}, {Key: network.TraitLLDPCaps, Value: "bridge,router"}},
		}
		observe(t, db, now, o)
		list, err := network.Sightings(t.Context(), db, facility, now)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		want := o
		want.Traits = nil
		if diff := cmp.Diff(want, list[0].Observation, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
		traits, err := network.Traits(t.Context(), db, facility, now)
		if err != nil {
			t.Fatal(err)
		}
		got := traits["mac:"+mac(2)]
		if len(got) != 2 || got[0].Value != "bridge,router" || got[1].Value != "v1" || got[1].FirstMS != o.AtMS {
			t.Error(got)
		}
		if other, err := network.Sightings(t.Context(), db, "0192f0c1-2b3c-7d4e-8f5a-000000000002", now); err != nil || len(other) > 0 {
			t.Error("another facility sees it:", other, err)
		}
	})
}

// What nobody can be named by, and what stations cannot be, is counted and left out.
func TestUnusableObservations(t *testing.T) {
	ok := seen(network.HowARP, withMAC(1), "", withMAC(9), "").Observation
	cases := map[string]func(o *network.Observation){
		"nobody seen":   func(o *network.Observation) { o.Seen = network.Party{} },
		"broadcast":     func(o *network.Observation) { o.Seen = network.Party{MAC: "ffffffffffff"} },
		"group address": func(o *network.Observation) { o.Seen = network.Party{MAC: "01005e000001"} },
		"zeros": func(o *network.Observation) {
			o.Seen = network.Party{MAC: "000000000000", Address: netip.IPv4Unspecified()}
		},
		"no address":          func(o *network.Observation) { o.Seen = network.Party{MAC: "<script>"} },
		"itself":              func(o *network.Observation) { o.Seen = o.Seer },
		"unknown way":         func(o *network.Observation) { o.How = "rumour" },
		"no time":             func(o *network.Observation) { o.AtMS = 0 },
		"no facility":         func(o *network.Observation) { o.FacilityID = "" },
		"only control signs":  func(o *network.Observation) { o.Seen = network.Party{Name: "\x00\x1b\u202e"} },
		"multicast to itself": func(o *network.Observation) { o.Seen = network.Party{Address: netip.MustParseAddr("224.0.0.251")} },
	}
	db := storetest.SQLite(t)
	for name, spoil := range cases {
		o := ok
		spoil(&o)
		if took := observe(t, db, now, o); took != (network.Took{Unusable: 1}) {
			t.Errorf("%s: %+v", name, took)
		}
	}
	if took := observe(t, db, now, ok); took.New != 1 {
		t.Error("the good one:", took)
	}
}

func TestHostileTexts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := seen(network.HowLLDP, withMAC(1), strings.Repeat("p", 70_000), network.Party{ChassisID: "local:\u202e<b>\x00", Name: strings.Repeat("漢", 10_000)}, "\xff\xfe").Observation
		for i := range 500 {
			o.Traits = append(o.Traits, network.Trait{Key: network.TraitLLDPSystem, Value: fmt.Sprint(strings.Repeat("<script>", 1000), i)}, network.Trait{Key: "x", Value: fmt.Sprint(i)})
		}
		observe(t, db, now, o)
		list, err := network.Sightings(t.Context(), db, facility, now)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		s := list[0]
		if len(s.SeerPort) != 255 || s.Seen.Name != strings.Repeat("漢", 85) || s.Seen.ChassisID != "local:<b>" || s.SeenPort != "" {
			t.Errorf("%d %q %q %q", len(s.SeerPort), s.Seen.Name, s.Seen.ChassisID, s.SeenPort)
		}
		traits, err := network.Traits(t.Context(), db, facility, now)
		if err != nil || len(traits[s.Seen.Key()]) != 200 {
			t.Errorf("%d traits, %v", len(traits[s.Seen.Key()]), err)
		}
	})
}

func TestReadingOfASwitch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, facility, "pc")
		interfaces(t, db, pc, 1, network.Interface{Name: "eth0", MAC: "00-00-5E-00-53-09", Kind: "ethernet", Up: true, Addresses: []string{"192.0.2.9/24"}})
		r := network.Reading{
			FacilityID: facility, Source: "snmp", How: network.HowSNMP, AtMS: now,
			Device: network.Party{EngineID: "80001f8804", Address: netip.MustParseAddr("192.0.2.2"), Name: "SW-1"},
			Also:   []string{"mac:" + mac(2), "mac:" + mac(3)},
			Traits: []network.Trait{{Key: network.TraitSysDescr, Value: "a switch"}},
			Seen: []network.Observation{
				{SeerPort: "1", Seen: withMAC(9), How: network.HowFDB}, {SeerPort: "2", Seen: withMAC(10), How: network.HowFDB},
				{SeerPort: "24", Seen: chassis(20, "CORE"), SeenPort: "5", How: network.HowLLDP},
			},
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			took, err := network.Take(ctx, tx, r, now)
			if took.New != 3 {
				t.Error(took)
			}
			return err
		})
		g, err := network.Map(t.Context(), db, facility, now)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"asset:" + pc + "[] SW-1[1] edge fdb", "SW-1[2] mac:" + mac(10) + "[] edge fdb", "SW-1[24] CORE[5] edge lldp"}
		if diff := cmp.Diff(want, linksOf(g), cmpopts.SortSlices(strings.Compare), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		for _, n := range g.Nodes {
			if n.Name == "SW-1" && (len(n.MACs) != 2 || len(n.Traits) != 1 || !n.Forwards || n.Addrs[0] != "192.0.2.2") {
				t.Errorf("%+v", n)
			}
		}
	})
}

func TestMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		key := "mac:" + mac(9)
		set := func(m network.Mark, at int64) (err error) {
			m.FacilityID, m.PartyKey, m.By = facility, key, "佐藤"
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := network.SetMark(ctx, tx, m, at)
				return err
			})
		}
		for place, m := range map[string]network.Mark{"note": {UntilMS: now + day}, "until": {Note: "業者", UntilMS: now - 1}} {
			if err := set(m, now); !fault.Is(err, fault.CodeInvalid) || !strings.Contains(err.Error(), "at "+place) {
				t.Errorf("%s: %v", place, err)
			}
		}
		if err := set(network.Mark{Note: "業者", UntilMS: now + 400*day}, now); !fault.Is(err, fault.CodeInvalid) {
			t.Error("longer than a year:", err)
		}
		for i := range int64(2) {
			if err := set(network.Mark{Note: fmt.Sprint("業者", i), UntilMS: now + day}, now+i*hour); err != nil {
				t.Fatal(err)
			}
		}
		at := func(ms int64) (notes []string) {
			list, err := network.Marks(t.Context(), db, facility, ms)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				notes = append(notes, m.Note)
			}
			return notes
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return network.EndMark(ctx, tx, facility, key, now+3*hour)
		})
		if diff := cmp.Diff([][]string{nil, {"業者0"}, {"業者1"}, nil}, [][]string{at(now - 1), at(now), at(now + 2*hour), at(now + 4*hour)}); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAdopt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		atlas := network.NewAtlas(func(*network.Graph) {})
		now := func() network.Graph {
			t.Helper()
			g, err := atlas.Now(t.Context(), db, facility, now)
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		observe(t, db, 1, seen(network.HowARP, withMAC(1), "", at(withMAC(9), "192.0.2.9"), "").Observation)
		if g := now(); len(g.Nodes) != 0 {
			t.Fatalf("the future is on the map: %+v", g.Nodes)
		}
		o := seen(network.HowARP, withMAC(1), "", at(withMAC(9), "192.0.2.9"), "").Observation
		o.Seen.Name = "nas-1"
		observe(t, db, o.AtMS, o)
		n, ok := now().NodeByKey("mac:" + mac(9))
		if !ok || n.State != network.StateUnlisted || n.Name != "nas-1" {
			t.Fatalf("%v %+v", ok, n)
		}
		var id string
		adopt := func(n network.Node) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				id, err = network.Adopt(ctx, tx, facility, n, asset.KindStorage, "佐藤", o.AtMS)
				return err
			})
		}
		if err := adopt(n); err != nil {
			t.Fatal(err)
		}
		a, err := asset.Get(t.Context(), db, asset.Scope{All: true}, id)
		if err != nil || a.Kind != asset.KindStorage || a.Values[asset.FieldIP] != "192.0.2.9" || a.Values[asset.FieldMAC] != "00:00:5e:00:53:09" || a.Values[asset.FieldHostName] != "nas-1" {
			t.Errorf("%+v, %v", a, err)
		}
		n, ok = now().NodeByKey("mac:" + mac(9))
		if !ok || n.State != network.StateListed || n.AssetID != id {
			t.Fatalf("%v %+v", ok, n)
		}
		if err := adopt(n); !fault.Is(err, fault.CodeConflict) {
			t.Error("adopted twice:", err)
		}
	})
}

// What is only said again leaves the map as it is: it need not be made anew.
func TestSaidAgainIsNoChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		version := func() (n int64) {
			t.Helper()
			if err := db.QueryRow(t.Context(), `SELECT coalesce(max(version), 0) FROM network_version WHERE facility_id = $1`, facility).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		o := seen(network.HowARP, withMAC(1), "", at(withMAC(9), "192.0.2.9"), "").Observation
		o.Traits = []network.Trait{{Key: network.TraitDHCPHost, Value: "pc"}}
		o.AtMS = now - day
		observe(t, db, now, o)
		first := version()
		o.AtMS += hour / 2
		observe(t, db, now, o)
		if version() != first {
			t.Error("said again within the hour changed the map")
		}
		o.Traits[0].Value = "nas"
		observe(t, db, now, o)
		if version() == first {
			t.Error("a new trait did not")
		}
		second := version()
		o.AtMS += 2 * hour
		observe(t, db, now, o)
		if version() == second {
			t.Error("a later time did not")
		}
	})
}
