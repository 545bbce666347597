package sbom

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"sonae/internal/platform/fault"
)

// A real list of a medical device, and the documents of CycloneDX' own test suite, are
// read without a loss. They lie outside of the project: SONAE_TESTDATA.
func TestRealDocuments(t *testing.T) {
	dir := os.Getenv("SONAE_TESTDATA")
	if dir == "" {
		t.Skip("SONAE_TESTDATA is not set")
	}
	body, err := os.ReadFile(filepath.Join(dir, "sbom-medical", "narrow.sbom.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Read(body)
	if err != nil || len(doc.Components) != 55 || doc.Version != "1.4" {
		t.Fatalf("%d components of version %s: %v", len(doc.Components), doc.Version, err)
	}
	for _, c := range doc.Components {
		if c.Problem != nil || c.PURL == "" && c.CPE == "" {
			t.Errorf("%+v", c)
		}
	}
	empty := 0
	eachEntry(t, filepath.Join(dir, "sbom-cyclonedx", "cyclonedx-go-testdata.tar.gz"), func(name string, body []byte) {
		doc, err := Read(body)
		if f := fault.Of(err); f != nil && f.Key == "sbom.error.no_components" {
			empty++
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, c := range doc.Components {
			if c.Problem != nil {
				t.Errorf("%s: %+v", name, c)
			}
		}
	})
	t.Logf("%d documents have no components", empty)
}

func eachEntry(t *testing.T, path string, fn func(name string, body []byte)) {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		body, err := io.ReadAll(io.LimitReader(r, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		fn(h.Name, body)
	}
}
