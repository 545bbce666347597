package agent

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/wire"
)

// ingest is the server's side of the protocol as docs/agent-protocol.md has it,
// with the real decoding, checks and signatures, and a map for a database.
type ingest struct {
	t         *testing.T
	keys      map[string]ed25519.PublicKey
	seq       map[string]int64
	digests   map[wire.Section]string
	got       []wire.Report
	at        []time.Time
	enrols    int
	policyKey ed25519.PrivateKey
	policy    *wire.SignedPolicy // sent with every answer
	serverMS  int64
	// refuse answers the next requests instead; nil entries let one pass.
	refuse []func(http.ResponseWriter)
}

func newIngest(t *testing.T) *ingest {
	return &ingest{t: t, keys: map[string]ed25519.PublicKey{}, seq: map[string]int64{}, digests: map[wire.Section]string{}}
}

// RoundTrip lets the agent speak to the server without a network.
func (i *ingest) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	i.at = append(i.at, time.Now())
	if len(i.refuse) > 0 {
		refuse := i.refuse[0]
		i.refuse = i.refuse[1:]
		if refuse != nil {
			refuse(w)
			return w.Result(), nil
		}
	}
	switch r.URL.Path {
	case "/ingest/v1/enroll":
		i.enroll(w, r)
	case "/ingest/v1/report":
		i.report(w, r)
	case "/ingest/v1/policy":
		body, _ := io.ReadAll(r.Body)
		if !wire.VerifyAs(wire.PolicyRequestContext, i.keys[r.Header.Get(wire.HeaderDevice)], body, r.Header.Get(wire.HeaderSignature)) {
			i.t.Error("the policy request is not signed")
		}
		json.NewEncoder(w).Encode(wire.PolicyReply{ServerMS: i.serverMS, Policy: i.policy})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	return w.Result(), nil
}

func (i *ingest) enroll(w http.ResponseWriter, r *http.Request) {
	request, err := wire.DecodeEnroll(r.Body, r.Header.Get("Content-Encoding"), wire.EnrollLimits())
	if err != nil {
		i.t.Errorf("enrolment: %v", err)
	}
	if request.Token != "secret" {
		problem(http.StatusUnauthorized, "token", 0)(w)
		return
	}
	i.enrols++
	id := fmt.Sprintf("device-%d", i.enrols)
	i.keys[id] = request.PublicKey
	reply := wire.EnrollReply{DeviceID: id, ServerMS: 1}
	if i.policyKey != nil {
		reply.PolicyKey = i.policyKey.Public().(ed25519.PublicKey)
	}
	json.NewEncoder(w).Encode(reply)
}

func (i *ingest) report(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id := r.Header.Get(wire.HeaderDevice)
	key, known := i.keys[id]
	if !known {
		problem(http.StatusUnauthorized, "unknown_device", 0)(w)
		return
	}
	if !wire.Verify(key, body, r.Header.Get(wire.HeaderSignature)) {
		i.t.Error("the signature does not verify")
	}
	report, err := wire.Decode(strings.NewReader(string(body)), r.Header.Get("Content-Encoding"), wire.ReportLimits())
	if err == nil {
		err = report.Check()
	}
	if err != nil || report.DeviceID != id || r.Header.Get("Content-Type") != wire.ReportType {
		i.t.Errorf("report of %s: %v", id, err)
	}
	if report.Seq <= i.seq[id] {
		problem(http.StatusConflict, "replay", i.seq[id])(w)
		return
	}
	i.seq[id] = report.Seq
	i.got = append(i.got, *report)
	reply := wire.ReportReply{Seq: report.Seq, ServerMS: i.serverMS, Policy: i.policy, Digests: report.Whole != "" && report.Whole != wire.Whole(i.digests)}
	for _, body := range report.Sections.Carried() {
		i.digests[body.Section] = report.Digests[body.Section]
	}
	for _, section := range wire.AllSections {
		if digest, has := report.Digests[section]; has && i.digests[section] != digest {
			reply.Need = append(reply.Need, section)
		}
	}
	json.NewEncoder(w).Encode(reply)
}

// problem answers like the server: a type that ends in the reason.
func problem(status int, reason string, seq int64) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"type": "urn:sonae:ingest:" + reason, "code": "invalid", "detail": "why", "hint": "what next", "seq": seq})
	}
}

func busy(status, seconds int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		w.WriteHeader(status)
	}
}

// machine is what the fake inventory finds; tests change it.
type machine struct {
	packages []wire.Package
	accounts []wire.Account
}

func (m *machine) collect(_ context.Context, version string) (wire.Report, error) {
	packages, accounts := slices.Clone(m.packages), slices.Clone(m.accounts)
	r := wire.Report{
		Version: wire.Version, CollectedMS: 1764000000000, Agent: wire.Agent{Version: version, OS: "linux", Arch: "amd64"},
		Sections: wire.Sections{
			OS:       &wire.OS{Family: "linux", Name: "Debian", HostName: "pc-1"},
			Packages: &packages, Accounts: &accounts,
		},
	}
	r.Seal()
	return r, nil
}

type rig struct {
	*ingest
	machine *machine
	cfg     Config
}

func newRig(t *testing.T) *rig {
	server, m := newIngest(t), &machine{packages: []wire.Package{{Name: "bash", Kind: "dpkg", Version: "1"}}, accounts: []wire.Account{{Name: "root"}}}
	return &rig{server, m, Config{
		ServerURL: "https://sonae.example", Token: "secret", StateDir: filepath.Join(t.TempDir(), "state"), Version: "1.0.0",
		HTTPClient: &http.Client{Transport: server}, Collect: m.collect, Log: slog.New(slog.DiscardHandler),
		Random: func() float64 { return 0.5 }, Busy: func() bool { return false },
	}}
}

func (r *rig) agent() *Agent {
	r.t.Helper()
	a, err := New(r.cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *rig) once(a *Agent) Result {
	r.t.Helper()
	result, err := a.Once(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}

func wantSent(t *testing.T, got Result, want ...wire.Section) {
	t.Helper()
	if diff := cmp.Diff(want, got.Sent); diff != "" {
		t.Errorf("sections sent (-want +got):\n%s", diff)
	}
}

func TestOnlyChangedSectionsAreSent(t *testing.T) {
	r := newRig(t)
	now := time.Now()
	r.cfg.Now = func() time.Time { return now }
	a := r.agent()
	first := r.once(a)
	wantSent(t, first, wire.SecOS, wire.SecPackages, wire.SecAccounts)
	if !first.Enrolled || first.DeviceID != "device-1" {
		t.Errorf("first = %+v, want enrolled as device-1", first)
	}
	second := r.once(a)
	wantSent(t, second)
	if second.Enrolled || second.Seq <= first.Seq || second.Bytes > 600 {
		t.Errorf("unchanged report = %+v, want a higher seq and a few hundred bytes", second)
	}
	if last := r.got[len(r.got)-1]; last.Whole == "" || len(last.Digests) > 0 || len(last.Notes) > 0 {
		t.Errorf("an unchanged report is %+v, want one digest for all", last)
	}
	r.machine.packages[0].Version = "2"
	wantSent(t, r.once(a), wire.SecPackages)
	// A new process goes on where the old one stopped.
	wantSent(t, r.once(r.agent()))
	// Last log-in is not part of the digest, but must not grow old.
	r.machine.accounts[0].LastLoginMS = 5
	wantSent(t, r.once(a))
	now = now.Add(25 * time.Hour)
	a = r.agent()
	wantSent(t, r.once(a), wire.SecAccounts)
	wantSent(t, r.once(a))
}

func TestServerNeedsSections(t *testing.T) {
	r := newRig(t)
	a := r.agent()
	r.once(a)
	delete(r.digests, wire.SecPackages) // restored from a backup, say
	before := len(r.got)
	wantSent(t, r.once(a), wire.SecPackages)
	if len(r.got) != before+3 {
		t.Errorf("%d messages, want 3: nothing changed, every digest, what is missing", len(r.got)-before)
	}
	wantSent(t, r.once(a))
	if last := r.got[len(r.got)-1]; last.Whole != "" || len(last.Digests) == 0 {
		t.Error("the one digest is tried again on the same day, with a server that did not take it")
	}
}

func TestSequenceSurvives(t *testing.T) {
	r := newRig(t)
	r.once(r.agent())
	r.seq["device-1"] = 500 // the state folder is older than what the server saw
	if result := r.once(r.agent()); result.Seq != 501 {
		t.Errorf("seq = %d, want 501", result.Seq)
	}
	if err := os.Remove(filepath.Join(r.cfg.StateDir, "state")); err != nil {
		t.Fatal(err)
	}
	result := r.once(r.agent())
	if result.Seq != 502 || result.DeviceID != "device-1" {
		t.Errorf("after losing its state: %+v, want seq 502 of device-1", result)
	}
}

func TestUnknownDeviceEnrolsAgain(t *testing.T) {
	r := newRig(t)
	a := r.agent()
	r.once(a)
	key := r.keys["device-1"]
	delete(r.keys, "device-1")
	result := r.once(a)
	if !result.Enrolled || result.DeviceID != "device-2" {
		t.Errorf("result = %+v, want enrolled as device-2", result)
	}
	if !key.Equal(r.keys["device-2"]) {
		t.Error("the key changed; it belongs to the machine")
	}
	wantSent(t, result, wire.SecOS, wire.SecPackages, wire.SecAccounts)
}

func TestOther401DoesNotEnrol(t *testing.T) {
	r := newRig(t)
	a := r.agent()
	r.once(a)
	r.refuse = []func(http.ResponseWriter){problem(http.StatusUnauthorized, "signature", 0)}
	_, err := a.Once(context.Background())
	var p *Problem
	if !errors.As(err, &p) || p.reason() != "signature" || r.enrols != 1 {
		t.Errorf("error = %v after %d enrolments, want the problem and 1", err, r.enrols)
	}
}

func TestWithoutToken(t *testing.T) {
	r := newRig(t)
	r.cfg.Token = ""
	if _, err := r.agent().Once(context.Background()); !errors.Is(err, ErrNoToken) {
		t.Errorf("error = %v, want ErrNoToken", err)
	}
	r.cfg.Token = "wrong"
	if _, err := r.agent().Once(context.Background()); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("error = %v, want the server's", err)
	}
}

func TestAnotherServer(t *testing.T) {
	r := newRig(t)
	r.once(r.agent())
	r.cfg.ServerURL = "https://other.example"
	if result := r.once(r.agent()); result.DeviceID != "device-2" || len(result.Sent) != 3 {
		t.Errorf("result = %+v, want a new device with everything", result)
	}
}

func TestLostKeyEnrolsAgain(t *testing.T) {
	r := newRig(t)
	r.once(r.agent())
	if err := os.WriteFile(filepath.Join(r.cfg.StateDir, "key"), []byte("half a k"), 0o600); err != nil {
		t.Fatal(err)
	}
	if result := r.once(r.agent()); result.DeviceID != "device-2" {
		t.Errorf("result = %+v, want a new device", result)
	}
}

func TestSpool(t *testing.T) {
	waiting := func(r *rig) bool {
		status, err := ReadStatus(r.cfg.StateDir)
		if err != nil {
			r.t.Fatal(err)
		}
		return status.Waiting
	}
	tests := []struct {
		name   string
		refuse func(http.ResponseWriter)
		kept   bool
	}{
		{"server is away", busy(http.StatusServiceUnavailable, 60), true},
		{"too many", busy(http.StatusTooManyRequests, 60), true},
		{"something between us is broken", busy(http.StatusBadGateway, 0), true},
		{"cut on the way", problem(http.StatusUnprocessableEntity, "truncated", 0), true},
		{"too large", problem(http.StatusRequestEntityTooLarge, "too_large", 0), false},
		{"not accepted", problem(http.StatusUnprocessableEntity, "bad_value", 0), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.refuse = []func(http.ResponseWriter){nil, tt.refuse}
			if _, err := r.agent().Once(context.Background()); err == nil {
				t.Fatal("no error")
			}
			if got := waiting(r); got != tt.kept {
				t.Errorf("kept = %v, want %v", got, tt.kept)
			}
			result := r.once(r.agent())
			if waiting(r) || len(result.Sent) != 3 {
				t.Errorf("then sent %v, want everything and an empty spool", result.Sent)
			}
		})
	}
}

func TestRunWaitsAndBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.cfg.Spread = 10 * time.Minute
		r.cfg.Interval = time.Hour
		start := time.Now()
		run := func(whole time.Duration) []time.Duration {
			r.at, start = nil, time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), whole)
			defer cancel()
			if err := r.agent().Run(ctx); err != nil {
				t.Errorf("Run = %v, want nil when its context ends", err)
			}
			var at []time.Duration
			for _, moment := range r.at {
				at = append(at, moment.Sub(start))
			}
			return at
		}
		want := func(what string, got []time.Duration, want ...time.Duration) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: requests at (-want +got):\n%s", what, diff)
			}
		}
		want("new device at once: enrolment and report, then hourly", run(150*time.Minute), 0, 0, time.Hour, 2*time.Hour)
		want("known device, start spread", run(30*time.Minute), 5*time.Minute)
		r.refuse = []func(http.ResponseWriter){busy(500, 0), busy(500, 0), busy(500, 0)}
		want("failures: 30 s, 1 min, 2 min, each three quarters of it", run(10*time.Minute),
			5*time.Minute, 5*time.Minute+22500*time.Millisecond, 6*time.Minute+7500*time.Millisecond, 7*time.Minute+37500*time.Millisecond)
		r.refuse = []func(http.ResponseWriter){busy(503, 600)}
		want("Retry-After is honoured, a little later each", run(20*time.Minute), 5*time.Minute, 5*time.Minute+630*time.Second)
		r.refuse = []func(http.ResponseWriter){problem(403, "device_revoked", 0)}
		want("hopeless: as if all were well", run(70*time.Minute), 5*time.Minute, 65*time.Minute)
	})
}

func TestRunSendsWhatWasKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.refuse = []func(http.ResponseWriter){nil, busy(503, 0)}
		if _, err := r.agent().Once(context.Background()); err == nil {
			t.Fatal("no error")
		}
		time.Sleep(2 * time.Minute)
		r.machine.packages[0].Version = "2"
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := r.agent().Run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(r.got) != 2 || (*r.got[0].Sections.Packages)[0].Version != "1" || (*r.got[1].Sections.Packages)[0].Version != "2" {
			t.Errorf("%d reports, want the kept one and the new one", len(r.got))
		}
	})
}

func TestServerThatNeverHasEnough(t *testing.T) {
	r := newRig(t)
	a := r.agent()
	r.once(a)
	greedy := func(w http.ResponseWriter) {
		json.NewEncoder(w).Encode(wire.ReportReply{Need: []wire.Section{wire.SecPackages}})
	}
	r.refuse = slices.Repeat([]func(http.ResponseWriter){greedy}, 100)
	if _, err := a.Once(context.Background()); !errors.Is(err, errRounds) {
		t.Errorf("error = %v, want errRounds", err)
	}
}

func TestStrangeAnswers(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"a login page": func(w http.ResponseWriter) { io.WriteString(w, "<html>sign in</html>") },
		"no device ID": func(w http.ResponseWriter) { io.WriteString(w, "{}") },
		"a redirect":   func(w http.ResponseWriter) { w.Header().Set("Location", "/x"); w.WriteHeader(http.StatusFound) },
		"an endless problem": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, strings.Repeat("x", 1<<20))
		},
		"control characters": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, `{"detail":"\u001b[2J"}`)
		},
		"numbers for texts":   func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadRequest); io.WriteString(w, `{"code":7}`) },
		"nothing with a 4xx":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) },
		"a list where object": func(w http.ResponseWriter) { io.WriteString(w, "[]") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.refuse = []func(http.ResponseWriter){answer}
			_, err := r.agent().Once(context.Background())
			if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 2500 {
				t.Errorf("error = %q, want one short line", err)
			}
		})
	}
}

func TestStateIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits")
	}
	r := newRig(t)
	r.once(r.agent())
	for name, want := range map[string]os.FileMode{"": 0o700, "key": 0o600, "device": 0o600, "state": 0o600, "spool": 0o700} {
		info, err := os.Stat(filepath.Join(r.cfg.StateDir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q has mode %v (%v), want %v", name, info.Mode().Perm(), err, want)
		}
	}
}
