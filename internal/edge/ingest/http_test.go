package ingest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"sonae/internal/edge/ingest"
	"sonae/internal/platform/store"
	"sonae/internal/wire"
)

// door is a running entry over real HTTP.
type door struct {
	*world
	url    string
	server *ingest.Server
}

func open(t testing.TB, db *store.DB, change ...func(*ingest.Deps)) door {
	t.Helper()
	w := newWorld(t, db)
	deps := w.deps()
	deps.Log = slog.New(slog.DiscardHandler)
	for _, c := range change {
		c(&deps)
	}
	server := ingest.New(deps)
	srv := httptest.NewServer(server.Routes())
	t.Cleanup(func() { srv.Close(); server.Close() })
	return door{w, srv.URL, server}
}

// message is one request to the entry; fields are changed by tests.
type message struct {
	method, path string
	header       map[string]string
	body         []byte
	chunked      bool
}

func (d door) reportOf(dev testDevice, plain []byte) message {
	body := gzipped(plain)
	return message{http.MethodPost, "/ingest/v1/report", map[string]string{
		"Content-Type": wire.ReportType, "Content-Encoding": "gzip", wire.HeaderDevice: dev.id, wire.HeaderSignature: wire.Sign(dev.key, body),
	}, body, false}
}

func (d door) send(t testing.TB, m message) (status int, header http.Header, body []byte) {
	t.Helper()
	var r io.Reader = bytes.NewReader(m.body)
	if m.chunked {
		r = struct{ io.Reader }{r}
	}
	req, err := http.NewRequestWithContext(t.Context(), m.method, d.url+m.path, r)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range m.header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, body
}

func gzipped(plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(plain)
	_ = z.Close()
	return b.Bytes()
}

func sealed(t testing.TB, dev testDevice, r *wire.Report) []byte {
	t.Helper()
	r.DeviceID = dev.id
	r.Seal()
	plain, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// tables that a refused report must leave as they are. The device's own row is among
// them: its number must not move. Knocks are looked at apart.
var tables = []string{
	"asset_asset", "asset_fact", "asset_identity", "asset_source", "asset_section", "asset_conflict", "asset_volume", "asset_disk",
	"software_title", "software_install", "software_unsettled", "software_service", "software_pending", "software_update_state", "software_safeguard",
	"account_local", "network_interface", "network_address", "network_port", "identity_device", "job", "audit_entry", "audit_hash",
}

func (w *world) rows(t testing.TB) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, table := range tables {
		out[table] = w.count(t, `SELECT count(*) FROM `+table)
	}
	out["numbers"] = w.count(t, `SELECT coalesce(sum(last_seq), 0) FROM identity_device`)
	return out
}

func (w *world) count(t testing.TB, query string, args ...any) (n int64) {
	t.Helper()
	if err := w.db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func problem(t testing.TB, header http.Header, body []byte) (p ingest.Problem) {
	t.Helper()
	if got := header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("got %s: %s", got, body)
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return p
}

// S1 and S3: whatever a machine calls itself is stored as it is, or refused.
// S13: a bomb of many gigabytes costs little time and memory, also by a device that
// is known.
// S19: what was acknowledged is stored, and nothing else, with many clients at once
// that also repeat themselves.
// History never goes backwards: an old report is taken, but does not undo a newer one.
// A full disk is told as such, loses nothing, and is over when there is space again.
// SQLite's own page limit gives the very error of a full disk.
