package asset_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// world of a machine that was replaced under its name: a row holds what the directory
// says, then another machine claims the name.
type contest struct {
	t  testing.TB
	db *store.DB
}

func (c contest) see(o asset.Observation, atMS int64) string {
	o.FacilityID, o.AtMS = facilityA, atMS
	return observe(c.t, c.db, o).AssetID
}

func (c contest) look(atMS int64) {
	c.t.Helper()
	if _, _, err := asset.FindPairs(c.t.Context(), c.db, nil, atMS); err != nil {
		c.t.Fatal(err)
	}
}

func (c contest) object() asset.Observation {
	o := named(byDirectory("g1", "pc-1.hosp.example"), "PC-1")
	o.Groups["directory"] = asset.Values{asset.FieldPurpose: "受付"}
	return o
}

// open gives the open lines, each as its two assets in order.
func (c contest) open() (out [][2]string) {
	c.t.Helper()
	list, err := asset.Conflicts(c.t.Context(), c.db, asset.ConflictFilter{Scope: everything})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, l := range list {
		out = append(out, [2]string{min(l.AssetID, l.OtherID), max(l.AssetID, l.OtherID)})
	}
	slices.SortFunc(out, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return out
}

func lineOf(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }

func linesOf(list ...[2]string) [][2]string {
	slices.SortFunc(list, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return list
}

// What a directory says under a name that two machines claim is nobody's: it gets a row
// of its own, and a person is asked, once, with nothing lost on the way.
func TestContestedNameGoesBackToTheDirectory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := contest{t, db}
		b := c.see(c.object(), t0)
		if got := c.see(joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example"), t0+day); got != b {
			t.Fatal("the directory's row did not join the machine")
		}
		c.look(t0 + day + 1)
		a := c.see(joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), t0+2*day)
		if a == b {
			t.Fatal("merged by itself")
		}
		before := get(t, db, b)
		c.look(t0 + 3*day)
		d := c.see(c.object(), t0+4*day)
		if d == a || d == b {
			t.Fatal("the directory still speaks of a machine")
		}
		if got := c.open(); !slices.Equal(got, linesOf(lineOf(a, b), lineOf(a, d), lineOf(b, d))) {
			t.Errorf("lines %v", got)
		}
		facts, err := asset.Facts(t.Context(), db, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			if f.Source == asset.SourceDirectory && f.FirstMS != t0 {
				t.Errorf("%s since %d, want %d", f.Field, f.FirstMS, t0)
			}
		}
		if dir, other := get(t, db, d), get(t, db, b); dir.Values[asset.FieldPurpose] != "受付" || other.Values[asset.FieldPurpose] != "" {
			t.Errorf("purpose at the directory's row %q, at the machine %q", dir.Values[asset.FieldPurpose], other.Values[asset.FieldPurpose])
		}
		// Asked once: nothing moves again, and the directory's row joins nobody by itself.
		rows := c.open()
		c.look(t0 + 5*day)
		if c.see(c.object(), t0+6*day) != d || !slices.Equal(c.open(), rows) {
			t.Errorf("again: lines %v, before %v", c.open(), rows)
		}
		// Taken back, the machine is as it was, and is left alone.
		list, err := asset.MergesOf(t.Context(), db, b)
		if err != nil || len(list) != 1 || list[0].Kind != asset.KindSplit || list[0].By != asset.ByItself {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := unmerge(t, db, list[0].ID, t0+7*day); err != nil {
			t.Fatal(err)
		}
		c.look(t0 + 8*day)
		after := get(t, db, b)
		if diff := cmp.Diff(before.Values, after.Values); diff != "" {
			t.Errorf("taken back (-before +after)\n%s", diff)
		}
		if c.see(c.object(), t0+9*day) != b {
			t.Error("taken back, and parted again")
		}
	})
}

// A person's answer holds: who was told "the same" keeps the directory's facts, and the
// other machine is not asked about again once it was told apart.
func TestContestedNameIsAPersonsMatter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := contest{t, db}
		a := c.see(joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), t0)
		c.see(c.object(), t0+1)
		b := c.see(joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example"), t0+day)
		c.look(t0 + 2*day)
		d := c.see(c.object(), t0+3*day)
		answer := func(x, y string, outcome asset.Outcome) {
			t.Helper()
			list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: everything})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(list, func(l asset.Conflict) bool { return lineOf(l.AssetID, l.OtherID) == lineOf(x, y) })
			if i < 0 {
				t.Fatalf("no line about the two: %+v", list)
			}
			do(t, db, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
				return asset.AnswerConflict(ctx, tx, everything, nil, asset.Answer{ConflictID: list[i].ID, Outcome: outcome, KeepID: y}, "sato", t0+4*day)
			})
		}
		answer(a, b, asset.OutcomeDifferent)
		answer(d, b, asset.OutcomeSame)
		if got := c.open(); len(got) != 0 {
			t.Errorf("lines left: %v", got)
		}
		c.look(t0 + 5*day)
		for _, o := range []asset.Observation{c.object(), joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example")} {
			want := map[string]string{"g1": b, "d1": a, "d2": b}[o.DeviceID]
			if got := c.see(o, t0+6*day); got != want {
				t.Errorf("%s goes to another row", o.DeviceID)
			}
		}
		c.look(t0 + 7*day)
		if got := c.open(); len(got) != 0 {
			t.Errorf("asked again: %v", got)
		}
		if c.see(c.object(), t0+8*day) != b {
			t.Error("a person's answer was overturned")
		}
	})
}

// A directory's row that waits beside its machine is not given to one of two.
func TestContestedNameJoinsNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := contest{t, db}
		l := c.see(byList("Dell", "EX59204", "A-1"), t0)
		d := c.see(c.object(), t0+1)
		a := c.see(joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), t0+2)
		b := c.see(joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example"), t0+3)
		if a != l || b == a || b == d {
			t.Fatalf("list %s, directory %s, machines %s %s", l, d, a, b)
		}
		c.look(t0 + day)
		if c.see(c.object(), t0+2*day) != d {
			t.Error("joined a machine by itself")
		}
		if got := c.open(); !slices.Equal(got, linesOf(lineOf(a, b), lineOf(a, d), lineOf(b, d))) {
			t.Errorf("lines %v", got)
		}
	})
}
