package silence_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

// grown fills a ledger with machines that four sources each report, a tenth of which
// have stopped.
func grown(tb testing.TB, db *store.DB, machines int) {
	tb.Helper()
	sources := []asset.Source{asset.SourceAgent, asset.SourceOCS, asset.SourceSNMP, asset.SourceCSV}
	for first := 0; first < machines; first += 250 {
		tx(tb, db, func(ctx context.Context, tx *store.Tx) error {
			for n := first; n < min(first+250, machines); n++ {
				for i, s := range sources {
					ms := t0 - int64(n%60)*60_000
					if i == n%4 && n%10 == 0 {
						ms = t0 - 20*day - int64(n)*60_000
					}
					_, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facility, Source: s, AtMS: ms, Kind: asset.KindPC, Identity: asset.Identity{Maker: "架空", Serial: fmt.Sprint("SN", 10_000+n)},
						Groups: map[string]asset.Values{"os": {asset.FieldHostName: fmt.Sprint("pc-", n)}}})
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
}

// TestGrowth: 10,000 machines of four sources each. The bounds are wide: they catch
// what grows faster than the hospital, not a slow computer.
func TestGrowth(t *testing.T) {
	if os.Getenv("SONAE_BENCH") == "" {
		t.Skip("takes a minute; SONAE_BENCH=1 runs it")
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		grown(t, db, 10_000)
		all := asset.Scope{All: true}
		measure := func(name string, most time.Duration, fn func() error) {
			t.Helper()
			var took []time.Duration
			for range 20 {
				begin := time.Now()
				if err := fn(); err != nil {
					t.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			first := took[0]
			for i := range took {
				for j := i + 1; j < len(took); j++ {
					if took[j] < took[i] {
						took[i], took[j] = took[j], took[i]
					}
				}
			}
			t.Logf("%s: first %s, median %s, 95 of 100 %s", name, first, took[10], took[18])
			if took[18] > most {
				t.Errorf("%s takes %s, more than %s", name, took[18], most)
			}
		}
		ctx := context.Background()
		measure("judge 40,000 sources", 5*time.Second, func() error { return silence.JudgeAll(ctx, db, t0, tokyo) })
		measure("list", 500*time.Millisecond, func() error {
			_, _, _, err := silence.List(ctx, db, silence.Filter{Scope: all, States: []silence.State{silence.Silent}})
			return err
		})
		measure("count", 500*time.Millisecond, func() error {
			_, err := silence.Count(ctx, db, silence.Filter{Scope: all})
			return err
		})
		measure("ledger, not reporting", 500*time.Millisecond, func() error {
			_, err := asset.List(ctx, db, asset.Filter{Scope: all, NowMS: t0, Silence: []string{"silent"}}, asset.Page{Facets: true})
			return err
		})
		measure("ledger, everything", 500*time.Millisecond, func() error {
			_, err := asset.List(ctx, db, asset.Filter{Scope: all, NowMS: t0}, asset.Page{Facets: true})
			return err
		})
		rows, _, _, err := silence.List(ctx, db, silence.Filter{Scope: all, Limit: 1})
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		measure("one machine", 100*time.Millisecond, func() error {
			_, err := silence.OfAsset(ctx, db, rows[0].AssetID, t0, tokyo)
			return err
		})
	})
}
