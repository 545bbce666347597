package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/agent/spool"
	"sonae/internal/wire"
)

// files are all files of a state folder with their contents.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		out[rel], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lay makes a state folder hold exactly these files.
func lay(t *testing.T, dir string, content map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, body := range content {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPowerLossAtAnyByte cuts the power after every byte of every file of the state
// folder, the way file systems leave them: the new file beside the old one cut short
// (before the rename), and the named file itself cut short or full of zeros (rename
// durable before the data). The agent must start each time, report, and never use a
// number twice.
func TestPowerLossAtAnyByte(t *testing.T) {
	r := ruled(t)
	r.rule(wire.Policy{Version: 10, IntervalMin: 120})
	r.once(r.agent())
	r.once(r.agent())
	if err := spool.Write(filepath.Join(r.cfg.StateDir, "spool", "report"), []byte(`{"version":1}`)); err != nil {
		t.Fatal(err)
	}
	mark := inFlight{now: time.Now, file: filepath.Join(r.cfg.StateDir, "running")}
	mark.begin("ports")
	whole := files(t, r.cfg.StateDir)
	for _, name := range []string{"key", "device", "trust", "policy", "state", "running", "spool/report"} {
		if len(whole[name]) == 0 {
			t.Fatalf("no file %s", name)
		}
	}
	tried, scratch := 0, t.TempDir()
	check := func(what string, content map[string][]byte) {
		t.Helper()
		tried++
		lay(t, r.cfg.StateDir, content)
		a, err := New(r.cfg)
		if err != nil {
			t.Fatalf("%s: does not start: %v", what, err)
		}
		a.survive()
		if _, err := a.Once(context.Background()); err != nil {
			t.Fatalf("%s: does not report: %v", what, err)
		}
		a.stopped()
		if rules := a.rules(); rules.Version != 10 && rules.Version != 0 {
			t.Fatalf("%s: follows %+v", what, rules)
		}
	}
	with := func(name string, body []byte) map[string][]byte {
		out := maps.Clone(whole)
		out[name] = body
		return out
	}
	for name, body := range whole {
		for n := range len(body) {
			cut, zeros := body[:n], append(slices.Clone(body[:n]), make([]byte, len(body)-n)...)
			// Every byte: what is left does not read back as anything.
			for _, left := range [][]byte{cut, zeros} {
				path := filepath.Join(scratch, "file")
				if err := os.WriteFile(path, left, 0o600); err != nil {
					t.Fatal(err)
				}
				if got, err := spool.Read(path, maxStateBytes); !errors.Is(err, spool.ErrEmpty) && !bytes.Equal(left, body) {
					t.Fatalf("%s after byte %d reads as %q, %v", name, n, got, err)
				}
			}
			// Therefore the agent meets one case a file; tried at some bytes, and at the
			// first ones of all.
			if n%64 != 0 && n != 1 && n != len(body)-1 {
				continue
			}
			check(fmt.Sprintf("%s cut after byte %d", name, n), with(name, cut))
			check(fmt.Sprintf("%s zeros from byte %d", name, n), with(name, zeros))
			check(fmt.Sprintf("new %s cut after byte %d", name, n), with(name+".new-1", cut))
		}
	}
	t.Logf("%d power cuts", tried)
	seen := map[string]map[int64]bool{}
	for _, report := range r.got {
		if seen[report.DeviceID] == nil {
			seen[report.DeviceID] = map[int64]bool{}
		}
		if seen[report.DeviceID][report.Seq] {
			t.Fatalf("number %d of %s was used twice", report.Seq, report.DeviceID)
		}
		seen[report.DeviceID][report.Seq] = true
	}
}

func TestEvents(t *testing.T) {
	r := newRig(t)
	now := time.Now()
	r.cfg.Now = func() time.Time { return now }
	booted := now.Add(-48 * time.Hour).UnixMilli()
	collect := r.machine.collect
	r.cfg.Collect = func(ctx context.Context, version string) (wire.Report, error) {
		report, err := collect(ctx, version)
		report.Sections.OS.BootedMS = booted
		report.Seal()
		return report, err
	}
	// run is a start of the service that ends after its first report.
	run := func() []string {
		t.Helper()
		before := len(r.got)
		a := r.agent()
		a.look()
		r.once(a)
		a.stopped()
		var kinds []string
		for _, report := range r.got[before:] {
			for _, e := range report.Agent.Events {
				kinds = append(kinds, e.Kind)
			}
		}
		return kinds
	}
	want := func(what string, want ...string) {
		t.Helper()
		if got := run(); !slices.Equal(got, want) {
			t.Errorf("%s: events %v, want %v", what, got, want)
		}
	}
	want("first start")
	want("restarted at once")
	now = now.Add(3 * time.Hour)
	want("stopped for three hours while the machine ran", "stopped")
	now, booted = now.Add(15*time.Hour), now.Add(15*time.Hour).UnixMilli()
	want("switched off over night")
	r.cfg.Pin, r.cfg.Interval = "", 2*time.Hour
	want("another interval", "settings")
	path := filepath.Join(r.cfg.StateDir, "trust")
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	want("a file was changed", "state")
	a := r.agent()
	a.store.state.Program = "another"
	if err := a.store.save(); err != nil {
		t.Fatal(err)
	}
	if got := run(); !slices.Contains(got, "program") {
		t.Errorf("another program file, same version: %v", got)
	}
	r.serverMS = now.UnixMilli()
	run()
	now = now.Add(-6 * 365 * 24 * time.Hour)
	run()
	if got := run(); !slices.Contains(got, "clock") {
		t.Errorf("the clock went back six years: %v", got)
	}
}

func TestWatchdog(t *testing.T) {
	r := newRig(t)
	var used time.Duration
	var heap uint64
	ended := false
	r.cfg.cpu, r.cfg.heap, r.cfg.abort = func() time.Duration { return used }, func() uint64 { return heap }, func() { ended = true }
	a := r.agent()
	r.once(a)
	dog := newWatchdog(a)
	run := func(name string, cost time.Duration) bool {
		if !dog.start(name) {
			return false
		}
		used += cost
		dog.end(name)
		return true
	}
	if !run("packages", capCPU) || !run("ports", capCPU+time.Second) {
		t.Fatal("not run")
	}
	dog.settle()
	dog = newWatchdog(a)
	if run("ports", 0) || !run("packages", 0) {
		t.Error("what took too much runs again, or what did not is left out")
	}
	dog.start("accounts")
	heap = capHeap + 1
	dog.guard(t.Context())
	if !ended {
		t.Error("the process went on")
	}
	if b := r.agent(); len(b.store.state.LeftOut) != 2 || len(b.store.state.Events) != 2 {
		t.Errorf("after the restart: %v, %v", b.store.state.LeftOut, b.store.state.Events)
	}
	status, err := ReadStatus(r.cfg.StateDir)
	if err != nil || !slices.Equal(status.LeftOut, []string{"accounts", "ports"}) {
		t.Errorf("status %+v, %v", status, err)
	}
}

// An agent inside a server must not end it, whatever the server itself needs: it does
// not even look.
func TestSharedProcess(t *testing.T) {
	for _, shared := range []bool{false, true} {
		r := newRig(t)
		var looked atomic.Bool
		r.cfg.cpu = func() time.Duration { looked.Store(true); return time.Hour }
		r.cfg.heap = func() uint64 { looked.Store(true); return 1 }
		r.cfg.abort = func() { t.Error("the process ended") }
		r.cfg.Shared, r.cfg.Collect = shared, nil
		a := r.agent()
		report, err := a.take(t.Context())
		if err != nil || report.Sections.OS == nil {
			t.Fatalf("inventory: %v", err)
		}
		if looked.Load() == shared {
			t.Errorf("shared %v: looked at the process: %v", shared, looked.Load())
		}
	}
}
