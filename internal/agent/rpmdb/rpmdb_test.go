package rpmdb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
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
		if err == io.EOF {
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
			t.Logf("%d packages, first %+v", len(got), got[0])
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
