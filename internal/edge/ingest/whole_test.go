package ingest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

// One digest stands for all when they are as stored; otherwise the server asks for
// them, and nothing else in the report may contradict it.
func TestWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		device, report := d.device(t), newPool().pc(1)
		send := func(r *wire.Report) (int, wire.ReportReply) {
			t.Helper()
			status, body, err := packAsIs(t, device, r).send(t.Context(), http.DefaultClient, d.url)
			if err != nil {
				t.Fatal(err)
			}
			var reply wire.ReportReply
			_ = json.Unmarshal(body, &reply)
			return status, reply
		}
		if status, body, err := pack(t, device, report).send(t.Context(), http.DefaultClient, d.url); err != nil || status != http.StatusOK {
			t.Fatalf("first report: %d %s %v", status, body, err)
		}
		d.set(d.now().Add(time.Minute))
		short := *report
		short.Sections, short.Digests, short.Notes, short.Seq = wire.Sections{}, nil, nil, 2
		short.Whole = wire.Whole(report.Digests)
		if status, reply := send(&short); status != http.StatusOK || reply.Digests || len(reply.Need) > 0 {
			t.Errorf("the right digest: %d %+v", status, reply)
		}
		short.Seq, short.Whole = 3, strings.Repeat("ab", 32)
		if status, reply := send(&short); status != http.StatusOK || !reply.Digests {
			t.Errorf("another digest: %d %+v", status, reply)
		}
		short.Seq, short.Digests = 4, report.Digests
		if status, _ := send(&short); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Errorf("both: %d", status)
		}
	})
}
