package scan_test

import (
	"context"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/network/scan"
)

// Until the result is kept, the proof says that something may have been sent; a server that
// died leaves that for good, and for nobody else.
func TestWhatMayHaveBeenSent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := plan(t, db, here, "192.0.2.1", scan.Schedule{When: scan.ByHand})
		r := ask(t, db, p, 0)
		prove := func(address string) scan.Proof {
			t.Helper()
			s, err := scan.SubjectOfAddress(t.Context(), db, here, address)
			if err != nil {
				t.Fatal(err)
			}
			got, err := scan.Prove(t.Context(), db, s, start, start+time.Hour.Milliseconds())
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return scan.WriteAhead(ctx, tx, []scan.Ahead{
				{RunID: r.ID, FacilityID: here, Seq: 0, From: "192.0.2.1", To: "192.0.2.64", Number: 64, AtMS: start},
				{RunID: r.ID, FacilityID: here, Seq: 64, From: "192.0.2.65", To: "192.0.2.128", Number: 64, AtMS: start},
				{RunID: r.ID, FacilityID: here, Seq: -1, From: "192.0.2.254", To: "192.0.2.254", Number: 1, AtMS: start},
			})
		})
		for address, want := range map[string]int{"192.0.2.64": 1, "192.0.2.65": 1, "192.0.2.129": 0, "192.0.2.254": 1} {
			if got := prove(address); len(got.Maybe) != want || len(got.Sent) != 0 || got.Untouched() == (want == 1) {
				t.Errorf("%s, under way: %+v", address, got)
			}
		}
		sent := []scan.Sent{{RunID: r.ID, FacilityID: here, Address: "192.0.2.64", How: "arp", Packets: 1, FirstMS: start, LastMS: start}}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return scan.Sweep(ctx, tx, r, scan.Swept{Sent: sent, Done: 70, Total: 254, Next: 66, Place: "x"}, start)
		})
		if got := prove("192.0.2.64"); len(got.Maybe) != 0 || len(got.Sent) != 1 {
			t.Errorf("its part is done: %+v", got)
		}
		// The server dies, and the run goes on at place 66: 192.0.2.67.
		tx(t, db, func(ctx context.Context, tx *store.Tx) error { return scan.Lapse(ctx, tx, r.ID, 66, start+1000) })
		for address, want := range map[string]int{"192.0.2.64": 0, "192.0.2.66": 0, "192.0.2.67": 1, "192.0.2.128": 1, "192.0.2.254": 1} {
			if got := prove(address); len(got.Maybe) != want {
				t.Errorf("%s, after the kill: %+v", address, got.Maybe)
			}
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return scan.Sweep(ctx, tx, r, scan.Swept{Done: 254, Total: 254, Next: 254, Ended: true}, start+2000)
		})
		if got := prove("192.0.2.67"); len(got.Maybe) != 1 || got.Maybe[0].LastMS != start+1000 || got.Maybe[0].Run.ID != r.ID {
			t.Errorf("it is known now: %+v", got.Maybe)
		}
		// What a run left that nobody takes up again.
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := scan.WriteAhead(ctx, tx, []scan.Ahead{{RunID: r.ID, FacilityID: here, Seq: 1, From: "192.0.2.200", To: "192.0.2.200", Number: 1, AtMS: start}}); err != nil {
				return err
			}
			return scan.Stop(ctx, tx, r.ID, start+3000)
		})
		for _, before := range []int64{start + 3000, start + 3001} { // a server may be at it still
			tx(t, db, func(ctx context.Context, tx *store.Tx) error { return scan.LapseEnded(ctx, tx, before) })
			left, err := scan.AheadIn(t.Context(), db, r.ID)
			if err != nil || (len(left) == 1) != (before == start+3000) {
				t.Errorf("%+v %v", left, err)
			}
		}
		if got := prove("192.0.2.200"); len(got.Maybe) != 1 || got.Maybe[0].LastMS != start+3000 {
			t.Errorf("%+v", got.Maybe)
		}
	})
}
