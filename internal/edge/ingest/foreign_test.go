package ingest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"log/slog"

	"sonae/internal/edge/ingest"
	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/audit"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

// otherDoor is a server with both entries over real HTTP.
type otherDoor struct {
	*world
	url     string
	server  *ingest.Server
	secrets map[identity.Protocol]string
	entries map[identity.Protocol]identity.Entry
}

func openOther(t testing.TB, db *store.DB, protocols ...identity.Protocol) otherDoor {
	t.Helper()
	w := newWorld(t, db)
	deps := w.deps()
	deps.Log = slog.New(slog.DiscardHandler)
	server := ingest.New(deps)
	mux := http.NewServeMux()
	mux.Handle("/ingest/", server.Routes())
	for _, p := range ingest.ForeignPaths() {
		mux.Handle(p, server.Foreign())
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(func() { srv.Close(); server.Close() })
	d := otherDoor{w, srv.URL, server, map[identity.Protocol]string{}, map[identity.Protocol]identity.Entry{}}
	for _, p := range protocols {
		d.open(t, p)
	}
	return d
}

func (d otherDoor) open(t testing.TB, p identity.Protocol) {
	t.Helper()
	d.tx(t, func(ctx context.Context, tx *store.Tx) (err error) {
		d.secrets[p], d.entries[p], err = d.registry.OpenEntry(ctx, tx, identity.System("test"), identity.Entry{Protocol: p, FacilityID: d.facility, Note: "試し"})
		return err
	})
}

// post sends a body as an agent does; secret "" sends no credentials.
func (d otherDoor) post(t testing.TB, path, secret, agentID string, body []byte) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		req.SetBasicAuth(identity.EntryUser, secret)
	}
	if agentID != "" {
		req.Header.Set("GLPI-Agent-ID", agentID)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, answer
}

// unpacked is an answer, and that it came in the packing that was sent.
func unpacked(t testing.TB, answer []byte, want foreign.Packing) string {
	t.Helper()
	plain, packing, err := foreign.Unpack(answer)
	if err != nil || packing != want {
		t.Fatalf("answer in %s, %v; want %s: %q", packing, err, want, answer)
	}
	return string(plain)
}

func recordedMessage(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("foreign", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func (w *world) assets(t testing.TB) []asset.Asset {
	t.Helper()
	page, err := asset.List(t.Context(), w.db, asset.Filter{Scope: asset.Scope{All: true}}, asset.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

func TestOtherAgentsAreLeftOutUntilOpened(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := openOther(t, db)
		prolog := foreign.Pack(recordedMessage(t, "ocsinventory-2.10-prolog.xml"), foreign.Zlib)
		if status, h, _ := d.post(t, "/ocsinventory", "x", "", prolog); status != http.StatusNotFound || h.Get("WWW-Authenticate") != "" {
			t.Errorf("closed: %d", status)
		}
		d.open(t, identity.ProtocolOCS)
		if status, _, _ := d.post(t, "/front/inventory.php", d.secrets[identity.ProtocolOCS], "", prolog); status != http.StatusNotFound {
			t.Errorf("path of another protocol: %d", status)
		}
		status, h, answer := d.post(t, "/ocsinventory", "", "", prolog)
		if status != http.StatusUnauthorized || !strings.HasPrefix(h.Get("WWW-Authenticate"), "Basic ") || !strings.Contains(string(answer), "<ERROR>") {
			t.Errorf("no secret: %d %q", status, answer)
		}
		if knocks, err := d.registry.Knocks(t.Context(), d.db); err != nil || len(knocks) != 0 {
			t.Errorf("asking for the secret counts as a knock: %v, %v", knocks, err)
		}
		if status, _, _ = d.post(t, "/ocsinventory", "wrong", "", prolog); status != http.StatusUnauthorized {
			t.Errorf("wrong secret: %d", status)
		}
		if knocks, err := d.registry.Knocks(t.Context(), d.db); err != nil || len(knocks) != 1 {
			t.Errorf("wrong secret: %v, %v", knocks, err)
		}
		status, _, answer = d.post(t, "/ocsinventory", d.secrets[identity.ProtocolOCS], "", prolog)
		if text := unpacked(t, answer, foreign.Zlib); status != http.StatusOK || !strings.Contains(text, "<RESPONSE>SEND</RESPONSE>") || !strings.Contains(text, `<PARAM ON="0">`) {
			t.Errorf("%d %s", status, text)
		}
		d.tx(t, func(ctx context.Context, tx *store.Tx) error {
			return d.registry.CloseEntry(ctx, tx, d.entries[identity.ProtocolOCS].ID)
		})
		if status, _, _ := d.post(t, "/ocsinventory", d.secrets[identity.ProtocolOCS], "", prolog); status != http.StatusNotFound {
			t.Errorf("closed again: %d", status)
		}
	})
}

func TestOtherInventories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := openOther(t, db, identity.ProtocolFusion, identity.ProtocolOCS)
		fusion := foreign.Pack(recordedMessage(t, "fusioninventory-2.6-inventory.xml"), foreign.Zlib)
		status, _, answer := d.post(t, "/plugins/fusioninventory/", d.secrets[identity.ProtocolFusion], "", fusion)
		if text := unpacked(t, answer, foreign.Zlib); status != http.StatusOK || !strings.Contains(text, "<REPLY>") || strings.Contains(text, "ERROR") {
			t.Fatalf("%d %s", status, text)
		}
		rows := d.assets(t)
		if len(rows) != 1 || rows[0].Name != "ward-pc-01" || rows[0].MainSource != asset.SourceFusion || rows[0].Values[asset.FieldOSVersion] != "12.11" {
			t.Fatalf("%+v", rows)
		}
		id := rows[0].ID
		_, programs, _, err := software.ListByAsset(t.Context(), d.db, software.InstallFilter{AssetID: id})
		if err != nil || programs != 30 {
			t.Errorf("%d programs, %v", programs, err)
		}
		// OCS sends plain here: the same machine stays one row, and its weaker lists wait.
		d.set(d.now().Add(time.Hour))
		ocs := recordedMessage(t, "ocsinventory-2.10-inventory.xml")
		status, _, answer = d.post(t, "/ocsinventory", d.secrets[identity.ProtocolOCS], "", ocs)
		if text := unpacked(t, answer, foreign.Plain); status != http.StatusOK || !strings.Contains(text, "NO_ACCOUNT_UPDATE") {
			t.Fatalf("%d %s", status, text)
		}
		if rows = d.assets(t); len(rows) != 1 || rows[0].Contradictions != 0 || rows[0].LastSource != asset.SourceOCS {
			t.Fatalf("%+v", rows)
		}
		checkOnce(t, d, id)
		// FusionInventory falls silent: what OCS has comes in.
		d.set(d.now().Add(8 * 24 * time.Hour))
		if status, _, _ = d.post(t, "/ocsinventory", d.secrets[identity.ProtocolOCS], "", ocs); status != http.StatusOK {
			t.Fatal(status)
		}
		if volumes, err := asset.Volumes(t.Context(), d.db, id, 0); err != nil || len(volumes) != 2 {
			t.Errorf("volumes of both: %+v, %v", volumes, err)
		}
		found, err := audit.List(t.Context(), d.db, audit.Filter{Scope: identity.Scope{All: true}, Action: "asset.found"})
		if err != nil || len(found.Entries) != 1 {
			t.Errorf("audit entries of found machines: %+v, %v", found, err)
		}
	})
}

// checkOnce wants every row of the machine once, though two sources know it.
func checkOnce(t *testing.T, d otherDoor, id string) {
	t.Helper()
	names := map[string]int{}
	volumes, err := asset.Volumes(t.Context(), d.db, id, 0)
	for _, v := range volumes {
		names["volume "+v.Mount]++
	}
	interfaces, err2 := network.Interfaces(t.Context(), d.db, id, 0)
	for _, n := range interfaces {
		names["interface "+n.Name]++
	}
	accounts, _, _, err3 := account.List(t.Context(), d.db, account.Filter{AssetID: id})
	for _, a := range accounts {
		names["account "+a.Name]++
	}
	if err != nil || err2 != nil || err3 != nil || len(names) < 5 {
		t.Errorf("%d rows: %v %v %v", len(names), err, err2, err3)
	}
	for name, n := range names {
		if n != 1 {
			t.Errorf("%s stands %d times", name, n)
		}
	}
}

func TestGLPIGoesOnInJSON(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := openOther(t, db, identity.ProtocolGLPI)
		const agent, path = "00000000-0000-4000-8000-000000000001", "/front/inventory.php"
		say := func(packing foreign.Packing, body string) string {
			t.Helper()
			status, _, answer := d.post(t, path, d.secrets[identity.ProtocolGLPI], agent, foreign.Pack([]byte(body), packing))
			text := unpacked(t, answer, packing)
			if status != http.StatusOK {
				t.Fatalf("%d %s", status, text)
			}
			d.set(d.now().Add(time.Minute))
			return text
		}
		if got := say(foreign.Zlib, `<REQUEST><DEVICEID>w</DEVICEID><QUERY>PROLOG</QUERY><TOKEN>12345678</TOKEN></REQUEST>`); got != `{"status":"pending"}` {
			t.Error(got)
		}
		if got := say(foreign.Gzip, `{"action":"contact","deviceid":"w","name":"GLPI-Agent","version":"1.12","installed-tasks":["inventory"]}`); !strings.Contains(got, `"no-category":"process,environment"`) || !strings.Contains(got, `"status":"ok"`) {
			t.Error(got)
		}
		partial := `{"action":"inventory","deviceid":"w","partial":true,"content":{"bios":{"smanufacturer":"例示電機","ssn":"EX59-204001"},"hardware":{"name":"W-01","memory":8192},"drives":[]}}`
		say(foreign.Deflate, partial)
		if rows := d.assets(t); len(rows) != 0 {
			t.Errorf("a partial inventory of an unknown machine made a row: %+v", rows)
		}
		say(foreign.Plain, `{"action":"inventory","deviceid":"w","itemtype":"Computer","content":{"bios":{"smanufacturer":"例示電機","ssn":"EX59-204001"},"hardware":{"name":"W-01","memory":4096},
			"operatingsystem":{"full_name":"Windows 11 Pro","kernel_version":"10.0.26100"},"drives":[{"letter":"C:","type":"Local Disk","total":1000}],"softwares":[{"name":"電子カルテ端末","version":"5.2","from":"registry"}]}}`)
		say(foreign.Zlib, partial)
		rows := d.assets(t)
		if len(rows) != 1 || rows[0].Values[asset.FieldMemoryBytes] != "8589934592" || rows[0].Values[asset.FieldOSName] != "Windows 11 Pro" {
			t.Fatalf("%+v", rows)
		}
		if volumes, err := asset.Volumes(t.Context(), d.db, rows[0].ID, 0); err != nil || len(volumes) != 0 {
			t.Errorf("present and empty means gone: %+v, %v", volumes, err)
		}
		if _, programs, _, err := software.ListByAsset(t.Context(), d.db, software.InstallFilter{AssetID: rows[0].ID}); err != nil || programs != 1 {
			t.Errorf("absent means unchanged: %d programs, %v", programs, err)
		}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+path+"?action=getConfig&machineid=w&task%5BDeploy%5D=2.8", http.NoBody)
		req.SetBasicAuth("any", d.secrets[identity.ProtocolGLPI])
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if string(body) != "{}" {
			t.Errorf("a task was given: %s", body)
		}
	})
}

func TestOtherAgentsHearWhy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := openOther(t, db, identity.ProtocolFusion, identity.ProtocolGLPI)
		fusion := func(content string) string {
			return "<REQUEST><DEVICEID>x</DEVICEID><QUERY>INVENTORY</QUERY><CONTENT>" + content + "</CONTENT></REQUEST>"
		}
		for _, tt := range []struct {
			name, body string
			protocol   identity.Protocol
			status     int
			says       string
		}{
			{"bomb", string(foreign.Pack(make([]byte, 8<<20), foreign.Zlib)), identity.ProtocolFusion, 413, "compressed"},
			{"entity", "<!DOCTYPE x>" + fusion(""), identity.ProtocolFusion, 422, "document type"},
			{"truncated", fusion("")[:40], identity.ProtocolFusion, 422, "too early"},
			{"host name too long for the ledger", fusion("<HARDWARE><NAME>" + strings.Repeat("あ", 600) + "</NAME></HARDWARE>"), identity.ProtocolFusion, 422, "host_name"},
			{"64 KB in a field", fusion("<HARDWARE><NAME>" + strings.Repeat("a", 64<<10) + "</NAME></HARDWARE>"), identity.ProtocolFusion, 413, "HARDWARE[0].NAME"},
			{"task results", "<REQUEST><DEVICEID>x</DEVICEID><QUERY>DEPLOY</QUERY></REQUEST>", identity.ProtocolFusion, 422, "kind"},
			{"other protocol's secret", `{"action":"contact","deviceid":"x"}`, identity.ProtocolFusion, 403, `"status":"error"`},
			{"JSON that is none", `{"action":`, identity.ProtocolGLPI, 422, `"status":"error"`},
		} {
			packing := foreign.Zlib
			body := foreign.Pack([]byte(tt.body), packing)
			if tt.name == "bomb" {
				body = []byte(tt.body)
			}
			status, h, answer := d.post(t, "/front/inventory.php", d.secrets[tt.protocol], "", body)
			if text := unpacked(t, answer, packing); status != tt.status && !(tt.status == 422 && status == 400) || !strings.Contains(text, tt.says) {
				t.Errorf("%s: %d %s", tt.name, status, text)
			}
			if h.Get("Location") != "" {
				t.Errorf("%s: redirects", tt.name)
			}
		}
		if rows := d.assets(t); len(rows) != 0 {
			t.Errorf("something was stored: %+v", rows)
		}
		// Hostile names are stored as they are and shown escaped; nothing runs.
		hostile := fusion("<HARDWARE><NAME>&lt;script&gt;\u202Egnp.exe</NAME></HARDWARE>")
		if status, _, answer := d.post(t, "/front/inventory.php", d.secrets[identity.ProtocolFusion], "", []byte(hostile)); status != http.StatusOK {
			t.Errorf("%d %s", status, answer)
		}
	})
}

func TestOtherAgentsAreHeldToTheRate(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	deps := w.deps()
	deps.Log, deps.Requests = slog.New(slog.DiscardHandler), ingest.Rate{PerSecond: 1, Burst: 2}
	handler := ingest.New(deps).Foreign()
	for i, want := range []int{404, 404, 429} {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ocsinventory", strings.NewReader("<REQUEST/>")))
		if rec.Code != want || want == 429 && rec.Header().Get("Retry-After") == "" {
			t.Errorf("request %d: %d, want %d", i, rec.Code, want)
		}
	}
}
