package asset_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// Run with SONAE_BENCH=1, so that PostgreSQL, too, waits for the disk:
//
//	SONAE_BENCH=1 go test -run xxx -bench . -benchtime 2s ./internal/survey/asset

func engines(b *testing.B, fn func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) {
		db := storetest.SQLite(b)
		b.ResetTimer()
		fn(b, db)
	})
	b.Run("postgres", func(b *testing.B) {
		db := storetest.Postgres(b)
		b.ResetTimer()
		fn(b, db)
	})
}

func observeB(db *store.DB, o asset.Observation) error {
	return db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := asset.Observe(ctx, tx, o)
		return err
	})
}

func BenchmarkObserveNew(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		var n atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := observeB(db, report(int(n.Add(1)), t0)); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	})
}

func BenchmarkObserveChanged(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		const machines = 200
		for i := range machines {
			if err := observeB(db, report(i, t0)); err != nil {
				b.Fatal(err)
			}
		}
		var n atomic.Int64
		b.ResetTimer()
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				i := n.Add(1)
				o := report(int(i%machines), t0+i)
				o.Groups = map[string]asset.Values{asset.SectionOS: {asset.FieldOSName: "Windows 10 LTSC 2019", asset.FieldOSVersion: fmt.Sprint("10.0.", i)}}
				o.Digests[asset.SectionOS], o.Volumes, o.Reported = fmt.Sprint(i), nil, nil
				if err := observeB(db, o); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	})
}

func BenchmarkConfirm(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		const machines = 1000
		for i := range machines {
			if err := observeB(db, report(i, t0)); err != nil {
				b.Fatal(err)
			}
		}
		digests := report(0, t0).Digests
		var n atomic.Int64
		b.ResetTimer()
		b.SetParallelism(12)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				i := n.Add(1)
				err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
					_, ok, need, err := asset.Confirm(ctx, tx, fmt.Sprint("device-", i%machines), t0+i, digests)
					if err == nil && !ok {
						return fmt.Errorf("not confirmed, needs %v", need)
					}
					return err
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	})
}

// ledger fills 10,000 machines as a large hospital has them.
func ledger(b *testing.B, db *store.DB) {
	b.Helper()
	oses := []string{"Windows 10 LTSC 2019", "Windows 11 24H2", "Windows Server 2019", "Windows Server 2022", "Debian GNU/Linux 12", "FortiOS 7.0.12"}
	fill := func(ctx context.Context, tx *store.Tx, i int) error {
		o := report(i, t0)
		o.Kind = asset.Kinds[i*7%10]
		o.Groups[asset.SectionOS][asset.FieldOSName] = oses[i%len(oses)]
		if _, err := asset.Observe(ctx, tx, o); err != nil {
			return err
		}
		o.Source, o.DeviceID, o.Digests, o.Volumes, o.Reported, o.Kind = asset.SourceCSV, "", nil, nil, nil, ""
		o.Groups = map[string]asset.Values{"csv": {asset.FieldAssetTag: fmt.Sprintf("PC-%05d", i), asset.FieldDepartment: fmt.Sprintf("第%d診療科", i%40),
			asset.FieldRoom: fmt.Sprintf("%d階 %d号室", i%9+1, i%400), asset.FieldCustodian: fmt.Sprintf("担当 %d", i%150), asset.FieldVendor: fmt.Sprintf("架空メディカル %d", i%15),
			asset.FieldPurpose: "電子カルテ端末", asset.FieldSupportEndsOn: "2029-01-09", asset.FieldPurchasedOn: "2022-04-01"}}
		_, err := asset.Observe(ctx, tx, o)
		return err
	}
	const step = 250
	for from := 0; from < 10_000; from += step {
		err := db.Tx(b.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i := range step {
				if err := fill(ctx, tx, from+i); err != nil {
					return err
				}
			}
			if db.Engine() == store.Postgres && from%2500 == 0 { // as autovacuum does within a minute
				_, err := tx.Exec(ctx, "ANALYZE")
				return err
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	questions := map[string]struct {
		f asset.Filter
		p asset.Page
	}{
		"first page":        {asset.Filter{}, asset.Page{}},
		"text":              {asset.Filter{Text: "号室 0123"}, asset.Page{}},
		"two characters":    {asset.Filter{Text: "電子"}, asset.Page{}},
		"nothing found":     {asset.Filter{Text: "存在しない"}, asset.Page{}},
		"kind, by seen":     {asset.Filter{Kinds: []asset.Kind{asset.KindPC, asset.KindServer}}, asset.Page{Sort: asset.Sort{By: asset.FieldLastSeen, Desc: true}}},
		"by room, 200":      {asset.Filter{OS: []string{"Windows 11 24H2"}}, asset.Page{Sort: asset.Sort{By: asset.FieldRoom}, Limit: 200}},
		"department, by ip": {asset.Filter{Departments: []string{"第7診療科"}, Text: "win"}, asset.Page{Sort: asset.Sort{By: asset.FieldIP, Desc: true}}},
		"stale, incomplete": {asset.Filter{StaleDays: 90, NowMS: t0 + 100*day, Incomplete: true}, asset.Page{}},
	}
	engines(b, func(b *testing.B, db *store.DB) {
		ledger(b, db)
		for name, q := range questions {
			q.f.Scope, q.p.Facets = asset.Scope{Places: []asset.Place{{FacilityID: facilityA}, {FacilityID: facilityB}}}, true
			b.Run(name, func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					start := time.Now()
					if _, err := asset.List(b.Context(), db, q.f, q.p); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			})
		}
		b.Run("figures of a past day", func(b *testing.B) {
			for b.Loop() {
				if _, err := asset.FiguresAsOf(b.Context(), db, everything, t0+1, 90); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
