package ingest_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"sonae/internal/edge/ingest"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

// parcel is a report ready to be sent: signed, compressed.
type parcel struct {
	device    string
	signature string
	body      []byte
}

func pack(t testing.TB, d testDevice, r *wire.Report) parcel {
	t.Helper()
	r.Seal()
	return packAsIs(t, d, r)
}

func (p parcel) send(ctx context.Context, client *http.Client, url string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/ingest/v1/report", bytes.NewReader(p.body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", wire.ReportType)
	req.Header.Set("Content-Encoding", wire.EncodingZstd)
	req.Header.Set(wire.HeaderDevice, p.device)
	req.Header.Set(wire.HeaderSignature, p.signature)
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// clients is how many agents send at a time in the benchmarks.
const clients = 16

// sendAll sends every parcel once over a few connections. Parcel i always goes to
// client i % clients, so that the reports of one device stay in order.
func sendAll(b *testing.B, url string, parcels []parcel) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for first := range clients {
		all.Go(func() {
			for i := first; i < len(parcels); i += clients {
				status, body, err := parcels[i].send(b.Context(), client, url)
				if err != nil || status != http.StatusOK {
					b.Errorf("report %d: %d %s %v", i, status, body, err)
					return
				}
			}
		})
	}
	all.Wait()
}

func each(b *testing.B, fn func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { fn(b, storetest.Postgres(b)) })
}

func server(b *testing.B, db *store.DB) (*world, string) {
	b.Helper()
	w := newWorld(b, db)
	deps := w.deps()
	deps.Requests = ingest.Rate{PerSecond: 1e9, Burst: 1e9}
	deps.Log = slog.New(slog.DiscardHandler)
	srv := httptest.NewServer(ingest.Handler(deps))
	b.Cleanup(srv.Close)
	return w, srv.URL
}

// BenchmarkFullReport takes in first reports of new machines with 300 packages, over
// HTTP with signature, decoding and durable commit. An operation is one report.
func BenchmarkFullReport(b *testing.B) {
	each(b, func(b *testing.B, db *store.DB) {
		w, url := server(b, db)
		p := newPool()
		n := 0
		parcels := func(count int) []parcel {
			out := make([]parcel, count)
			for i := range out {
				n++
				out[i] = pack(b, w.device(b), p.pc(n))
			}
			return out
		}
		sendAll(b, url, parcels(50)) // titles of the hospital, statements, connections
		all := parcels(b.N)
		rate(b, func() { sendAll(b, url, all) })
	})
}

// BenchmarkUnchangedReport takes in reports that hold digests only.
func BenchmarkUnchangedReport(b *testing.B) {
	each(b, func(b *testing.B, db *store.DB) {
		w, url := server(b, db)
		p := newPool()
		const machines = 12 * clients
		devices, full := make([]testDevice, machines), make([]*wire.Report, machines)
		var first []parcel
		for i := range machines {
			devices[i], full[i] = w.device(b), p.pc(i)
			first = append(first, pack(b, devices[i], full[i]))
		}
		sendAll(b, url, first)
		all := make([]parcel, b.N)
		for i := range all {
			r := *full[i%machines]
			r.Sections, r.Seq = wire.Sections{}, int64(2+i) // rises for each device
			all[i] = pack(b, devices[i%machines], &r)
		}
		rate(b, func() { sendAll(b, url, all) })
	})
}

func rate(b *testing.B, fn func()) {
	b.Helper()
	runtime.GC()
	b.ResetTimer()
	begin, cpu := time.Now(), cpuMS()
	fn()
	b.StopTimer()
	b.ReportMetric((cpuMS()-cpu)/float64(b.N), "cpu-ms/report")
	b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "reports/s")
}
