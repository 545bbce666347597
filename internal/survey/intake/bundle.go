package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
)

// Limits of what is unpacked: folders of a few hundred machines with some megabytes of
// registry each are one archive.
var bundleLimits = document.ArchiveLimits{Entries: 5000, FileBytes: 32 << 20, TotalBytes: 256 << 20, Ratio: 200}

// maxDepth is how deep archives in archives are opened: one of machines, each of which
// was packed by itself.
const maxDepth = 2

// Unpack opens the archives among files, those in them too; workbooks stay whole. Names
// of files from an archive begin with its name. Errors: those of document.OpenArchive,
// with the archive as place; too_large when there is too much in all.
func Unpack(files []File) ([]File, error) {
	left := bundleLimits
	var out []File
	for _, f := range files {
		some, err := unpack(f, &left, maxDepth)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

func unpack(f File, left *document.ArchiveLimits, depth int) ([]File, error) {
	if !bytes.HasPrefix(f.Body, []byte("PK\x03\x04")) || depth == 0 {
		return []File{f}, nil
	}
	a, err := document.OpenArchive(bytes.NewReader(f.Body), int64(len(f.Body)), *left)
	if fault.Is(err, fault.CodeUnsupported) {
		return []File{f}, nil // no archive, or locked: who reads it says so
	}
	if err != nil {
		return nil, at(err, f.Name)
	}
	names := a.Names()
	if isWorkbook(names) {
		return []File{f}, nil
	}
	left.Entries -= len(names)
	var out []File
	for _, name := range names {
		inner := File{Name: path.Join(f.Name, name)}
		if inner.Body, err = readEntry(a, name); err != nil {
			return nil, at(err, f.Name)
		}
		if left.TotalBytes -= int64(len(inner.Body)); left.TotalBytes <= 0 || left.Entries <= 0 {
			return nil, fault.TooLarge("intake.error.bundle", "Files", bundleLimits.Entries, "Max", bundleLimits.TotalBytes>>20).At(short(f.Name))
		}
		some, err := unpack(inner, left, depth-1)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

func readEntry(a *document.ArchiveReader, name string) ([]byte, error) {
	in, err := a.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	return io.ReadAll(in)
}

// at names the archive that a fault is about.
func at(err error, name string) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.At(short(name))
	}
	return err
}

// isWorkbook tells an Excel file from an archive (ECMA-376 part 2, 9.2).
func isWorkbook(names []string) bool {
	for _, n := range names {
		if strings.EqualFold(n, "xl/workbook.xml") {
			return true
		}
	}
	return false
}

// pack puts files into one archive, to be kept.
func pack(files []File) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, f := range files {
		// A number in front keeps names apart that differ in case only.
		w, err := z.Create(fmt.Sprintf("%04d/%s", i, f.Name))
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Body); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if out.Len() > blob.MaxFileBytes {
		return nil, fault.TooLarge("blob.error.file_large", "Max", blob.MaxFileBytes>>20)
	}
	return out.Bytes(), nil
}

// unpackKept is the reverse of pack.
func unpackKept(body []byte) ([]File, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, fmt.Errorf("open kept files: %w", err)
	}
	out := make([]File, 0, len(z.File))
	for _, f := range z.File {
		_, inner, _ := strings.Cut(f.Name, "/")
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("open kept files: %w", err)
		}
		content, err := io.ReadAll(io.LimitReader(in, bundleLimits.FileBytes))
		_ = in.Close()
		if err != nil {
			return nil, fmt.Errorf("open kept files: %w", err)
		}
		out = append(out, File{Name: inner, Body: content})
	}
	return out, nil
}
