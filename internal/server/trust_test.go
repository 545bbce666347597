//go:build unix

package server_test

import (
	"errors"
	"net/http"
	"testing"

	"sonae/internal/platform/store/storetest"
	"sonae/internal/server/servertest"
)

// Revocation through one server counts at once at the other one, though that has just
// taken a report of the device and remembers it.
func TestRevocationOnAllServers(t *testing.T) {
	database := storetest.PostgresURL(t)
	a := servertest.Start(t, servertest.Options{Data: t.TempDir(), Database: database})
	b := servertest.Start(t, servertest.Options{Data: t.TempDir(), Database: database})
	_, token := a.Prepare(t, 4)
	b.Token = a.Token
	m, err := a.Enroll(token, 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	send := func(p *servertest.Process, seq int64) error {
		m.Report.Seq = seq
		body, signature, err := m.Body()
		if err != nil {
			t.Fatal(err)
		}
		return p.Send(m.Device, body, signature)
	}
	for seq, p := range []*servertest.Process{a, b} {
		if err := send(p, int64(seq+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Call(http.MethodDelete, "/api/v1/devices/"+m.Device+"?why=stolen", nil, nil); err != nil {
		t.Fatal(err)
	}
	for seq, p := range []*servertest.Process{b, a} {
		var refused *servertest.Refused
		if err := send(p, int64(seq+3)); !errors.As(err, &refused) || refused.Status != http.StatusForbidden {
			t.Errorf("after the revocation: %v, want 403", err)
		}
	}
	var trust [2]struct {
		Pin string `json:"authority_pin"`
	}
	for i, p := range []*servertest.Process{a, b} {
		if err := p.Call(http.MethodGet, "/api/v1/device-trust", nil, &trust[i]); err != nil {
			t.Fatal(err)
		}
	}
	if trust[0] != trust[1] || len(trust[0].Pin) != 64 {
		t.Errorf("the servers have authorities of their own: %v", trust)
	}
}
