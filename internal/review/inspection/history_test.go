package inspection_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/review/inspection"
)

// The history says of every day what the sheet of that day says.
func TestYesByDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		days := func(from string) []inspection.DayCount {
			t.Helper()
			got, err := inspection.YesByDay(context.Background(), db, w.cat, w.ref, from, "2026-02-16")
			w.must(err)
			return got
		}
		if got := days("2026-02-10"); got != nil {
			t.Errorf("without an answer: %v", got)
		}
		on := func(day, target string) func(*inspection.Confirmation) {
			return func(c *inspection.Confirmation) { c.ConfirmedOn, c.TargetOn = day, target }
		}
		w.answer(ledger, inspection.Yes, on("2026-02-12", ""))
		w.answer(patches, inspection.Yes, on("2026-02-14", ""))
		w.answer(ledger, inspection.No, on("2026-02-15", "2026-03-20"))
		want := []inspection.DayCount{{Day: "2026-02-12", Yes: 1}, {Day: "2026-02-13", Yes: 1}, {Day: "2026-02-14", Yes: 2}, {Day: "2026-02-15", Yes: 1}, {Day: "2026-02-16", Yes: 1}}
		if diff := cmp.Diff(want, days("2026-02-01")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := days("2026-02-14"); len(got) != 3 || got[0] != want[2] {
			t.Errorf("from the 14th: %v", got)
		}
		w.answer(gate, inspection.No, nil)
		for _, d := range days("2026-02-01") {
			end, err := time.ParseInLocation(time.DateTime, d.Day+" 23:59:59", text.Tokyo())
			w.must(err)
			if s := w.load(w.ref, store.MS(end)); s.Progress.Yes != d.Yes {
				t.Errorf("%s: %d, the sheet of that day has %d", d.Day, d.Yes, s.Progress.Yes)
			}
		}
		bad := w.ref
		bad.Sheet = "nothing"
		if _, err := inspection.YesByDay(context.Background(), db, w.cat, bad, "2026-02-01", "2026-02-16"); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("a sheet that is not there: %v", err)
		}
	})
}
