//go:build linux

package ingest_test

import (
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sonae/internal/agent/collect"
	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// TestRealAgents runs Debian's agents and our own on this machine against one server:
// it stays one row, and every row of a list stands once.
func TestRealAgents(t *testing.T) {
	if testing.Short() {
		t.Skip("takes an inventory with each agent")
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := openOther(t, db, identity.ProtocolFusion, identity.ProtocolOCS)
		ran := 0
		for _, a := range []struct {
			name, path string
			protocol   identity.Protocol
			args       func(at string, dir string) []string
		}{
			{"fusioninventory-agent", "/plugins/fusioninventory/", identity.ProtocolFusion, func(at, dir string) []string {
				conf := filepath.Join(dir, "none.cfg")
				if err := os.WriteFile(conf, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				return []string{"--server=" + at, "--user=" + identity.EntryUser, "--password=" + d.secrets[identity.ProtocolFusion], "--tasks=inventory", "--no-httpd", "--conf-file=" + conf}
			}},
			{"ocsinventory-agent", foreign.OCSPath, identity.ProtocolOCS, func(at, dir string) []string {
				return []string{"--server=" + at, "--user=" + encoded(identity.EntryUser), "--password=" + encoded(d.secrets[identity.ProtocolOCS]), "--realm=Sonae", "--basevardir=" + dir, "--nolocal"}
			}},
		} {
			program, err := exec.LookPath(a.name)
			if err != nil {
				t.Logf("NOTICE: %s is not installed: it is not run against the server", a.name)
				continue
			}
			ran++
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			cmd := exec.CommandContext(ctx, program, a.args(d.url+a.path, t.TempDir())...) //nolint:gosec // Debian's program, arguments of this test
			out, err := cmd.CombinedOutput()
			cancel()
			if err != nil {
				t.Fatalf("%s: %v\n%s", a.name, err, out)
			}
			d.set(d.now().Add(time.Minute))
			if rows := d.assets(t); len(rows) != 1 || rows[0].LastSource != map[identity.Protocol]asset.Source{identity.ProtocolFusion: asset.SourceFusion, identity.ProtocolOCS: asset.SourceOCS}[a.protocol] {
				t.Fatalf("after %s: %+v\n%s", a.name, rows, out)
			}
		}
		if ran == 0 {
			t.Skip("NOTICE: neither fusioninventory-agent nor ocsinventory-agent is installed: apt-get install fusioninventory-agent ocsinventory-agent")
		}
		reportNative(t, d)
	})
}

// encoded is how the OCS agent wants user and password in its configuration.
func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// reportNative lets our own agent report the same machine.
func reportNative(t *testing.T, d otherDoor) {
	t.Helper()
	before := d.assets(t)[0]
	r, err := collect.Report(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	dev := d.device(t)
	r.DeviceID, r.Seq = dev.id, 1
	if _, err := d.server.Ingest(t.Context(), dev.id, &r); err != nil {
		t.Fatal(err)
	}
	rows := d.assets(t)
	if len(rows) != 1 || rows[0].ID != before.ID {
		t.Fatalf("%d rows for one machine: %+v", len(rows), rows)
	}
	facts, err := asset.Facts(t.Context(), d.db, before.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Contradicts {
			t.Errorf("%s: %s says %q, shown is %q", f.Field, f.Source, f.Value, rows[0].Values[f.Field])
		}
	}
	_, programs, _, err := software.ListByAsset(t.Context(), d.db, software.InstallFilter{AssetID: before.ID, Source: "agent"})
	if err != nil || programs < 100 {
		t.Errorf("%d programs, %v", programs, err)
	}
}
