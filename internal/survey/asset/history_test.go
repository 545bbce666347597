package asset_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// The wide row is nothing but the winning facts, whatever happened before: now,
// and at every time in the past.
func TestRowIsAlwaysTheWinningFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rnd := rand.New(rand.NewPCG(7, 11))
		id := observe(t, db, report(1, t0)).AssetID
		past := map[int64]asset.Asset{t0: get(t, db, id)}
		fields := []asset.Field{asset.FieldOSName, asset.FieldOSVersion, asset.FieldRoom, asset.FieldModel, asset.FieldIP, asset.FieldMemoryBytes, asset.FieldSupportEndsOn}
		value := func(f asset.Field) string {
			n := rnd.IntN(3)
			switch f {
			case asset.FieldIP:
				return fmt.Sprint("10.0.0.", n)
			case asset.FieldMemoryBytes:
				return fmt.Sprint(n)
			case asset.FieldSupportEndsOn:
				return fmt.Sprintf("2029-01-0%d", n+1)
			}
			return fmt.Sprint(f, n)
		}
		for i := range 120 {
			at := t0 + int64(i+1)*1000
			set := asset.Values{}
			for _, f := range fields {
				if rnd.IntN(3) == 0 {
					set[f] = value(f)
				}
			}
			if rnd.IntN(4) == 0 {
				for _, f := range fields {
					if rnd.IntN(3) == 0 {
						set[f] = "" // falls back
					}
				}
				if _, err := edit(t, db, id, at, set); err != nil {
					t.Fatal(err)
				}
			} else {
				o := report(1, at)
				o.Source = []asset.Source{asset.SourceAgent, asset.SourceSNMP, asset.SourceCSV, asset.SourcePassive, asset.SourceFeed}[rnd.IntN(5)]
				o.Groups = map[string]asset.Values{[]string{"x", "y"}[rnd.IntN(2)]: set}
				o.Digests = nil
				if got := observe(t, db, o).AssetID; got != id {
					t.Fatalf("observation went to %s", got)
				}
			}
			past[at] = get(t, db, id)
			checkRow(t, db, id)
		}
		for at, want := range past {
			got, _, err := asset.AsOf(t.Context(), db, everything, id, at)
			if err != nil {
				t.Fatal(err)
			}
			ignore := cmpopts.IgnoreFields(asset.Asset{}, "Rev", "LastSeenMS", "LastSource", "UpdatedMS", "SeenLater")
			if diff := cmp.Diff(want, got, ignore); diff != "" {
				t.Fatalf("as of %d (-then +rebuilt)\n%s", at-t0, diff)
			}
		}
		if _, _, err := asset.AsOf(t.Context(), db, everything, id, t0-1); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("before it was known: %v", err)
		}
	})
}

func checkRow(t *testing.T, db *store.DB, id string) {
	t.Helper()
	facts, err := asset.Facts(t.Context(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	a := get(t, db, id)
	want := asset.Values{asset.FieldStatus: string(asset.StatusInUse)}
	disputed := map[asset.Field]bool{}
	for _, f := range facts {
		order := asset.Order(f.Field)
		for _, other := range facts {
			if other.Field == f.Field && f.Winning && indexOf(order, other.Source) < indexOf(order, f.Source) {
				t.Fatalf("%s: %s wins over %s", f.Field, f.Source, other.Source)
			}
		}
		if f.Winning {
			want[f.Field] = f.Value
		}
		if f.Contradicts {
			disputed[f.Field] = true
		}
	}
	if diff := cmp.Diff(want, a.Values); diff != "" {
		t.Fatalf("row (-winning facts +row)\n%s", diff)
	}
	if a.Contradictions != len(disputed) || a.Missing != len(asset.Missing(a.Kind, a.Values)) {
		t.Fatalf("%d contradictions of %v, %d missing", a.Contradictions, disputed, a.Missing)
	}
}

func indexOf(order []asset.Source, s asset.Source) int {
	for i, o := range order {
		if o == s {
			return i
		}
	}
	return len(order)
}

func TestHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, report(1, t0)).AssetID
		next := report(1, t0+day)
		next.Groups["interfaces"] = asset.Values{asset.FieldIP: "10.20.3.37"}
		observe(t, db, next)
		if _, err := edit(t, db, id, t0+2*day, asset.Values{asset.FieldRoom: "3階北病棟"}); err != nil {
			t.Fatal(err)
		}
		if _, err := edit(t, db, id, t0+3*day, asset.Values{asset.FieldRoom: "3階東病棟"}); err != nil {
			t.Fatal(err)
		}
		want := []asset.Change{
			{AssetID: id, Field: asset.FieldRoom, Old: "3階北病棟", New: "3階東病棟", Source: asset.SourceManual, By: "sato", AtMS: t0 + 3*day},
			{AssetID: id, Field: asset.FieldRoom, New: "3階北病棟", Source: asset.SourceManual, By: "sato", AtMS: t0 + 2*day},
			{AssetID: id, Field: asset.FieldMAC, Old: "f8:b1:56:00:00:01", Source: asset.SourceAgent, AtMS: t0 + day},
			{AssetID: id, Field: asset.FieldIP, Old: "10.20.0.1", New: "10.20.3.37", Source: asset.SourceAgent, AtMS: t0 + day},
		}
		var got []asset.Change
		for cursor := ""; ; {
			page, err := asset.History(t.Context(), db, id, cursor, 1)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page.Items...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got[:4]); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		whole, err := asset.History(t.Context(), db, id, "", 200)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.Items, got); diff != "" {
			t.Errorf("page by page differs from one page\n%s", diff)
		}
	})
}
