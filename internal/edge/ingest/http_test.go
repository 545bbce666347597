package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/edge/ingest"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

// door is a running entry over real HTTP.
type door struct {
	*world
	url string
}

func open(t testing.TB, db *store.DB, change ...func(*ingest.Deps)) door {
	t.Helper()
	w := newWorld(t, db)
	deps := w.deps()
	deps.Log = slog.New(slog.DiscardHandler)
	for _, c := range change {
		c(&deps)
	}
	srv := httptest.NewServer(ingest.Handler(deps))
	t.Cleanup(srv.Close)
	return door{w, srv.URL}
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

func TestFullReportIsStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev := d.device(t)
		r := newPool().pc(1)
		status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, r)))
		var reply wire.ReportReply
		if err := json.Unmarshal(body, &reply); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		if diff := cmp.Diff(wire.ReportReply{Seq: 1, ServerMS: start.UnixMilli()}, reply); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for table, want := range map[string]int64{
			"asset_asset": 1, "software_install": 300, "software_service": 40, "network_port": 25, "account_local": 10, "network_interface": 3,
			"network_address": 4, "software_pending": 1, "software_safeguard": 5, "asset_volume": 2, "asset_disk": 1, "job": 1,
		} {
			if got := d.count(t, `SELECT count(*) FROM `+table); got != want {
				t.Errorf("%s: got %d rows, want %d", table, got, want)
			}
		}
		var ip, mac, kind, args string
		if err := db.QueryRow(t.Context(), `SELECT ip, mac, kind, (SELECT args FROM job) FROM asset_asset`).Scan(&ip, &mac, &kind, &args); err != nil {
			t.Fatal(err)
		}
		if ip != "10.10.0.2" || mac != "00:00:5e:00:00:10" || kind != "pc" || args != `{"facility":"`+d.facility+`"}` {
			t.Errorf("got %s %s %s %s", ip, mac, kind, args)
		}
		// Nothing changed: digests alone are enough, and add no row.
		before := d.rows(t)
		r.Sections, r.Seq, r.CollectedMS = wire.Sections{}, 2, r.CollectedMS+1000
		d.clock = d.clock.Add(time.Minute)
		if status, _, body = d.send(t, d.reportOf(dev, sealed(t, dev, r))); status != http.StatusOK || strings.Contains(string(body), "need") {
			t.Fatalf("%d %s", status, body)
		}
		before["numbers"] = 2
		if diff := cmp.Diff(before, d.rows(t)); diff != "" {
			t.Errorf("an unchanged report changed rows (-before +after):\n%s", diff)
		}
		if got := d.count(t, `SELECT last_seen_ms FROM asset_asset`); got != r.CollectedMS {
			t.Errorf("last seen at %d, want %d", got, r.CollectedMS)
		}
	})
}

func TestNeedAsksForWhatIsMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev := d.device(t)
		full := newPool().pc(1)
		sealed(t, dev, full)
		r := *full
		need := func(sections wire.Sections) string {
			t.Helper()
			r.Sections = sections
			status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, &r)))
			var reply wire.ReportReply
			if err := json.Unmarshal(body, &reply); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			r.Seq++
			return fmt.Sprint(reply.Need)
		}
		if got := need(wire.Sections{}); strings.Count(got, " ") != len(wire.AllSections)-1 {
			t.Errorf("a server that knows nothing asks for %s", got)
		}
		if n := d.count(t, `SELECT count(*) FROM asset_asset`); n != 0 {
			t.Errorf("digests alone made %d assets", n)
		}
		if got := need(full.Sections.Only(wire.SecHardware, wire.SecOS, wire.SecPackages)); strings.Contains(got, "packages") || !strings.Contains(got, "ports") {
			t.Errorf("after three sections the server asks for %s", got)
		}
		if got := need(full.Sections); got != "[]" {
			t.Errorf("after all sections the server asks for %s", got)
		}
	})
}

func TestRefusalsStoreNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev, other, gone := d.device(t), d.device(t), d.device(t)
		d.tx(t, func(ctx context.Context, tx *store.Tx) error { return d.registry.RevokeDevice(ctx, tx, gone.id) })
		p := newPool()
		first := p.pc(1)
		first.Seq = 5
		if status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, first))); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		good := func(change func(*wire.Report)) []byte {
			r := p.pc(2)
			r.Seq = 6
			if change != nil {
				change(r)
			}
			return sealed(t, dev, r)
		}
		edit := func(old, new string) []byte {
			plain := good(nil)
			if !bytes.Contains(plain, []byte(old)) {
				t.Fatalf("report does not hold %s", old)
			}
			return bytes.Replace(plain, []byte(old), []byte(new), 1)
		}
		with := func(m message, key, value string) message {
			m.header = maps.Clone(m.header)
			m.header[key] = value
			return m
		}
		ok := d.reportOf(dev, good(nil))
		cut := d.reportOf(dev, nil)
		cut.body = ok.body[:len(ok.body)/2]
		cut.header[wire.HeaderSignature] = wire.Sign(dev.key, cut.body)
		long := d.reportOf(dev, nil)
		long.body = bytes.Repeat([]byte("x"), wire.MaxWireBytes+1)
		longChunked := long
		longChunked.chunked = true
		bomb := d.reportOf(dev, append(append([]byte(`{"version":1,"x":"`), bytes.Repeat([]byte("a"), 40<<20)...), `"}`...))
		forged := with(ok, wire.HeaderSignature, wire.Sign(other.key, ok.body))
		stolen := d.reportOf(other, good(nil)) // signed by other, names dev inside
		get := ok
		get.method = http.MethodGet
		for _, c := range []struct {
			name   string
			m      message
			status int
			code   string
			reason string
		}{
			{"truncated JSON", d.reportOf(dev, good(nil)[:2000]), 422, "invalid", "truncated"},
			{"truncated compression", cut, 422, "invalid", "truncated"},
			{"too long, said so", long, 413, "too_large", "too_large"},
			{"too long, not said", longChunked, 413, "too_large", "too_large"},
			{"zip bomb", bomb, 413, "too_large", "ratio"},
			{"nested", d.reportOf(dev, []byte(`{"version":1,"x":`+strings.Repeat("[", 100000)+strings.Repeat("]", 100000)+`}`)), 422, "invalid", "depth"},
			{"not UTF-8", d.reportOf(dev, edit(`"host_name":"PC-00002"`, "\"host_name\":\"PC\xff\"")), 422, "invalid", "not_utf8"},
			{"overlong UTF-8", d.reportOf(dev, edit(`"host_name":"PC-00002"`, "\"host_name\":\"PC\xc0\xa7\"")), 422, "invalid", "not_utf8"},
			{"half a surrogate", d.reportOf(dev, edit(`"host_name":"PC-00002"`, `"host_name":"PC\ud800"`)), 422, "invalid", "not_utf8"},
			{"NUL", d.reportOf(dev, edit(`"host_name":"PC-00002"`, `"host_name":"PC\u0000"`)), 422, "invalid", "nul"},
			{"other version", d.reportOf(dev, edit(`"version":1`, `"version":2`)), 415, "unsupported", "wrong_version"},
			{"no version", d.reportOf(dev, []byte(`{}`)), 415, "unsupported", "wrong_version"},
			{"text for a number", d.reportOf(dev, edit(`"number":49152`, `"number":"49152"`)), 422, "invalid", "wrong_type"},
			{"number for a text", d.reportOf(dev, edit(`"host_name":"PC-00002"`, `"host_name":7`)), 422, "invalid", "wrong_type"},
			{"not JSON", d.reportOf(dev, []byte(`{"version":1,}`)), 422, "invalid", "malformed"},
			{"empty", d.reportOf(dev, nil), 422, "invalid", "truncated"},
			{"impossible port", d.reportOf(dev, good(func(r *wire.Report) { (*r.Sections.Ports)[3].Number = 70000 })), 422, "invalid", "bad_value"},
			{"wrong digest", d.reportOf(dev, edit(`"maker":"見本電子株式会社"`, `"maker":"見本電子"`)), 422, "invalid", "bad_value"},
			{"host name too long for the ledger", d.reportOf(dev, good(func(r *wire.Report) { r.Sections.OS.HostName = strings.Repeat("h", 501) })), 422, "invalid", "too_long"},
			{"too many rows", d.reportOf(dev, good(func(r *wire.Report) {
				many := make([]wire.Volume, wire.MaxRows+1)
				for i := range many {
					many[i] = wire.Volume{Mount: fmt.Sprint(i), Encryption: "on"}
				}
				r.Sections.Volumes = &many
			})), 413, "too_large", "too_many"},
			{"from the future", d.reportOf(dev, good(func(r *wire.Report) { r.CollectedMS += wire.MaxClockSkewMS + 1 })), 422, "invalid", "future"},
			{"replay", d.reportOf(dev, good(func(r *wire.Report) { r.Seq = 5 })), 409, "conflict", "replay"},
			{"forged signature", forged, 401, "unauthenticated", "signature"},
			{"no signature", with(ok, wire.HeaderSignature, ""), 401, "unauthenticated", "signature"},
			{"changed byte", message{ok.method, ok.path, ok.header, append(bytes.Clone(ok.body[:len(ok.body)-1]), ok.body[len(ok.body)-1]^1), false}, 401, "unauthenticated", "signature"},
			{"other device inside", stolen, 422, "invalid", "device_differs"},
			{"unknown device", with(ok, wire.HeaderDevice, store.NewID()), 401, "unauthenticated", "device_unknown"},
			{"malformed device", with(ok, wire.HeaderDevice, "' OR 1=1 --"), 422, "invalid", "device_header"},
			{"revoked device", d.reportOf(gone, good(nil)), 403, "forbidden", "device_revoked"},
			{"media type", with(ok, "Content-Type", "text/xml"), 415, "unsupported", "media_type"},
			{"compression", with(ok, "Content-Encoding", "br"), 415, "unsupported", "encoding"},
			{"method", get, 404, "not_found", "no_entry"},
		} {
			before := d.rows(t)
			status, header, body := d.send(t, c.m)
			got := problem(t, header, body)
			if status != c.status || got.Status != c.status || got.Code != c.code || got.Type != "urn:sonae:ingest:"+c.reason {
				t.Errorf("%s: got %d %+v", c.name, status, got)
			}
			if got.Title == "" || got.Detail == "" || got.Hint == "" && c.reason != "too_long" {
				t.Errorf("%s: says too little: %+v", c.name, got)
			}
			if (got.Seq != nil) != (c.reason == "replay") || got.Seq != nil && *got.Seq != 5 {
				t.Errorf("%s: seq %v", c.name, got.Seq)
			}
			if diff := cmp.Diff(before, d.rows(t)); diff != "" {
				t.Errorf("%s left something behind (-before +after):\n%s", c.name, diff)
			}
		}
		if n := d.count(t, `SELECT count(*) FROM identity_knock`); n == 0 {
			t.Error("nobody wrote down who knocked")
		}
		if status, _, body := d.send(t, ok); status != http.StatusOK {
			t.Errorf("the server no longer takes a good report: %d %s", status, body)
		}
	})
}

func TestProblemSpeaksTwoLanguages(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	m := message{http.MethodPost, "/ingest/v1/report", map[string]string{"Content-Type": wire.ReportType, wire.HeaderDevice: store.NewID()}, nil, false}
	for accept, want := range map[string]string{"": "en", "ja": "ja", "en-GB,en;q=0.9": "en", "ja,en;q=0.5": "ja"} {
		m.header["Accept-Language"] = accept
		_, header, body := d.send(t, m)
		p := problem(t, header, body)
		if japanese := strings.Contains(p.Detail, "機器"); header.Get("Content-Language") != want || japanese != (want == "ja") {
			t.Errorf("%q: got %s", accept, body)
		}
	}
}

// S1 and S3: whatever a machine calls itself is stored as it is, or refused.
func TestHostileTextIsStoredAsText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		for i, text := range []string{
			`'; DROP TABLE asset_asset; --`, `" OR ""="`, `%00 %s \x00 \u0041`, `<script>alert(1)</script>`, `{{.}} ${x} #{y}`, "a\tb\nc\r\n", `=cmd|'/c calc'!A0`,
			"\u202eevil\u2066", "髙﨑㈱", "👩‍⚕️", `\`, `$1 ?1 :a @b`, "\ufeffx", "\uffff",
		} {
			dev := d.device(t)
			r := newPool().pc(i)
			s := &r.Sections
			s.OS.HostName, s.OS.Name, s.Hardware.Model, s.Hardware.CPUModel = text, text, text, text
			(*s.Packages)[0] = wire.Package{Name: text, Version: text, Publisher: text, Kind: text, Arch: text, Source: text}
			(*s.Services)[0] = wire.Service{Name: text, Title: text, Start: "auto", Path: text, RunAs: text}
			(*s.Ports)[0].Process, (*s.Ports)[0].Path, (*s.Ports)[0].User = text, text, text
			(*s.Accounts)[0] = wire.Account{Name: text, ID: text, FullName: text, Why: text, Groups: []string{text}}
			(*s.Interfaces)[0].Name = text
			s.Security.Protection[0].Product, s.Security.TimeSource, s.Security.RemoteAccess = text, text, []string{text}
			s.Updates.Pending[0].Name, s.Updates.Pending[0].Have, s.Updates.Pending[0].Offered, s.Updates.Pending[0].Severity = text, text, text, text
			before := d.rows(t)
			status, header, body := d.send(t, d.reportOf(dev, sealed(t, dev, r)))
			if status != http.StatusOK {
				p := problem(t, header, body)
				if diff := cmp.Diff(before, d.rows(t)); diff != "" || p.Code != "invalid" {
					t.Errorf("%q: %d %s\n%s", text, status, body, diff)
				}
				t.Logf("%q is refused at %s: %s", text, p.Place, p.Detail)
				continue
			}
			for column, want := range map[string]int64{
				"asset_asset.host_name": 1, "asset_asset.os_name": 1, "asset_asset.model": 1, "software_title.name": 1, "software_title.version": 1, "software_title.publisher": 1,
				"software_title.kind": 1, "software_title.arch": 1, "software_title.origin": 1, "software_service.name": 1, "software_service.path": 1, "software_service.run_as": 1,
				"network_port.process": 1, "network_port.path": 1, "network_port.run_as": 1, "network_interface.name": 1, "account_local.name": 1, "account_local.system_id": 1,
				"account_local.full_name": 1, "account_local.why": 1, "software_pending.name": 1, "software_pending.offered": 1, "software_pending.severity": 1, "software_safeguard.name": 2, "software_safeguard.detail": 1,
			} {
				table, name, _ := strings.Cut(column, ".")
				if got := d.count(t, `SELECT count(*) FROM `+table+` WHERE `+name+` = $1`, text); got != want {
					t.Errorf("%q in %s: %d rows, want %d", text, column, got, want)
				}
			}
		}
	})
}

// S13: a bomb of many gigabytes costs little time and memory, also by a device that
// is known.
func TestBombIsCheap(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	dev := d.device(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"version":1,"device_id":"`))
	chunk := bytes.Repeat([]byte("a"), 1<<20)
	for packed.Len() < wire.MaxWireBytes-(1<<16) {
		_, _ = z.Write(chunk)
	}
	_ = z.Close()
	m := d.reportOf(dev, nil)
	m.body = packed.Bytes()
	m.header[wire.HeaderSignature] = wire.Sign(dev.key, m.body)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				peak.Store(max(peak.Load(), now.Sys-now.HeapReleased))
				runtime.Gosched()
			}
		}
	})
	begin := time.Now()
	status, header, body := d.send(t, m)
	took := time.Since(begin)
	close(stop)
	watch.Wait()
	if p := problem(t, header, body); status != http.StatusRequestEntityTooLarge || p.Code != "too_large" {
		t.Errorf("got %d %s", status, body)
	}
	base := before.Sys - before.HeapReleased
	if grown := int64(peak.Load()) - int64(base); grown > 50<<20 {
		t.Errorf("%d MB more memory for a body of %d MB", grown>>20, packed.Len()>>20)
	}
	if took > time.Second {
		t.Errorf("took %v", took)
	}
}

// S19: what was acknowledged is stored, and nothing else, with many clients at once
// that also repeat themselves.
func TestRowsInAreRowsAcknowledged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		const machines, rounds = 12, 5
		p := newPool()
		devices := make([]testDevice, machines)
		for i := range devices {
			devices[i] = d.device(t)
		}
		var acknowledged [machines]atomic.Int64
		var replays, others atomic.Int64
		var all sync.WaitGroup
		for i := range machines {
			for copyOf := range 2 { // two agents with one key: each number counts once
				all.Go(func() {
					for round := range rounds {
						r := p.pc(i)
						r.Seq, r.CollectedMS = int64(round+1), r.CollectedMS+int64(round)
						extra := append(*r.Sections.Packages, wire.Package{Kind: "msi", Name: fmt.Sprintf("round %d", round), Version: fmt.Sprint(i)})
						r.Sections.Packages = &extra
						m := d.reportOf(devices[i], sealed(t, devices[i], r))
						if copyOf == 1 && round%2 == 1 {
							m.body = m.body[:len(m.body)-9]
						}
						switch status, _, body := d.send(t, m); status {
						case http.StatusOK:
							acknowledged[i].Add(1)
						case http.StatusConflict:
							replays.Add(1)
						case http.StatusUnauthorized:
							others.Add(1)
						default:
							t.Errorf("%d %s", status, body)
						}
					}
				})
			}
		}
		all.Wait()
		for i := range machines {
			var last int64
			if err := db.QueryRow(t.Context(), `SELECT last_seq FROM identity_device WHERE id = $1`, devices[i].id).Scan(&last); err != nil {
				t.Fatal(err)
			}
			if n := acknowledged[i].Load(); n < 1 || n > rounds || last < n {
				t.Errorf("machine %d: %d acknowledged, last number %d", i, n, last)
			}
			got := d.count(t, `SELECT count(*) FROM software_install i JOIN software_title s ON s.no = i.title_no WHERE s.version = $1 AND s.name LIKE 'round %'`, fmt.Sprint(i))
			if want := acknowledged[i].Load(); got != want {
				t.Errorf("machine %d: %d rows for %d acknowledged reports", i, got, want)
			}
			if open := d.count(t, `SELECT count(*) FROM software_install i JOIN software_title s ON s.no = i.title_no WHERE s.version = $1 AND s.name LIKE 'round %' AND i.gone_ms IS NULL`, fmt.Sprint(i)); open != 1 {
				t.Errorf("machine %d: %d rounds are open, want the last", i, open)
			}
		}
		if assets, entries := d.count(t, `SELECT count(*) FROM asset_asset`), d.count(t, `SELECT count(*) FROM audit_entry`); assets != machines || entries != machines {
			t.Errorf("%d assets and %d audit entries for %d machines", assets, entries, machines)
		}
		if replays.Load() == 0 || others.Load() == 0 {
			t.Errorf("%d replays and %d broken reports: the test did not try them", replays.Load(), others.Load())
		}
	})
}

// History never goes backwards: an old report is taken, but does not undo a newer one.
func TestOldAndFutureClocks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev := d.device(t)
		report := func(seq, collectedMS int64, pkg string) {
			t.Helper()
			r := newPool().pc(1)
			r.Seq, r.CollectedMS, r.Sections.Packages = seq, collectedMS, &[]wire.Package{{Kind: "msi", Name: pkg}}
			if status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, r))); status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
		}
		open := func() (name string) {
			t.Helper()
			if err := db.QueryRow(t.Context(), `SELECT s.name FROM software_install i JOIN software_title s ON s.no = i.title_no WHERE i.gone_ms IS NULL`).Scan(&name); err != nil {
				t.Fatal(err)
			}
			return name
		}
		week := start.AddDate(0, 0, -7).UnixMilli()
		report(1, week, "last week") // kept for a week by an agent without a line
		if got := d.count(t, `SELECT first_ms FROM software_install`); got != week {
			t.Errorf("first seen at %d, want the report's own time %d", got, week)
		}
		report(2, start.UnixMilli(), "today")
		report(3, start.Add(-time.Hour).UnixMilli(), "an hour ago")
		if got := open(); got != "today" {
			t.Errorf("an older report won: %s", got)
		}
		report(4, start.Add(40*time.Hour).UnixMilli(), "clock ahead")
		d.clock = d.clock.Add(time.Minute)
		report(5, d.clock.UnixMilli(), "clock set right")
		if got := open(); got != "clock set right" {
			t.Errorf("a clock that ran ahead hides later reports: %s", got)
		}
	})
}

// A full disk is told as such, loses nothing, and is over when there is space again.
// SQLite's own page limit gives the very error of a full disk.
func TestStorageFull(t *testing.T) {
	db := storetest.SQLite(t)
	d := open(t, db)
	dev := d.device(t)
	limit := func(pages int64) {
		d.tx(t, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
			return err
		})
	}
	m := d.reportOf(dev, sealed(t, dev, newPool().pc(1)))
	before := d.rows(t)
	limit(1) // SQLite takes the present size then
	status, header, body := d.send(t, m)
	if p := problem(t, header, body); status != http.StatusServiceUnavailable || p.Code != "unavailable" || header.Get("Retry-After") != "60" {
		t.Errorf("got %d %s, Retry-After %s", status, body, header.Get("Retry-After"))
	}
	if diff := cmp.Diff(before, d.rows(t)); diff != "" {
		t.Errorf("left something behind (-before +after):\n%s", diff)
	}
	limit(1 << 30)
	if status, _, body := d.send(t, m); status != http.StatusOK {
		t.Errorf("with space again: %d %s", status, body)
	}
}

func TestRateOfAnAddress(t *testing.T) {
	d := open(t, storetest.SQLite(t), func(deps *ingest.Deps) { deps.Requests = ingest.Rate{PerSecond: 1, Burst: 3} })
	m := message{http.MethodPost, "/ingest/v1/report", map[string]string{"Content-Type": "x/y"}, nil, false}
	var got []int
	for range 4 {
		status, _, _ := d.send(t, m)
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{415, 415, 415, 429}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, header, body := d.send(t, m)
	if p := problem(t, header, body); p.Code != "too_many" || header.Get("Retry-After") != "1" {
		t.Errorf("got %s, Retry-After %s", body, header.Get("Retry-After"))
	}
	d.clock = d.clock.Add(time.Second)
	if status, _, _ := d.send(t, m); status != 415 {
		t.Errorf("a second later: %d", status)
	}
}

func TestEnroll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		public, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		request := wire.EnrollRequest{Version: wire.Version, Token: d.token, PublicKey: public, Identity: wire.Identity{HostName: "受付-01", Serial: "S1", OSFamily: "linux"}}
		enroll := func(change func(*wire.EnrollRequest)) (int, http.Header, []byte) {
			r := request
			if change != nil {
				change(&r)
			}
			body, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			return d.send(t, message{http.MethodPost, "/ingest/v1/enroll", map[string]string{"Content-Type": "application/json"}, body, false})
		}
		before := d.rows(t)
		for _, c := range []struct {
			name   string
			change func(*wire.EnrollRequest)
			status int
			code   string
		}{
			{"wrong token", func(r *wire.EnrollRequest) { r.Token += "x" }, 401, "unauthenticated"},
			{"no token", func(r *wire.EnrollRequest) { r.Token = "" }, 422, "invalid"},
			{"short key", func(r *wire.EnrollRequest) { r.PublicKey = r.PublicKey[:31] }, 422, "invalid"},
			{"version", func(r *wire.EnrollRequest) { r.Version = 9 }, 415, "unsupported"},
			{"too long", func(r *wire.EnrollRequest) { r.Token = strings.Repeat("x", wire.MaxEnrollBytes) }, 413, "too_large"},
		} {
			status, header, body := enroll(c.change)
			if p := problem(t, header, body); status != c.status || p.Code != c.code {
				t.Errorf("%s: got %d %s", c.name, status, body)
			}
		}
		if diff := cmp.Diff(before, d.rows(t)); diff != "" {
			t.Errorf("refusals left something behind (-before +after):\n%s", diff)
		}
		if n := d.count(t, `SELECT count(*) FROM identity_knock WHERE summary LIKE '%受付-01%'`); n != 1 {
			t.Errorf("%d knocks", n)
		}
		var first, again wire.EnrollReply
		for _, reply := range []*wire.EnrollReply{&first, &again} { // an agent that lost the answer repeats
			status, _, body := enroll(nil)
			if err := json.Unmarshal(body, reply); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
		}
		if first.DeviceID != again.DeviceID || !store.ValidID(first.DeviceID) || first.ServerMS != start.UnixMilli() {
			t.Errorf("got %+v, then %+v", first, again)
		}
		if assets, devices := d.count(t, `SELECT count(*) FROM asset_asset`), d.count(t, `SELECT count(*) FROM identity_device`); assets != 0 || devices != 1 {
			t.Errorf("%d assets, %d devices", assets, devices)
		}
		dev := testDevice{first.DeviceID, key}
		if status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, newPool().pc(1)))); status != http.StatusOK {
			t.Errorf("first report: %d %s", status, body)
		}
		if n := d.count(t, `SELECT count(*) FROM audit_entry WHERE action = 'device.enrolled' OR action = 'asset.found'`); n < 2 {
			t.Errorf("%d audit entries", n)
		}
	})
}
