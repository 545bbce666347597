//go:build unix

package server_test

import (
	"math/rand/v2"
	"net/http"
	"testing"

	"sonae/internal/platform/store/storetest"
	"sonae/internal/server/servertest"
)

const (
	crashRounds   = 8
	crashMachines = 24
)

// Every acknowledged report survives a killed server, nothing is half-stored, and
// the audit log verifies, again and again on the same database.
func TestKilledServerLosesNothingAcknowledged(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			o := servertest.Options{Data: t.TempDir()}
			if engine == "postgres" {
				o.Database = storetest.PostgresURL(t)
			}
			p := servertest.Start(t, o)
			_, token := p.Prepare(t, crashRounds*crashMachines)
			apiToken := p.Token
			rooms := p.Rooms(t)
			acked := 0
			for round := range crashRounds {
				acked += killDuring(t, p, token, round)
				p = servertest.Start(t, o)
				p.Token = apiToken
				check(t, p, acked)
				report, err := rooms.Audit.Verify(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if !report.OK() {
					t.Fatalf("round %d: audit log is damaged at entry %d: %s", round, report.Damage.Seq, report.Damage.Detail)
				}
			}
			if acked == 0 {
				t.Error("no report was acknowledged before any kill: the test proves nothing")
			}
			t.Logf("%d reports acknowledged over %d kills", acked, crashRounds)
		})
	}
}

// killDuring enrols machines, lets them report at once and kills the server in the
// middle: when a random number of reports was acknowledged and the others are on
// their way. It gives the number of acknowledged reports.
func killDuring(t *testing.T, p *servertest.Process, token string, round int) int {
	t.Helper()
	machines := make([]*servertest.Machine, crashMachines)
	for i := range machines {
		var err error
		if machines[i], err = p.Enroll(token, round*crashMachines+i, 120); err != nil {
			t.Fatal(err)
		}
	}
	outcome := make(chan bool, crashMachines)
	for _, m := range machines {
		body, signature, err := m.Body()
		if err != nil {
			t.Fatal(err)
		}
		go func() { outcome <- p.Send(m.Device, body, signature) == nil }()
	}
	killAt := 1 + rand.IntN(crashMachines/2) //nolint:gosec // any moment will do
	acked := 0
	for range machines {
		if <-outcome {
			acked++
		}
		if acked == killAt {
			p.Kill() // does nothing the second time
		}
	}
	p.Kill()
	return acked
}

// check reads the whole ledger back: at least what was acknowledged, and every
// machine complete with all its packages.
func check(t *testing.T, p *servertest.Process, acked int) {
	t.Helper()
	total, cursor := 0, ""
	for {
		var page struct {
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
			Next string `json:"next"`
		}
		if err := p.Call(http.MethodGet, "/api/v1/assets?limit=200&cursor="+cursor, nil, &page); err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			total++
			var software struct {
				Total int `json:"total"`
			}
			if err := p.Call(http.MethodGet, "/api/v1/assets/"+a.ID+"/software?limit=1", nil, &software); err != nil {
				t.Fatal(err)
			}
			if software.Total != 120 {
				t.Errorf("asset %s has %d packages: half-stored", a.ID, software.Total)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if total < acked {
		t.Errorf("%d assets after %d acknowledged reports: something acknowledged is lost", total, acked)
	}
}
