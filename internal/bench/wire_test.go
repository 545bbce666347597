//go:build linux

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/server/servertest"
)

// meter stands between agent and server and counts what TCP carries, both ways.
// Each side may still say that it closes after the other did; what is silent for a
// second is closed.
type meter struct {
	listener    net.Listener
	to          string
	up, down    atomic.Int64 // bytes
	connections atomic.Int64
}

func newMeter(t *testing.T, to string) *meter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{listener: l, to: to}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.connections.Add(1)
			go m.carry(conn)
		}
	}()
	return m
}

func (m *meter) carry(client net.Conn) {
	server, err := net.Dial("tcp", m.to)
	if err != nil {
		_ = client.Close()
		return
	}
	seen := atomic.Int64{}
	pass := func(to, from net.Conn, count *atomic.Int64) {
		defer func() { _ = to.(*net.TCPConn).CloseWrite() }()
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			seen.Store(time.Now().UnixNano())
			count.Add(int64(n))
			_, _ = to.Write(buffer[:n]) // who is gone reads no more; it was sent all the same
			if err != nil {
				return
			}
		}
	}
	seen.Store(time.Now().UnixNano())
	go pass(server, client, &m.up)
	go pass(client, server, &m.down)
	for time.Since(time.Unix(0, seen.Load())) < time.Second {
		time.Sleep(100 * time.Millisecond)
	}
	_, _ = client.Close(), server.Close()
}

// take gives the bytes since the last take.
func (m *meter) take() (up, down float64) {
	return float64(m.up.Swap(0)), float64(m.down.Swap(0))
}

func (m *meter) url(scheme string) string { return scheme + "://" + m.listener.Addr().String() }

// enrolled starts a server and makes the agent known to it through the meter.
func enrolled(t *testing.T, tls bool) (m *meter, report func() map[string]any) {
	t.Helper()
	p := servertest.Start(t, servertest.Options{Data: t.TempDir(), Binary: binary(t, "sonae"), TLS: tls})
	_, token := p.Prepare(t, 10)
	scheme, to, _ := strings.Cut(p.URL, "://")
	m = newMeter(t, to)
	args := []string{"once", "--server", m.url(scheme), "--state", filepath.Join(t.TempDir(), "state"), "--token", token}
	if tls {
		args = append(args, "--pin", p.Pin(t))
	}
	return m, func() map[string]any {
		cmd := exec.Command(binary(t, "sonae-agent"), args...) //nolint:gosec // our own binary
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		var result map[string]any
		if err := json.Unmarshal(out, &result); err != nil {
			t.Fatal(err)
		}
		return result
	}
}

// wireBytes counts a check-in of a machine where nothing changed, with and without
// TLS: the difference is what TLS costs.
func wireBytes(t *testing.T) {
	sums := map[bool]float64{}
	for _, tls := range []bool{false, true} {
		m, report := enrolled(t, tls)
		report()
		time.Sleep(1500 * time.Millisecond)
		up, down := m.take()
		if tls {
			tell("agent_first_report_wire_bytes", "", up+down, "B")
		}
		for range 3 { // what moves by itself, like the first log lines, comes to rest
			report()
			time.Sleep(1500 * time.Millisecond)
			up, down = m.take()
		}
		sums[tls] = up + down
		progress("unchanged check-in, TLS %v: %.0f bytes up, %.0f down", tls, up, down)
	}
	atMost("checkin_unchanged_http_bytes", "", sums[false], "B", 1000)
	tell("checkin_unchanged_tls_bytes", "", sums[true]-sums[false], "B")
	tell("checkin_unchanged_wire_bytes", "", sums[true], "B")
}

// dayReports are those of a day at the normal interval of an hour.
const dayReports = 24

// agentDay measures an idle day in two parts: a day's reports in a row, and the
// rest between them, which is scaled up.
//
//	a day = 24 reports + (86,400 s − the time of the reports) at rest
func agentDay(t *testing.T) {
	p := servertest.Start(t, servertest.Options{Data: t.TempDir(), Binary: binary(t, "sonae"), TLS: true})
	_, token := p.Prepare(t, 10)
	m := newMeter(t, strings.TrimPrefix(p.URL, "https://"))
	state := filepath.Join(t.TempDir(), "state")
	run := func(interval string) *exec.Cmd {
		cmd := exec.Command(binary(t, "sonae-agent"), "run", "--server", m.url("https"), "--state", state, "--token", token, "--pin", p.Pin(t), "--interval", interval) //nolint:gosec // our own binary
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd
	}
	agent := run("3s")
	until(t, m, 2) // start and enrolment are no part of a day
	before := m.connections.Load()
	m.take()
	start := cpuOf(t, agent.Process.Pid)
	up, down, smallest := 0.0, 0.0, math.Inf(1)
	for i := range int64(dayReports) {
		until(t, m, before+i+1)
		u, d := m.take()
		up, down, smallest = up+u, down+d, min(smallest, u+d)
	}
	reports := cpuOf(t, agent.Process.Pid) - start
	progress("check-in of the service that stays: %.0f bytes up, %.0f down", up/dayReports, down/dayReports)
	atMost("checkin_unchanged_resumed_bytes", "", smallest, "B", 1000) // of those where nothing changed
	tell("checkin_resumed_wire_bytes", "", (up+down)/dayReports, "B")
	tell("agent_idle_day_wire_bytes", "", up+down, "B")
	_ = agent.Process.Kill()
	_ = agent.Wait()

	resting := run("1h")
	time.Sleep(5 * time.Second)
	start = cpuOf(t, resting.Process.Pid)
	const rest = 30 * time.Second
	time.Sleep(rest)
	idle := cpuOf(t, resting.Process.Pid) - start
	perDay := idle.Seconds() * (24 * time.Hour).Seconds() / rest.Seconds()
	tell("agent_idle_day_reports_cpu_s", "", reports.Seconds(), "s")
	tell("agent_idle_day_rest_cpu_s", "", perDay, "s")
	tell("agent_idle_day_cpu_s", "", reports.Seconds()+perDay, "s")
}

func until(t *testing.T, m *meter, connections int64) {
	t.Helper()
	for range 3000 {
		if m.connections.Load() >= connections {
			time.Sleep(time.Second)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%d of %d reports within 5 minutes", m.connections.Load(), connections)
}

// cpuOf sums what the scheduler has given to the threads of a process (proc(5),
// schedstat, first field, nanoseconds). Go keeps its threads.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(names) == 0 {
		t.Fatalf("threads of %d: %v", pid, err)
	}
	var sum time.Duration
	for _, name := range names {
		body, err := os.ReadFile(name) //nolint:gosec // of our own child
		if err != nil {
			continue
		}
		var ns int64
		if _, err := fmt.Fscan(strings.NewReader(string(body)), &ns); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}
