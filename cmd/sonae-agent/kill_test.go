package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sonae/internal/wire"
)

// TestKilledInACollector kills the real program, as the system does when memory ends, at
// a moment when a collector runs: the next start reports, without that collector, and
// says why.
func TestKilledInACollector(t *testing.T) {
	got := make(chan *wire.Report, 8)
	server := httptest.NewServer(&ingest{t: t, digests: map[wire.Section]string{}, got: got})
	defer server.Close()
	exe, state := built(t), filepath.Join(t.TempDir(), "state")
	start := func() *exec.Cmd {
		t.Helper()
		cmd := exec.Command(exe, "run", "--server", server.URL, "--state", state, "--token", "good-token", "--interval", "1h")
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	kill := func(cmd *exec.Cmd) {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	running := func() string {
		body, _ := os.ReadFile(filepath.Join(state, "running"))
		names := map[string]int64{}
		_ = json.Unmarshal(body, &names)
		for name := range names {
			return name
		}
		return ""
	}
	var blamed string
	for try := 0; blamed == "" && try < 20; try++ {
		cmd := start()
		for begin := time.Now(); running() == "" && len(got) == 0 && time.Since(begin) < time.Minute; {
			time.Sleep(time.Millisecond)
		}
		kill(cmd)
		blamed = running() // between two collectors nobody is to blame
		if len(got) > 0 {  // too late
			<-got
			_ = os.RemoveAll(state)
			blamed = ""
		}
	}
	if blamed == "" {
		t.Fatal("never caught in a collector")
	}
	cmd := start()
	defer kill(cmd)
	var report *wire.Report
	select {
	case report = <-got:
	case <-time.After(time.Minute):
		t.Fatal("no report after the kill")
	}
	noted, told := false, false
	for _, n := range report.Notes {
		noted = noted || strings.HasPrefix(n.Reason, blamed+": left out for now")
	}
	for _, e := range report.Agent.Events {
		told = told || e.Kind == "watchdog" && strings.Contains(e.Detail, "while "+blamed+" ran")
	}
	if !noted || !told {
		t.Errorf("%s was killed: notes %+v, events %+v", blamed, report.Notes, report.Agent.Events)
	}
	raw, err := exec.Command(exe, "status", "--state", state, "--json").Output()
	if err != nil || !strings.Contains(string(raw), `"`+blamed+`"`) {
		t.Errorf("status: %v\n%s", err, raw)
	}
}
