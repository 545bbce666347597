package foreign_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/wire"
)

// TestCaptures reads outputs of real machines in every encoding they came in, as whole
// messages and as the text of a field: all are read or refused with a reason.
func TestCaptures(t *testing.T) {
	root := os.Getenv("SONAE_TESTDATA")
	if root == "" {
		t.Skip("SONAE_TESTDATA is not set: no captures of real machines to read")
	}
	f, err := os.Open(filepath.Join(root, "inventory-agent-captures", "captures.tar.gz")) //nolint:gosec // folder the developer names
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files, refused, fields := 0, 0, 0
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(io.LimitReader(r, wire.MaxBodyBytes))
		if err != nil || h.Typeflag != tar.TypeReg {
			continue
		}
		files++
		var refusal *wire.Refusal
		if plain, _, err := foreign.Unpack(body); err == nil {
			_, err = foreign.Parse(plain)
			if err != nil && (!errors.As(err, &refusal) || refusal.Reason == "") {
				t.Errorf("%s: refused without a reason: %v", h.Name, err)
			}
		} else if !errors.As(err, &refusal) {
			t.Errorf("%s: %v", h.Name, err)
		}
		for line := range strings.Lines(string(body)) {
			if strings.ContainsAny(line, "<>&") || len(line) > 1000 {
				var out strings.Builder
				_ = xml.EscapeText(&out, []byte(line[:min(len(line), 1000)]))
				line = out.String()
			}
			fields++
			m, err := foreign.Parse([]byte(wrap("<SOFTWARES><NAME>" + line + "</NAME><VERSION>1</VERSION></SOFTWARES>")))
			switch {
			case err == nil:
				m.Inventory()
			case errors.As(err, &refusal) && refusal.Reason != "":
				refused++
			default:
				t.Errorf("%s: %v", h.Name, err)
			}
			if fields%2000 == 0 && fields > 200_000 {
				break
			}
		}
	}
	if files < 100 {
		t.Errorf("only %d files", files)
	}
	t.Logf("%d files, %d lines as fields, %d of them refused with a reason", files, fields, refused)
}
