package inspection_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/asset"
)

// stock fills the ledger with n assets in large transactions.
func (w *world) stock(n int) {
	w.t.Helper()
	kinds := []asset.Kind{asset.KindPC, asset.KindPC, asset.KindPC, asset.KindPC, asset.KindServer, asset.KindNetwork, asset.KindMedical, asset.KindPrinter}
	for done := 0; done < n; {
		w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
			for range min(500, n-done) {
				kind := kinds[w.n%len(kinds)]
				if _, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, w.ref.FacilityID, w.box(kind, fmt.Sprintf("%s-端末-%05d", kind, w.n)), "sato", w.now-30*dayMS); err != nil {
					return err
				}
			}
			return nil
		}))
		done += min(500, n-done)
	}
}

// peak watches the memory in use while fn runs.
func peak(fn func()) uint64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	fn()
	close(stop)
	<-done
	return most.Load()
}

// BenchmarkPack makes a pack of 3,000 assets: at most 10 s and 200 MB.
func BenchmarkPack(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			db := storetest.SQLite
			if engine == "postgres" {
				db = storetest.Postgres
			}
			w := newWorld(b, db(b))
			w.fill()
			w.stock(3000)
			d := w.deps(w.clock)
			for b.Loop() {
				var p inspection.Pack
				most := peak(func() {
					var err error
					p, err = inspection.Make(b.Context(), d, w.request())
					w.must(err)
				})
				b.ReportMetric(float64(most)/(1<<20), "MB-peak")
				b.ReportMetric(float64(p.Pages), "pages")
				b.ReportMetric(float64(p.SizeBytes)/(1<<20), "MB-zip")
			}
		})
	}
}

// TestKeepPack writes a pack to the folder in SONAE_KEEP_PACK, to be looked at.
func TestKeepPack(t *testing.T) {
	dir := os.Getenv("SONAE_KEEP_PACK")
	if dir == "" {
		t.Skip("SONAE_KEEP_PACK names no folder")
	}
	w := newWorld(t, storetest.SQLite(t))
	w.fill()
	w.stock(60)
	for _, lang := range []string{"ja", "en", "r8"} {
		r := w.request()
		r.Lang = lang
		if lang == "r8" { // the provisional edition
			r.Edition, r.Lang = "r8", "ja"
		}
		_, files := w.pack(w.deps(w.clock), r)
		for _, name := range []string{"pack.pdf", "pack.xlsx", "manifest.json"} {
			if err := os.WriteFile(dir+"/"+lang+"-"+name, files[name], 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
