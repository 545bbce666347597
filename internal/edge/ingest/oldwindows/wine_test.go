package oldwindows

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"context"
)

// TestCollectorUnderWine runs the script itself where SONAE_WINE says that wine may be
// used, from a folder with a blank and Japanese in its name.
func TestCollectorUnderWine(t *testing.T) {
	if os.Getenv("SONAE_WINE") == "" {
		t.Skip("SONAE_WINE is not set")
	}
	script, err := os.ReadFile("../../../../packaging/oldwindows/sonae-collect.cmd")
	if err != nil {
		t.Fatal(err)
	}
	stick := filepath.Join(t.TempDir(), "USB メモリ")
	if err := os.MkdirAll(stick, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stick, "sonae-collect.cmd"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "wine", "cmd", "/c", "sonae-collect.cmd")
	run.Dir, run.Env = stick, append(os.Environ(), "WINEDEBUG=-all", "DISPLAY=", "LC_ALL=C.UTF-8")
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	folders, err := filepath.Glob(filepath.Join(stick, "*_*"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("folders: %v, %v", folders, err)
	}
	readBack(t, folders[0])
}

// readBack reads a folder that the collector wrote.
func readBack(t *testing.T, dir string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, n := range names {
		if files[n.Name()], err = os.ReadFile(filepath.Join(dir, n.Name())); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Folder(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range r.Notes {
		t.Logf("%s %s: %s", n.Section, n.State, n.Reason)
	}
	if _, ok := files[Done]; !ok || r.Sections.OS.HostName == "" {
		t.Errorf("not finished, or no host name: %+v", r.Sections.OS)
	}
	t.Logf("%+v", r.Sections.OS)
}
