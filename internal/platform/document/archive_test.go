package document

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
)

// archive makes a small pack.
func archive(t *testing.T) (data, manifest []byte, hash string) {
	t.Helper()
	var b bytes.Buffer
	a := NewArchiveWriter(&b, created)
	for _, name := range []string{"台帳/機器台帳.csv", "チェックリスト.pdf"} {
		if _, err := a.Add(name, "text/plain", strings.NewReader("内容 "+name)); err != nil {
			t.Fatal(err)
		}
	}
	manifest, hash, err := a.Close(map[string]any{"edition": "r7", "as_of": "2026-11-22"})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), manifest, hash
}

func TestManifestListsEveryFile(t *testing.T) {
	data, manifest, hash := archive(t)
	if sum := sha256.Sum256(manifest); hex.EncodeToString(sum[:]) != hash {
		t.Error("the hash is not that of the manifest")
	}
	r, err := OpenArchive(bytes.NewReader(data), int64(len(data)), ArchiveLimits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"台帳/機器台帳.csv", "チェックリスト.pdf", "manifest.json"}, r.Names()); diff != "" {
		t.Error(diff)
	}
	var read struct {
		Edition string
		AsOf    string `json:"as_of"`
		Files   []ManifestFile
	}
	if err := json.Unmarshal(content(t, r, ManifestName), &read); err != nil {
		t.Fatal(err)
	}
	if read.Edition != "r7" || read.AsOf != "2026-11-22" || len(read.Files) != 2 || read.Files[0].Name != "チェックリスト.pdf" {
		t.Errorf("manifest says %+v", read)
	}
	for _, f := range read.Files {
		body := content(t, r, f.Name)
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(body)) != f.SizeBytes || f.MediaType != "text/plain" {
			t.Errorf("manifest is wrong about %+v", f)
		}
	}
}

// content reads one file of an archive.
func content(t *testing.T, r *ArchiveReader, name string) []byte {
	t.Helper()
	in, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	body, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestArchivesOfEqualContentAreEqual(t *testing.T) {
	a, _, _ := archive(t)
	b, _, _ := archive(t)
	if !bytes.Equal(a, b) {
		t.Error("two archives of equal content differ")
	}
}

func TestArchiveRefusesNames(t *testing.T) {
	for _, name := range []string{
		"", ".", "/a", "../a", "a/../b", "a//b", "a\\b", "C:a", "a\x00b", "a\nb", "manifest.json", "Manifest.JSON", "taken", "TAKEN", "a/", "a.", "a /b", strings.Repeat("x", 300), "a\xff",
	} {
		a := NewArchiveWriter(io.Discard, created)
		if _, err := a.Add("Taken", "text/plain", strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Add(name, "text/plain", strings.NewReader("x")); !errors.Is(err, ErrName) {
			t.Errorf("name %q gave %v", name, err)
		}
	}
}

// zipOf makes an archive without any check.
func zipOf(t *testing.T, headers []zip.FileHeader, body func(i int, w io.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range headers {
		w, err := z.CreateHeader(&headers[i])
		if err != nil {
			t.Fatal(err)
		}
		if body != nil {
			body(i, w)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileArchives(t *testing.T) {
	link := zip.FileHeader{Name: "link"}
	link.SetMode(0o777 | 1<<27) // fs.ModeSymlink
	var many []zip.FileHeader
	for i := range 2000 {
		many = append(many, zip.FileHeader{Name: fmt.Sprint("f", i)})
	}
	good := zipOf(t, []zip.FileHeader{{Name: "a"}}, nil)
	for _, test := range []struct {
		name string
		data []byte
		code fault.Code
	}{
		{"climbs out", zipOf(t, []zip.FileHeader{{Name: "../../etc/passwd"}}, nil), fault.CodeInvalid},
		{"absolute", zipOf(t, []zip.FileHeader{{Name: "/etc/passwd"}}, nil), fault.CodeInvalid},
		{"backslash", zipOf(t, []zip.FileHeader{{Name: `..\windows\x`}}, nil), fault.CodeInvalid},
		{"drive", zipOf(t, []zip.FileHeader{{Name: "C:x"}}, nil), fault.CodeInvalid},
		{"twice", zipOf(t, []zip.FileHeader{{Name: "a"}, {Name: "A"}}, nil), fault.CodeInvalid},
		{"symbolic link", zipOf(t, []zip.FileHeader{link}, nil), fault.CodeInvalid},
		{"too many", zipOf(t, many, nil), fault.CodeTooLarge},
		{"not a ZIP file", []byte("plain text"), fault.CodeUnsupported},
		{"nothing", nil, fault.CodeUnsupported},
		{"cut", good[:len(good)-10], fault.CodeUnsupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := OpenArchive(bytes.NewReader(test.data), int64(len(test.data)), ArchiveLimits{Entries: 1000})
			if !fault.Is(err, test.code) {
				t.Errorf("got %v, want %s", err, test.code)
			}
		})
	}
}

func TestDirectoryBombCostsLittle(t *testing.T) {
	var headers []zip.FileHeader
	for i := range 60_000 {
		headers = append(headers, zip.FileHeader{Name: fmt.Sprintf("%050d", i)})
	}
	data := zipOf(t, headers, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := OpenArchive(bytes.NewReader(data), int64(len(data)), ArchiveLimits{Entries: 100})
	runtime.ReadMemStats(&after)
	if !fault.Is(err, fault.CodeTooLarge) {
		t.Fatalf("got %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("refusing took %d bytes of memory", used)
	}
}

// bomb is an archive of zeros.
func bomb(t *testing.T, files int, each int64) []byte {
	t.Helper()
	headers := make([]zip.FileHeader, files)
	for i := range headers {
		headers[i] = zip.FileHeader{Name: fmt.Sprint("zeros", i), Method: zip.Deflate}
	}
	return zipOf(t, headers, func(_ int, w io.Writer) {
		if _, err := io.CopyN(w, zeros{}, each); err != nil {
			t.Fatal(err)
		}
	})
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestZipBombIsRefusedWhileReading(t *testing.T) {
	for _, test := range []struct {
		name   string
		data   []byte
		limits ArchiveLimits
		most   int64
	}{
		{"ratio", bomb(t, 1, 64<<20), ArchiveLimits{}, 64 << 20},
		{"one file", bomb(t, 1, 4<<20), ArchiveLimits{FileBytes: 2 << 20, Ratio: 5000}, 3 << 20},
		{"all files", bomb(t, 4, 1<<20), ArchiveLimits{TotalBytes: 2 << 20, Ratio: 5000}, 3 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := OpenArchive(bytes.NewReader(test.data), int64(len(test.data)), test.limits)
			if err != nil {
				t.Fatal(err)
			}
			var total int64
			for _, name := range r.Names() {
				in, err := r.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(io.Discard, in)
				in.Close()
				if total += n; err != nil {
					if !fault.Is(err, fault.CodeTooLarge) {
						t.Fatalf("got %v", err)
					}
					if total >= test.most {
						t.Errorf("refused after %d bytes only", total)
					}
					return
				}
			}
			t.Error("the bomb was unpacked")
		})
	}
}

func TestDamagedContentIsSeen(t *testing.T) {
	data := zipOf(t, []zip.FileHeader{{Name: "a"}}, func(_ int, w io.Writer) { io.WriteString(w, "hello hello") })
	at := bytes.Index(data, []byte("hello"))
	data[at] = 'j'
	r, err := OpenArchive(bytes.NewReader(data), int64(len(data)), ArchiveLimits{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(in); !fault.Is(err, fault.CodeInvalid) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Open("b"); !fault.Is(err, fault.CodeNotFound) {
		t.Errorf("got %v", err)
	}
}

func FuzzOpenArchive(f *testing.F) {
	var b bytes.Buffer
	a := NewArchiveWriter(&b, created)
	if _, err := a.Add("a/b", "text/plain", strings.NewReader("hello")); err != nil {
		f.Fatal(err)
	}
	if _, _, err := a.Close(nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := ArchiveLimits{Entries: 10, FileBytes: 1 << 16, TotalBytes: 1 << 17, Ratio: 100}
		r, err := OpenArchive(bytes.NewReader(data), int64(len(data)), limits)
		if err != nil {
			return
		}
		var total int64
		for _, name := range r.Names() {
			if !cleanName(name) {
				t.Fatalf("name %q came through", name)
			}
			in, err := r.Open(name)
			if err != nil {
				continue
			}
			n, _ := io.Copy(io.Discard, in)
			in.Close()
			total += n
		}
		if total > limits.TotalBytes {
			t.Fatalf("unpacked %d bytes", total)
		}
	})
}
