package main

import (
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sonae/internal/wire"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sonae-agent": main})
}

// TestCommands runs the scripts of testdata against a server on loopback.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			server := httptest.NewServer(&ingest{t: t, digests: map[wire.Section]string{}})
			env.Defer(server.Close)
			env.Setenv("SERVER", server.URL)
			return nil
		},
	})
}

// built is the real program.
func built(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "sonae-agent.exe")
	build := exec.Command("go", "build", "-o", exe, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return exe
}

// ingest takes one device, with the real decoding, checks and signatures.
type ingest struct {
	t       *testing.T
	mu      sync.Mutex
	key     ed25519.PublicKey
	digests map[wire.Section]string
	got     chan *wire.Report // takes what comes, when it is not nil
}

func (i *ingest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/enroll") {
		request, err := wire.DecodeEnroll(r.Body, "", wire.EnrollLimits())
		if err != nil || request.Token != "good-token" {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"type":"urn:sonae:ingest:token","detail":"the token is not valid","hint":"make a new one"}`)
			return
		}
		i.key = request.PublicKey
		json.NewEncoder(w).Encode(wire.EnrollReply{DeviceID: "device-1"})
		return
	}
	body, _ := io.ReadAll(r.Body)
	report, err := wire.Decode(strings.NewReader(string(body)), r.Header.Get("Content-Encoding"), wire.ReportLimits())
	if err == nil {
		err = report.Check()
	}
	if err != nil || !wire.Verify(i.key, body, r.Header.Get(wire.HeaderSignature)) {
		i.t.Errorf("report: %v", err)
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	if i.got != nil {
		i.got <- report
	}
	json.NewEncoder(w).Encode(wire.ReportReply{Seq: report.Seq})
}

// TestDefaultStateDir is absolute on every system.
func TestDefaultStateDir(t *testing.T) {
	if dir := defaultStateDir(); !strings.HasPrefix(dir, "/") && os.PathSeparator == '/' {
		t.Errorf("state folder %q is not absolute", dir)
	}
}
