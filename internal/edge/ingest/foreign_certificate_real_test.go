//go:build linux

package ingest_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// perlModule is the one of docs/other-agents.md: agents without a setting for a client
// certificate get it from Perl.
const perlModule = `package SonaeCertificate;
use IO::Socket::SSL;
IO::Socket::SSL::set_client_defaults(SSL_cert_file => 'FILE');
1;
`

// TestRealClientsWithCertificate runs Debian's agents and curl with a certificate that
// Sonae made, over TLS, without any secret.
func TestRealClientsWithCertificate(t *testing.T) {
	if testing.Short() {
		t.Skip("takes an inventory with each agent")
	}
	g := openTLS(t, newWorld(t, storetest.SQLite(t)), "", nil)
	dir := t.TempDir()
	text, _, _ := g.issued(t, g.entryFor(t, identity.ProtocolFusion, g.facility))
	file := filepath.Join(dir, "sonae.pem")
	g.file(t, file, text)
	ofOCS, _, _ := g.issued(t, g.entryFor(t, identity.ProtocolOCS, g.facility))
	fileOCS := filepath.Join(dir, "ocs.pem")
	g.file(t, fileOCS, ofOCS)
	body := filepath.Join(dir, "body")
	g.file(t, body, string(recordedMessage(t, "fusioninventory-2.6-inventory.xml")))
	g.file(t, filepath.Join(dir, "none.cfg"), "")
	const path = "/plugins/fusioninventory/"
	fusion := []string{"--server=" + g.url + path, "--tasks=inventory", "--no-httpd", "--no-ssl-check", "--conf-file=" + filepath.Join(dir, "none.cfg")}
	for _, c := range []struct {
		program, cert string // in the agent's Perl
		args          []string
		good          bool
		source        asset.Source
	}{
		{"curl", "", []string{"--silent", "--insecure", "--fail", "--http1.1", "--cert", file, "--data-binary", "@" + body, g.url + path}, true, asset.SourceFusion},
		{"curl", "", []string{"--silent", "--insecure", "--fail", "--http1.1", "--cert", fileOCS, "--data-binary", "@" + body, g.url + path}, false, ""},
		{"curl", "", []string{"--silent", "--insecure", "--fail", "--http1.1", "--data-binary", "@" + body, g.url + path}, false, ""},
		{"fusioninventory-agent", file, fusion, true, asset.SourceFusion},
		{"fusioninventory-agent", fileOCS, fusion, false, ""},
		{"ocsinventory-agent", fileOCS, []string{"--server=" + g.url + foreign.OCSPath, "--ssl=0", "--basevardir=" + dir, "--nolocal"}, true, asset.SourceOCS},
	} {
		program, err := exec.LookPath(c.program)
		if err != nil {
			t.Logf("NOTICE: %s is not installed: it is not run with a certificate", c.program)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, program, c.args...) //nolint:gosec // a Debian program, arguments of this test
		if c.cert != "" {
			g.file(t, filepath.Join(dir, "SonaeCertificate.pm"), strings.ReplaceAll(perlModule, "FILE", c.cert))
			cmd.Env = append(os.Environ(), "PERL5OPT=-I"+dir+" -MSonaeCertificate")
		}
		uses := g.uses(t)
		g.set(g.now().Add(2 * time.Minute))
		out, err := cmd.CombinedOutput()
		cancel()
		if used := g.uses(t) != uses; used != c.good || c.program == "curl" && (err == nil) != c.good {
			t.Errorf("%s with %s: used %v, %v\n%s", c.program, c.cert, used, err, out)
		}
		seen := map[asset.Source]bool{}
		for _, a := range g.assets(t) {
			seen[a.LastSource] = true
		}
		if c.good && !seen[c.source] {
			t.Errorf("%s: no machine came in\n%s", c.program, out)
		}
	}
}

func (g gate) file(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// uses are the times of last use of all entries together.
func (g gate) uses(t testing.TB) (sum int64) {
	t.Helper()
	list, _, _, err := g.registry.Entries(t.Context(), g.db, identity.ListFilter{Scope: identity.Scope{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		sum += e.LastUsedMS
	}
	return sum
}
