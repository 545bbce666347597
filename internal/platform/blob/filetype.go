package blob

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// MaxFileBytes bounds one file that a person uploads.
const MaxFileBytes = 25 << 20

// File is what an upload gives: multipart.File, os.File and bytes.Reader do.
type File interface {
	io.ReadSeeker
	io.ReaderAt
}

// Upload is a stored file of a person.
type Upload struct {
	Blob
	Name      string // harmless for every file system and header
	MediaType string // as found in the content, never as claimed
}

// PutFile stores an uploaded file. name is as the person's browser gave it; the type
// is found by content. Edges serve it as a download only, never inline. Errors:
// too_large over MaxFileBytes, unsupported for other types than FileTypes, invalid
// for an empty file.
func PutFile(ctx context.Context, tx *store.Tx, name string, file File) (Upload, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return Upload{}, fmt.Errorf("measure file: %w", err)
	}
	if size > MaxFileBytes {
		return Upload{}, fault.TooLarge("blob.error.file_large", "Max", MaxFileBytes>>20).At("file")
	}
	u := Upload{Name: cleanName(name)}
	if u.MediaType, err = detect(u.Name, file, size); err != nil {
		return Upload{}, err
	}
	u.Blob, err = Put(ctx, tx, file, MaxFileBytes)
	return u, err
}

// MediaTypeOf is the type that the ending of a stored file's name stands for, without
// the encoding of texts; application/octet-stream for any other name.
func MediaTypeOf(name string) string {
	for _, t := range fileTypes {
		if slices.Contains(t.exts, strings.ToLower(path.Ext(name))) {
			media, _, _ := strings.Cut(t.media, ";")
			return media
		}
	}
	return "application/octet-stream"
}

// fileType is a kind of file that may be uploaded.
type fileType struct {
	media string
	exts  []string
	fits  func(head []byte, file io.ReaderAt, size int64) bool
}

// fileTypes is the whole list of what is accepted. Signatures: PDF ISO 32000-1
// 7.5.2, PNG W3C 5.2, JPEG ITU-T T.81 B.1, WebP RFC 9649, Office files ECMA-376
// part 2. Nothing that a browser or a desktop would run.
var fileTypes = []fileType{
	{"application/pdf", []string{".pdf"}, starts("%PDF-")},
	{"image/png", []string{".png"}, starts("\x89PNG\r\n\x1a\n")},
	{"image/jpeg", []string{".jpg", ".jpeg"}, starts("\xff\xd8\xff")},
	{"image/webp", []string{".webp"}, func(h []byte, _ io.ReaderAt, _ int64) bool {
		return len(h) >= 12 && string(h[:4]) == "RIFF" && string(h[8:12]) == "WEBP"
	}},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}, office("xl/workbook.xml")},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}, office("word/document.xml")},
	{"application/vnd.openxmlformats-officedocument.presentationml.presentation", []string{".pptx"}, office("ppt/presentation.xml")},
	{"text/plain; charset=utf-8", []string{".txt"}, plain(utf8Text)},
	{"text/plain; charset=shift_jis", []string{".txt"}, plain(shiftJIS)},
	{"text/csv; charset=utf-8", []string{".csv"}, plain(utf8Text)},
	{"text/csv; charset=shift_jis", []string{".csv"}, plain(shiftJIS)},
}

// FileTypes lists the accepted file name endings, for the page.
func FileTypes() []string {
	var out []string
	for _, t := range fileTypes {
		out = append(out, t.exts...)
	}
	return slices.Compact(out)
}

func starts(magic string) func([]byte, io.ReaderAt, int64) bool {
	return func(h []byte, _ io.ReaderAt, _ int64) bool { return bytes.HasPrefix(h, []byte(magic)) }
}

// office wants a package with this part and without macros. Only the directory of
// the package is read; nothing is unpacked.
func office(part string) func([]byte, io.ReaderAt, int64) bool {
	return func(h []byte, file io.ReaderAt, size int64) bool {
		if !bytes.HasPrefix(h, []byte("PK\x03\x04")) {
			return false
		}
		z, err := zip.NewReader(file, size)
		if err != nil || len(z.File) > 20_000 {
			return false
		}
		found := false
		for _, f := range z.File {
			if strings.Contains(strings.ToLower(f.Name), "vbaproject") {
				return false
			}
			found = found || f.Name == part
		}
		return found
	}
}

// plain wants a text without binary content.
func plain(valid func([]byte) bool) func([]byte, io.ReaderAt, int64) bool {
	return func(_ []byte, file io.ReaderAt, size int64) bool {
		body, err := io.ReadAll(io.NewSectionReader(file, 0, size))
		if err != nil || bytes.ContainsFunc(body, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n\f", r) }) {
			return false
		}
		return valid(body)
	}
}

func utf8Text(body []byte) bool { return utf8.Valid(body) }

// shiftJIS accepts what spreadsheets in Japan still save.
func shiftJIS(body []byte) bool {
	if utf8.Valid(body) {
		return false
	}
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(body)
	return err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}

// detect finds the type of a file by content, and checks that its name says the
// same.
func detect(name string, file io.ReaderAt, size int64) (string, error) {
	head := make([]byte, 16)
	n, err := file.ReadAt(head, 0)
	if err != nil && n == 0 {
		return "", fault.Invalid("blob.error.file_empty").At("file")
	}
	ext := strings.ToLower(path.Ext(name))
	for _, t := range fileTypes {
		if slices.Contains(t.exts, ext) && t.fits(head[:n], file, size) {
			return t.media, nil
		}
	}
	return "", fault.New(fault.CodeUnsupported, "blob.error.file_type", "Types", strings.Join(FileTypes(), " ")).At("file")
}

// maxFileName bounds a file name, in characters: 255 bytes hold it on every file
// system as UTF-8.
const maxFileName = 80

// windowsDevices cannot be file names (Microsoft, "Naming Files, Paths, and
// Namespaces").
var windowsDevices = []string{"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"}

// cleanName makes a file name harmless for every file system and header: no
// folders, no control or direction signs, no leading dots; the ending stays.
func cleanName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, "_"))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*%;`, r):
			return '_'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, name)
	ext := strings.ToLower(path.Ext(name))
	stem := strings.Trim(strings.TrimSuffix(name, name[len(name)-len(ext):]), ". ")
	if runes := []rune(stem); len(runes) > maxFileName-len(ext) {
		stem = strings.TrimRight(string(runes[:max(maxFileName-len(ext), 1)]), ". ")
	}
	if stem == "" || slices.Contains(windowsDevices, strings.ToLower(stem)) {
		stem += "_"
	}
	return stem + ext
}
