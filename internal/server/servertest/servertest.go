//go:build unix

// Package servertest starts real Sonae servers as processes of their own, for
// tests that kill them, fill their disk or run several on one database, and for
// measurements. Without a Binary the test binary starts itself again as the
// server, so the test package's TestMain must call Main:
//
//	func TestMain(m *testing.M) { servertest.Main(m) }
package servertest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sonae/internal/server"
)

// childEnv marks a process that is to be the server; its value is the address.
const childEnv = "SONAE_TEST_SERVE"

// Main runs the tests, or the server when this process was started as one.
func Main(m *testing.M) {
	listen := os.Getenv(childEnv)
	if listen == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	endProfile := profile()
	o := server.UpOptions{Config: config(os.Getenv("SONAE_TEST_DATA"), os.Getenv("SONAE_TEST_DATABASE")), Listen: server.Listen{Listen: listen, Discovery: server.Discovery{DiscoverListen: strings.Fields(os.Getenv("SONAE_TEST_DISCOVER"))}}, Version: "test", Out: io.Discard}
	run := server.Serve
	if kind := os.Getenv("SONAE_TEST_UP"); kind != "" {
		o.Demo, run = kind == "demo", server.Up
	}
	err := run(ctx, o)
	stop()
	endProfile()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// profile writes a CPU profile of the server into the folder SONAE_TEST_PROFILE,
// for whoever looks for what a measured figure costs.
func profile() (end func()) {
	dir := os.Getenv("SONAE_TEST_PROFILE")
	if dir == "" {
		return func() {}
	}
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("server-%d.prof", os.Getpid()))) //nolint:gosec // the measuring person's own folder
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }
}

// Key is the server key of all test servers, so that several share a database.
const Key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

func config(data, database string) server.Config {
	return server.Config{Data: data, Database: database, SecretKey: Key, LogLevel: "error"}
}

// Options of a server. Data is its folder; Database empty means SQLite there.
type Options struct {
	Data     string
	Database string
	Up       bool   // with this machine in the ledger, as sonae up
	Demo     bool   // with the sample hospital too, as sonae up --demo
	TLS      bool   // with the certificate that the server makes itself; needs Binary
	Binary   string // path of a built sonae; empty = this test binary
}

// command is how a built sonae is told what the options ask for.
func (o Options) command() []string {
	switch {
	case o.Demo:
		return []string{"up", "--demo"}
	case o.Up:
		return []string{"up"}
	}
	return []string{"serve"}
}

// Process is a running server.
type Process struct {
	URL     string
	Token   string // API token that Call sends
	HTTP    *http.Client
	Ready   time.Duration // from start to the first good answer of /readyz
	opts    Options
	cmd     *exec.Cmd
	stopped bool
}

// Start runs a server and waits until it is ready. It ends with the test.
func Start(t testing.TB, o Options) *Process {
	t.Helper()
	p := &Process{opts: o, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	listen := "127.0.0.1:" + freePort(t)
	p.URL = "http://" + listen
	if o.TLS {
		p.URL = "https://" + listen
		p.HTTP.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // our own server on loopback
		listen = "0.0.0.0:" + strings.TrimPrefix(listen, "127.0.0.1:")                             // beyond loopback it speaks TLS
	}
	if o.Binary != "" {
		p.cmd = exec.Command(o.Binary, append(o.command(), "--listen", listen, "--data", o.Data, "--database", o.Database, "--secret-key", Key, "--log-level", "warn")...) //nolint:gosec // ours
	} else {
		p.cmd = exec.Command(os.Args[0]) //nolint:gosec // this very binary
		p.cmd.Env = append(os.Environ(), childEnv+"="+listen, "SONAE_TEST_DATA="+o.Data, "SONAE_TEST_DATABASE="+o.Database)
		switch {
		case o.Demo:
			p.cmd.Env = append(p.cmd.Env, "SONAE_TEST_UP=demo")
		case o.Up:
			p.cmd.Env = append(p.cmd.Env, "SONAE_TEST_UP=self")
		}
	}
	p.cmd.Stderr = os.Stderr
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	p.await(t, start)
	return p
}

func (p *Process) await(t testing.TB, start time.Time) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		res, err := p.HTTP.Get(p.URL + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				p.Ready = time.Since(start)
				return
			}
		}
		if time.Since(start) > 2*time.Minute {
			t.Fatalf("the server is not ready after 2 minutes: %v", err)
		}
	}
}

// Pin is the SHA-256 of the server's public key, in hexadecimal, as agents take it.
func (p *Process) Pin(t testing.TB) string {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(p.URL, "https://"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // our own server on loopback
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// StartInside runs the server of this test binary in a network namespace, listening for
// devices on its interfaces. Requests reach it by a client of that namespace, which the
// caller sets as HTTP before it calls Await. It ends with the test.
func StartInside(t testing.TB, namespace string, o Options, interfaces ...string) *Process {
	t.Helper()
	const listen = "127.0.0.1:8787"                                                                                  // nobody else is in the namespace
	p := &Process{URL: "http://" + listen, opts: o, cmd: exec.Command("ip", "netns", "exec", namespace, os.Args[0])} //nolint:gosec // this very binary
	p.cmd.Env = append(os.Environ(), childEnv+"="+listen, "SONAE_TEST_DATA="+o.Data, "SONAE_TEST_DATABASE="+o.Database, "SONAE_TEST_DISCOVER="+strings.Join(interfaces, " "))
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// Await waits until the server is ready.
func (p *Process) Await(t testing.TB) { p.await(t, time.Now()) }

// PID is the server's process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop ends the server the polite way and waits. Idempotent.
func (p *Process) Stop() { p.end(syscall.SIGTERM) }

// Kill ends the server at once, as a power cut would end the process.
func (p *Process) Kill() { p.end(syscall.SIGKILL) }

func (p *Process) end(sig syscall.Signal) {
	if p.stopped {
		return
	}
	p.stopped = true
	_ = p.cmd.Process.Signal(sig)
	_ = p.cmd.Wait()
}

// Config is the configuration of the server, for local commands beside it.
func (p *Process) Config() server.Config { return config(p.opts.Data, p.opts.Database) }

// Rooms opens the same data in this process, as local commands do.
func (p *Process) Rooms(t testing.TB) *server.Rooms {
	t.Helper()
	r, err := server.Open(context.Background(), p.Config(), "test", "http://localhost", server.Logger("error"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// Prepare makes a facility, an administrator's API token (kept in p.Token) and an
// enrolment token for so many machines.
func (p *Process) Prepare(t testing.TB, machines int) (facilityID, enroll string) {
	t.Helper()
	var out bytes.Buffer
	cfg := p.Config()
	if err := server.CreateToken(context.Background(), cfg, "test", server.GrantOptions{Name: "test", Role: "administrator", Expires: time.Hour}, &out); err != nil {
		t.Fatal(err)
	}
	p.Token = strings.TrimSpace(out.String())
	var made struct {
		ID string `json:"id"`
	}
	if err := p.Call(http.MethodPost, "/api/v1/facilities", map[string]any{"name": "計測病院", "kind": "hospital", "beds": 300}, &made); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := server.CreateEnrollToken(context.Background(), cfg, "test", made.ID, machines, time.Hour, &out); err != nil {
		t.Fatal(err)
	}
	return made.ID, strings.TrimSpace(out.String())
}

// Refused is an answer of the server that is not a success.
type Refused struct {
	Status int
	Body   string
}

// Error gives status and body.
func (r *Refused) Error() string { return fmt.Sprintf("status %d: %.800s", r.Status, r.Body) }

// Call sends one API request as JSON; out may be nil. A status of 300 and above
// is a *Refused.
func (p *Process) Call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, p.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return p.do(req, out)
}

// Upload posts a body of any media type to the API; the answer is as Call's.
func (p *Process) Upload(path, media string, body []byte, out any) error {
	req, err := http.NewRequest(http.MethodPost, p.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	req.Header.Set("Content-Type", media)
	return p.do(req, out)
}

// maxWaits bounds how often a request that came too fast is sent again.
const maxWaits = 20

// do sends a request and, as an agent does, again when the server asks to wait.
func (p *Process) do(req *http.Request, out any) error {
	for waits := 0; ; waits++ {
		res, err := p.HTTP.Do(req)
		if err != nil {
			return err
		}
		seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if res.StatusCode != http.StatusTooManyRequests || err != nil || waits == maxWaits {
			return read(res, out)
		}
		_ = res.Body.Close()
		time.Sleep(time.Duration(seconds) * time.Second)
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return err
			}
		}
	}
}

func read(res *http.Response, out any) error {
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return &Refused{res.StatusCode, string(answer)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// CPU is the processor time that the server has used, in user mode and in the kernel;
// Linux only (proc(5), fields 14 and 15 of stat, in 1/100 s).
func (p *Process) CPU(t testing.TB) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	kernel, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		t.Fatalf("stat of the server: %q", stat)
	}
	return time.Duration(user+kernel) * 10 * time.Millisecond
}

// ResidentMB is the resident memory of the server in MB (10⁶ bytes), Linux only.
func (p *Process) ResidentMB(t testing.TB) float64 {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb * 1024 / 1e6
		}
	}
	t.Fatal("no VmRSS in /proc")
	return 0
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
