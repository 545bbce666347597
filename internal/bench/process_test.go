//go:build linux

package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a running `sonae serve`.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	args  []string // data folder and database
	URL   string
	Token string // administrator's API token
	HTTP  *http.Client
}

func binary(t *testing.T, name string) string {
	t.Helper()
	p, err := filepath.Abs("../../bin/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p); err != nil {
		t.Fatalf("%v: run make build", err)
	}
	return p
}

// serve starts the server and waits until it is ready; the time it took is returned.
func serve(t *testing.T, data, database string) (*process, time.Duration) {
	t.Helper()
	p := &process{t: t, args: []string{"--data", data, "--log-level", "warn"}, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if database != "" {
		p.args = append(p.args, "--database", database)
	}
	port := freePort(t)
	p.URL = "http://127.0.0.1:" + port
	p.cmd = exec.Command(binary(t, "sonae"), append([]string{"serve", "--listen", "127.0.0.1:" + port}, p.args...)...) //nolint:gosec // our own binary
	p.cmd.Stderr = os.Stderr
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	for {
		res, err := http.Get(p.URL + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p, time.Since(start)
			}
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("the server is not ready after a minute: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (p *process) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
}

// run runs a local command on the same data and gives its output.
func (p *process) run(args ...string) string {
	p.t.Helper()
	cmd := exec.Command(binary(p.t, "sonae"), append(args, p.args...)...) //nolint:gosec // our own binary
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("sonae %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// rssMB is the resident memory of the server in MB (10⁶ bytes).
func (p *process) rssMB() float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024 / 1e6
		}
	}
	p.t.Fatal("no VmRSS")
	return 0
}

// call sends one API request; out may be nil.
func (p *process) call(method, path string, in, out any) error {
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
	res, err := p.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// prepare makes a facility, an administrator's token and an enrolment token.
func (p *process) prepare(machines int) (facility, enroll string) {
	p.t.Helper()
	p.Token = p.run("token", "create", "--name", "bench", "--role", "administrator")
	var made struct {
		ID string `json:"id"`
	}
	if err := p.call(http.MethodPost, "/api/v1/facilities", map[string]any{"name": "計測病院", "kind": "hospital", "beds": 300}, &made); err != nil {
		p.t.Fatal(err)
	}
	return made.ID, p.run("token", "enroll", "--facility", made.ID, "--uses", strconv.Itoa(machines))
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
