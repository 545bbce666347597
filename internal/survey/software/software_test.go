package software_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

const facility = "0192f0c1-2b3c-7d4e-8f5a-000000000001"

func tx(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// machine puts a machine into the ledger.
func machine(t testing.TB, db *store.DB, facilityID, device string, kind asset.Kind) (id string) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facilityID, Source: asset.SourceAgent, DeviceID: device, AtMS: 1, Kind: kind})
		id = res.AssetID
		return err
	})
	return id
}

type room struct {
	db    *store.DB
	known *software.Known
}

func (r room) install(t testing.TB, assetID string, atMS int64, list ...software.Program) store.Change {
	t.Helper()
	var ch store.Change
	var fresh software.Fresh
	tx(t, r.db, func(ctx context.Context, tx *store.Tx) (err error) {
		ch, fresh, err = software.RecordInstalls(ctx, tx, r.known, assetID, "agent", atMS, list)
		return err
	})
	r.known.Remember(fresh)
	return ch
}

func program(name, version string) software.Program {
	return software.Program{Kind: "dpkg", Name: name, Version: version, Arch: "amd64"}
}

func names(list []software.Install) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.Name + " " + v.Version
	}
	return out
}

func TestTitleID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string][]string{}
	for _, f := range [][]string{{"a", "", "", "", ""}, {"", "a", "", "", ""}, {"ab", "c", "", "", ""}, {"a", "bc", "", "", ""}, {"dpkg", "bash", "5.2", "", "amd64"}, {"dpkg", strings.Repeat("長", 1000), "", "", ""}} {
		id := software.TitleID(f[0], f[1], f[2], f[3], f[4])
		if !form.MatchString(id) || !store.ValidID(id) {
			t.Errorf("%q is no UUIDv8", id)
		}
		if other := seen[id]; other != nil {
			t.Errorf("%v and %v have one id", f, other)
		}
		seen[id] = f
	}
	// The id is stored: it must never change.
	if got, want := software.TitleID("dpkg", "bash", "5.2", "", "amd64"), "01d8a11b-ba1b-81bc-b559-8ac54c97ad27"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNameKey(t *testing.T) {
	for in, want := range map[string]string{
		"Ｍｉｃｒｏｓｏｆｔ　Ｏｆｆｉｃｅ": "microsoft office",
		"ｳｲﾙｽﾊﾞｽﾀｰ":        "ウイルスバスター",
		"  7-Zip   23.01 ": "7-zip 23.01",
		"㈱":                "(株)",
	} {
		if got := software.NameKey(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	// NFKC makes 18 characters of this one: keys must stay short enough for an index.
	if got := software.NameKey(strings.Repeat("\ufdfa", 1365)); len(got) > 2000 || got == "" {
		t.Errorf("key of %d bytes", len(got))
	}
}

func TestInstallsKeepHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := room{db, software.NewKnown()}
		pc := machine(t, db, facility, "d1", asset.KindPC)
		steps := []struct {
			at   int64
			list []software.Program
			want store.Change
		}{
			{100, []software.Program{program("bash", "5.1"), program("curl", "8"), program("curl", "8")}, store.Change{Added: 2}},
			{200, []software.Program{program("bash", "5.1"), program("curl", "8")}, store.Change{}},
			{300, []software.Program{program("bash", "5.2"), program("curl", "8")}, store.Change{Added: 1, Gone: 1}},
			{400, nil, store.Change{Gone: 2}},
			{400, []software.Program{program("curl", "8")}, store.Change{Added: 1}},
		}
		for _, s := range steps {
			if diff := cmp.Diff(s.want, r.install(t, pc, s.at, s.list...)); diff != "" {
				t.Errorf("at %d (-want +got):\n%s", s.at, diff)
			}
		}
		for at, want := range map[int64][]string{
			99: {}, 100: {"bash 5.1", "curl 8"}, 299: {"bash 5.1", "curl 8"}, 300: {"bash 5.2", "curl 8"}, 500: {"curl 8"}, 0: {"curl 8"},
		} {
			list, total, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: pc, AtMS: at})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, names(list)); diff != "" || int(total) != len(want) {
				t.Errorf("as of %d, total %d (-want +got):\n%s", at, total, diff)
			}
		}
	})
}

// A title is remembered only after its commit: a transaction that is given up must
// not keep the next one from storing it.
func TestRolledBackTitleIsStoredLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := room{db, software.NewKnown()}
		pc := machine(t, db, facility, "d1", asset.KindPC)
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, _, err := software.RecordInstalls(ctx, tx, r.known, pc, "agent", 1, []software.Program{program("bash", "5")}); err != nil {
				return err
			}
			return context.Canceled
		})
		if err == nil {
			t.Fatal("want the error of the transaction")
		}
		r.install(t, pc, 2, program("bash", "5"))
		list, _, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: pc})
		if err != nil || len(list) != 1 {
			t.Fatalf("got %v, %v", list, err)
		}
	})
}

func TestListByAssetPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := room{db, software.NewKnown()}
		pc := machine(t, db, facility, "d1", asset.KindPC)
		var list []software.Program
		for i := range 25 {
			list = append(list, program(fmt.Sprintf("a/b %02d", i), "1"))
		}
		list = append(list, software.Program{Kind: "registry", Name: "文書作成 50%", Version: "2", Publisher: "例示ソフト"})
		r.install(t, pc, 1, list...)
		var got []string
		f := software.InstallFilter{AssetID: pc, Page: software.Page{Limit: 10}}
		for {
			page, total, next, err := software.ListByAsset(t.Context(), db, f)
			if err != nil || total != 26 {
				t.Fatalf("total %d, %v", total, err)
			}
			got = append(got, names(page)...)
			if f.After = next; next == "" {
				break
			}
		}
		if len(got) != 26 || got[0] != "a/b 00 1" || got[25] != "文書作成 50% 2" {
			t.Errorf("got %d: %v", len(got), got)
		}
		for text, want := range map[string]int64{"50%": 1, "例示": 1, "B 1": 10, "_": 0, "文書": 1} {
			if _, total, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: pc, Text: text}); err != nil || total != want {
				t.Errorf("%q: got %d, want %d (%v)", text, total, want, err)
			}
		}
	})
}

func TestTitlesInUse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := room{db, software.NewKnown()}
		one, two := machine(t, db, facility, "d1", asset.KindPC), machine(t, db, "other", "d2", asset.KindPC)
		r.install(t, one, 100, program("bash", "5.1"), program("curl", "8"), program("Bash", "5.2"))
		r.install(t, two, 100, program("bash", "5.1"), program("zsh", "5"))
		r.install(t, two, 200, program("bash", "5.1"))
		for _, when := range []string{"before Settle", "after Settle", "with a report after Settle"} {
			switch when {
			case "after Settle":
				if n, err := software.Settle(t.Context(), db); n != 2 || err != nil {
					t.Fatalf("settled %d, %v", n, err)
				}
			case "with a report after Settle":
				r.install(t, one, 300, program("bash", "5.1"), program("curl", "8"), program("Bash", "5.2"), program("new", "1"))
				r.install(t, one, 400, program("bash", "5.1"), program("curl", "8"), program("Bash", "5.2"))
			}
			inUse(t, db, when)
		}
		if n, err := software.Settle(t.Context(), db); n != 1 || err != nil {
			t.Errorf("settled %d, %v", n, err)
		}
		for version, want := range map[string][]string{"": {one, two}, "5.2": {one}, "9": nil} {
			got, err := software.AssetsWith(t.Context(), db, "bash", version)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("version %q: %v (-want +got):\n%s", version, err, diff)
			}
		}
	})
}

func inUse(t *testing.T, db *store.DB, when string) {
	t.Helper()
	type row struct {
		name     string
		versions string
		assets   int64
	}
	for _, c := range []struct {
		name string
		f    software.InUseFilter
		want []row
	}{
		{"all now", software.InUseFilter{}, []row{{"bash", "5.1:2 5.2:1", 2}, {"curl", "8:1", 1}}},
		{"one facility", software.InUseFilter{Facilities: []string{"other"}}, []row{{"bash", "5.1:1", 1}}},
		{"no facility", software.InUseFilter{Facilities: []string{}}, nil},
		{"that day", software.InUseFilter{AtMS: 150, Text: "ＺＳＨ"}, []row{{"zsh", "5:1", 1}}},
		{"second page", software.InUseFilter{Page: software.Page{Limit: 1, After: "bash"}}, []row{{"curl", "8:1", 1}}},
	} {
		list, _, err := software.TitlesInUse(t.Context(), db, c.f)
		if err != nil {
			t.Fatal(err)
		}
		var got []row
		for _, n := range list {
			var v []string
			for _, x := range n.Versions {
				v = append(v, fmt.Sprintf("%s:%d", x.Version, x.Assets))
			}
			got = append(got, row{n.NameKey, strings.Join(v, " "), n.Assets})
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(row{})); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", when, c.name, diff)
		}
	}
}

func TestUpdatesKeepWaitingTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, facility, "d1", asset.KindPC)
		report := func(at int64, list ...software.Pending) {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := software.RecordUpdates(ctx, tx, pc, "agent", at, software.UpdateState{CheckedMS: at, RebootNeed: true}, list)
				return err
			})
		}
		report(100, software.Pending{Name: "openssl", Have: "1", Offered: "2", Security: true})
		report(200, software.Pending{Name: "openssl", Have: "1", Offered: "3", Security: true, Severity: "high"})
		check := func(want software.Pending) {
			t.Helper()
			list, err := software.Updates(t.Context(), db, pc, 0)
			if diff := cmp.Diff([]software.Pending{want}, list); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		want := software.Pending{AssetID: pc, Source: "agent", Name: "openssl", Have: "1", Offered: "3", Security: true, Severity: "high", FirstMS: 100}
		check(want) // a newer offer does not start the clock again
		report(300, software.Pending{Name: "openssl", Have: "3", Offered: "4", Security: true})
		want.Have, want.Offered, want.Severity, want.FirstMS = "3", "4", "", 300
		check(want) // an installed one does
		states, err := software.UpdateStates(t.Context(), db, pc)
		if diff := cmp.Diff([]software.UpdateState{{AssetID: pc, Source: "agent", CheckedMS: 300, RebootNeed: true, SeenMS: 300}}, states); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestSafeguardsAsOf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, facility, "d1", asset.KindPC)
		report := func(at int64, firewall, pattern string) {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := software.RecordSafeguards(ctx, tx, pc, "agent", at, []software.Safeguard{
					{Kind: software.GuardFirewall, State: firewall},
					{Kind: software.GuardProtection, Name: "例示アンチウイルス", State: software.On, Detail: "antimalware", AsOf: pattern},
				})
				return err
			})
		}
		report(100, software.On, "2026-11-01")
		report(200, software.Off, "2026-11-02")
		for at, want := range map[int64]string{150: software.On, 250: software.Off, 0: software.Off} {
			list, err := software.Safeguards(t.Context(), db, pc, at)
			if err != nil || len(list) != 2 || list[0].State != want {
				t.Errorf("as of %d: %v, %v", at, list, err)
			}
			if list[1].FirstMS != 100 || list[1].AsOf != "2026-11-02" {
				t.Errorf("pattern made history: %+v", list[1])
			}
		}
	})
}

// Names too long for an index entry are kept whole.
func TestLongNames(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, facility, "d1", asset.KindPC)
		long := strings.Repeat("長", 1300)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := software.RecordServices(ctx, tx, pc, "agent", 1, []software.Service{{Name: long + "a", Start: "auto"}, {Name: long + "b", Start: "auto"}})
			return err
		})
		list, err := software.Services(t.Context(), db, pc, 0)
		if err != nil || len(list) != 2 || list[0].Name == list[1].Name {
			t.Fatalf("got %d services, %v", len(list), err)
		}
		r := room{db, software.NewKnown()}
		r.install(t, pc, 1, program(long, long))
		installs, _, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: pc})
		if err != nil || len(installs) != 1 || installs[0].Name != long || installs[0].Version != long {
			t.Fatalf("got %d installs, %v", len(installs), err)
		}
	})
}

func TestBaseline(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc, server := machine(t, db, facility, "d1", asset.KindPC), machine(t, db, facility, "d2", asset.KindServer)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			list := []software.Service{{Name: "telnetd", Start: "auto"}, {Name: "Spooler", Start: "auto", Running: true}, {Name: "off", Start: "disabled"}, {Name: "byhand", Start: "manual", Running: true}}
			if _, err := software.RecordServices(ctx, tx, pc, "agent", 10, list); err != nil {
				return err
			}
			_, err := software.RecordServices(ctx, tx, server, "agent", 10, list[:1])
			return err
		})
		decide := func(at int64, name string, kind asset.Kind, v software.Verdict) {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := software.Decide(ctx, tx, software.Decision{FacilityID: facility, Subject: software.SubjectService, Name: name, AssetKind: string(kind), Verdict: v, DecidedBy: "u1", DecidedMS: at})
				return err
			})
		}
		decide(100, "SPOOLER", asset.KindPC, software.Unneeded)
		decide(200, "spooler", asset.KindPC, software.Needed)
		decide(300, "telnetd", asset.KindServer, software.Unneeded)
		undecided := func(f software.ObservedFilter) []string {
			t.Helper()
			f.FacilityID, f.Subject = facility, software.SubjectService
			list, err := software.Undecided(t.Context(), db, f)
			if err != nil {
				t.Fatal(err)
			}
			out := make([]string, len(list))
			for i, o := range list {
				out[i] = fmt.Sprintf("%s %s %d", o.AssetKind, o.Name, o.Assets)
			}
			return out
		}
		if diff := cmp.Diff([]string{"pc byhand 1", "pc telnetd 1"}, undecided(software.ObservedFilter{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"server telnetd 1"}, undecided(software.ObservedFilter{AssetKind: "server", AtMS: 250})); diff != "" {
			t.Errorf("before the decision (-want +got):\n%s", diff)
		}
		against, err := software.Deviations(t.Context(), db, software.ObservedFilter{FacilityID: facility, Subject: software.SubjectService})
		want := []software.Observed{{Subject: software.SubjectService, NameKey: "telnetd", Name: "telnetd", AssetKind: "server", Assets: 1, Verdict: software.Unneeded}}
		if diff := cmp.Diff(want, against); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		for at, want := range map[int64][]software.Verdict{150: {software.Unneeded}, 250: {software.Needed}, 0: {software.Needed}} {
			list, err := software.Decisions(t.Context(), db, software.DecisionFilter{FacilityID: facility, AssetKind: "pc", AtMS: at})
			var got []software.Verdict
			for _, d := range list {
				got = append(got, d.Verdict)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("at %d: %v (-want +got):\n%s", at, err, diff)
			}
		}
		withdraw := func() error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return software.Withdraw(ctx, tx, software.Decision{FacilityID: facility, Subject: software.SubjectService, Name: "spooler", AssetKind: "pc", DecidedBy: "u1", DecidedMS: 400})
			})
		}
		if err := withdraw(); err != nil {
			t.Fatal(err)
		}
		if err := withdraw(); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("second withdrawal: %v", err)
		}
		if got := undecided(software.ObservedFilter{AssetKind: "pc"}); len(got) != 3 {
			t.Errorf("got %v, want three", got)
		}
	})
}

func TestDecideRefuses(t *testing.T) {
	db := storetest.SQLite(t)
	good := software.Decision{FacilityID: facility, Subject: software.SubjectProgram, Name: "x", AssetKind: "pc", Verdict: software.Needed}
	for place, change := range map[string]func(*software.Decision){
		"subject":    func(d *software.Decision) { d.Subject = "x" },
		"verdict":    func(d *software.Decision) { d.Verdict = "" },
		"name":       func(d *software.Decision) { d.Name = " \u3000" },
		"reason":     func(d *software.Decision) { d.Reason = strings.Repeat("長", 1001) },
		"asset_kind": func(d *software.Decision) { d.AssetKind = "" },
	} {
		d := good
		change(&d)
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := software.Decide(ctx, tx, d)
			return err
		})
		if f := fault.Of(err); f == nil || f.Code != fault.CodeInvalid || f.Place != place {
			t.Errorf("%s: got %v", place, err)
		}
	}
}
