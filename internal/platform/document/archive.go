package document

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// ManifestName is the file inside an archive that lists all others.
const ManifestName = "manifest.json"

// ManifestFile is what the manifest says of one file.
type ManifestFile struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"` // lower-case hexadecimal
}

// ErrName says that a name cannot stand in an archive.
var ErrName = errors.New("not a clean relative file name")

// ArchiveWriter writes a ZIP file with a manifest. Files stand in the order in which
// they were added and all carry one time, so equal calls give equal bytes.
type ArchiveWriter struct {
	zip      *zip.Writer
	modified time.Time
	files    []ManifestFile
	names    map[string]bool
}

// NewArchiveWriter begins an archive whose files carry the given time.
func NewArchiveWriter(w io.Writer, modified time.Time) *ArchiveWriter {
	return &ArchiveWriter{zip: zip.NewWriter(w), modified: modified.UTC().Truncate(2 * time.Second), names: map[string]bool{}}
}

// Add copies one file into the archive and returns its entry in the manifest. name
// is relative with / between folders (ErrName otherwise, also for a name that differs
// from an earlier one only in case, which Windows would unpack over it).
func (a *ArchiveWriter) Add(name, mediaType string, content io.Reader) (ManifestFile, error) {
	key := strings.ToLower(name)
	if !cleanName(name) || a.names[key] || key == ManifestName {
		return ManifestFile{}, fmt.Errorf("add %q to archive: %w", name, ErrName)
	}
	a.names[key] = true
	hash := sha256.New()
	size, err := a.write(name, io.TeeReader(content, hash))
	if err != nil {
		return ManifestFile{}, fmt.Errorf("add %s to archive: %w", name, err)
	}
	entry := ManifestFile{name, mediaType, size, hex.EncodeToString(hash.Sum(nil))}
	a.files = append(a.files, entry)
	return entry, nil
}

// write copies one file.
func (a *ArchiveWriter) write(name string, content io.Reader) (int64, error) {
	out, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.modified})
	if err != nil {
		return 0, err
	}
	return io.Copy(out, content)
}

// Close writes manifest.json and ends the archive. The manifest is a JSON object of
// the caller's fields and "files", sorted by name. It returns the manifest's bytes
// and their SHA-256 in lower-case hexadecimal, for the audit log.
func (a *ArchiveWriter) Close(fields map[string]any) (manifest []byte, hash string, err error) {
	all := map[string]any{}
	maps.Copy(all, fields)
	files := slices.Clone(a.files)
	slices.SortFunc(files, func(x, y ManifestFile) int { return strings.Compare(x.Name, y.Name) })
	if files == nil {
		files = []ManifestFile{}
	}
	all["files"] = files
	if manifest, err = json.MarshalIndent(all, "", "  "); err != nil {
		return nil, "", fmt.Errorf("write manifest: %w", err)
	}
	manifest = append(manifest, '\n')
	if _, err := a.write(ManifestName, strings.NewReader(string(manifest))); err != nil {
		return nil, "", fmt.Errorf("write manifest: %w", err)
	}
	if err := a.zip.Close(); err != nil {
		return nil, "", fmt.Errorf("end archive: %w", err)
	}
	sum := sha256.Sum256(manifest)
	return manifest, hex.EncodeToString(sum[:]), nil
}

// maxName bounds a file name in bytes, as most file systems do.
const maxName = 255

// cleanName reports whether a name stays inside the folder it is unpacked into, on
// every system: relative, no .., no drive, no stream, no backslash, no control signs.
func cleanName(name string) bool {
	if !fs.ValidPath(name) || name == "." || len(name) > 4*maxName || strings.ContainsAny(name, `\:*?"<>|`) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > maxName || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") {
			return false
		}
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}
