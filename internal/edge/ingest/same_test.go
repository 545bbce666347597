package ingest_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

// TestSame: the shortest report does what a report with the same digests does, for the
// device of the certificate and its own key only, and leaves nothing behind otherwise.
func TestSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := openTLS(t, newWorld(t, db), "", nil)
		a, b := g.device(t), g.device(t)
		mine, others := client(t, g.certificate(t, a)), client(t, g.certificate(t, b))
		full := newPool().pc(1)
		if status, _, body := g.post(t, mine, door{world: g.world}.reportOf(a, sealed(t, a, full))); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		state := wire.Unchanged{DeviceID: a.id, Whole: wire.Whole(full.Digests)}
		number, later := int64(1), start.UnixMilli()
		same := func(c *http.Client, by testDevice, u wire.Unchanged, seq int64) (int, string) {
			t.Helper()
			status, header, body := g.post(t, c, message{http.MethodPost, "/ingest/v1/same", nil, wire.SignSame(by.key, u, seq, later), false})
			switch status {
			case http.StatusNoContent:
				if len(body) > 0 || len(header) != 1 || header.Get("Date") == "" {
					t.Errorf("an answer of %d bytes with %v", len(body), header)
				}
				return status, ""
			case http.StatusOK:
				var reply wire.ReportReply
				if err := json.Unmarshal(body, &reply); err != nil || !reply.Digests {
					t.Errorf("%s, %v", body, err)
				}
				return status, "digests"
			}
			return status, problem(t, header, body).Type
		}
		other := state
		other.Whole = wire.Whole(nil)
		policy := state
		policy.Policy = 5
		for _, c := range []struct {
			name   string
			client *http.Client
			by     testDevice
			state  wire.Unchanged
			seq    int64
			status int
			want   string
		}{
			{"without a certificate", client(t, nil), a, state, 9, 401, "urn:sonae:ingest:certificate_missing"},
			{"with another device's certificate, that never reported", others, a, state, 9, 200, "digests"},
			{"signed by another", mine, b, state, 9, 401, "urn:sonae:ingest:signature"},
			{"another state", mine, a, other, 9, 200, "digests"},
			{"another policy", mine, a, policy, 9, 200, "digests"},
			{"a number that was used", mine, a, state, 1, 409, "urn:sonae:ingest:replay"},
		} {
			before := g.rows(t)
			if status, got := same(c.client, c.by, c.state, c.seq); status != c.status || got != c.want {
				t.Errorf("%s: %d %s, want %d %s", c.name, status, got, c.status, c.want)
			}
			after := g.rows(t)
			delete(before, "job") // the full report's evaluation is asked for a moment later
			delete(after, "job")
			if !maps.Equal(before, after) {
				t.Errorf("%s left something behind: %v, then %v", c.name, before, after)
			}
		}
		for range 2 {
			number, later = number+1, later+3_600_000
			g.set(store.Time(later))
			status, got := same(mine, a, state, number)
			if seen := g.count(t, `SELECT last_seen_ms FROM asset_asset`); status != http.StatusNoContent || seen != later {
				t.Errorf("%d %s; seen at %d, want %d", status, got, seen, later)
			}
		}
		if status, _ := same(mine, a, state, number); status != http.StatusConflict {
			t.Errorf("the same once more: %d", status)
		}
		g.tx(t, func(ctx context.Context, tx *store.Tx) error { return g.registry.RevokeDevice(ctx, tx, a.id, "盗難") })
		if status, got := same(mine, a, state, number+1); status != http.StatusForbidden || got != "urn:sonae:ingest:device_revoked" {
			t.Errorf("revoked: %d %s", status, got)
		}
	})
}
