package ingest_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"sonae/internal/edge/ingest"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

// FuzzReport sends bytes of a known device. Whatever they are, they are stored or
// refused with a reason; no value that passes the checks may trip over the database.
func FuzzReport(f *testing.F) {
	w := newWorld(f, storetest.SQLite(f))
	deps := w.deps()
	deps.Log = slog.New(slog.DiscardHandler)
	deps.Requests = ingest.Rate{PerSecond: 1e9, Burst: 1e9}
	handler := ingest.Handler(deps)
	dev := w.device(f)
	full := newPool().pc(1)
	few := (*full.Sections.Packages)[:2]
	full.Sections.Packages = &few
	f.Add(sealed(f, dev, full))
	only := *full
	only.Sections = wire.Sections{}
	f.Add(sealed(f, dev, &only))
	f.Add([]byte(`{"version":1,"sections":{"interfaces":[{"name":"x","addresses":["fe80::1%eth0/64"]}]}}`))
	var seq int64
	f.Fuzz(func(t *testing.T, body []byte) {
		// Make numbers, device and digests fit, so that more than the checks is tried.
		var r wire.Report
		if json.Unmarshal(body, &r) == nil {
			seq++
			r.Version, r.DeviceID, r.Seq = wire.Version, dev.id, seq
			if r.CollectedMS <= 0 {
				r.CollectedMS = start.UnixMilli()
			}
			r.Seal()
			if again, err := json.Marshal(r); err == nil {
				body = again
			}
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ingest/v1/report", bytes.NewReader(body))
		req.Header.Set("Content-Type", wire.ReportType)
		req.Header.Set(wire.HeaderDevice, dev.id)
		req.Header.Set(wire.HeaderSignature, wire.Sign(dev.key, body))
		res := httptest.NewRecorder()
		handler.ServeHTTP(res, req)
		if res.Code != http.StatusOK && (res.Code < 400 || res.Code >= 500) {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	})
}
