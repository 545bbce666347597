package document

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// sortedZip is the ZIP writer given to excelize, which hands over its parts in random
// order: it packs each part as it comes and writes them sorted by name at the end, so
// that equal workbooks are equal files. On the way it marks the style of text that
// looks like a formula, which excelize has no word for.
type sortedZip struct {
	out    io.Writer
	parts  []*zipPart
	quoted int // number of the style to mark
}

// zipPart is one file being packed.
type zipPart struct {
	name   string
	packed bytes.Buffer
	flate  *flate.Writer
	crc    uint32
	size   uint64
}

func newSortedZip(out io.Writer, quoted int) *sortedZip { return &sortedZip{out: out, quoted: quoted} }

// Create begins a part.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	p := &zipPart{name: name}
	var err error
	if p.flate, err = flate.NewWriter(&p.packed, flate.DefaultCompression); err != nil {
		return nil, err
	}
	z.parts = append(z.parts, p)
	if name == "xl/styles.xml" {
		return &stylePart{zipPart: p, quoted: z.quoted}, nil
	}
	return p, nil
}

// AddFS is part of excelize's interface and not used by it when writing.
func (z *sortedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Write packs.
func (p *zipPart) Write(data []byte) (int, error) {
	p.crc = crc32.Update(p.crc, crc32.IEEETable, data)
	p.size += uint64(len(data))
	return p.flate.Write(data)
}

// Close writes all parts in order.
func (z *sortedZip) Close() error {
	slices.SortFunc(z.parts, func(a, b *zipPart) int { return strings.Compare(a.name, b.name) })
	archive := zip.NewWriter(z.out)
	for _, p := range z.parts {
		if err := p.flate.Close(); err != nil {
			return err
		}
		out, err := archive.CreateRaw(&zip.FileHeader{
			Name: p.name, Method: zip.Deflate, CRC32: p.crc,
			CompressedSize64: uint64(p.packed.Len()), UncompressedSize64: p.size,
		})
		if err != nil {
			return err
		}
		if _, err := p.packed.WriteTo(out); err != nil {
			return err
		}
	}
	return archive.Close()
}

// stylePart is xl/styles.xml, which excelize writes in one piece.
type stylePart struct {
	*zipPart
	quoted int
}

// Write marks the style and packs.
func (p *stylePart) Write(data []byte) (int, error) {
	if _, err := p.zipPart.Write(quotePrefix(data, p.quoted)); err != nil {
		return 0, err
	}
	return len(data), nil
}

// quotePrefix sets the mark of typed text (ECMA-376, 18.8.45, quotePrefix) on one
// cell style, so that a cell stays text even after somebody edits it.
func quotePrefix(styles []byte, number int) []byte {
	const tag = "<xf "
	at := bytes.Index(styles, []byte("<cellXfs"))
	for i := 0; at >= 0 && i <= number; i++ {
		next := bytes.Index(styles[at+1:], []byte(tag))
		if next < 0 {
			return styles
		}
		at += 1 + next
	}
	if at < 0 {
		return styles
	}
	at += len(tag)
	return slices.Concat(styles[:at], []byte(`quotePrefix="1" `), styles[at:])
}
