//go:build unix

package server_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonae/internal/server"
	"sonae/internal/server/servertest"
)

// A backup taken while the server works, put back elsewhere, holds what was
// acknowledged before it and a log that verifies; what is no backup is refused and
// leaves nothing behind.
func TestBackupAndRestore(t *testing.T) {
	data := t.TempDir()
	p := servertest.Start(t, servertest.Options{Data: data})
	_, token := p.Prepare(t, 3)
	for i := range 3 {
		m, err := p.Enroll(token, i, 20)
		if err != nil {
			t.Fatal(err)
		}
		body, signature, err := m.Body()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Send(m.Device, body, signature); err != nil {
			t.Fatal(err)
		}
	}
	cfg := func(dir string) server.Config {
		return server.Config{Data: dir, SecretKey: servertest.Key, LogLevel: "error"}
	}
	out := filepath.Join(t.TempDir(), "backup")
	var told bytes.Buffer
	if err := server.Backup(t.Context(), cfg(data), "test", out, &told); err != nil {
		t.Fatal(err)
	}
	if err := server.Backup(t.Context(), cfg(data), "test", out, &told); err == nil {
		t.Error("a backup went over another one")
	}
	if err := server.Backup(t.Context(), cfg(t.TempDir()), "test", filepath.Join(t.TempDir(), "b"), &told); err == nil {
		t.Error("an empty data folder was backed up")
	}
	apiToken := p.Token
	p.Stop()

	restored := filepath.Join(t.TempDir(), "data")
	told.Reset()
	if err := server.Restore(t.Context(), cfg(restored), out, &told); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(told.String(), "audit verify") {
		t.Errorf("told %q", told.String())
	}
	if err := server.Restore(t.Context(), cfg(restored), out, &told); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("restored over a database: %v", err)
	}
	again := servertest.Start(t, servertest.Options{Data: restored})
	again.Token = apiToken
	var page struct {
		Total int `json:"total"`
	}
	if err := again.Call(http.MethodGet, "/api/v1/assets?limit=1", nil, &page); err != nil {
		t.Fatal(err)
	}
	if page.Total != 3 {
		t.Errorf("%d assets after the restore, want 3", page.Total)
	}
	again.Stop()
	if err := server.VerifyAudit(t.Context(), cfg(restored), "test", false, &told); err != nil {
		t.Errorf("audit log of the restored database: %v", err)
	}
	refuseDamaged(t, cfg, out)
}

// refuseDamaged cuts and scribbles over the backup; neither may be taken.
func refuseDamaged(t *testing.T, cfg func(string) server.Config, backup string) {
	t.Helper()
	whole, err := os.ReadFile(filepath.Join(backup, "sonae.db")) //nolint:gosec // the test's own file
	if err != nil {
		t.Fatal(err)
	}
	scribbled := bytes.Clone(whole)
	for i := len(scribbled) / 3; i < len(scribbled)/3+3*4096; i++ {
		scribbled[i] = 0xA5
	}
	for name, body := range map[string][]byte{"cut": whole[:len(whole)/2], "scribbled": scribbled, "text": []byte(strings.Repeat("not a database ", 500))} {
		t.Run(name, func(t *testing.T) {
			from, to := t.TempDir(), filepath.Join(t.TempDir(), "data")
			if err := os.WriteFile(filepath.Join(from, "sonae.db"), body, 0o600); err != nil {
				t.Fatal(err)
			}
			var told bytes.Buffer
			if err := server.Restore(t.Context(), cfg(to), from, &told); err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("restored: %v", err)
			}
			left, err := os.ReadDir(to)
			if err != nil || len(left) > 0 {
				t.Errorf("%d files left behind, %v", len(left), err)
			}
		})
	}
}
