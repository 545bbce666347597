package collect

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"sonae/internal/wire"
)

// hostReport takes the inventory of the machine the tests run on.
func hostReport(t *testing.T) wire.Report {
	t.Helper()
	report, err := Report(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestHostReport takes the real inventory of this machine and holds it to what
// the server asks of every report.
func TestHostReport(t *testing.T) {
	report := hostReport(t)
	report.DeviceID, report.Seq = "test", 1
	if err := report.Check(); err != nil {
		t.Error(err)
	}
	for _, n := range report.Notes {
		t.Logf("%s %s: %s", n.Section, n.State, n.Reason)
		if n.State == wire.Failed {
			t.Errorf("a collector failed: %s", n.Reason)
		}
	}
	if report.Sections.OS == nil || report.Sections.OS.Family != runtime.GOOS || report.Sections.OS.HostName == "" {
		t.Errorf("operating system = %+v", report.Sections.OS)
	}
	if name := os.Getenv("SONAE_REPORT_OUT"); name != "" {
		body, _ := json.MarshalIndent(report, "", " ")
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPackagesLikeDpkgQuery compares the list, name by name, with what dpkg-query
// counts as installed.
func TestPackagesLikeDpkgQuery(t *testing.T) {
	query, err := exec.LookPath("dpkg-query")
	if err != nil {
		t.Skip("no dpkg-query on this machine")
	}
	out, err := exec.Command(query, "-W", "-f=${db:Status-Abbrev} ${Package} ${Version} ${Architecture}\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		field := strings.Fields(line)
		if len(field) == 4 && field[0][1] == 'i' {
			want[strings.Join(field[1:], " ")] = true
		}
	}
	got := map[string]bool{}
	for _, p := range *hostReport(t).Sections.Packages {
		if p.Kind == "dpkg" {
			got[p.Name+" "+p.Version+" "+p.Arch] = true
		}
	}
	for p := range want {
		if !got[p] {
			t.Errorf("dpkg-query knows %s, the report does not", p)
		}
	}
	if len(got) != len(want) || len(got) == 0 {
		t.Errorf("%d packages reported, dpkg-query knows %d", len(got), len(want))
	}
}
