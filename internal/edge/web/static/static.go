// Package static serves the files that pages are made of besides HTML: the style
// sheet, scripts, icons and fonts. They are embedded, and every URL carries a
// checksum, so browsers may keep them for ever and never see an old one.
//
// vendor/ is filled by `make assets` from npm packages pinned in the lock file
// (fonts, htmx). It may be empty: pages then use system fonts and no script.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed sonae.css favicon.svg sprite.svg js all:vendor
var embedded embed.FS

// Prefix is where the files live; a URL is Prefix + checksum + "/" + name.
const Prefix = "/static/"

// sumLen is the length of a checksum in hexadecimal digits; 64 bits are far more
// than enough to tell versions of a file apart.
const sumLen = 16

// shared is the folder whose files have one checksum for all, because the style
// sheet inside names its fonts relative to itself.
const shared = "vendor/noto/"

// Files are the embedded files with their checksums. Safe for concurrent use.
type Files struct {
	byName map[string]*file
}

// file is one embedded file.
type file struct {
	sum    string
	kind   string // Content-Type
	plain  []byte
	once   sync.Once
	packed []byte // gzip; nil when it does not pay
}

// Load reads and sums the embedded files.
func Load() (*Files, error) { return load(embedded) }

func load(from fs.FS) (*Files, error) {
	files := &Files{byName: map[string]*file{}}
	group := sha256.New()
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if strings.HasPrefix(name, shared) {
			group.Write(sum[:])
		}
		files.byName[name] = &file{sum: hex.EncodeToString(sum[:])[:sumLen], kind: contentType(name), plain: data}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	groupSum := hex.EncodeToString(group.Sum(nil))[:sumLen]
	for name, f := range files.byName {
		if strings.HasPrefix(name, shared) {
			f.sum = groupSum
		}
	}
	return files, nil
}

// contentType names what a browser needs to know; X-Content-Type-Options is set,
// so a wrong one would leave the file unused.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case "":
		return "text/plain; charset=utf-8" // licences
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// Has reports whether a file is there; vendor files may not be.
func (f *Files) Has(name string) bool { return f.byName[name] != nil }

// URL gives the address of a file with its checksum. A missing file gives an
// address that answers 404, which a test of the views notices.
func (f *Files) URL(name string) string {
	if file := f.byName[name]; file != nil {
		return Prefix + file.sum + "/" + name
	}
	return Prefix + "missing/" + name
}

// ServeHTTP answers GET and HEAD for a file. A wrong checksum is a 404: an old
// page asking for an old file must not get a new one kept for ever.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sum, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	file := f.byName[name]
	if !ok || file == nil || file.sum != sum {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	head := w.Header()
	head.Set("Content-Type", file.kind)
	head.Set("Cache-Control", "public, max-age=31536000, immutable")
	head.Set("Vary", "Accept-Encoding")
	body := file.plain
	if packed := file.gzip(); packed != nil && AcceptsGzip(r) {
		head.Set("Content-Encoding", "gzip")
		body = packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// gzip packs a file when it is first asked for; fonts are packed already.
func (f *file) gzip() []byte {
	f.once.Do(func() {
		if strings.HasPrefix(f.kind, "font/") {
			return
		}
		var b bytes.Buffer
		zw, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level exists
		if _, err := io.Copy(zw, bytes.NewReader(f.plain)); err != nil || zw.Close() != nil {
			return // writing to memory does not fail
		}
		if b.Len() < len(f.plain)*9/10 {
			f.packed = b.Bytes()
		}
	})
	return f.packed
}

// AcceptsGzip tells whether the answer to a request may be packed: gzip is named and not
// refused with q=0 (RFC 9110, 12.5.3). A range of a packed body would make no sense to
// anybody, so none is packed.
func AcceptsGzip(r *http.Request) bool {
	if r.Header.Get("Range") != "" {
		return false
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(part, ";")
		if strings.TrimSpace(coding) == "gzip" {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000")
		}
	}
	return false
}
