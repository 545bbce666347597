package software_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

func TestListGone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := room{db, software.NewKnown()}
		pc, srv := machine(t, db, facility, "pc", asset.KindPC), machine(t, db, "0192f0c1-2b3c-7d4e-8f5a-000000000002", "srv", asset.KindServer)
		r.install(t, pc, 10, program("bash", "5.1"), program("TeamViewer", "15"), program("vim", "9"))
		r.install(t, srv, 10, program("bash", "5.1"), program("telnetd", "0.17"))
		r.install(t, pc, 20, program("bash", "5.2"), program("vim", "9")) // an update and a removal
		r.install(t, srv, 30, program("bash", "5.1"))
		r.install(t, pc, 40, program("bash", "5.2"), program("vim", "9"), program("TeamViewer", "15")) // came back
		r.install(t, pc, 50, program("bash", "5.2"), program("vim", "9"))
		for name, tt := range map[string]struct {
			f    software.GoneFilter
			want []string
		}{
			"all":        {software.GoneFilter{}, []string{"50 TeamViewer 15 →", "30 telnetd 0.17 →", "20 TeamViewer 15 →", "20 bash 5.1 →5.2"}},
			"removed":    {software.GoneFilter{Removed: true}, []string{"50 TeamViewer 15 →", "30 telnetd 0.17 →", "20 TeamViewer 15 →"}},
			"machine":    {software.GoneFilter{AssetID: srv}, []string{"30 telnetd 0.17 →"}},
			"text":       {software.GoneFilter{Text: "ＴＥＡＭ", SinceMS: 21}, []string{"50 TeamViewer 15 →"}},
			"before":     {software.GoneFilter{BeforeMS: 30, Removed: true}, []string{"20 TeamViewer 15 →"}},
			"facility":   {software.GoneFilter{Areas: []software.Area{{FacilityID: facility}}, SinceMS: 30}, []string{"50 TeamViewer 15 →"}},
			"department": {software.GoneFilter{Areas: []software.Area{{FacilityID: facility, Department: "外来"}}}, nil},
			"nowhere":    {software.GoneFilter{Areas: []software.Area{}}, nil},
		} {
			for _, limit := range []int{1, 100} {
				got := goneLines(t, db, tt.f, limit)
				sortSame(got, tt.want)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s, %d a page (-want +got)\n%s", name, limit, diff)
				}
			}
		}
		for _, after := range []string{"x", "1/2/3", "a/b/c/d", "///"} {
			if _, _, _, err := software.ListGone(t.Context(), db, software.GoneFilter{Page: software.Page{After: after}}); err != nil {
				t.Errorf("after %q: %v", after, err)
			}
		}
	})
}

// sortSame makes the two ends of one moment comparable: their order is that of the
// numbers of titles.
func sortSame(got, want []string) {
	for i := 1; i < len(got) && i < len(want); i++ {
		if got[i-1] == want[i] && got[i] == want[i-1] {
			got[i-1], got[i] = got[i], got[i-1]
		}
	}
}

// goneLines walks all pages.
func goneLines(t *testing.T, db *store.DB, f software.GoneFilter, limit int) (out []string) {
	t.Helper()
	f.Limit = limit
	for {
		list, total, next, err := software.ListGone(t.Context(), db, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range list {
			out = append(out, fmt.Sprintf("%d %s %s →%s", g.GoneMS, g.Name, g.Version, g.Successor))
		}
		if f.After = next; next == "" {
			if int(total) != len(out) {
				t.Errorf("total %d of %d", total, len(out))
			}
			return out
		}
	}
}
