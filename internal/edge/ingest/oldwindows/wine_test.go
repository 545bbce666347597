package oldwindows

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sonae/internal/wire"
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
	prefix := filepath.Join(t.TempDir(), "prefix")
	if out, err := exec.CommandContext(ctx, "bash", "../../../../scripts/wine-prefix.sh", prefix).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	env := append(os.Environ(), "WINEPREFIX="+prefix, "WINEARCH=win64", "WINEDEBUG=-all", "DISPLAY=", "LC_ALL=C.UTF-8")
	t.Cleanup(func() {
		end := exec.Command("bash", "-c", "wineserver -k; wineserver -w")
		end.Env = env
		_ = end.Run()
	})
	run := exec.CommandContext(ctx, "wine", "cmd", "/c", "sonae-collect.cmd")
	run.Dir, run.Env = stick, env
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
	checkTold(t, r)
	if _, ok := files[Done]; !ok || r.Sections.OS.HostName == "" {
		t.Errorf("not finished, or no host name: %+v", r.Sections.OS)
	}
	t.Logf("%+v", r.Sections.OS)
}

// checkTold wants data or a reason for every section.
func checkTold(t *testing.T, r *wire.Report) {
	t.Helper()
	told := map[wire.Section]bool{}
	for _, n := range r.Notes {
		if told[n.Section] = true; n.Reason == "" {
			t.Errorf("%s %s without a reason", n.Section, n.State)
		}
	}
	for _, body := range r.Sections.Carried() {
		told[body.Section] = true
	}
	for _, section := range wire.AllSections {
		if !told[section] {
			t.Errorf("%s: neither data nor a reason why there is none", section)
		}
	}
}
