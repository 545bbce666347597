package asset_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// The job's figures are those of the lists, the last count of a day stays, and a sum
// with a hole in it is no figure.
func TestFiguresOfDays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		zone := time.FixedZone("JST", 9*3600)
		now := time.Date(2026, 11, 20, 9, 0, 0, 0, zone)
		ids := []string{facilityA}
		work := asset.FigureWorker(db, func(context.Context) ([]string, error) { return ids, nil }, func() time.Time { return now }, zone)
		count := func() {
			t.Helper()
			if err := work(t.Context(), job.Job{}); err != nil {
				t.Fatal(err)
			}
		}
		read := func(facilities ...string) map[asset.Figure][]asset.DayValue {
			t.Helper()
			got, err := asset.FigureDays(t.Context(), db, facilities, "2026-11-01", "2026-12-31")
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		count() // nothing is there, and that is a figure
		create(t, db, facilityA, asset.Values{asset.FieldKind: string(asset.KindPC), asset.FieldName: "一号機"})
		now = now.Add(14*time.Hour + 59*time.Minute) // 23:59 in Japan
		count()
		now = now.Add(2 * time.Minute) // the next day
		create(t, db, facilityB, asset.Values{asset.FieldKind: string(asset.KindPC), asset.FieldName: "二号機"})
		ids = []string{facilityA, facilityB}
		count()
		want := []asset.DayValue{{Day: "2026-11-20", Count: 1}, {Day: "2026-11-21", Count: 2}}
		if diff := cmp.Diff(want, read()[asset.FigureAssets]); diff != "" {
			t.Errorf("all (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff([]asset.DayValue{{Day: "2026-11-21", Count: 1}}, read(facilityB)[asset.FigureAssets]); diff != "" {
			t.Errorf("the facility that came later (-want +got)\n%s", diff)
		}
		for _, f := range asset.DayFigures {
			filter := f.Filter()
			filter.Scope, filter.NowMS = everything, store.MS(now)
			days := read()[f]
			if listed := list(t, db, filter, asset.Page{}).Total; len(days) != 2 || days[1].Count != listed {
				t.Errorf("%s: kept %v, the list has %d", f, days, listed)
			}
		}
		now = now.AddDate(0, 0, 1)
		ids = []string{facilityA} // B is not counted on this day
		count()
		if got := read()[asset.FigureAssets]; len(got) != 2 {
			t.Errorf("a day without B is shown: %v", got)
		}
		if got := read(facilityA)[asset.FigureAssets]; len(got) != 3 {
			t.Errorf("A alone: %v", got)
		}
		if got, err := asset.FigureDays(t.Context(), db, []string{}, "2026-11-01", "2026-12-31"); err != nil || len(got) != 0 {
			t.Errorf("no facility: %v %v", got, err)
		}
		// A server whose clock is behind does not undo what is known.
		late := now
		now = now.Add(-time.Hour)
		create(t, db, facilityA, asset.Values{asset.FieldKind: string(asset.KindPC), asset.FieldName: "三号機"})
		count()
		if got := read(facilityA)[asset.FigureAssets]; got[2].Count != 1 {
			t.Errorf("an older count replaced a newer: %v", got)
		}
		now = late.AddDate(3, 0, -1) // 21 November 2029 keeps 21 November 2026
		count()
		if got := read(facilityA)[asset.FigureAssets]; len(got) != 2 || got[0].Day != "2026-11-21" {
			t.Errorf("after three years: %v", got)
		}
	})
}
