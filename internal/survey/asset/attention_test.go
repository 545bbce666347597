package asset_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// odd is a ledger in which every limit is hit from both sides.
func odd(t testing.TB, db *store.DB, nowMS int64) {
	n := 0
	statuses := []string{"in_use", "spare", "on_loan"}
	for _, sinceDays := range []int64{0, 6, 7, 8, 89, 90, 91} {
		for _, source := range []asset.Source{asset.SourceAgent, asset.SourceSNMP} {
			for _, supportDays := range []int{-1, 0, 90, 91, 9999} {
				n++
				o := report(n, nowMS-sinceDays*day)
				o.Source, o.Digests = source, nil
				id := observe(t, db, o).AssetID
				set := asset.Values{asset.FieldStatus: statuses[n%3], asset.FieldRoom: "1階", asset.FieldCustodian: "佐藤", asset.FieldVendor: "架空",
					asset.FieldSupportEndsOn: time.UnixMilli(nowMS).In(tokyo).AddDate(0, 0, supportDays).Format(time.DateOnly)}
				switch n % 5 {
				case 1:
					set[asset.FieldVerifiedOn] = time.UnixMilli(nowMS).In(tokyo).AddDate(0, 0, -n%100).Format(time.DateOnly)
				case 2:
					set[asset.FieldSerial] = fmt.Sprint("another-", n) // the source says otherwise
				case 3:
					set[asset.FieldRoom] = "" // incomplete
				}
				if set[asset.FieldStatus] == "on_loan" {
					set[asset.FieldLoanEndsOn], set[asset.FieldLoanTo] = "2030-01-01", "b"
				}
				if _, err := edit(t, db, id, nowMS, set); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	create(t, db, facilityA, asset.Values{asset.FieldKind: "other", asset.FieldName: "紙だけ", asset.FieldRoom: "1階", asset.FieldCustodian: "佐藤"})
	create(t, db, facilityA, asset.Values{asset.FieldKind: "other", asset.FieldName: "見た", asset.FieldRoom: "1階", asset.FieldCustodian: "佐藤", asset.FieldVerifiedOn: "2026-11-01"})
	gone := create(t, db, facilityA, asset.Values{asset.FieldKind: "pc", asset.FieldName: "廃棄"})
	do(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
		_, _, err := asset.Retire(ctx, tx, everything, gone.ID, 0, asset.Disposal{On: "2026-10-01", Reason: "返却"}, "sato", nowMS)
		return 0, err
	})
}

var tokyo = time.FixedZone("JST", 9*60*60)

// The database finds exactly the rows that have something to be looked at, and the
// list of a past moment agrees with it.
func TestAttentionIsWhatHasConcerns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		// Half past eight in the morning of Japan: the day differs from UTC's.
		now := time.Date(2026, 11, 24, 8, 30, 0, 0, tokyo).UnixMilli()
		odd(t, db, now)
		f := asset.Filter{Scope: everything, NowMS: now, Zone: tokyo}
		var want, calm []string
		reasons := map[asset.Reason]bool{}
		err := asset.EachRow(t.Context(), db, f, func(a asset.Asset) error {
			found := a.Concerns(now, tokyo)
			for _, c := range found {
				reasons[c.Reason] = true
			}
			if len(found) > 0 {
				want = append(want, a.ID)
			} else {
				calm = append(calm, a.ID)
			}
			return nil
		})
		if err != nil || len(reasons) != 6 || len(calm) < 3 {
			t.Fatalf("reasons %v, %d calm, %v", reasons, len(calm), err)
		}
		f.Attention = true
		var got []string
		if err := asset.EachRow(t.Context(), db, f, func(a asset.Asset) error { got = append(got, a.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-concerns +filter)\n%s", diff)
		}
		all := len(want) + len(calm)
		for _, attention := range []bool{false, true} {
			f.Attention = attention
			page := list(t, db, f, asset.Page{Facets: true})
			if page.Overview.All != all || page.Overview.Attention != len(want) {
				t.Errorf("attention %v: overview %+v, want %d of %d", attention, page.Overview, len(want), all)
			}
			if attention && page.Total != len(want) {
				t.Errorf("total %d, want %d", page.Total, len(want))
			}
		}
		f.Kinds = []asset.Kind{asset.KindOther}
		if o := list(t, db, f, asset.Page{Facets: true}).Overview; o.All != all || o.Attention != len(want) {
			t.Errorf("with a kind: %+v", o)
		}
		if _, err := asset.ParseFilter(f.Query()); err != nil || f.Query().Get("attention") != "1" {
			t.Errorf("query %v, %v", f.Query(), err)
		}
	})
}

// A list of this very moment, rebuilt from facts, is the list of the database: rows,
// order, counts, pages.
func TestListAsOfAgreesWithList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 11, 24, 8, 30, 0, 0, tokyo).UnixMilli()
		odd(t, db, now)
		ids := small(t, db)
		do(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
			system, _, err := asset.Create(ctx, tx, everything, facilityA, asset.Values{asset.FieldKind: "system", asset.FieldName: "電子カルテ", asset.FieldPatchOwner: "業者"}, "sato", t0)
			if err != nil {
				return 0, err
			}
			ids["電子カルテ"] = system.ID
			return 0, asset.AddMember(ctx, tx, everything, system.ID, ids["外来-PC-2"], "", "sato", now)
		})
		for name, f := range map[string]asset.Filter{
			"all": {}, "text": {Text: "外来 pc"}, "attention": {Attention: true}, "kind": {Kinds: []asset.Kind{asset.KindPC}}, "disposed": {Statuses: []asset.Status{asset.StatusDisposed}},
			"incomplete": {Incomplete: true}, "contradicting": {Contradicting: true}, "system": {SystemID: ids["電子カルテ"]}, "facility": {FacilityIDs: []string{facilityB}},
			"ids": {AssetIDs: []string{ids["FW-VPN-01"]}}, "remote unknown": {RemoteMaintenance: []string{"unknown"}}, "support": {SupportEndsBy: "2027-01-01"},
			"scope": {Scope: asset.Scope{Places: []asset.Place{{FacilityID: facilityA, Department: "医事課"}}}},
		} {
			if f.Scope.Places == nil {
				f.Scope = everything
			}
			f.NowMS, f.Zone = now, tokyo
			sorts := []asset.Field{"-" + asset.FieldIP}
			if name == "all" {
				sorts = append(asset.SortFields(), "-"+asset.FieldName)
			}
			for _, by := range sorts {
				p := asset.Page{Sort: asset.Sort{By: by}, Limit: 30, Facets: true}
				if by[0] == '-' {
					p.Sort = asset.Sort{By: by[1:], Desc: true}
				}
				samePages(t, db, fmt.Sprint(name, " by ", by), f, p, now)
			}
		}
		if _, err := asset.ListAsOf(t.Context(), db, asset.Filter{Scope: everything, StaleDays: 3}, asset.Page{}, now); err == nil {
			t.Error("days of silence were asked of the past")
		}
	})
}

// samePages walks both lists side by side.
func samePages(t *testing.T, db *store.DB, name string, f asset.Filter, p asset.Page, atMS int64) {
	t.Helper()
	for range 4 {
		want := list(t, db, f, p)
		got, err := asset.ListAsOf(t.Context(), db, f, p, atMS)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, page := range []*asset.ListPage{&want, &got} {
			for i := range page.Items { // revisions are of the present; a fact that ended is no later fact
				page.Items[i].Rev, page.Items[i].UpdatedMS = 0, 0
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-now +as of now)\n%s", name, diff)
			return
		}
		if p.Cursor = want.Next; p.Cursor == "" {
			return
		}
	}
}

func TestPastDayDoesNotClaimSilence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		observe(t, db, report(1, t0))
		digests := report(1, t0).Digests
		do(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) {
			_, ok, _, err := asset.Confirm(ctx, tx, report(1, t0).DeviceID, t0+40*day, digests)
			return ok, err
		})
		// It reported all the time; only the last time is stored.
		page, err := asset.ListAsOf(t.Context(), db, asset.Filter{Scope: everything}, asset.Page{}, t0+30*day)
		if err != nil || len(page.Items) != 1 || !page.Items[0].SeenLater {
			t.Fatalf("%+v, %v", page, err)
		}
		if slices.ContainsFunc(page.Items[0].Concerns(t0+30*day, nil), func(c asset.Concern) bool { return c.Reason == asset.ReasonSilent }) {
			t.Error("a past day claims that a machine was silent which was seen later")
		}
	})
}
