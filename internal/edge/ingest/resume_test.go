package ingest_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptrace"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// A device that is revoked sends nothing any more over a TLS session that was taken up
// again, nor over a connection that stayed open.
func TestRevokedOnResumedSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := openTLS(t, newWorld(t, db), "", nil)
		for name, keep := range map[string]bool{"resumed": false, "kept": true} {
			t.Run(name, func(t *testing.T) {
				d := g.device(t)
				c := client(t, g.certificate(t, d))
				transport, _ := c.Transport.(*http.Transport)
				transport.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(1)
				var resumed, reused bool
				trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
					GotConn:          func(i httptrace.GotConnInfo) { reused = i.Reused },
					TLSHandshakeDone: func(s tls.ConnectionState, _ error) { resumed = s.DidResume },
				})
				send := func() int {
					t.Helper()
					status, _, body := g.postIn(t, trace, c, g.report(t, d, d))
					t.Logf("%d %s; session resumed %v, connection kept %v", status, body, resumed, reused)
					if !keep {
						c.CloseIdleConnections()
					}
					return status
				}
				if first, second := send(), send(); first != 200 || second != 200 || keep != reused || keep == resumed {
					t.Fatalf("%d and %d, resumed %v, kept %v", first, second, resumed, reused)
				}
				g.tx(t, func(ctx context.Context, tx *store.Tx) error {
					return g.registry.RevokeDevice(ctx, tx, d.id, "盗難")
				})
				if status := send(); status != http.StatusForbidden || keep != reused || keep == resumed {
					t.Errorf("revoked: %d, resumed %v, kept %v", status, resumed, reused)
				}
			})
		}
	})
}
