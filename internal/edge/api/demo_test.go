package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"log/slog"

	"sonae/internal/demo"
	"sonae/internal/edge/ingest"
	"sonae/internal/platform/transport"
)

// TestSampleHospital lets the fictional hospital in as a client would: every payload
// it sends is one that outsiders may send.
func TestSampleHospital(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		texts, err := textsOnce()
		w.must(err)
		mux := http.NewServeMux()
		mux.Handle("/api/", w.api)
		mux.Handle("/ingest/", ingest.Handler(ingest.Deps{DB: w.db, Identity: w.reg, Texts: texts, Now: w.clock.now, Local: true, Log: slog.New(slog.DiscardHandler)}))
		server := httptest.NewServer(transport.Frame(mux, nil, slog.New(slog.DiscardHandler)))
		t.Cleanup(server.Close)
		h := demo.Build(1, start)
		h.Machines = append(h.Machines[:10:10], h.Machines[len(h.Machines)-10:]...) // reports have tests of their own
		n := -1
		h.Things = slices.DeleteFunc(h.Things, func(x demo.Thing) bool {
			n++
			return n%5 != 0 && slices.Contains([]string{"network", "medical", "printer"}, x.Kind)
		})
		if err := demo.Load(t.Context(), demo.Client{BaseURL: server.URL, Token: w.admin}, h, nil); err != nil {
			t.Fatal(err)
		}
		want := float64(len(h.Systems) + len(h.Machines) + len(h.Things))
		if got := w.get("/assets?limit=1").object(t)["total"]; got != want {
			t.Errorf("%v assets, want %v", got, want)
		}
		for path, want := range map[string]int{"/vendors": len(h.Vendors), "/contracts": len(h.Contracts), "/staff": len(h.Staff), "/appointments": len(h.Appointments), "/records": len(h.Records), "/devices": len(h.Machines)} {
			if got := w.get(path).object(t)["total"]; got != float64(want) {
				t.Errorf("%s: %v, want %d", path, got, want)
			}
		}
	})
}
