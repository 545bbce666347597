package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"net/http"
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

func TestRefusalsStoreNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev, other, gone := d.device(t), d.device(t), d.device(t)
		d.tx(t, func(ctx context.Context, tx *store.Tx) error { return d.registry.RevokeDevice(ctx, tx, gone.id, "") })
		p := newPool()
		first := p.pc(1)
		first.Seq = 5
		if status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, first))); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		// Its evaluation is asked for after the answer: what comes later is somebody else's.
		for d.count(t, `SELECT count(*) FROM job`) == 0 {
			if err := t.Context().Err(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
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

func TestBombIsCheap(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	dev := d.device(t)
	// gzip members may follow each other (RFC 1952, section 2.2): one of 64 MiB of
	// nothing is packed once and repeated up to the limit on the wire.
	member := func(parts ...[]byte) []byte {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		for _, part := range parts {
			_, _ = z.Write(part)
		}
		_ = z.Close()
		return packed.Bytes()
	}
	var packed bytes.Buffer
	packed.Write(member([]byte(`{"version":1,"device_id":"`)))
	nothing := member(bytes.Repeat([]byte("a"), 64<<20))
	for packed.Len()+len(nothing) < wire.MaxWireBytes {
		packed.Write(nothing)
	}
	m := d.reportOf(dev, nil)
	m.body = packed.Bytes()
	m.header[wire.HeaderSignature] = wire.Sign(dev.key, m.body)
	// Its cost is processor time: how long a refusal takes besides depends on what else
	// the machine does. Apart from the watch below, which stops the world all the time.
	begin := cpuMS()
	d.send(t, m)
	cost := cpuMS() - begin
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
	status, header, body := d.send(t, m)
	close(stop)
	watch.Wait()
	if p := problem(t, header, body); status != http.StatusRequestEntityTooLarge || p.Code != "too_large" {
		t.Errorf("got %d %s", status, body)
	}
	base := before.Sys - before.HeapReleased
	if grown := int64(peak.Load()) - int64(base); grown > 50<<20 {
		t.Errorf("%d MB more memory for a body of %d MB", grown>>20, packed.Len()>>20)
	}
	if cost > 1000 {
		t.Errorf("cost %.0f ms of processor time", cost)
	}
}

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
	d.set(d.now().Add(time.Second))
	if status, _, _ := d.send(t, m); status != 415 {
		t.Errorf("a second later: %d", status)
	}
}
