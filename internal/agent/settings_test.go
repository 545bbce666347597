package agent

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if got, err := ReadSettings(dir); err != nil || got != (Settings{}) {
		t.Errorf("nothing kept: %+v %v", got, err)
	}
	want := Settings{Server: "https://sonae.example.jp", Pin: strings.Repeat("00", 32), IntervalMS: 7200000}
	if err := KeepSettings(dir, want); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadSettings(dir); err != nil || got != want {
		t.Errorf("got %+v %v, want %+v", got, err, want)
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("state folder: %v %v", info, err)
	}
}

// TestSettingsInAForeignFolder keeps nothing where somebody else could read it.
func TestSettingsInAForeignFolder(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS == "windows" {
		t.Skip("needs root, to give a folder away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if err := KeepSettings(dir, Settings{Server: "https://sonae.example.jp"}); err == nil {
		t.Error("kept in a folder of another account")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if err := KeepSettings(link, Settings{Server: "https://sonae.example.jp"}); err == nil {
		t.Error("kept behind a link")
	}
}
