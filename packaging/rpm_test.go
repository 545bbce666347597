package packaging

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRPM reads what the package says about itself, and unpacks it as rpm does.
func TestRPM(t *testing.T) {
	file := built(t, "sonae-agent-*.x86_64.rpm", "rpm")
	list := run(t, "rpm", "-qplv", file)
	for _, want := range []string{"-rwxr-xr-x    1 root     root", "/usr/bin/sonae-agent", "/usr/lib/systemd/system/sonae-agent.service"} {
		if !strings.Contains(list, want) {
			t.Errorf("rpm -qplv misses %q:\n%s", want, list)
		}
	}
	scripts := run(t, "rpm", "-qp", "--scripts", file)
	for _, want := range []string{"postinstall scriptlet", "preuninstall scriptlet", "systemctl disable --quiet sonae-agent.service"} {
		if !strings.Contains(scripts, want) {
			t.Errorf("rpm --scripts misses %q:\n%s", want, scripts)
		}
	}
	if os.Geteuid() != 0 {
		t.Log("not root: the package is not installed")
		return
	}
	root := t.TempDir()
	flags := []string{"--root", root, "--nodeps", "--noscripts"}
	run(t, "rpm", append(flags, "-i", file)...)
	if got := run(t, filepath.Join(root, "usr/bin/sonae-agent"), "version"); strings.TrimSpace(got) == "" {
		t.Error("the program prints no version")
	}
	run(t, "rpm", append(flags, "-e", "sonae-agent")...)
	if _, err := os.Stat(filepath.Join(root, "usr/bin/sonae-agent")); err == nil {
		t.Error("the program is still there")
	}
}
