package collect

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/wire"
)

func TestPackageManagers(t *testing.T) {
	src := linux(map[string]string{
		"etc/passwd":                           "root:x:0:0::/root:/bin/bash\ntaro:x:1000:1000::/home/taro:/bin/bash\n",
		"var/lib/pacman/local/zlib-1:1.3/desc": "%NAME%\nzlib\n\n%VERSION%\n1:1.3-1\n\n%BASE%\nzlib-base\n\n%ARCH%\nx86_64\n\n%INSTALLDATE%\n1764000000\n",
		"lib/apk/db/installed":                 "C:Q1=\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nF:lib\n\nP:busybox-binsh\nV:1.36.1-r29\nA:x86_64\no:busybox\n",
		"snap/firefox/current/meta/snap.yaml":  "name: firefox\nversion: '145.0-1'\nsummary: x\n",
		"var/lib/flatpak/app/org.example.App/current/active/files/share/metainfo/org.example.App.metainfo.xml": `<component><releases><release date="2026-01-01" version="2.4"/><release version="2.3"/></releases></component>`,
		"home/taro/.local/share/flatpak/app/org.example.Own/current/active/metadata":                           "[Application]\n",
		"opt/homebrew/Cellar/wget/1.25.0/INSTALL_RECEIPT.json":                                                 "{}",
		"usr/local/lib/python3.12/dist-packages/requests-2.32.0.dist-info/METADATA":                            "Metadata-Version: 2.1\nName: requests\nVersion: 2.32.0\nAuthor: Kenneth\n\nName: not this\n",
		"usr/local/lib/python3.12/dist-packages/requests-2.32.0.dist-info/INSTALLER":                           "pip\n",
		"usr/lib/python3/dist-packages/apt-2.6.dist-info/METADATA":                                             "Name: apt\nVersion: 2.6\n",
		"usr/local/lib/node_modules/@example/tool/package.json":                                                `{"name":"@example/tool","version":"1.0.0"}`,
		"usr/local/lib/node_modules/broken/package.json":                                                       `{`,
	})
	got, err := packages(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.Package{
		{Name: "@example/tool", Version: "1.0.0", Kind: "npm"},
		{Name: "busybox-binsh", Version: "1.36.1-r29", Kind: "apk", Arch: "x86_64", Source: "busybox"},
		{Name: "firefox", Version: "145.0-1", Kind: "snap"},
		{Name: "musl", Version: "1.2.5-r0", Kind: "apk", Arch: "x86_64"},
		{Name: "org.example.App", Version: "2.4", Kind: "flatpak"},
		{Name: "org.example.Own", Kind: "flatpak"},
		{Name: "requests", Version: "2.32.0", Kind: "pip", Publisher: "Kenneth"},
		{Name: "wget", Version: "1.25.0", Kind: "homebrew"},
		{Name: "zlib", Version: "1:1.3-1", Kind: "pacman", Arch: "x86_64", Source: "zlib-base", InstalledOn: "2025-11-24"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	if _, err := packages(t.Context(), &Source{OS: "linux", Files: fstest.MapFS{}}); !errors.Is(err, ErrNoData) {
		t.Errorf("a machine without packages: %v", err)
	}
}

// TestRealPackageDatabases reads the databases that other readers test with; without
// SONAE_TESTDATA it is skipped.
func TestRealPackageDatabases(t *testing.T) {
	dir := os.Getenv("SONAE_TESTDATA")
	if dir == "" {
		t.Skip("SONAE_TESTDATA is not set")
	}
	files := testArchive(t, filepath.Join(dir, "package-databases", "package-databases.tar.gz"))
	if list := parseAPK(string(files["apk/installed"])); len(list) != strings.Count("\n"+string(files["apk/installed"]), "\nP:") || len(list) == 0 {
		t.Errorf("apk: %d packages", len(list))
	}
	if p, ok := parsePacman(string(files["pacman/valid"])); !ok || p.Version == "" {
		t.Errorf("pacman: %+v", p)
	}
	for name, body := range files { // broken ones do no harm
		parseAPK(string(body))
		parsePacman(string(body))
		firstRelease(string(body))
		parseMetadata(string(body))
		t.Logf("%s: %d bytes", name, len(body))
	}
	if v := firstRelease(string(files["flatpak/valid.xml"])); v == "" {
		t.Error("flatpak: no release found")
	}
}

// testArchive reads a tar.gz of small files.
func testArchive(t *testing.T, name string) map[string][]byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[strings.TrimPrefix(h.Name, "./")], err = io.ReadAll(io.LimitReader(r, 4<<20)); err != nil {
			t.Fatal(err)
		}
	}
}
