package asset_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

const (
	facilityA = "01900000-0000-7000-8000-00000000000a"
	facilityB = "01900000-0000-7000-8000-00000000000b"
	day       = int64(24 * 3600 * 1000)
	t0        = int64(1_790_000_000_000) // a day in 2026
)

var everything = asset.Scope{All: true}

// do runs fn in a transaction and fails the test on error.
func do[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) T {
	t.Helper()
	out, err := try(t, db, fn)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func try[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (out T, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = fn(ctx, tx)
		return err
	})
	return out, err
}

func observe(t testing.TB, db *store.DB, o asset.Observation) asset.Result {
	t.Helper()
	return do(t, db, func(ctx context.Context, tx *store.Tx) (asset.Result, error) { return asset.Observe(ctx, tx, o) })
}

func edit(t testing.TB, db *store.DB, id string, atMS int64, set asset.Values) (asset.Asset, error) {
	t.Helper()
	return try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Asset, error) {
		a, _, err := asset.Edit(ctx, tx, everything, id, 0, set, "sato", atMS)
		return a, err
	})
}

func get(t testing.TB, db *store.DB, id string) asset.Asset {
	t.Helper()
	a, err := asset.Get(t.Context(), db, everything, id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// report is what the agent of machine n sends.
func report(n int, atMS int64) asset.Observation {
	return asset.Observation{
		FacilityID: facilityA, Source: asset.SourceAgent, DeviceID: fmt.Sprintf("device-%d", n), AtMS: atMS, Kind: asset.KindPC,
		Identity: asset.Identity{Maker: "Example Electric", Model: "ED-M590", Serial: fmt.Sprintf("EX59-%06d", 204000+n),
			SMBIOSUUID: fmt.Sprintf("4c4c4544-0051-3010-8048-%012x", 0xb4c04f000000+n), MACs: []string{fmt.Sprintf("f8:b1:56:%02x:%02x:%02x", n>>16, n>>8&255, n&255)}},
		Groups: map[string]asset.Values{
			asset.SectionHardware: {asset.FieldMaker: "Example Electric", asset.FieldModel: "ED-M590", asset.FieldSerial: fmt.Sprintf("EX59-%06d", 204000+n),
				asset.FieldCPU: "Example 9 2.4 GHz", asset.FieldMemoryBytes: "4294967296", asset.FieldDiskBytes: "128035676160"},
			asset.SectionOS: {asset.FieldOSName: "Windows 10 LTSC 2019", asset.FieldOSVersion: "10.0.17763.6054", asset.FieldHostName: fmt.Sprintf("EMR-%d", n)},
			"interfaces":    {asset.FieldIP: fmt.Sprintf("10.20.%d.%d", n>>8&255, n&255), asset.FieldMAC: fmt.Sprintf("f8:b1:56:%02x:%02x:%02x", n>>16, n>>8&255, n&255)},
		},
		Digests:  map[string]string{asset.SectionHardware: "h1", asset.SectionOS: "o1", "interfaces": "i1", "packages": "p1", asset.SectionVolumes: "v1"},
		Reported: []string{"packages"},
		Volumes: &[]asset.Volume{{Mount: "C:", FileSystem: "ntfs", SizeBytes: 128 << 30, FreeBytes: 27 << 30, Encryption: asset.EncryptionOn, Method: "bitlocker"},
			{Mount: "D:", FileSystem: "ntfs", SizeBytes: 10 << 30, Encryption: asset.EncryptionUnknown}},
	}
}

func TestObserveMakesAndFindsTheAsset(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := observe(t, db, report(1, t0))
		if !first.Created || len(first.Need) != 0 || first.Conflicts != 0 || first.Volumes != 2 {
			t.Fatalf("first report: %+v", first)
		}
		again := report(1, t0+1000)
		again.DeviceID = "set-up-anew"
		if got := observe(t, db, again); got.Created || got.AssetID != first.AssetID || len(got.Changed) != 0 {
			t.Errorf("same machine set up anew: %+v", got)
		}
		a := get(t, db, first.AssetID)
		if a.Name != "EMR-1" || a.Kind != asset.KindPC || a.Status != asset.StatusInUse || a.LastSeenMS != t0+1000 || a.MainSource != asset.SourceAgent {
			t.Errorf("row: %+v", a)
		}
		if other := observe(t, db, report(2, t0)); !other.Created {
			t.Error("another machine did not become an asset of its own")
		}
	})
}

func TestObserveOneSectionLeavesOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, report(1, t0)).AssetID
		next := report(1, t0+day)
		next.Groups = map[string]asset.Values{asset.SectionOS: {asset.FieldOSName: "Windows 10 LTSC 2019", asset.FieldOSVersion: "10.0.17763.9999"}}
		next.Digests[asset.SectionOS] = "o2"
		next.Reported, next.Volumes = nil, nil
		got := observe(t, db, next)
		want := []asset.Change{
			{AssetID: id, Field: asset.FieldOSVersion, Old: "10.0.17763.6054", New: "10.0.17763.9999", Source: asset.SourceAgent, AtMS: t0 + day},
			{AssetID: id, Field: asset.FieldHostName, Old: "EMR-1", AtMS: t0 + day},
		}
		if diff := cmp.Diff(want, got.Changed); diff != "" {
			t.Errorf("changes (-want +got)\n%s", diff)
		}
		if len(got.Need) != 0 {
			t.Errorf("needs %v", got.Need)
		}
		a := get(t, db, id)
		if a.Values[asset.FieldIP] == "" || a.Values[asset.FieldModel] == "" || a.Name != "" {
			t.Errorf("values: %v", a.Values)
		}
		vols, err := asset.Volumes(t.Context(), db, id, 0)
		if err != nil || len(vols) != 2 {
			t.Errorf("volumes %v, %v", vols, err)
		}
	})
}

func TestConfirm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		type answer struct {
			ID   string
			OK   bool
			Need []string
		}
		confirm := func(device string, at int64, digests map[string]string) answer {
			return do(t, db, func(ctx context.Context, tx *store.Tx) (answer, error) {
				id, ok, need, err := asset.Confirm(ctx, tx, device, at, digests)
				return answer{id, ok, need}, err
			})
		}
		r := report(1, t0)
		if got := confirm(r.DeviceID, t0, r.Digests); got.OK || len(got.Need) != len(r.Digests) {
			t.Errorf("unknown device: %+v", got)
		}
		id := observe(t, db, r).AssetID
		if diff := cmp.Diff(answer{ID: id, OK: true}, confirm(r.DeviceID, t0+5000, r.Digests)); diff != "" {
			t.Errorf("unchanged (-want +got)\n%s", diff)
		}
		if a := get(t, db, id); a.LastSeenMS != t0+5000 || a.Rev != 1 {
			t.Errorf("after confirmation: seen %d, rev %d", a.LastSeenMS, a.Rev)
		}
		changed := map[string]string{}
		maps.Copy(changed, r.Digests)
		changed["packages"] = "p2"
		if diff := cmp.Diff(answer{ID: id, Need: []string{"packages"}}, confirm(r.DeviceID, t0+9000, changed)); diff != "" {
			t.Errorf("changed (-want +got)\n%s", diff)
		}
		facts, err := asset.Facts(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			if f.Field == asset.FieldModel && (f.FirstMS != t0 || f.LastMS != t0+5000) {
				t.Errorf("model: since %d, confirmed %d", f.FirstMS-t0, f.LastMS-t0)
			}
		}
		// A section whose body did not come is confirmed as of the report before.
		missing := report(1, t0+10_000)
		missing.Digests, missing.Groups, missing.Volumes, missing.Reported, missing.Kind = changed, nil, nil, nil, ""
		if diff := cmp.Diff([]string{"packages"}, observe(t, db, missing).Need); diff != "" {
			t.Errorf("need (-want +got)\n%s", diff)
		}
		seen, err := asset.LastSeen(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range seen {
			want := t0 + 10_000
			if s.Section == "packages" {
				want = t0 + 5000
			}
			if s.SeenMS != want {
				t.Errorf("%s confirmed at %d, want %d", s.Section, s.SeenMS-t0, want-t0)
			}
		}
	})
}

func TestOlderObservationChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, report(1, t0+day)).AssetID
		before := get(t, db, id)
		old := report(1, t0)
		old.Groups[asset.SectionOS][asset.FieldOSVersion] = "9"
		if got := observe(t, db, old); !got.Older || got.AssetID != id {
			t.Errorf("got %+v", got)
		}
		if diff := cmp.Diff(before, get(t, db, id)); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
	})
}

func TestManualWinsAndContradictionShows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, report(1, t0)).AssetID
		if _, err := edit(t, db, id, t0+1, asset.Values{asset.FieldModel: "ED-M600", asset.FieldMaker: "EXAMPLE ELECTRIC", asset.FieldHostName: "EMR-1"}); err != nil {
			t.Fatal(err)
		}
		a := get(t, db, id)
		if a.Values[asset.FieldModel] != "ED-M600" || a.Contradictions != 1 {
			t.Errorf("model %q, %d contradictions, want the manual one and 1", a.Values[asset.FieldModel], a.Contradictions)
		}
		facts, err := asset.Facts(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range facts {
			if f.Field == asset.FieldModel || f.Field == asset.FieldHostName {
				got = append(got, fmt.Sprint(f.Field, " ", f.Value, " ", f.Source, " ", f.By, " ", f.Winning, f.Contradicts))
			}
		}
		want := []string{"host_name EMR-1 agent  true false", "model ED-M600 manual sato true false", "model ED-M590 agent  false true"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("facts (-want +got)\n%s", diff)
		}
		if _, err := edit(t, db, id, t0+2, asset.Values{asset.FieldModel: " "}); err != nil {
			t.Fatal(err)
		}
		if a := get(t, db, id); a.Values[asset.FieldModel] != "ED-M590" || a.Contradictions != 0 {
			t.Errorf("after clearing: model %q, %d contradictions", a.Values[asset.FieldModel], a.Contradictions)
		}
	})
}

// Two servers hear of one new machine at the same moment.
func TestObserveAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const machines, times = 8, 6
		ids := make([][]string, machines)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range machines * times {
			wg.Go(func() {
				o := report(i%machines, t0)
				var res asset.Result
				err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
					res, err = asset.Observe(ctx, tx, o)
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("observe: %v", err)
				}
				ids[i%machines] = append(ids[i%machines], res.AssetID)
			})
		}
		wg.Wait()
		for n, got := range ids {
			for _, id := range got {
				if id != got[0] {
					t.Errorf("machine %d became %v", n, got)
				}
			}
		}
	})
}

func TestObserveRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*asset.Observation)
		place  string
	}{
		"status from a machine":  {func(o *asset.Observation) { o.Groups["os"][asset.FieldStatus] = "disposed" }, "status"},
		"unknown field":          {func(o *asset.Observation) { o.Groups["os"]["; DROP TABLE"] = "x" }, "; DROP TABLE"},
		"overlong":               {func(o *asset.Observation) { o.Groups["os"][asset.FieldOSName] = strings.Repeat("長", 501) }, "os_name"},
		"not UTF-8":              {func(o *asset.Observation) { o.Groups["os"][asset.FieldOSName] = "a\xff" }, "os_name"},
		"NUL":                    {func(o *asset.Observation) { o.Groups["os"][asset.FieldOSName] = "a\x00b" }, "os_name"},
		"wrong address":          {func(o *asset.Observation) { o.Groups["os"][asset.FieldIP] = "10.0.0.256" }, "ip"},
		"NUL in serial":          {func(o *asset.Observation) { o.Identity.Serial = "a\x00" }, "identity"},
		"unknown kind":           {func(o *asset.Observation) { o.Kind = "toaster" }, "kind"},
		"encryption":             {func(o *asset.Observation) { (*o.Volumes)[0].Encryption = "maybe" }, "volumes"},
		"a person is no machine": {func(o *asset.Observation) { o.Source = asset.SourceManual }, ""},
		"section without a name": {func(o *asset.Observation) { o.Groups[""] = asset.Values{} }, ""},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				o := report(1, t0)
				tt.change(&o)
				_, err := try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Result, error) { return asset.Observe(ctx, tx, o) })
				if !fault.Is(err, fault.CodeInvalid) || fault.Of(err).Place != tt.place {
					t.Errorf("got %v, want invalid at %q", err, tt.place)
				}
			})
		}
		page, err := asset.List(t.Context(), db, asset.Filter{Scope: everything}, asset.Page{})
		if err != nil || page.Total != 0 {
			t.Errorf("something was stored: %d, %v", page.Total, err)
		}
	})
}
