// Package packaging holds the tests of the agent's packages. Those of the scripts
// and definitions run everywhere; those of built packages run in
// `make test-packages`, which names the folder in SONAE_PACKAGES, and are left
// out with a reason where their tool is missing.
package packaging

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const definitions = "../cmd/sonae-agent/unit/"

// TestPropertyList is well-formed XML and, where plistutil is, a property list.
func TestPropertyList(t *testing.T) {
	body := read(t, definitions+"sonae-agent.plist")
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := exec.LookPath("plistutil"); err != nil {
		t.Log("plistutil (libplist-utils) is not installed: only the XML is checked")
		return
	}
	binary := filepath.Join(t.TempDir(), "agent.bin")
	run(t, "plistutil", "-i", definitions+"sonae-agent.plist", "-o", binary)
	for _, want := range []string{"<key>Label</key>", "<string>sonae-agent</string>", "<key>LowPriorityIO</key>", "/Library/PrivilegedHelperTools/sonae-agent"} {
		if got := run(t, "plistutil", "-i", binary, "-f", "xml"); !strings.Contains(got, want) {
			t.Errorf("property list misses %s:\n%s", want, got)
		}
	}
}

// TestUnitIsKnown has systemd read the unit.
func TestUnitIsKnown(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	unit := strings.Replace(read(t, definitions+"sonae-agent.service"), "/usr/bin/sonae-agent", "/bin/true", 1)
	write(t, filepath.Join(dir, "sonae-agent.service"), unit)
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, "sonae-agent.service")).CombinedOutput() //nolint:gosec // our own file
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "sonae-agent.service:") { // others' units are not ours to judge
			t.Errorf("systemd-analyze verify: %v: %s", err, line)
		}
	}
}

// TestScripts are readable to a POSIX shell.
func TestScripts(t *testing.T) {
	names, err := filepath.Glob("*/*.sh")
	if err != nil || len(names) < 5 {
		t.Fatalf("scripts: %v %v", names, err)
	}
	for _, name := range names {
		run(t, "sh", "-n", name)
	}
}

// TestMacOSScripts lays the files into a folder and takes them away again.
func TestMacOSScripts(t *testing.T) {
	from, root := t.TempDir(), t.TempDir()
	machine := strings.TrimSpace(run(t, "uname", "-m"))
	if machine != "x86_64" && machine != "arm64" {
		t.Skipf("no Mac is a %s", machine)
	}
	write(t, filepath.Join(from, "sonae-agent-"+machine), "program")
	write(t, filepath.Join(from, "sonae-agent.plist"), read(t, definitions+"sonae-agent.plist"))
	for _, name := range []string{"install.sh", "uninstall.sh"} {
		write(t, filepath.Join(from, name), read(t, "macos/"+name))
	}
	t.Setenv("ROOT", root)
	program, job := filepath.Join(root, "Library/PrivilegedHelperTools/sonae-agent"), filepath.Join(root, "Library/LaunchDaemons/sonae-agent.plist")
	run(t, "sh", filepath.Join(from, "install.sh"))
	run(t, "sh", filepath.Join(from, "install.sh")) // an upgrade
	if info, err := os.Stat(program); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("program: %v %v", info, err)
	}
	if got := read(t, job); !strings.Contains(got, "<string>/Library/PrivilegedHelperTools/sonae-agent</string>") {
		t.Errorf("job: %s", got)
	}
	state := filepath.Join(root, "Library/Application Support/Sonae Agent")
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "sh", filepath.Join(from, "uninstall.sh"))
	for _, gone := range []string{program, job} {
		if _, err := os.Stat(gone); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
	if _, err := os.Stat(state); err != nil {
		t.Errorf("the state is gone: %v", err)
	}
	run(t, "sh", filepath.Join(from, "uninstall.sh"), "--purge")
	if _, err := os.Stat(state); err == nil {
		t.Error("the state is still there after --purge")
	}
}

// built finds the one package of a pattern, or leaves the test out.
func built(t *testing.T, pattern string, tools ...string) string {
	t.Helper()
	dir := os.Getenv("SONAE_PACKAGES")
	if dir == "" {
		t.Skip("packages are tested by make test-packages")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) != 1 {
		t.Skipf("%d packages %s in %s", len(names), pattern, dir)
	}
	return names[0]
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput() //nolint:gosec // commands of the tests
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func read(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(name) //nolint:gosec // files of the tests
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func write(t *testing.T, name, body string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}
