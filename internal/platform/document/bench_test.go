package document

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// The figure to reach: at most 5 s and 150 MB for 3,000 rows of 12 columns.
func BenchmarkLedgerPDF(b *testing.B) {
	p := NewPDF(options())
	p.options.Paper = A4Landscape
	p.Contents("目次")
	p.Heading(1, "機器台帳")
	p.Table(ledger(3000))
	b.ReportAllocs()
	for b.Loop() {
		peak := watchHeap()
		_, report := render(b, p)
		b.ReportMetric(float64(peak())/(1<<20), "peak-MB")
		b.ReportMetric(float64(report.Pages), "pages")
		b.ReportMetric(float64(report.SizeBytes)/(1<<20), "file-MB")
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "kept-MB")
}

// watchHeap samples the heap until the returned function is called, which gives the
// most that was in use, garbage included.
func watchHeap() func() uint64 {
	stop, result := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			case <-stop:
				result <- most
				return
			}
		}
	}()
	return func() uint64 { close(stop); return <-result }
}
