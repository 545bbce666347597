// Package rpmdb lists the packages of an RPM database in any of its three
// formats: SQLite (rpmdb.sqlite, since rpm 4.16), "ndb" (Packages.db, SUSE) and
// the hash file of Berkeley DB (Packages, up to RHEL 8). It reads through
// io.ReaderAt, writes nothing and takes no lock; docs/decisions/0013-agent.md
// says why it is not a library.
//
// Package headers are described in rpm's docs/manual/format_header.md, tags in
// docs/manual/tags.md.
package rpmdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"sonae/internal/agent/sqlitefile"
)

// ErrFormat says that the file is none of the three formats, or a damaged one.
var ErrFormat = errors.New("not a valid RPM database")

// Package is one installed package.
type Package struct {
	Name, Version, Release string
	Epoch                  int64 // 0 when the package has none
	Arch                   string
	Vendor                 string
	SourceRPM              string // file name of the source package
	InstalledMS            int64  // Unix ms
}

// EVR writes the version as rpm does: epoch only when there is one.
func (p Package) EVR() string {
	if p.Epoch == 0 {
		return p.Version + "-" + p.Release
	}
	return fmt.Sprintf("%d:%s-%s", p.Epoch, p.Version, p.Release)
}

// File is an open database file. Log is the write-ahead log of an SQLite one,
// nil when there is none.
type File struct {
	Data    io.ReaderAt
	Size    int64
	Log     io.ReaderAt
	LogSize int64
}

// maxHeader bounds one package's header; the largest known, of a kernel package
// with all its files, is below 4 MB.
const maxHeader = 64 << 20

// Read calls each for every package. It stops at the first error, ErrFormat or
// one of reading.
func Read(f File, each func(Package) error) error {
	var head [16]byte
	if _, err := f.Data.ReadAt(head[:], 0); err != nil {
		return fmt.Errorf("%w: too short", ErrFormat)
	}
	blob := func(header []byte) error {
		p, err := parseHeader(header)
		if err != nil {
			return err
		}
		return each(p)
	}
	switch {
	case string(head[:]) == "SQLite format 3\x00":
		return readSQLite(f, blob)
	case string(head[:4]) == "RpmP":
		return readNDB(f, blob)
	case binary.LittleEndian.Uint32(head[12:]) == hashMagic:
		return readHash(f, binary.LittleEndian, blob)
	case binary.BigEndian.Uint32(head[12:]) == hashMagic:
		return readHash(f, binary.BigEndian, blob)
	}
	return ErrFormat
}

// readSQLite reads the table Packages(hnum, blob).
func readSQLite(f File, blob func([]byte) error) error {
	db, err := sqlitefile.Open(f.Data, f.Size, f.Log, f.LogSize)
	if err != nil {
		return err
	}
	return db.Rows("Packages", func(_ int64, columns []sqlitefile.Value) error {
		if len(columns) < 2 {
			return fmt.Errorf("%w: table Packages", ErrFormat)
		}
		header, ok := columns[1].([]byte)
		if !ok {
			return fmt.Errorf("%w: table Packages", ErrFormat)
		}
		return blob(header)
	})
}

// Layout of ndb (rpm, lib/backend/ndb/rpmpkg.c): pages of 4 KiB full of slots,
// whose first two places are the file's header; blobs in units of 16 bytes.
const (
	ndbPage     = 4096
	ndbUnit     = 16
	ndbMaxPages = 2048 // over 500,000 packages
)

func readNDB(f File, blob func([]byte) error) error {
	var head [32]byte
	if _, err := f.Data.ReadAt(head[:], 0); err != nil {
		return fmt.Errorf("%w: too short", ErrFormat)
	}
	pages := binary.LittleEndian.Uint32(head[12:])
	if binary.LittleEndian.Uint32(head[4:]) != 0 || pages == 0 || pages > ndbMaxPages {
		return fmt.Errorf("%w: ndb header", ErrFormat)
	}
	slots := make([]byte, int(pages)*ndbPage-len(head))
	if _, err := f.Data.ReadAt(slots, int64(len(head))); err != nil {
		return fmt.Errorf("%w: slots", ErrFormat)
	}
	for ; len(slots) > 0; slots = slots[ndbUnit:] {
		if string(slots[:4]) != "Slot" {
			return fmt.Errorf("%w: slot", ErrFormat)
		}
		index, at := binary.LittleEndian.Uint32(slots[4:]), int64(binary.LittleEndian.Uint32(slots[8:]))*ndbUnit
		if index == 0 || at == 0 {
			continue // free
		}
		header, err := ndbBlob(f, at, index)
		if err != nil {
			return err
		}
		if err := blob(header); err != nil {
			return err
		}
	}
	return nil
}

func ndbBlob(f File, at int64, index uint32) ([]byte, error) {
	var head [16]byte
	if _, err := f.Data.ReadAt(head[:], at); err != nil || string(head[:4]) != "BlbS" || binary.LittleEndian.Uint32(head[4:]) != index {
		return nil, fmt.Errorf("%w: blob", ErrFormat)
	}
	return part(f, at+int64(len(head)), int64(binary.LittleEndian.Uint32(head[12:])))
}

// part reads size bytes, which a damaged file may have made up.
func part(f File, at, size int64) ([]byte, error) {
	if size > maxHeader || at < 0 || at+size > f.Size {
		return nil, fmt.Errorf("%w: beyond the end", ErrFormat)
	}
	buf := make([]byte, size)
	if _, err := f.Data.ReadAt(buf, at); err != nil {
		return nil, fmt.Errorf("read package header: %w", err)
	}
	return buf, nil
}

// Tags and types of header entries.
const (
	tagName, tagVersion, tagRelease, tagEpoch = 1000, 1001, 1002, 1003
	tagInstallTime, tagVendor                 = 1008, 1011
	tagArch, tagSourceRPM                     = 1022, 1044

	typeInt32, typeString, typeI18N = 4, 6, 9
)

// parseHeader reads a header as it stands in the database: two counts, entries
// of 16 bytes (tag, type, offset, count), then the data.
func parseHeader(header []byte) (Package, error) {
	var p Package
	if len(header) < 8 {
		return p, fmt.Errorf("%w: short package header", ErrFormat)
	}
	count, size := int64(binary.BigEndian.Uint32(header)), int64(binary.BigEndian.Uint32(header[4:]))
	if 8+16*count+size > int64(len(header)) {
		return p, fmt.Errorf("%w: package header", ErrFormat)
	}
	data := header[8+16*count:][:size]
	for i := range count {
		entry := header[8+16*i:]
		tag, kind := binary.BigEndian.Uint32(entry), binary.BigEndian.Uint32(entry[4:])
		offset := int64(binary.BigEndian.Uint32(entry[8:]))
		if offset >= size {
			continue
		}
		switch kind {
		case typeString, typeI18N:
			p.setText(tag, data[offset:])
		case typeInt32:
			if offset+4 <= size {
				p.setNumber(tag, int64(binary.BigEndian.Uint32(data[offset:])))
			}
		}
	}
	if p.Name == "" {
		return p, fmt.Errorf("%w: package without a name", ErrFormat)
	}
	return p, nil
}

func (p *Package) setText(tag uint32, data []byte) {
	var to *string
	switch tag {
	case tagName:
		to = &p.Name
	case tagVersion:
		to = &p.Version
	case tagRelease:
		to = &p.Release
	case tagVendor:
		to = &p.Vendor
	case tagArch:
		to = &p.Arch
	case tagSourceRPM:
		to = &p.SourceRPM
	default:
		return
	}
	for i, c := range data {
		if c == 0 {
			*to = string(data[:i])
			return
		}
	}
}

func (p *Package) setNumber(tag uint32, n int64) {
	switch tag {
	case tagEpoch:
		p.Epoch = n
	case tagInstallTime:
		p.InstalledMS = n * 1000
	}
}
