package document

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"sonae/internal/platform/fault"
)

// ArchiveLimits bounds an archive from outside. Zero fields mean DefaultArchiveLimits.
type ArchiveLimits struct {
	Entries    int   // files and folders
	FileBytes  int64 // of one file, unpacked
	TotalBytes int64 // of all files, unpacked
	Ratio      int64 // unpacked bytes for one packed byte, beyond the first MiB of a file
}

// DefaultArchiveLimits allow feeds and packs; deflate itself reaches about 1,032:1.
var DefaultArchiveLimits = ArchiveLimits{Entries: 10_000, FileBytes: 512 << 20, TotalBytes: 2 << 30, Ratio: 200}

// or fills zero fields.
func (l ArchiveLimits) or(d ArchiveLimits) ArchiveLimits {
	if l.Entries == 0 {
		l.Entries = d.Entries
	}
	if l.FileBytes == 0 {
		l.FileBytes = d.FileBytes
	}
	if l.TotalBytes == 0 {
		l.TotalBytes = d.TotalBytes
	}
	if l.Ratio == 0 {
		l.Ratio = d.Ratio
	}
	return l
}

// ArchiveReader reads a ZIP file that nobody vouches for. Not for concurrent use.
type ArchiveReader struct {
	limits ArchiveLimits
	files  []*zip.File
	left   int64 // bytes that may still be unpacked
}

// OpenArchive reads the directory of an archive of the given size. Faults:
// unsupported when it is no ZIP file or a file in it is encrypted; too_large beyond
// the limit of entries; invalid for a name that could leave the folder or stands
// twice, and for anything that is not a plain file. Folders are left out.
func OpenArchive(r io.ReaderAt, sizeBytes int64, limits ArchiveLimits) (*ArchiveReader, error) {
	limits = limits.or(DefaultArchiveLimits)
	// The directory is read while parsing: a budget bounds the memory it may claim,
	// whatever number of entries it announces.
	budget := &budgetReader{in: r, left: 256<<10 + int64(limits.Entries)*1024}
	archive, err := zip.NewReader(budget, sizeBytes)
	if errors.Is(err, errBudget) {
		return nil, fault.TooLarge("document.error.zip_entries", "Limit", limits.Entries)
	}
	if err != nil {
		return nil, fault.New(fault.CodeUnsupported, "document.error.zip_form").Because(err)
	}
	budget.left = math.MaxInt64
	if len(archive.File) > limits.Entries {
		return nil, fault.TooLarge("document.error.zip_entries", "Limit", limits.Entries)
	}
	a := &ArchiveReader{limits: limits, left: limits.TotalBytes}
	seen := map[string]bool{}
	for _, f := range archive.File {
		f.Name = nameInUTF8(f)
		if err := check(f, seen); err != nil {
			return nil, err
		}
		if !f.FileInfo().IsDir() {
			a.files = append(a.files, f)
		}
	}
	return a, nil
}

// nameInUTF8 reads a name that is not in UTF-8: Windows writes those of a Japanese
// system in code page 932, and says nothing (APPNOTE.TXT 4.4.4, bit 11). Signs of other
// code pages become "_": content tells what a file is.
func nameInUTF8(f *zip.File) string {
	if utf8.ValidString(f.Name) {
		return f.Name
	}
	if name, _, err := decodeAs([]byte(f.Name), "cp932", japanese.ShiftJIS); err == nil {
		return name
	}
	return strings.ToValidUTF8(f.Name, "_")
}

// check refuses entries that have no business in an archive.
func check(f *zip.File, seen map[string]bool) error {
	name := strings.TrimSuffix(f.Name, "/")
	key := strings.ToLower(name)
	shown := fmt.Sprintf("%.100q", f.Name)
	switch {
	case !cleanName(name) || seen[key]:
		return fault.Invalid("document.error.zip_name", "Name", shown)
	case !f.Mode().IsRegular() && !f.Mode().IsDir():
		return fault.Invalid("document.error.zip_kind", "Name", shown)
	case f.Flags&1 != 0: // APPNOTE.TXT 4.4.4, bit 0
		return fault.New(fault.CodeUnsupported, "document.error.zip_encrypted", "Name", shown)
	}
	seen[key] = true
	return nil
}

// Names lists the files in the order of the directory.
func (a *ArchiveReader) Names() []string {
	names := make([]string, len(a.files))
	for i, f := range a.files {
		names[i] = f.Name
	}
	return names
}

// Open unpacks one file while it is read. fs.ErrNotExist-like absence is the fault
// not_found. Reading fails with too_large as soon as a limit is passed, whatever sizes
// the archive announces, and with invalid when the checksum is wrong.
func (a *ArchiveReader) Open(name string) (io.ReadCloser, error) {
	for _, f := range a.files {
		if f.Name != name {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return nil, fault.New(fault.CodeUnsupported, "document.error.zip_form").Because(err)
		}
		most := min(a.limits.FileBytes, max(1<<20, saturated(int64(min(f.CompressedSize64, math.MaxInt64)), a.limits.Ratio)))
		return &unpacking{in: in, archive: a, left: most, name: name}, nil
	}
	return nil, fault.NotFound("document.error.zip_missing", "Name", name)
}

// saturated multiplies without running over.
func saturated(n, factor int64) int64 {
	if n > math.MaxInt64/factor {
		return math.MaxInt64
	}
	return n * factor
}

// unpacking is one file being read within the limits.
type unpacking struct {
	in      io.ReadCloser
	archive *ArchiveReader
	left    int64
	name    string
}

// Read counts what was really unpacked.
func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	u.left -= int64(n)
	u.archive.left -= int64(n)
	switch {
	case u.left < 0 || u.archive.left < 0:
		return 0, fault.TooLarge("document.error.zip_size", "Name", u.name)
	case err != nil && err != io.EOF:
		return n, fault.Invalid("document.error.zip_damaged", "Name", u.name).Because(err)
	}
	return n, err
}

// Close ends reading.
func (u *unpacking) Close() error { return u.in.Close() }

// errBudget says that a directory is larger than its limit allows.
var errBudget = errors.New("directory of the archive is too large")

// budgetReader gives only so many bytes.
type budgetReader struct {
	in   io.ReaderAt
	left int64
}

// ReadAt counts and reads.
func (b *budgetReader) ReadAt(p []byte, at int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errBudget
	}
	return b.in.ReadAt(p, at)
}
