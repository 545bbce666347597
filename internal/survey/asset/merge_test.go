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

func merge(t testing.TB, db *store.DB, kept, gone string, atMS int64) (asset.Merged, error) {
	t.Helper()
	return try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
		return asset.Merge(ctx, tx, everything, nil, kept, gone, "同じPC", "sato", atMS)
	})
}

func unmerge(t testing.TB, db *store.DB, id string, atMS int64) error {
	t.Helper()
	_, err := try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
		return asset.Unmerge(ctx, tx, everything, nil, id, "sato", atMS)
	})
	return err
}

// two rows of one PC: the list's, with a mistyped serial, and the agent's.
func twoRows(t testing.TB, db *store.DB) (listed, seen string) {
	t.Helper()
	l := byList("Dell", "EX59Z04", "PC-1", m1)
	l.FacilityID, l.AtMS = facilityA, t0
	l.Groups = map[string]asset.Values{"list": {asset.FieldSerial: "EX59Z04", asset.FieldRoom: "201", asset.FieldAssetTag: "PC-1"}}
	listed = observe(t, db, l).AssetID
	a := byAgent("d1", "Dell Inc.", "EX59204", u1, m1)
	a.FacilityID, a.AtMS = facilityA, t0+day
	a.Groups = map[string]asset.Values{asset.SectionHardware: {asset.FieldSerial: "EX59204", asset.FieldMaker: "Dell Inc."}, asset.SectionOS: {asset.FieldHostName: "uketsuke-1"}}
	seen = observe(t, db, a).AssetID
	if listed == seen {
		t.Fatal("merged by itself")
	}
	return listed, seen
}

func TestMergeKeepsWhoSaidWhatSinceWhen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		listed, seen := twoRows(t, db)
		done, err := merge(t, db, listed, seen, t0+3*day)
		if err != nil {
			t.Fatal(err)
		}
		a := get(t, db, listed)
		if a.Values[asset.FieldSerial] != "EX59204" || a.Values[asset.FieldRoom] != "201" || a.Values[asset.FieldHostName] != "uketsuke-1" || a.Contradictions != 1 || a.LastSeenMS != t0+day {
			t.Errorf("row %+v", a)
		}
		facts, err := asset.Facts(t.Context(), db, listed)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			if want := map[asset.Source]int64{asset.SourceAgent: t0 + day, asset.SourceCSV: t0}[f.Source]; f.FirstMS != want {
				t.Errorf("%s of %s since %d, want %d", f.Field, f.Source, f.FirstMS, want)
			}
		}
		// The past stays: two rows before, one from then on.
		for at, want := range map[int64]int{t0 + 2*day: 2, t0 + 4*day: 1} {
			n := 0
			if err := asset.EachAsOf(t.Context(), db, everything, at, func(asset.Asset) error { n++; return nil }); err != nil || n != want {
				t.Errorf("%d rows as of %d, want %d; %v", n, at, want, err)
			}
		}
		then, _, err := asset.AsOf(t.Context(), db, everything, seen, t0+2*day)
		if err != nil || then.Values[asset.FieldSerial] != "EX59204" || then.Values[asset.FieldRoom] != "" {
			t.Errorf("the row that went, as of then: %+v, %v", then, err)
		}
		then, _, err = asset.AsOf(t.Context(), db, everything, listed, t0+2*day)
		if err != nil || then.Values[asset.FieldSerial] != "EX59Z04" {
			t.Errorf("the row that stayed, as of then: %+v, %v", then, err)
		}
		if _, _, err := asset.AsOf(t.Context(), db, everything, seen, t0+4*day); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("the row that went, as of now: %v", err)
		}
		// One history: of both, without the move itself.
		page, err := asset.History(t.Context(), db, listed, "", 0)
		n, errN := asset.HistoryCount(t.Context(), db, listed)
		if err != nil || errN != nil || len(page.Items) != n {
			t.Fatalf("%d of %d changes: %v %v", len(page.Items), n, err, errN)
		}
		for _, c := range page.Items {
			if c.AtMS == done.AtMS {
				t.Errorf("the move is told as a change: %+v", c)
			}
		}
		// Both find the row from now on.
		for _, o := range []asset.Observation{byAgent("d1", "Dell Inc.", "EX59204", u1, m1), byList("", "", "pc-1"), byList("Dell", "EX59Z04", "")} {
			o.FacilityID, o.AtMS = facilityA, t0+5*day
			if id := observe(t, db, o).AssetID; id != listed {
				t.Errorf("%+v goes to another row", o.Identity)
			}
		}
		if into, err := asset.MergedInto(t.Context(), db, seen); err != nil || into != listed {
			t.Errorf("went into %q, %v", into, err)
		}
	})
}

// Of a source that knows both, the row that it saw last goes on.
func TestMergeTakesTheNewerOfOneSource(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		old := byAgent("d1", "Acme", "A1B2C3D4", u1, m1)
		old.FacilityID, old.AtMS, old.Groups = facilityA, t0, map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: "old", asset.FieldOSName: "Windows 7"}}
		o := observe(t, db, old).AssetID
		fresh := byAgent("d2", "Acme", "A1B2C3D4", u1, m2)
		fresh.FacilityID, fresh.AtMS, fresh.Groups = facilityA, t0+day, map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: "new"}}
		n := observe(t, db, fresh).AssetID
		before := get(t, db, o)
		done, err := merge(t, db, o, n, t0+2*day)
		if a := get(t, db, o); err != nil || a.Values[asset.FieldHostName] != "new" || a.Values[asset.FieldOSName] != "" {
			t.Errorf("newer goes: %+v, %v", a, err)
		}
		if err := unmerge(t, db, done.ID, t0+3*day); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, get(t, db, o)); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
		if _, err := merge(t, db, n, o, t0+4*day); err != nil {
			t.Fatal(err)
		}
		if a := get(t, db, n); a.Values[asset.FieldHostName] != "new" || a.Values[asset.FieldOSName] != "" {
			t.Errorf("older goes: %+v", a)
		}
	})
}

// What came between a merge and its undoing stays with the machine that said it.
func TestUnmergeAfterReports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		listed, seen := twoRows(t, db)
		done, err := merge(t, db, listed, seen, t0+3*day)
		if err != nil {
			t.Fatal(err)
		}
		a := byAgent("d1", "Dell Inc.", "EX59204", u1, m1, m2)
		a.FacilityID, a.AtMS = facilityA, t0+4*day
		a.Groups = map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: "uketsuke-2"}}
		observe(t, db, a)
		if _, err := edit(t, db, listed, t0+5*day, asset.Values{asset.FieldNote: "見た"}); err != nil {
			t.Fatal(err)
		}
		if err := unmerge(t, db, done.ID, t0+6*day); err != nil {
			t.Fatal(err)
		}
		if got := get(t, db, seen); got.Values[asset.FieldHostName] != "uketsuke-2" || got.Values[asset.FieldSerial] != "EX59204" || got.Values[asset.FieldRoom] != "" {
			t.Errorf("agent's row %+v", got.Values)
		}
		if got := get(t, db, listed); got.Values[asset.FieldHostName] != "" || got.Values[asset.FieldRoom] != "201" || got.Values[asset.FieldNote] != "見た" {
			t.Errorf("list's row %+v", got.Values)
		}
		a.AtMS = t0 + 7*day
		if id := observe(t, db, a).AssetID; id != seen {
			t.Error("the agent goes to another row")
		}
		if err := unmerge(t, db, done.ID, t0+8*day); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("taken back twice: %v", err)
		}
	})
}

func TestMergeRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		listed, seen := twoRows(t, db)
		elsewhere := byAgent("d9", "HP", "5CG0271", u2, m2)
		elsewhere.FacilityID, elsewhere.AtMS = facilityB, t0
		other := observe(t, db, elsewhere).AssetID
		for name, tt := range map[string]struct {
			kept, gone string
			code       fault.Code
		}{
			"itself":         {listed, listed, fault.CodeInvalid},
			"other facility": {listed, other, fault.CodeInvalid},
			"nothing":        {listed, "01900000-0000-7000-8000-0000000000ff", fault.CodeNotFound},
			"no id":          {listed, "x", fault.CodeNotFound},
		} {
			if _, err := merge(t, db, tt.kept, tt.gone, t0+3*day); !fault.Is(err, tt.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
		narrow := asset.Scope{Places: []asset.Place{{FacilityID: facilityA, Department: "外来"}}}
		if _, err := try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
			return asset.Merge(ctx, tx, narrow, nil, listed, seen, "", "sato", t0+3*day)
		}); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("outside the scope: %v", err)
		}
		// A chain is taken back from its end.
		third := byAgent("d3", "Dell", "EX59Z04", "", m3)
		third.FacilityID, third.AtMS = facilityA, t0+day
		id := observe(t, db, third).AssetID
		first, err := merge(t, db, listed, seen, t0+3*day)
		if err != nil {
			t.Fatal(err)
		}
		second, err := merge(t, db, id, listed, t0+4*day)
		if err != nil {
			t.Fatal(err)
		}
		if err := unmerge(t, db, first.ID, t0+5*day); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("the first before the last: %v", err)
		}
		for _, m := range []asset.Merged{second, first} {
			if err := unmerge(t, db, m.ID, t0+6*day); err != nil {
				t.Errorf("in order: %v", err)
			}
		}
	})
}

func TestAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		queue := func(awake int64) []asset.Conflict {
			list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: everything, AwakeMS: awake})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		answer := func(id string, o asset.Outcome) (asset.Merged, error) {
			return try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
				return asset.AnswerConflict(ctx, tx, everything, nil, asset.Answer{ConflictID: id, Outcome: o}, "sato", t0+10*day)
			})
		}
		again := func(atMS int64, macs ...string) {
			for i, o := range []asset.Observation{byAgent("d1", "Acme", "A1B2C3D4", u1, m1), byAgent("d2", "Acme", "A1B2C3D4", u1, append(macs, m2)...)} {
				o.FacilityID, o.AtMS = facilityA, atMS+int64(i)
				observe(t, db, o)
			}
		}
		again(t0)
		line := queue(0)[0]
		if _, err := answer(line.ID, asset.OutcomeLater); err != nil || len(queue(t0+11*day)) != 0 || len(queue(t0+18*day)) != 1 {
			t.Errorf("later: %v", err)
		}
		// Who may see one of the two does not judge about both.
		if _, err := try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
			if _, _, err := asset.Edit(ctx, tx, everything, line.AssetID, 0, asset.Values{asset.FieldDepartment: "外来"}, "sato", t0+9*day); err != nil {
				return asset.Merged{}, err
			}
			ward := asset.Scope{Places: []asset.Place{{FacilityID: facilityA, Department: "外来"}}}
			return asset.AnswerConflict(ctx, tx, ward, nil, asset.Answer{ConflictID: line.ID, Outcome: asset.OutcomeDifferent}, "ito", t0+10*day)
		}); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("judged about a machine that was not seen: %v", err)
		}
		if _, err := answer(line.ID, asset.OutcomeDifferent); err != nil {
			t.Fatal(err)
		}
		again(t0 + 20*day)
		if list := queue(0); len(list) != 0 {
			t.Errorf("asked again: %+v", list)
		}
		if _, err := answer(line.ID, asset.OutcomeSame); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("answered twice: %v", err)
		}
		if _, err := answer(line.ID, "perhaps"); err == nil {
			t.Error("an answer that is none")
		}
		// Two systems on one PC: the same, and not asked again until a third comes.
		for i, d := range []string{"d7", "d8", "d7", "d8"} {
			o := byAgent(d, "Dell", "EX59204", u2, m3)
			o.FacilityID, o.AtMS = facilityA, t0+30*day+int64(i)
			observe(t, db, o)
		}
		list := queue(0)
		if len(list) != 1 || list[0].Cause != asset.CauseTwoDevices {
			t.Fatalf("two systems: %+v", list)
		}
		if _, err := answer(list[0].ID, asset.OutcomeDifferent); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("different without a split: %v", err)
		}
		if _, err := answer(list[0].ID, asset.OutcomeSame); err != nil {
			t.Fatal(err)
		}
		o := byAgent("d7", "Dell", "EX59204", u2, m3)
		o.FacilityID, o.AtMS = facilityA, t0+31*day
		observe(t, db, o)
		if list := queue(0); len(list) != 0 {
			t.Errorf("two systems, asked again: %+v", list)
		}
	})
}

// Two devices that report by turns as one machine can be told apart by hand.
func TestSplitDevices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		see := func(d, host string, atMS int64) string {
			o := named(byAgent(d, "Dell", "EX59204", u1, m1), host)
			o.FacilityID, o.AtMS = facilityA, atMS
			return observe(t, db, o).AssetID
		}
		id := see("d1", "one", t0)
		see("d2", "two", t0+1)
		parts, err := asset.Parts(t.Context(), db, id)
		if err != nil || len(parts) != 2 {
			t.Fatalf("parts %+v, %v", parts, err)
		}
		split := func(parts ...string) (asset.Merged, error) {
			return try(t, db, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
				return asset.Split(ctx, tx, everything, nil, id, parts, "", "", "sato", t0+day)
			})
		}
		for _, wrong := range [][]string{nil, {"nobody"}, {"agent", "device:agent|d1"}} {
			if _, err := split(wrong...); !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("%v: %v", wrong, err)
			}
		}
		done, err := split("device:agent|d1")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			at := t0 + 2*day + int64(i)*day
			if got := see("d1", "one", at); got != done.GoneID {
				t.Error("the first device is not at its own row")
			}
			if got := see("d2", "two", at); got != id {
				t.Error("the second device has left its row")
			}
		}
		if n, err := asset.ConflictCount(t.Context(), db, asset.ConflictFilter{Scope: everything}); err != nil || n != 0 {
			t.Errorf("%d lines about what was settled, %v: %s", n, err, lines(t, db, nil))
		}
		if a, b := get(t, db, id), get(t, db, done.GoneID); a.Values[asset.FieldHostName] != "two" || b.Values[asset.FieldHostName] != "one" {
			t.Errorf("%v %v", a.Values, b.Values)
		}
		if err := unmerge(t, db, done.ID, t0+9*day); err != nil {
			t.Fatal(err)
		}
		if got := see("d1", "one", t0+10*day); got != id {
			t.Error("taken back, and still apart")
		}
	})
}

func TestFindPairs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		see := func(o asset.Observation, atMS int64) string {
			o.FacilityID, o.AtMS = facilityA, atMS
			return observe(t, db, o).AssetID
		}
		// Directory and list came before the agent that joins them.
		d := see(named(byDirectory("g1", "pc-1.hosp.example"), "PC-1"), t0)
		l := see(byList("Dell", "EX59204", "A-1"), t0+1)
		if got := see(joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), t0+2); got != l || got == d {
			t.Fatal("not as thought")
		}
		// A console in the list, and what an agent says, with nothing but the name.
		c1 := see(named(byList("", "", "A-7"), "ct-console"), t0+3)
		c2 := see(named(byAgent("d2", "", "", "", m2), "CT-CONSOLE"), t0+4)
		see(named(byAgent("d3", "HP", "5CG0271", u2, m3), "uketsuke"), t0+5)
		see(named(byList("NEC", "1234XYZ", "A-8"), "uketsuke"), t0+6)
		joined, opened, err := asset.FindPairs(t.Context(), db, nil, t0+day)
		if err != nil || joined != 1 || opened != 1 {
			t.Fatalf("%d joined, %d opened, %v", joined, opened, err)
		}
		if into, err := asset.MergedInto(t.Context(), db, d); err != nil || into != l {
			t.Errorf("the directory's row went into %q, %v", into, err)
		}
		list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: everything})
		if err != nil || len(list) != 1 || list[0].Cause != asset.CauseLookalike || list[0].AssetID != min(c1, c2) {
			t.Fatalf("%+v, %v", list, err)
		}
		for range 2 {
			if joined, opened, err := asset.FindPairs(t.Context(), db, nil, t0+2*day); joined+opened != 0 || err != nil {
				t.Errorf("again: %d joined, %d opened, %v", joined, opened, err)
			}
		}
		// Once a number tells them apart, there is nothing to ask.
		see(named(byAgent("d2", "NEC", "C0NS0LE1", "", m2), "kensa-9"), t0+3*day)
		if _, _, err := asset.FindPairs(t.Context(), db, nil, t0+4*day); err != nil {
			t.Fatal(err)
		}
		if n, err := asset.ConflictCount(t.Context(), db, asset.ConflictFilter{Scope: everything}); n != 0 || err != nil {
			t.Errorf("%d lines left, %v", n, err)
		}
	})
}
