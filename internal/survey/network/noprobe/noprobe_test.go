package noprobe_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
)

const (
	facility = "0192f0c1-2b3c-7d4e-8f5a-000000000001"
	other    = "0192f0c1-2b3c-7d4e-8f5a-000000000002"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func tx(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func add(t testing.TB, db *store.DB, kind noprobe.Kind, value string) (out noprobe.Rule) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = noprobe.Add(ctx, tx, noprobe.Rule{FacilityID: facility, Kind: kind, Value: value, Reason: "検査室", By: "山田"}, store.MS(now))
		return err
	})
	return out
}

// saw notes that a hardware address was seen at an address some hours ago.
func saw(t testing.TB, db *store.DB, mac, address string, hoursAgo int) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		at := store.MS(now) - int64(hoursAgo)*time.Hour.Milliseconds()
		o := network.Observation{FacilityID: facility, How: network.HowARP, AtMS: at, Seen: network.Party{MAC: mac, Address: netip.MustParseAddr(address)}}
		took, err := network.Observe(ctx, tx, []network.Observation{o}, store.MS(now))
		if took.New != 1 {
			t.Errorf("%s at %s: %+v", mac, address, took)
		}
		return err
	})
}

// device puts one into the ledger.
func device(t testing.TB, db *store.DB, kind asset.Kind, name string, values asset.Values) (id string) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facility, Source: asset.SourceCSV, DeviceID: name, AtMS: store.MS(now), Kind: kind,
			Groups: map[string]asset.Values{"row": values}})
		id = res.AssetID
		return err
	})
	return id
}

// permits asks about "address" or "address mac".
func permits(t testing.TB, g *noprobe.Gate, who string) (bool, noprobe.Rule) {
	t.Helper()
	a, m, _ := strings.Cut(who, " ")
	var mac net.HardwareAddr
	if m != "" {
		var err error
		if mac, err = net.ParseMAC(m); err != nil {
			t.Fatal(err)
		}
	}
	return g.Permit(netip.MustParseAddr(a), mac)
}

func load(t testing.TB, db *store.DB) *noprobe.Gate {
	t.Helper()
	g, err := noprobe.Load(t.Context(), db, facility, clock)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		add(t, db, noprobe.KindAddress, "10.1.0.7")
		add(t, db, noprobe.KindRange, "10.2.0.0/24")
		add(t, db, noprobe.KindMAC, "00-1B-A9")
		add(t, db, noprobe.KindMAC, "02:00:00:00:0a:01")
		var segment network.Segment
		tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			segment, err = network.CreateSegment(ctx, tx, network.Segment{FacilityID: facility, CIDR: "10.3.0.0/24", Name: "手術室"}, 1)
			return err
		})
		add(t, db, noprobe.KindSegment, segment.ID)
		device(t, db, asset.KindMedical, "CT", asset.Values{asset.FieldIP: "10.4.0.9", asset.FieldMAC: "00:00:5e:00:53:31"})
		pump := device(t, db, asset.KindMedical, "ポンプ", asset.Values{})
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := network.RecordInterfaces(ctx, tx, pump, "snmp", store.MS(now), []network.Interface{{Name: "a", MAC: "00:00:5e:00:53:32", Addresses: []string{"10.4.1.9/24"}}})
			return err
		})
		saw(t, db, "020000000a01", "10.5.0.1", 5)
		saw(t, db, "020000000b01", "10.1.0.7", 5)    // has the protected address …
		saw(t, db, "020000000b01", "10.5.0.2", 5)    // … and another
		saw(t, db, "001ba9000001", "10.5.0.3", 5)    // of the protected maker
		saw(t, db, "00005e005331", "10.5.0.4", 5)    // the CT's second address
		saw(t, db, "00005e005332", "10.5.0.5", 5)    // the pump's
		saw(t, db, "020000000a01", "10.5.0.6", 24*9) // long ago; since then somebody else:
		saw(t, db, "020000000c01", "10.5.0.6", 1)
		saw(t, db, "020000000d01", "10.2.0.1", 1) // a router of the protected range …
		saw(t, db, "020000000d01", "10.6.0.1", 1) // … is not out of bounds elsewhere
		g := load(t, db)
		for who, want := range map[string]noprobe.Kind{
			"10.1.0.7": noprobe.KindAddress, "::ffff:10.1.0.7": noprobe.KindAddress, "10.5.0.2": noprobe.KindAddress, "10.9.0.1 02:00:00:00:0b:01": noprobe.KindAddress,
			"10.2.0.0": noprobe.KindRange, "10.2.0.255": noprobe.KindRange,
			"10.9.0.1 00:1b:a9:ff:ff:ff": noprobe.KindMAC, "10.9.0.1 02:00:00:00:0a:01": noprobe.KindMAC, "10.5.0.1": noprobe.KindMAC, "10.5.0.3": noprobe.KindMAC,
			"10.3.0.77": noprobe.KindSegment,
			"10.4.0.9":  noprobe.KindMedical, "10.5.0.4": noprobe.KindMedical, "10.9.0.1 00:00:5e:00:53:31": noprobe.KindMedical,
			"10.4.1.9": noprobe.KindMedical, "10.5.0.5": noprobe.KindMedical, "10.9.0.1 00:00:5e:00:53:32": noprobe.KindMedical,
		} {
			if ok, rule := permits(t, g, who); ok || rule.Kind != want || rule.Through == "" || rule.Show() == "" {
				t.Errorf("%s: %v, %+v; want %s", who, ok, rule, want)
			}
		}
		for _, who := range []string{"10.1.0.8", "10.2.1.0", "10.5.0.6", "10.6.0.1", "10.9.0.1", "10.9.0.1 02:00:00:00:0d:01", "10.9.0.1 02:00:00:00:0c:01"} {
			if ok, rule := permits(t, g, who); !ok {
				t.Errorf("%s is protected by %+v", who, rule)
			}
		}
		for who, want := range map[string]bool{"10.3.0.0": true, "10.3.0.255": true, "10.3.0.1": false, "10.3.1.0": false} {
			if g.End(netip.MustParseAddr(who)) != want {
				t.Errorf("%s is an end of a segment: %v", who, !want)
			}
		}
		if s := g.Summary(); s != (noprobe.Summary{Rules: 5, Devices: 2}) {
			t.Errorf("%+v", s)
		}
		elsewhere, err := noprobe.Load(t.Context(), db, other, clock)
		if ok, _ := permits(t, elsewhere, "10.1.0.7"); !ok || err != nil {
			t.Errorf("another facility's list counts: %v", err)
		}
		all, err := noprobe.Load(t.Context(), db, "", clock)
		if ok, _ := permits(t, all, "10.1.0.7"); ok || err != nil {
			t.Errorf("the list of all facilities lacks one: %v", err)
		}
	})
}

// TestNearLinks: who would hear what is broadcast.
func TestNearLinks(t *testing.T) {
	db := storetest.SQLite(t)
	near := func(g *noprobe.Gate, cidr string) bool {
		_, is := g.Near([]netip.Prefix{netip.MustParsePrefix(cidr)})
		return is
	}
	if near(load(t, db), "10.1.0.0/24") {
		t.Error("nothing is protected")
	}
	add(t, db, noprobe.KindAddress, "10.1.0.7")
	add(t, db, noprobe.KindRange, "10.2.0.128/25")
	saw(t, db, "020000000a01", "10.3.0.1", 5)
	add(t, db, noprobe.KindMAC, "02:00:00:00:0a:01")
	device(t, db, asset.KindMedical, "CT", asset.Values{asset.FieldIP: "10.4.0.9", asset.FieldMAC: "00:00:5e:00:53:31"})
	g := load(t, db)
	for cidr, want := range map[string]bool{"10.1.0.0/24": true, "10.2.0.0/24": true, "10.2.0.0/25": false, "10.3.0.0/24": true, "10.4.0.0/16": true, "10.5.0.0/24": false, "2001:db8::/64": false} {
		if near(g, cidr) != want {
			t.Errorf("%s: got %v", cidr, !want)
		}
	}
	// Known by hardware address alone, it may be anywhere.
	device(t, db, asset.KindMedical, "MR", asset.Values{asset.FieldMAC: "00:00:5e:00:53:41"})
	if !near(load(t, db), "10.5.0.0/24") {
		t.Error("a device that is nowhere does not count")
	}
}

// TestReload: what is marked while a scan runs is safe at once, and nothing goes out while
// the list cannot be read.
func TestReload(t *testing.T) {
	db := storetest.SQLite(t)
	id := device(t, db, asset.KindOther, "box", asset.Values{asset.FieldIP: "10.4.0.9"})
	g := load(t, db)
	if ok, _ := permits(t, g, "10.4.0.9"); !ok {
		t.Fatal("a box is protected")
	}
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facility, Source: asset.SourceCSV, DeviceID: "box", AtMS: store.MS(now) + 1, Kind: asset.KindMedical,
			Groups: map[string]asset.Values{"row": {asset.FieldIP: "10.4.0.9"}}})
		return err
	})
	if err := g.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ok, rule := permits(t, g, "10.4.0.9"); ok || rule.AssetID != id {
		t.Errorf("got %v, %+v", ok, rule)
	}
	var trouble error
	g = noprobe.New(noprobe.Ledger(db, facility, clock), noprobe.Loader{Read: func(context.Context) (noprobe.List, error) { return noprobe.List{}, trouble }})
	for _, c := range []struct {
		trouble error
		want    bool
	}{{errors.New("gone"), false}, {nil, true}, {errors.New("gone"), false}} {
		trouble = c.trouble
		if err := g.Reload(t.Context()); (err == nil) != c.want || g.Loaded() != c.want {
			t.Errorf("%v: got %v", c.trouble, err)
		}
		ok, rule := permits(t, g, "10.9.0.1")
		if _, near := g.Near(nil); ok != c.want || near == c.want || !ok && rule.Kind != noprobe.KindUnloaded {
			t.Errorf("%v: permitted %v, %+v", c.trouble, ok, rule)
		}
	}
	for _, g := range []*noprobe.Gate{nil, {}, noprobe.New()} {
		if ok, _ := g.Permit(netip.MustParseAddr("10.9.0.1"), nil); ok {
			t.Error("an empty gate permits")
		}
	}
}

func TestEndKeepsHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := add(t, db, noprobe.KindAddress, "10.1.0.7")
		end := func(facilityID, reason string) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := noprobe.End(ctx, tx, facilityID, r.ID, "佐藤", reason, store.MS(now)+5)
				return err
			})
		}
		if err := end(facility, " "); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("no reason: %v", err)
		}
		if err := end(other, "x"); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("another facility: %v", err)
		}
		if err := end(facility, "撤去"); err != nil {
			t.Fatal(err)
		}
		if err := end(facility, "撤去"); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("twice: %v", err)
		}
		if ok, _ := permits(t, load(t, db), "10.1.0.7"); !ok {
			t.Error("still protected")
		}
		again := add(t, db, noprobe.KindAddress, "10.1.0.7")
		list, err := noprobe.Rules(t.Context(), db, []string{facility}, true)
		if err != nil || len(list) != 2 || list[0].ID != again.ID || list[1].EndReason != "撤去" || list[1].EndedBy != "佐藤" || list[1].EndedMS != store.MS(now)+5 {
			t.Errorf("%v, %+v", err, list)
		}
	})
}

func TestAddRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		add(t, db, noprobe.KindMAC, "00:00:5e")
		for _, c := range []struct {
			name string
			rule noprobe.Rule
			code fault.Code
		}{
			{"no reason", noprobe.Rule{Kind: noprobe.KindAddress, Value: "10.0.0.1"}, fault.CodeInvalid},
			{"name", noprobe.Rule{Kind: noprobe.KindAddress, Value: "ct.example", Reason: "x"}, fault.CodeInvalid},
			{"group", noprobe.Rule{Kind: noprobe.KindAddress, Value: "224.0.0.1", Reason: "x"}, fault.CodeInvalid},
			{"no range", noprobe.Rule{Kind: noprobe.KindRange, Value: "10.0.0.1", Reason: "x"}, fault.CodeInvalid},
			{"short MAC", noprobe.Rule{Kind: noprobe.KindMAC, Value: "00:00", Reason: "x"}, fault.CodeInvalid},
			{"segment", noprobe.Rule{Kind: noprobe.KindSegment, Value: "none", Reason: "x"}, fault.CodeInvalid},
			{"by hand", noprobe.Rule{Kind: noprobe.KindMedical, Value: "10.0.0.1", Reason: "x"}, fault.CodeInvalid},
			{"again", noprobe.Rule{Kind: noprobe.KindMAC, Value: "0000.5E", Reason: "x"}, fault.CodeConflict},
		} {
			c.rule.FacilityID = facility
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := noprobe.Add(ctx, tx, c.rule, 1)
				return err
			})
			if !fault.Is(err, c.code) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

func TestReadFile(t *testing.T) {
	got, err := noprobe.ReadFile(strings.NewReader("# list\n10.0.0.1 CT\n\n10.1.0.9/24\tward 3\n00-00-5E # maker\n2001:db8::1\n"))
	if err != nil || len(got) != 4 {
		t.Fatalf("%v, %+v", err, got)
	}
	for i, want := range []string{"address 10.0.0.1 CT", "range 10.1.0.0/24 ward 3", "mac 00005e maker", "address 2001:db8::1 -"} {
		if s := string(got[i].Kind) + " " + got[i].Value + " " + got[i].Reason; s != want {
			t.Errorf("got %q, want %q", s, want)
		}
	}
	for _, bad := range []string{"ct.example", "10.0.0.1\n10.0.0.300", "10.0.0.0/33", "224.0.0.1"} {
		if _, err := noprobe.ReadFile(strings.NewReader(bad)); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := noprobe.New(noprobe.File(t.TempDir() + "/none")).Reload(t.Context()); err == nil {
		t.Error("a list that is not there was read")
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add("10.0.0.1 CT\n10.1.0.9/24\n00-00-5E # maker")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := noprobe.ReadFile(strings.NewReader(text))
		for _, r := range rules {
			if c := r; err == nil && (c.Check() != nil || c != r) {
				t.Errorf("%+v is not canonical", r)
			}
		}
	})
}

// TestCurrent: a look before a packet sees what was put on the list, and what was lifted;
// where nothing was, it reads nothing.
func TestCurrent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := device(t, db, asset.KindOther, "box", asset.Values{asset.FieldIP: "10.4.0.9"})
		g := load(t, db)
		look := func(want bool) {
			t.Helper()
			for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
				changed, err := g.Current(t.Context())
				if err != nil || changed && !want {
					t.Fatalf("changed %v, %v", changed, err)
				}
				if changed || time.Since(began) > time.Second {
					if changed != want {
						t.Fatal("not seen")
					}
					return
				}
			}
		}
		look(false)
		r := add(t, db, noprobe.KindAddress, "10.1.0.7")
		look(true)
		if ok, _ := permits(t, g, "10.1.0.7"); ok {
			t.Error("the rule does not count")
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := noprobe.End(ctx, tx, facility, r.ID, "x", "moved", store.MS(now))
			return err
		})
		look(true)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facility, Source: asset.SourceCSV, DeviceID: "box", AtMS: store.MS(now) + 1, Kind: asset.KindMedical,
				Groups: map[string]asset.Values{"row": {asset.FieldIP: "10.4.0.9"}}})
			return err
		})
		look(true)
		if ok, rule := permits(t, g, "10.4.0.9"); ok || rule.AssetID != id {
			t.Errorf("the device is not protected: %+v", rule)
		}
	})
}
