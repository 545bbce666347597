package vendor_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/treat/vendor"
)

const facility = "0192f0c1-2b3c-7d4e-8f5a-000000000001"

func machine(t testing.TB, db *store.DB, facilityID, device string) (id string) {
	t.Helper()
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facilityID, Source: asset.SourceAgent, DeviceID: device, AtMS: 1, Kind: asset.KindPC})
		id = res.AssetID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func do[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx, T, int64) (T, error), v T, nowMS int64) (out T, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = fn(ctx, tx, v, nowMS)
		return err
	})
	return out, err
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantFault(t testing.TB, name string, err error, code fault.Code, place string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code || f.Place != place {
		t.Errorf("%s: got %v, want %s at %q", name, err, code, place)
	}
}

func TestNameKey(t *testing.T) {
	for _, name := range []string{"株式会社サンプル", "㈱サンプル", "（株）ｻﾝﾌﾟﾙ", "サンプル 株式会社", "サンプル"} {
		if got := vendor.NameKey(name); got != "サンプル" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := vendor.NameKey("株式会社"); got != "株式会社" {
		t.Errorf("got %q", got)
	}
}

func TestVendors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := vendor.Vendor{Name: "株式会社見本システム", Kana: "ミホンシステム", Kind: vendor.KindSystem, Contact: "保守窓口", Phone: "03-0000-0000", EmergencyPhone: "090-0000-0000", Mail: "support@example.jp", Note: "一行\n二行"}
		v = must[vendor.Vendor](t)(do(t, db, vendor.Create, v, 100))
		if diff := cmp.Diff(v, must[vendor.Vendor](t)(vendor.ByID(t.Context(), db, v.ID))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := do(t, db, vendor.Create, vendor.Vendor{Name: "㈱見本システム"}, 100)
		wantFault(t, "same name", err, fault.CodeConflict, "name")
		if got := must[vendor.Vendor](t)(vendor.ByName(t.Context(), db, "見本システム(株)")); got.ID != v.ID {
			t.Errorf("got %+v", got)
		}
		_, err = do(t, db, vendor.Create, vendor.Vendor{Name: " "}, 1)
		wantFault(t, "no name", err, fault.CodeInvalid, "name")
		_, err = do(t, db, vendor.Create, vendor.Vendor{Name: "x", Kind: "y"}, 1)
		wantFault(t, "kind", err, fault.CodeInvalid, "kind")
		_, err = do(t, db, vendor.Create, vendor.Vendor{Name: strings.Repeat("長", 201)}, 1)
		wantFault(t, "long", err, fault.CodeInvalid, "name")
		old := v
		v.ClosedOn = "2026-03-31"
		v = must[vendor.Vendor](t)(do(t, db, vendor.Update, v, 200))
		_, err = do(t, db, vendor.Update, old, 300)
		wantFault(t, "old revision", err, fault.CodeConflict, "")
		must[vendor.Vendor](t)(do(t, db, vendor.Create, vendor.Vendor{Name: "見本システム"}, 300))
		for i := range 9 {
			must[vendor.Vendor](t)(do(t, db, vendor.Create, vendor.Vendor{Name: fmt.Sprint("業者", i)}, 300))
		}
		for day, want := range map[string]int64{"": 11, "2026-03-31": 11, "2026-04-01": 10} {
			if _, total, _, err := vendor.List(t.Context(), db, vendor.Filter{OpenOn: day}); err != nil || total != want {
				t.Errorf("%q: got %d, want %d (%v)", day, total, want, err)
			}
		}
		f, seen := vendor.Filter{Limit: 4}, map[string]bool{}
		for {
			list, _, next, err := vendor.List(t.Context(), db, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				seen[v.ID] = true
			}
			if f.After = next; next == "" {
				break
			}
		}
		if len(seen) != 11 {
			t.Errorf("pages hold %d vendors", len(seen))
		}
		if _, total, _, err := vendor.List(t.Context(), db, vendor.Filter{Text: "ﾐﾎﾝ"}); err != nil || total != 0 {
			t.Errorf("half-width reading: %d, %v", total, err) // the reading is searched as written
		}
		if _, total, _, err := vendor.List(t.Context(), db, vendor.Filter{Text: "(株)見本", Kind: vendor.KindSystem}); err != nil || total != 1 {
			t.Errorf("text: %d, %v", total, err)
		}
	})
}

func TestContracts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := must[vendor.Vendor](t)(do(t, db, vendor.Create, vendor.Vendor{Name: "見本"}, 1))
		one, two, other := machine(t, db, facility, "d1"), machine(t, db, facility, "d2"), machine(t, db, "elsewhere", "d3")
		c := vendor.Contract{VendorID: v.ID, FacilityID: facility, Title: "電子カルテ保守", Number: "K-1", Kind: vendor.ContractMaintenance, StartsOn: "2025-04-01", EndsOn: "2026-03-31",
			NoticeDays: 90, PatchOwner: vendor.PatchVendor, Remote: vendor.RemoteYes, DocumentID: "d", Note: "n", Assets: []string{two, one, one}}
		for _, b := range []struct {
			name, place string
			change      func(*vendor.Contract)
		}{
			{"no vendor", "vendor_id", func(c *vendor.Contract) { c.VendorID = store.NewID() }},
			{"machine elsewhere", "assets", func(c *vendor.Contract) { c.Assets = []string{one, other} }},
			{"order", "ends_on", func(c *vendor.Contract) { c.EndsOn = "2025-03-31" }},
			{"start", "starts_on", func(c *vendor.Contract) { c.StartsOn = "" }},
			{"notice", "notice_days", func(c *vendor.Contract) { c.NoticeDays = -1 }},
			{"patch owner", "patch_owner", func(c *vendor.Contract) { c.PatchOwner = "x" }},
			{"remote", "remote", func(c *vendor.Contract) { c.Remote = "x" }},
		} {
			bad := c
			b.change(&bad)
			_, err := do(t, db, vendor.CreateContract, bad, 1)
			wantFault(t, b.name, err, fault.CodeInvalid, b.place)
		}
		if _, total, _, err := vendor.Contracts(t.Context(), db, vendor.ContractFilter{}); err != nil || total != 0 {
			t.Fatalf("refused contracts left %d rows (%v)", total, err)
		}
		c = must[vendor.Contract](t)(do(t, db, vendor.CreateContract, c, 100))
		got := must[vendor.Contract](t)(vendor.ContractByID(t.Context(), db, c.ID))
		if diff := cmp.Diff(c, got); diff != "" || got.AssetCount != 2 || got.VendorName != "見本" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		c.Assets = []string{one}
		c = must[vendor.Contract](t)(do(t, db, vendor.UpdateContract, c, 200))
		for at, want := range map[int64]int{50: 0, 150: 2, 250: 1, 0: 1} {
			if list := must[[]string](t)(vendor.Covered(t.Context(), db, c.ID, at)); len(list) != want {
				t.Errorf("at %d: covers %d, want %d", at, len(list), want)
			}
		}
		c.Assets = []string{one, two}
		c = must[vendor.Contract](t)(do(t, db, vendor.UpdateContract, c, 200)) // came back within the millisecond
		if list := must[[]string](t)(vendor.Covered(t.Context(), db, c.ID, 0)); len(list) != 2 {
			t.Errorf("covers %v", list)
		}
		endDates(t, db, c)
	})
}

func endDates(t *testing.T, db *store.DB, c vendor.Contract) {
	t.Helper()
	open, renewed, cancelled := c, c, c
	open.Title, open.EndsOn, open.Assets = "期限なし", "", nil
	renewed.Title, renewed.AutoRenew, renewed.EndsOn = "自動更新", true, "2026-06-30"
	cancelled.Title, cancelled.CancelledOn = "解約", "2025-12-31"
	for _, c := range []vendor.Contract{open, renewed, cancelled} {
		must[vendor.Contract](t)(do(t, db, vendor.CreateContract, c, 100))
	}
	titles := func(f vendor.ContractFilter) string {
		t.Helper()
		f.Facilities = []string{facility}
		var out []string
		for {
			list, _, next, err := vendor.Contracts(t.Context(), db, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				if f.ActiveOn != "" && !c.ActiveOn(f.ActiveOn) {
					t.Errorf("%s on %s: SQL and Go differ", c.Title, f.ActiveOn)
				}
				out = append(out, c.Title)
			}
			if f.After = next; next == "" {
				return strings.Join(out, " ")
			}
		}
	}
	for _, c := range []struct {
		name string
		f    vendor.ContractFilter
		want string
	}{
		{"by last day", vendor.ContractFilter{}, "解約 電子カルテ保守 自動更新 期限なし"},
		{"one a page", vendor.ContractFilter{Limit: 1}, "解約 電子カルテ保守 自動更新 期限なし"},
		{"last day of one", vendor.ContractFilter{ActiveOn: "2026-03-31"}, "電子カルテ保守 自動更新 期限なし"},
		{"next day", vendor.ContractFilter{ActiveOn: "2026-04-01"}, "自動更新 期限なし"},
		{"renewed itself", vendor.ContractFilter{ActiveOn: "2027-01-01"}, "自動更新 期限なし"},
		{"ends soon", vendor.ContractFilter{EndsFrom: "2026-01-01", EndsUntil: "2026-12-31"}, "電子カルテ保守 自動更新"},
		{"of a machine", vendor.ContractFilter{AssetID: c.Assets[0], ActiveOn: "2026-04-01"}, "自動更新"},
		{"text", vendor.ContractFilter{Text: "更新", VendorID: c.VendorID, PatchOwner: vendor.PatchVendor, Remote: vendor.RemoteYes}, "自動更新"},
	} {
		if got := titles(c.f); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
