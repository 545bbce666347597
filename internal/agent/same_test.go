package agent

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"sonae/internal/wire"
)

// sameIngest is a newer server: it takes wire.Same, too, where have is what it holds.
type sameIngest struct {
	*ingest
	have  wire.Unchanged
	taken int
}

func (i *sameIngest) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/ingest/v1/same" {
		return i.ingest.RoundTrip(r)
	}
	body, _ := io.ReadAll(r.Body)
	same, err := wire.DecodeSame(body)
	if err != nil || len(r.Header) != 1 {
		i.t.Errorf("%v, headers %v", err, r.Header)
	}
	w := httptest.NewRecorder()
	switch {
	case same.Mark != i.have.Mark():
		_, _ = io.WriteString(w, `{"digests": true}`)
	case !same.Verify(i.keys[i.have.DeviceID], i.have):
		i.t.Error("the signature does not verify")
	default:
		i.taken++
		i.seq[i.have.DeviceID] = same.Seq
		w.Header().Set("Date", "Fri, 27 Nov 2026 10:00:00 GMT")
		w.WriteHeader(http.StatusNoContent)
	}
	return w.Result(), nil
}

// TestSameWhereItIsKnown: a server that does not know the message, or holds another
// state, gets what it got before, and is asked again a day later.
func TestSameWhereItIsKnown(t *testing.T) {
	r := newRig(t)
	a := r.agent()
	a.server.certified = true
	r.once(a)
	last := func() wire.Report { return r.got[len(r.got)-1] }
	r.once(a)
	if !a.store.state.NoSame || last().Whole == "" {
		t.Fatalf("an older server: %+v", last())
	}
	newer := &sameIngest{ingest: r.ingest, have: wire.Unchanged{DeviceID: a.store.device.ID, Whole: wire.Whole(r.digests)}}
	a.server.client = &http.Client{Transport: newer}
	before := len(r.got)
	r.once(a)
	if newer.taken != 0 || len(r.got) != before+1 {
		t.Error("asked again on the same day")
	}
	a.store.state.NoSame = false // what the daily report does
	before = len(r.got)
	result := r.once(a)
	if newer.taken != 1 || len(r.got) != before || len(result.Sent) != 0 || result.Bytes > 100 || a.store.state.OffsetMS == 0 {
		t.Errorf("a newer server: taken %d, %+v, offset %d", newer.taken, result, a.store.state.OffsetMS)
	}
	a.store.state.Events = nil // the clock of the made-up answer jumped
	newer.have.Whole = wire.Whole(nil)
	r.once(a)
	if newer.taken != 1 || last().Whole != "" || len(last().Digests) == 0 {
		t.Errorf("another state: %+v", last())
	}
}
