package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// sample is a small valid report with two sections.
func sample() *Report {
	packages := []Package{{Name: "bash", Version: "5.2.15-2+b8", Kind: "dpkg", Arch: "amd64"}}
	ports := []Port{{Protocol: "tcp", Address: "0.0.0.0", Number: 22, Process: "sshd"}}
	r := &Report{
		Version: Version, DeviceID: "0192d3a0-0000-7000-8000-000000000001", Seq: 1, CollectedMS: 1764000000000,
		Agent:    Agent{Version: "1.0.0", OS: "linux", Arch: "amd64"},
		Sections: Sections{Packages: &packages, Ports: &ports},
	}
	r.Seal()
	return r
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func zipped(t testing.TB, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDecodeRoundTrip(t *testing.T) {
	want := full()
	body := encoded(t, want)
	packed, err := Deflate(body)
	if err != nil {
		t.Fatal(err)
	}
	for encoding, bytesOnWire := range map[string][]byte{"zstd": packed, "gzip": zipped(t, body), "x-gzip": zipped(t, body), "": body, "identity": body} {
		t.Run("encoding "+encoding, func(t *testing.T) {
			for range 2 {
				got, err := Decode(iotest.OneByteReader(bytes.NewReader(bytesOnWire)), encoding, ReportLimits())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("report changed on the way (-want +got):\n%s", diff)
				}
				if err := got.Check(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	body := string(encoded(t, sample()))
	deep := strings.Repeat("[", 13) + strings.Repeat("]", 13)
	manyRows := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("{},", n), ",") + "]" }
	tests := []struct {
		name, body  string
		code        Code
		place       string
		placePrefix bool
	}{
		{name: "nothing", body: "", code: CodeTruncated},
		{name: "cut in the middle", body: body[:len(body)/2], code: CodeTruncated, placePrefix: true},
		{name: "cut by one byte", body: body[:len(body)-1], code: CodeTruncated},
		{name: "cut in a string", body: `{"version":1,"device_id":"019`, code: CodeTruncated, place: "device_id"},
		{name: "not JSON", body: `<?xml version="1.0"?>`, code: CodeMalformed},
		{name: "bytes after the end", body: body + "{}", code: CodeMalformed},
		{name: "missing value", body: `{"version":1,"seq":}`, code: CodeMalformed, place: "seq"},
		{name: "broken number", body: `{"version":1,"seq":01}`, code: CodeMalformed, place: "seq"},
		{name: "broken literal", body: `{"version":1,"sections":{"interfaces":[{"up":True}]}}`, code: CodeMalformed, place: "sections.interfaces[0].up"},
		{name: "member twice", body: `{"version":1,"seq":1,"seq":2}`, code: CodeMalformed, place: "seq"},
		{name: "member twice in another case", body: `{"version":1,"seq":1,"SEQ":2}`, code: CodeMalformed, place: "SEQ"},
		{name: "member name with escapes", body: `{"version":1,"s\u0065q":1}`, code: CodeMalformed, place: "?"},
		{name: "too deep", body: `{"version":1,"x":` + deep + `}`, code: CodeDepth, placePrefix: true, place: "x[0]"},
		{name: "ten thousand deep", body: strings.Repeat(`{"a":`, 10000), code: CodeDepth, placePrefix: true, place: "a.a"},
		{name: "overlong UTF-8", body: `{"version":1,"device_id":"` + "\xc0\x80" + `"}`, code: CodeNotUTF8, place: "device_id"},
		{name: "Latin-1 in a row", body: `{"version":1,"sections":{"packages":[{"name":"a"},{"name":"caf` + "\xe9" + `"}]}}`, code: CodeNotUTF8, place: "sections.packages[1].name"},
		{name: "half a surrogate pair", body: `{"version":1,"device_id":"\ud800x"}`, code: CodeNotUTF8, place: "device_id"},
		{name: "surrogates swapped", body: `{"version":1,"device_id":"\udc00\ud800"}`, code: CodeNotUTF8, place: "device_id"},
		{name: "raw NUL", body: `{"version":1,"device_id":"a` + "\x00" + `"}`, code: CodeNUL, place: "device_id"},
		{name: "escaped NUL", body: `{"version":1,"sections":{"packages":[{"name":"a\u0000b"}]}}`, code: CodeNUL, place: "sections.packages[0].name"},
		{name: "long string", body: `{"version":1,"device_id":"` + strings.Repeat("a", MaxStringBytes+1) + `"}`, code: CodeTooLarge, place: "device_id"},
		{name: "version missing", body: `{"seq":1}`, code: CodeWrongVersion, place: "version"},
		{name: "version of tomorrow with another shape", body: `{"version":2,"seq":"x"}`, code: CodeWrongVersion, place: "version"},
		{name: "version as text", body: `{"version":"1"}`, code: CodeWrongVersion, place: "version"},
		{name: "version in capitals", body: `{"Version":1}`, code: CodeWrongVersion, place: "version"},
		{name: "text for a number", body: `{"version":1,"seq":"1"}`, code: CodeWrongType, place: "seq"},
		{name: "number for text in a row", body: `{"version":1,"sections":{"packages":[{"name":"a"},{"name":7,"kind":"x"}]}}`, code: CodeWrongType, place: "sections.packages[1].name"},
		{name: "object for a list", body: `{"version":1,"sections":{"packages":{"name":"a"}}}`, code: CodeWrongType, place: "sections.packages"},
		{name: "list for an object", body: `{"version":1,"agent":["a"]}`, code: CodeWrongType, place: "agent"},
		{name: "number too big", body: `{"version":1,"seq":1e99}`, code: CodeWrongType, place: "seq"},
		{name: "whole message a list", body: `[1]`, code: CodeWrongVersion, place: "version"},
		{name: "packages over the limit", body: `{"version":1,"sections":{"packages":` + manyRows(MaxPackages+1) + `}}`, code: CodeTooMany, place: "sections.packages"},
		{name: "ports over the limit", body: `{"version":1,"sections":{"ports":` + manyRows(MaxRows+1) + `}}`, code: CodeTooMany, place: "sections.ports"},
		{name: "packages under another case", body: `{"version":1,"sections":{"PACKAGES":` + manyRows(MaxRows+1) + `}}`, code: CodeTooMany, place: "sections.PACKAGES"},
		{name: "members over the limit", body: `{"version":1,"digests":{` + manyMembers(65) + `}}`, code: CodeTooMany, placePrefix: true, place: "digests.k64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(strings.NewReader(tt.body), "", ReportLimits())
			var refusal *Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("Decode = %v, %v; want a refusal", got, err)
			}
			if refusal.Code != tt.code {
				t.Errorf("code = %s, want %s (%v)", refusal.Code, tt.code, refusal)
			}
			if refusal.Place != tt.place && (!tt.placePrefix || !strings.HasPrefix(refusal.Place, tt.place)) {
				t.Errorf("place = %q, want %q", refusal.Place, tt.place)
			}
		})
	}
}

func manyMembers(n int) string {
	var members []string
	for i := range n {
		members = append(members, fmt.Sprintf(`"k%d":""`, i))
	}
	return strings.Join(members, ",")
}

func TestDecodeAccepts(t *testing.T) {
	for name, body := range map[string]string{
		"unknown members":     `{"version":1,"colour":{"a":[1,null,true]}}`,
		"escapes and a pair":  `{"version":1,"device_id":"\u00e9\ud83d\ude00\n"}`,
		"string at the limit": `{"version":1,"device_id":"` + strings.Repeat("\\u00e9", MaxStringBytes/2) + `"}`,
		"space around":        " \n{ \"version\" : 1 , \"notes\" : [ ] }\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode(strings.NewReader(body), "", ReportLimits()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestInflateRefuses(t *testing.T) {
	body := encoded(t, sample())
	packed, err := Deflate(body)
	if err != nil {
		t.Fatal(err)
	}
	small := ReportLimits()
	small.WireBytes = 100
	exact := ReportLimits()
	exact.WireBytes = int64(len(packed))
	tests := []struct {
		name, encoding string
		body           []byte
		limits         Limits
		code           Code // "" = accepted
	}{
		{"unknown encoding", "br", body, ReportLimits(), CodeEncoding},
		{"not gzip", "gzip", body, ReportLimits(), CodeEncoding},
		{"not zstd", "zstd", body, ReportLimits(), CodeEncoding},
		{"cut gzip", "gzip", zipped(t, body)[:50], ReportLimits(), CodeTruncated},
		{"cut gzip header", "gzip", zipped(t, body)[:5], ReportLimits(), CodeTruncated},
		{"cut zstd", "zstd", packed[:len(packed)/2], ReportLimits(), CodeTruncated},
		{"bytes after zstd", "zstd", append(bytes.Clone(packed), "junk"...), ReportLimits(), CodeEncoding},
		{"bytes after gzip", "gzip", append(zipped(t, body), "junk that follows"...), ReportLimits(), CodeEncoding},
		{"plain over the wire limit", "", body, small, CodeTooLarge},
		{"gzip over the wire limit", "gzip", zipped(t, body), small, CodeTooLarge},
		{"zstd over the wire limit", "zstd", packed, small, CodeTooLarge},
		{"exactly the wire limit", "zstd", packed, exact, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Inflate(bytes.NewReader(tt.body), tt.encoding, tt.limits)
			var refusal *Refusal
			errors.As(err, &refusal)
			switch {
			case tt.code == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.code != "" && (refusal == nil || refusal.Code != tt.code):
				t.Errorf("error = %v, want code %s", err, tt.code)
			}
		})
	}
}

func TestInflateKeepsReaderError(t *testing.T) {
	broken := errors.New("connection reset")
	for _, encoding := range []string{"", "gzip", "zstd"} {
		if _, err := Inflate(iotest.ErrReader(broken), encoding, ReportLimits()); !errors.Is(err, broken) {
			t.Errorf("%q: error = %v, want the reader's own", encoding, err)
		}
	}
}

// zeros is an endless stream.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestBombs holds the promise on decompression bombs: 10 GB of nothing costs
// less than 50 MB and one second, whatever it is packed with.
func TestBombs(t *testing.T) {
	const tenGB = 10 << 30
	var one bytes.Buffer
	z, err := zstd.NewWriter(&one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(z, zeros{}, 256<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	zstdBomb := bytes.Repeat(one.Bytes(), tenGB/(256<<20)) // frames may follow each other
	gzipOne := zipped(t, make([]byte, 64<<20))
	gzipBomb := bytes.Repeat(gzipOne, tenGB/(64<<20))
	spaces := zipped(t, bytes.Repeat([]byte(" "), 64<<20))

	for _, tt := range []struct {
		name, encoding string
		bomb           []byte
		code           Code
	}{
		{"zstd", "zstd", zstdBomb, CodeRatio},
		{"gzip", "gzip", gzipBomb, CodeRatio},
		{"gzip of spaces", "gzip", spaces, CodeRatio},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Decode(bytes.NewReader(tt.bomb), tt.encoding, ReportLimits())
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Code != tt.code {
				t.Fatalf("error = %v, want code %s", err, tt.code)
			}
			spent := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes on the wire: %d KiB allocated, %v", len(tt.bomb), spent>>10, took)
			if spent > 50<<20 {
				t.Errorf("allocated %d bytes, want below 50 MB", spent)
			}
			if took > time.Second {
				t.Errorf("took %v, want below 1 s", took)
			}
		})
	}
}

// TestParsedMemory feeds the list that grows most when parsed.
func TestParsedMemory(t *testing.T) {
	body := `{"version":1,"sections":{"accounts":[` + strings.TrimSuffix(strings.Repeat(`{"groups":[`+strings.TrimSuffix(strings.Repeat(`"",`, 4000), ",")+`]},`, 2500), ",") + `]}}`
	limits := ReportLimits()
	limits.WireBytes = limits.BodyBytes
	_, err := Decode(strings.NewReader(body), "", limits)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Code != CodeTooMany {
		t.Fatalf("error = %v, want code %s", err, CodeTooMany)
	}
}

func FuzzDecode(f *testing.F) {
	body := encoded(f, sample())
	packed, err := Deflate(body)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, uint8(0))
	f.Add(zipped(f, body), uint8(1))
	f.Add(packed, uint8(2))
	f.Add([]byte(`{"version":1,"sections":{"packages":[{"name":"a\u0000b"}]}}`), uint8(0))
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		report, err := Decode(bytes.NewReader(body), []string{"", "gzip", "zstd"}[kind%3], ReportLimits())
		if err != nil {
			if _, ok := errors.AsType[*Refusal](err); !ok {
				t.Fatalf("error %v is not a refusal", err)
			}
			return
		}
		if report.Check() != nil {
			return
		}
		again, err := Decode(bytes.NewReader(encoded(t, report)), "", ReportLimits())
		if err != nil {
			t.Fatalf("an accepted report is refused when sent again: %v", err)
		}
		if err := again.Check(); err != nil {
			t.Fatalf("its check fails: %v", err)
		}
	})
}

func FuzzDecodeEnroll(f *testing.F) {
	f.Add(encoded(f, EnrollRequest{Version: 1, Token: "t", PublicKey: make([]byte, 32), Identity: Identity{HostName: "h"}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		request, err := DecodeEnroll(bytes.NewReader(body), "", EnrollLimits())
		var refusal *Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("error %v is not a refusal", err)
		}
		if err == nil && (len(request.PublicKey) != 32 || request.Token == "") {
			t.Fatalf("accepted %+v", request)
		}
	})
}

func BenchmarkDecode300Packages(b *testing.B) {
	r := sample()
	packages := make([]Package, 300)
	for i := range packages {
		packages[i] = Package{Name: fmt.Sprintf("package-%d", i), Version: "1.2.3-4", Kind: "dpkg", Arch: "amd64", Source: "source"}
	}
	r.Sections.Packages = &packages
	r.Seal()
	packed, err := Deflate(encoded(b, r))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		got, err := Decode(bytes.NewReader(packed), "zstd", ReportLimits())
		if err != nil {
			b.Fatal(err)
		}
		if err := got.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeUnchanged(b *testing.B) {
	r := sample()
	r.Sections = Sections{}
	packed, err := Deflate(encoded(b, r))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(bytes.NewReader(packed), "zstd", ReportLimits()); err != nil {
			b.Fatal(err)
		}
	}
}
