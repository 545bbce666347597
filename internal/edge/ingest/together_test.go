package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"sonae/internal/edge/ingest"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

// Unchanged reports that come together are stored together; replays, changed digests,
// a section that disappeared and a revoked device among them get their own answers.
func TestUnchangedTogether(t *testing.T) {
	const machines, rounds = 24, 4
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db, func(deps *ingest.Deps) { deps.Requests = ingest.Rate{PerSecond: 1e6, Burst: 1e6} })
		p := newPool()
		devices, reports := make([]testDevice, machines), make([]*wire.Report, machines)
		for i := range machines {
			devices[i], reports[i] = d.device(t), p.pc(i)
			one := pack(t, devices[i], reports[i])
			if status, body, err := one.send(t.Context(), http.DefaultClient, d.url); err != nil || status != http.StatusOK {
				t.Fatalf("first report: %d %s %v", status, body, err)
			}
		}
		d.tx(t, func(ctx context.Context, tx *store.Tx) error {
			return d.registry.RevokeDevice(ctx, tx, devices[3].id, "")
		})
		d.set(d.now().Add(time.Minute))
		for round := range rounds {
			var parcels []parcel
			for i := range machines {
				r := *reports[i]
				r.Sections, r.Seq, r.CollectedMS = wire.Sections{}, int64(2+round), r.CollectedMS+int64(round)
				switch i {
				case 0: // a replay from the second round on
					r.Seq = 2
				case 1: // something changed that is not sent
					r.Digests = changedDigest(r.Digests)
				case 2: // a section is no longer reported
					r.Digests = withoutPorts(r.Digests)
				}
				parcels = append(parcels, packAsIs(t, devices[i], &r))
			}
			answers := make([]string, machines)
			var all sync.WaitGroup
			for i := range machines {
				all.Go(func() {
					status, body, err := parcels[i].send(context.Background(), http.DefaultClient, d.url)
					var reply wire.ReportReply
					_ = json.Unmarshal(body, &reply)
					answers[i] = fmt.Sprint(status, reply.Need, err)
				})
			}
			all.Wait()
			for i, got := range answers {
				want := "200 [] <nil>"
				switch {
				case i == 0 && round > 0:
					want = "409 [] <nil>"
				case i == 1:
					want = "200 [packages] <nil>"
				case i == 3:
					want = "403 [] <nil>"
				}
				if got != want {
					t.Errorf("round %d, machine %d: got %s, want %s", round, i, got, want)
				}
			}
		}
		last := reports[5].CollectedMS + rounds - 1
		if n := d.count(t, `SELECT count(*) FROM asset_asset WHERE last_seen_ms = $1`, last); n != machines-3 {
			t.Errorf("%d machines were last seen in the last round, want %d", n, machines-3)
		}
		if n := d.count(t, `SELECT count(*) FROM identity_device WHERE last_seq = $1`, int64(1+rounds)); n != machines-2 {
			t.Errorf("%d devices have the last number, want %d", n, machines-2)
		}
	})
}

func changedDigest(from map[wire.Section]string) map[wire.Section]string {
	out := maps.Clone(from)
	out[wire.SecPackages] = wire.Digest([]string{"another"})
	return out
}

func withoutPorts(from map[wire.Section]string) map[wire.Section]string {
	out := maps.Clone(from)
	delete(out, wire.SecPorts)
	return out
}

// packAsIs is pack, but leaves the digests as they are.
func packAsIs(t testing.TB, d testDevice, r *wire.Report) parcel {
	t.Helper()
	r.DeviceID = d.id
	plain, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := wire.Deflate(plain)
	if err != nil {
		t.Fatal(err)
	}
	return parcel{d.id, wire.Sign(d.key, body), body}
}
