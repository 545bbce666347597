package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestServe(t *testing.T) {
	files, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	css := files.URL("sonae.css")
	cases := []struct {
		name, path, accept string
		status             int
		encoding           string
	}{
		{"plain", css, "", 200, ""},
		{"packed", css, "br, gzip;q=0.8", 200, "gzip"},
		{"gzip refused", css, "gzip;q=0", 200, ""},
		{"wrong checksum", strings.Replace(css, "/static/", "/static/0", 1), "", 404, ""},
		{"no checksum", "/static/sonae.css", "", 404, ""},
		{"missing", "/static/missing/none.css", "", 404, ""},
		{"climbing out", "/static/x/../static.go", "", 404, ""},
		{"source code", "/static/x/static.go", "", 404, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "http://sonae.example/", nil)
			r.URL.Path = c.path
			r.Header.Set("Accept-Encoding", c.accept)
			w := httptest.NewRecorder()
			files.ServeHTTP(w, r)
			if w.Code != c.status || w.Header().Get("Content-Encoding") != c.encoding {
				t.Fatalf("got %d %q, want %d %q", w.Code, w.Header().Get("Content-Encoding"), c.status, c.encoding)
			}
			if c.status != http.StatusOK {
				if w.Header().Get("Cache-Control") != "" {
					t.Error("a miss may be kept")
				}
				return
			}
			body := io.Reader(w.Body)
			if c.encoding == "gzip" {
				if body, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			}
			got, err := io.ReadAll(body)
			if err != nil || !strings.Contains(string(got), "@layer tokens") {
				t.Fatalf("not the style sheet: %v", err)
			}
		})
	}
}

// Fonts are named relative to their style sheet, so both carry one checksum.
func TestSharedSum(t *testing.T) {
	build := func(font string) *Files {
		files, err := load(fstest.MapFS{
			"vendor/noto/index.css":     {Data: []byte("@font-face{}")},
			"vendor/noto/files/a.woff2": {Data: []byte(font)},
			"vendor/.gitignore":         {Data: []byte("*")},
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	one, two := build("1"), build("2")
	css, font := one.URL("vendor/noto/index.css"), one.URL("vendor/noto/files/a.woff2")
	if strings.TrimSuffix(css, "index.css") != strings.TrimSuffix(font, "files/a.woff2") {
		t.Errorf("sums differ: %s, %s", css, font)
	}
	if css == two.URL("vendor/noto/index.css") {
		t.Error("a new font leaves the style sheet's address as it was")
	}
	if one.Has("vendor/.gitignore") {
		t.Error("dot files are served")
	}
}
