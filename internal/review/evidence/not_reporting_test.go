package evidence_test

import (
	"context"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

// A figure over machines says how many of them do not report any more; of a past day,
// and of what no machine reports, nothing is said.
func TestFiguresTellWhoDoesNotReport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, cat := newHospital(t, db), loadCatalog(t)
		h.machine(asset.KindPC, "PC1", now)
		h.machine(asset.KindPC, "PC2", now-30*dayMS)
		said := func(rule string, asOfMS int64) map[string]int64 {
			t.Helper()
			evaluate(t, db, cat, h.id, asOfMS, now)
			out := map[string]int64{}
			for _, c := range latest(t, db, h.id, evidence.Key{RuleID: rule, Target: catalog.TargetAll}, asOfMS).Body.Checks {
				for _, f := range c.Figures {
					if f.Name == "machines_not_reporting" {
						out[c.Check] = f.Number
					}
				}
			}
			return out
		}
		if got := said("AE-ACC-01", now); len(got) != 0 {
			t.Errorf("before anything was judged: %v", got)
		}
		if err := silence.JudgeAll(context.Background(), db, now, text.Tokyo()); err != nil {
			t.Fatal(err)
		}
		if got := said("AE-ACC-01", now); got["account_data_fresh"] != 1 {
			t.Errorf("got %v, want one machine", got)
		}
		if got := said("AE-ACC-01", now-20*dayMS); len(got) != 0 {
			t.Errorf("of a past day: %v", got)
		}
	})
}
