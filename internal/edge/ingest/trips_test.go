package ingest_test

import (
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

// TestTripsOfAReport bounds the ways to the database: on PostgreSQL each costs more than
// the rows that it carries.
func TestTripsOfAReport(t *testing.T) {
	d := open(t, storetest.Postgres(t))
	pool := newPool()
	warm := d.device(t)
	take := func(what string, dev testDevice, r *wire.Report, most int64) {
		t.Helper()
		r.DeviceID = dev.id
		r.Seal()
		ctx, trips := store.CountTrips(t.Context())
		if _, err := d.server.Ingest(ctx, dev.id, r); err != nil {
			t.Fatal(err)
		}
		if n := trips.Load(); n > most {
			t.Errorf("%s: %d ways to the database, at most %d", what, n, most)
		} else {
			t.Logf("%s: %d ways to the database", what, n)
		}
	}
	take("first of all", warm, pool.pc(1), 1000)
	dev := d.device(t)
	r := pool.pc(2)
	take("new machine", dev, r, 42)
	r.Seq, r.CollectedMS = 2, r.CollectedMS+1
	take("everything again", dev, r, 50)
	u := wire.Report{Version: wire.Version, Seq: 3, CollectedMS: r.CollectedMS + 1, Agent: r.Agent, Whole: wire.Whole(r.Digests)}
	take("nothing changed", dev, &u, 5)
}
