package asset_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

func decide(t testing.TB, db *store.DB, id string, field asset.Field, value string, atMS int64) (asset.Asset, []asset.Change, error) {
	t.Helper()
	var changes []asset.Change
	a, err := try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Asset, error) {
		var a asset.Asset
		var err error
		a, changes, err = asset.Decide(ctx, tx, everything, id, 0, field, value, "sato", atMS)
		return a, err
	})
	return a, changes, err
}

// statementOf is what a source says about a field now.
func statementOf(t testing.TB, db *store.DB, id string, field asset.Field, s asset.Source) asset.Fact {
	t.Helper()
	facts, err := asset.Facts(t.Context(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Field == field && f.Source == s {
			return f
		}
	}
	return asset.Fact{}
}

// withOS is the report with another operating system.
func withOS(atMS int64, name string) asset.Observation {
	o := report(1, atMS)
	o.Groups[asset.SectionOS][asset.FieldOSName] = name
	return o
}

func TestDecideKeepsTheManualValue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, withOS(t0, "Windows 10")).AssetID
		if _, _, err := decide(t, db, id, asset.FieldOSName, "Windows 10", t0+1); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("nothing to settle: %v", err)
		}
		mine, err := edit(t, db, id, t0+10, asset.Values{asset.FieldOSName: "Windows 11"})
		if err != nil || mine.Contradictions != 1 {
			t.Fatalf("%+v, %v", mine, err)
		}
		a, changes, err := decide(t, db, id, asset.FieldOSName, "Windows 11", t0+20)
		if err != nil || a.Contradictions != 0 || a.Values[asset.FieldOSName] != "Windows 11" || a.Rev != mine.Rev+1 {
			t.Fatalf("settled: %+v, %v", a, err)
		}
		want := []asset.Change{{AssetID: id, Field: asset.FieldOSName, Old: "Windows 10", New: "Windows 11", Source: asset.SourceAgent, By: "sato", AtMS: t0 + 20, Settled: true}}
		if diff := cmp.Diff(want, changes); diff != "" {
			t.Errorf("changes (-want +got)\n%s", diff)
		}
		if f := statementOf(t, db, id, asset.FieldOSName, asset.SourceAgent); !f.Settled || f.Contradicts || f.Decision == nil || f.Decision.By != "sato" {
			t.Errorf("statement: %+v", f)
		}
		if again, changes, err := decide(t, db, id, asset.FieldOSName, "Windows 11", t0+21); err != nil || len(changes) != 0 || again.Rev != a.Rev {
			t.Errorf("settled twice: %+v %v %v", again, changes, err)
		}
		// The same said again is no news; something else is.
		observe(t, db, withOS(t0+30, "Windows 10"))
		if got := get(t, db, id); got.Contradictions != 0 {
			t.Errorf("confirmed: %d contradictions", got.Contradictions)
		}
		observe(t, db, withOS(t0+40, "Windows 10 LTSC"))
		if got := get(t, db, id); got.Contradictions != 1 {
			t.Errorf("said anew: %d contradictions", got.Contradictions)
		}
		past, facts, err := asset.AsOf(t.Context(), db, everything, id, t0+25)
		if err != nil || past.Contradictions != 0 || len(facts) == 0 {
			t.Errorf("as of when it was settled: %+v, %v", past, err)
		}
		if past, _, err = asset.AsOf(t.Context(), db, everything, id, t0+15); err != nil || past.Contradictions != 1 {
			t.Errorf("as of before: %+v, %v", past, err)
		}
		found := list(t, db, asset.Filter{Scope: everything, Contradicting: true}, asset.Page{})
		if found.Total != 1 {
			t.Errorf("%d contradicting", found.Total)
		}
	})
}

func TestDecideTakesTheSourcesValue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, withOS(t0, "Windows 10")).AssetID
		if _, err := edit(t, db, id, t0+10, asset.Values{asset.FieldOSName: "Windows 11"}); err != nil {
			t.Fatal(err)
		}
		a, _, err := decide(t, db, id, asset.FieldOSName, "Windows 10", t0+20)
		if err != nil || a.Contradictions != 0 || a.Values[asset.FieldOSName] != "Windows 10" {
			t.Fatalf("%+v, %v", a, err)
		}
		if f := statementOf(t, db, id, asset.FieldOSName, asset.SourceManual); f.Value != "" {
			t.Errorf("the value entered by hand still stands: %+v", f)
		}
		history, err := asset.History(t.Context(), db, id, "", 1)
		if err != nil || len(history.Items) != 1 || history.Items[0].By != "sato" || history.Items[0].New != "" || history.Next == "" {
			t.Errorf("history: %+v, %v", history, err)
		}
		// Two sources, no manual value: the weaker one's is taken, which only a person can say.
		o := report(1, t0+30)
		o.Source, o.DeviceID, o.Digests, o.Volumes, o.Reported = asset.SourceCSV, "", nil, nil, nil
		o.Groups = map[string]asset.Values{"csv": {asset.FieldOSName: "Windows 10 IoT"}}
		observe(t, db, o)
		if got := get(t, db, id); got.Contradictions != 1 {
			t.Fatalf("%+v", got)
		}
		a, changes, err := decide(t, db, id, asset.FieldOSName, "Windows 10 IoT", t0+40)
		if err != nil || a.Contradictions != 0 || a.Values[asset.FieldOSName] != "Windows 10 IoT" || len(changes) != 2 {
			t.Fatalf("%+v, %v, %v", a, changes, err)
		}
		// Another value entered by hand opens it again: nobody compared that one.
		if a, err = edit(t, db, id, t0+50, asset.Values{asset.FieldOSName: "Windows 11"}); err != nil || a.Contradictions != 1 {
			t.Errorf("%+v, %v", a, err)
		}
		checkRow(t, db, id)
	})
}

func TestHistoryNamesWhoClearedAndSettled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := observe(t, db, withOS(t0, "Windows 10")).AssetID
		for at, value := range map[int64]string{t0 + 10: "Windows 11"} {
			if _, err := edit(t, db, id, at, asset.Values{asset.FieldOSName: value}); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := decide(t, db, id, asset.FieldOSName, "Windows 11", t0+20); err != nil {
			t.Fatal(err)
		}
		if _, err := edit(t, db, id, t0+30, asset.Values{asset.FieldOSName: ""}); err != nil {
			t.Fatal(err)
		}
		type line struct {
			Old, New, By string
			Settled      bool
		}
		var got []line
		cursor := ""
		for {
			page, err := asset.History(t.Context(), db, id, cursor, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Items {
				if c.Field == asset.FieldOSName {
					got = append(got, line{c.Old, c.New, c.By, c.Settled})
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		want := []line{{"Windows 11", "", "sato", false}, {"Windows 10", "Windows 11", "sato", true}, {"", "Windows 11", "sato", false}, {"", "Windows 10", "", false}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
