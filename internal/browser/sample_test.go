//go:build unix

package browser

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sonae/internal/server"
	"sonae/internal/server/servertest"
)

const (
	login    = "tanaka"
	password = "correct horse battery"
)

// serverBinary is the program to start as the server: empty for this test binary.
// With the race detector the server alone would take most of the time of these
// tests, so they start one that is built without; races are looked for in the tests
// of its rooms. The flags are those of make cross, which shares the build cache.
func serverBinary(t *testing.T) string {
	t.Helper()
	if !raceDetector {
		return ""
	}
	path := filepath.Join(t.TempDir(), "sonae")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "sonae/cmd/sonae") //nolint:gosec // fixed arguments
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the server: %v\n%s", err, out)
	}
	return path
}

// sampleHospital starts a server and waits until the sample is loaded.
func sampleHospital(t *testing.T) *servertest.Process {
	t.Helper()
	p := servertest.Start(t, servertest.Options{Data: t.TempDir(), Demo: true, Binary: serverBinary(t)})
	if err := server.CreateUser(t.Context(), p.Config(), "test", server.GrantOptions{Name: login, Role: "administrator"}, strings.NewReader(password+"\n"), discard{}); err != nil {
		t.Fatal(err)
	}
	var token strings.Builder
	if err := server.CreateToken(t.Context(), p.Config(), "test", server.GrantOptions{Name: "test", Role: "administrator", Expires: time.Hour}, &token); err != nil {
		t.Fatal(err)
	}
	p.Token = strings.TrimSpace(token.String())
	deadline := time.Now().Add(3 * time.Minute)
	for {
		var contracts struct {
			Total int `json:"total"`
		}
		// Contracts come last.
		if err := p.Call(http.MethodGet, "/api/v1/contracts?limit=1", nil, &contracts); err == nil && contracts.Total >= 15 {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("the sample hospital is not loaded after 3 minutes: %d contracts", contracts.Total)
		}
		time.Sleep(300 * time.Millisecond) // another process works on it
	}
}

// startPlain starts a server with nothing in it.
func startPlain(t *testing.T) *servertest.Process {
	t.Helper()
	return servertest.Start(t, servertest.Options{Data: t.TempDir(), Binary: serverBinary(t)})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func signIn(t *testing.T, ctx context.Context, p *servertest.Process) {
	t.Helper()
	run(t, ctx, "sign in", chromedp.Navigate(p.URL+"/login"), chromedp.SendKeys(chromedp.CSS(`[name=login]`), login), chromedp.SendKeys(chromedp.CSS(`[name=password]`), password),
		chromedp.Submit(chromedp.CSS(`[name=password]`)), chromedp.WaitVisible(chromedp.CSS(`.sidenav`)))
}
