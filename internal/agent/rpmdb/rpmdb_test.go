package rpmdb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
)

// realDatabases are those of the folder that SONAE_TESTDATA names: test data of
// osv-scalibr v0.5.3 and syft v1.57.0, Apache-2.0. They are too large for this
// repository.
func realDatabases(t *testing.T) map[string][]byte {
	t.Helper()
	root := os.Getenv("SONAE_TESTDATA")
	if root == "" {
		t.Skip("SONAE_TESTDATA is not set: no real RPM databases to read")
	}
	f, err := os.Open(filepath.Join(root, "package-databases", "package-databases.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for archive := tar.NewReader(z); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(filepath.Dir(head.Name)) == "rpm" {
			if found[filepath.Base(head.Name)], err = io.ReadAll(archive); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func list(body []byte) ([]Package, error) {
	var got []Package
	err := Read(File{Data: bytes.NewReader(body), Size: int64(len(body))}, func(p Package) error {
		got = append(got, p)
		return nil
	})
	return got, err
}

func TestReadRealDatabases(t *testing.T) {
	for name, body := range realDatabases(t) {
		t.Run(name, func(t *testing.T) {
			got, err := list(body)
			if err != nil {
				t.Fatal(err)
			}
			// Counts as in the test suites the files come from.
			want := map[string]int{"rpmdb.sqlite": 141, "Packages.db": 137, "Packages": 148, "Packages_epoch": 1}
			if len(got) != want[name] {
				t.Errorf("%d packages, want %d", len(got), want[name])
			}
			for _, p := range got {
				if p.Name == "" || p.Version == "" || p.Release == "" || p.InstalledMS == 0 {
					t.Errorf("package without its facts: %+v", p)
				}
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, body := range map[string]string{"empty": "", "short": "Rpm", "text": "this is not a package database at all"} {
		t.Run(name, func(t *testing.T) {
			if _, err := list([]byte(body)); !errors.Is(err, ErrFormat) {
				t.Errorf("error = %v, want ErrFormat", err)
			}
		})
	}
}

// header builds a package header as rpm keeps it.
func header(p Package) []byte {
	var entries, data []byte
	count := 0
	add := func(tag, kind uint32, value []byte) {
		for _, n := range []uint32{tag, kind, uint32(len(data)), 1} {
			entries = binary.BigEndian.AppendUint32(entries, n)
		}
		data = append(data, value...)
		count++
	}
	for tag, text := range map[uint32]string{tagName: p.Name, tagVersion: p.Version, tagRelease: p.Release, tagArch: p.Arch, tagVendor: p.Vendor, tagSourceRPM: p.SourceRPM} {
		add(tag, typeString, append([]byte(text), 0))
	}
	add(tagInstallTime, typeInt32, binary.BigEndian.AppendUint32(nil, uint32(p.InstalledMS/1000)))
	if p.Epoch != 0 {
		add(tagEpoch, typeInt32, binary.BigEndian.AppendUint32(nil, uint32(p.Epoch)))
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(count))
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	return slices.Concat(out, entries, data)
}

var (
	bash = Package{Name: "bash", Version: "5.1.8", Release: "6.el9", Arch: "x86_64", Vendor: "Rocky", SourceRPM: "bash-5.1.8-6.el9.src.rpm", InstalledMS: 1684009148000}
	bind = Package{Name: "bind-libs", Version: "9.16.23", Release: "1.el9", Epoch: 32, Arch: "x86_64", Vendor: strings.Repeat("long ", 200), SourceRPM: "bind-9.16.23-1.el9.src.rpm", InstalledMS: 1684009149000}
)

func sqliteFile(t testing.TB) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "rpmdb.sqlite")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE Packages(hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Package{bash, bind} {
		if _, err := db.Exec("INSERT INTO Packages(blob) VALUES($1)", header(p)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func ndbFile() []byte {
	out := make([]byte, ndbPage)
	copy(out, "RpmP")
	binary.LittleEndian.PutUint32(out[12:], 1)
	for at := 32; at < ndbPage; at += ndbUnit {
		copy(out[at:], "Slot")
	}
	for i, p := range []Package{bash, bind} {
		slot, body := 32+(i+1)*ndbUnit, header(p)
		binary.LittleEndian.PutUint32(out[slot+4:], uint32(i+1))
		binary.LittleEndian.PutUint32(out[slot+8:], uint32(len(out)/ndbUnit))
		blob := append([]byte("BlbS"), make([]byte, 12)...)
		binary.LittleEndian.PutUint32(blob[4:], uint32(i+1))
		binary.LittleEndian.PutUint32(blob[12:], uint32(len(body)))
		blob = append(blob, body...)
		out = append(out, append(blob, make([]byte, (ndbUnit-len(blob)%ndbUnit)%ndbUnit)...)...)
	}
	return out
}

// hashFileOf has one package on its hash page and one on overflow pages.
func hashFileOf(order binary.AppendByteOrder) []byte {
	const size = 512
	put32 := func(page []byte, at int, n uint32) { copy(page[at:], order.AppendUint32(nil, n)) }
	put16 := func(page []byte, at int, n int) { copy(page[at:], order.AppendUint16(nil, uint16(n))) }
	small, large := header(bash), header(bind)
	var overflow [][]byte
	for rest := large; len(rest) > 0; {
		n := min(len(rest), size-pageHead)
		page := make([]byte, size)
		page[25] = pageOverflow
		put16(page, 22, n)
		copy(page[pageHead:], rest[:n])
		if rest = rest[n:]; len(rest) > 0 {
			put32(page, 16, uint32(2+len(overflow)+1))
		}
		overflow = append(overflow, page)
	}
	meta, page := make([]byte, size), make([]byte, size)
	put32(meta, 12, hashMagic)
	put32(meta, 20, size)
	put32(meta, 32, uint32(1+len(overflow)))
	page[25] = pageHash
	at, items := size, 0
	item := func(kind byte, body []byte) {
		at -= 1 + len(body)
		page[at] = kind
		copy(page[at+1:], body)
		put16(page, pageHead+2*items, at)
		items++
	}
	item(itemInline, []byte{0, 0, 0, 0})
	item(itemInline, []byte{2, 0, 0, 0}) // the counter
	item(itemInline, []byte{1, 0, 0, 0})
	item(itemInline, small)
	item(itemInline, []byte{2, 0, 0, 0})
	pointer := make([]byte, 11)
	put32(pointer, 3, 2)
	put32(pointer, 7, uint32(len(large)))
	item(itemOverflow, pointer)
	put16(page, 20, items)
	return slices.Concat(meta, page, slices.Concat(overflow...))
}

func TestReadFormats(t *testing.T) {
	for name, body := range map[string][]byte{
		"sqlite": sqliteFile(t), "ndb": ndbFile(), "hash": hashFileOf(binary.LittleEndian), "hash, big-endian": hashFileOf(binary.BigEndian),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := list(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Package{bash, bind}, got); diff != "" {
				t.Errorf("packages (-want +got):\n%s", diff)
			}
			if got[0].EVR() != "5.1.8-6.el9" || got[1].EVR() != "32:9.16.23-1.el9" {
				t.Errorf("versions %q and %q", got[0].EVR(), got[1].EVR())
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, body := range [][]byte{sqliteFile(f), ndbFile(), hashFileOf(binary.LittleEndian)} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = list(body) // no panic, no endless walk
	})
}
