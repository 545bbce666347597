package agent

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDeathIsRemembered: what ran when the process died is left out for a day, each time
// it dies, and never for longer; a process that ends in order blames nobody.
func TestDeathIsRemembered(t *testing.T) {
	r := newRig(t)
	now := time.Now()
	r.cfg.Now = func() time.Time { return now }
	r.cfg.cpu, r.cfg.heap, r.cfg.abort = func() time.Duration { return 0 }, func() uint64 { return 0 }, func() { t.Error("ended") }
	file := filepath.Join(r.cfg.StateDir, "running")
	// start is a start of the service up to its collectors.
	start := func() (*Agent, *watchdog) {
		t.Helper()
		a := r.agent()
		a.survive()
		return a, newWatchdog(a)
	}
	out := func(a *Agent) []string { return slices.Sorted(maps.Keys(a.store.state.LeftOut)) }

	a, dog := start()
	if len(out(a)) != 0 || !dog.start("packages") || !dog.start("ports") {
		t.Fatalf("first start leaves out %v", out(a))
	}
	dog.end("packages") // ports goes on, and the process dies

	for death := range 3 {
		if a, dog = start(); !slices.Equal(out(a), []string{"ports"}) {
			t.Fatalf("after death %d: left out %v", death+1, out(a))
		}
		event := a.store.state.Events[len(a.store.state.Events)-1]
		if event.Kind != "watchdog" || !strings.Contains(event.Detail, "while ports ran") {
			t.Errorf("event %+v", event)
		}
		if dog.start("ports") || !dog.start("packages") {
			t.Error("ports runs, or what ended before the death does not")
		}
		dog.end("packages")
		a.stopped()
		if a, _ = start(); len(a.store.state.Events) != death+1 {
			t.Errorf("an orderly end left %+v", a.store.state.Events)
		}
		now = now.Add(leftOutTime)
		if a, dog = start(); !dog.start("ports") {
			t.Fatalf("after a day: still left out")
		}
	}
	dog.end("ports")
	if _, err := os.Stat(file); err == nil {
		t.Error("nothing runs, and the file is there")
	}
	dog.start("ports") // an orderly end while a collector hangs
	a.stopped()
	dog.end("ports")
	dog.start("ports")
	if _, err := os.Stat(file); err == nil {
		t.Error("after its end the service marks what runs")
	}
	// A clock that was years ahead does not leave something out for years.
	a, _ = start()
	now = now.Add(6 * 365 * 24 * time.Hour)
	a.leaveOut("ports", "test")
	now = now.Add(-6 * 365 * 24 * time.Hour)
	if dog = newWatchdog(a); !dog.start("ports") {
		t.Error("left out for years")
	}
	dog.end("ports")
	if dog.settle(); len(out(a)) != 0 {
		t.Errorf("the status says %v", out(a))
	}
}

// TestMarkIsWhole cuts the file, as a power cut leaves it: it names what ran or nothing.
func TestMarkIsWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "running")
	f := inFlight{now: time.Now, file: file}
	f.begin("ports")
	f.begin("a collector with a longer name")
	f.end("a collector with a longer name")
	body, err := os.ReadFile(file)
	if err != nil || len(body) != markBytes {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	for n := range body {
		for _, left := range [][]byte{body[:n], append(slices.Clone(body[:n]), make([]byte, len(body)-n)...)} {
			if err := os.WriteFile(file, left, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := marked(file); len(got) > 1 || len(got) == 1 && got["ports"] == 0 {
				t.Fatalf("cut after %d: %v", n, got)
			}
		}
	}
}
