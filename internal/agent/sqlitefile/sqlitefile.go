// Package sqlitefile reads the rows of a table from an SQLite 3 database file
// without opening it as a database: no lock, no write, no journal replay by the
// engine. rpm and lastlog2 keep their data in such files, and linking an SQL
// engine into every endpoint for one full table scan would triple the agent.
// The format is https://www.sqlite.org/fileformat2.html (chapters in comments).
// Changes that still stand in the write-ahead log are read too.
package sqlitefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
)

// ErrFormat says that the file is not an SQLite database, or a damaged one.
var ErrFormat = errors.New("not a valid SQLite file")

// Value is a column: nil, int64, float64, string or []byte.
type Value any

const (
	headerBytes = 100
	maxDepth    = 32      // of a tree; SQLite itself stops at 20
	maxRow      = 8 << 20 // bytes of one row
	maxColumns  = 256
)

// DB is an open file.
type DB struct {
	file     io.ReaderAt
	pageSize int
	reserved int
	pages    uint32
	wal      map[uint32]int64 // newest committed copy of a page: its offset in log
	log      io.ReaderAt
	utf8     bool
}

// Open reads the header. wal may be nil; so may its content be stale, which its
// salts show.
func Open(file io.ReaderAt, size int64, wal io.ReaderAt, walSize int64) (*DB, error) {
	var head [headerBytes]byte
	if _, err := file.ReadAt(head[:], 0); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return nil, ErrFormat
	}
	db := &DB{file: file, pageSize: int(binary.BigEndian.Uint16(head[16:])), reserved: int(head[20])} // 1.3
	if db.pageSize == 1 {
		db.pageSize = 65536
	}
	if db.pageSize < 512 || db.pageSize&(db.pageSize-1) != 0 || db.pageSize-db.reserved < 480 {
		return nil, fmt.Errorf("%w: page size", ErrFormat)
	}
	db.utf8 = binary.BigEndian.Uint32(head[56:]) <= 1
	db.pages = uint32(min(size/int64(db.pageSize), math.MaxUint32))
	if wal != nil {
		db.readLog(wal, walSize)
	}
	return db, nil
}

// readLog indexes the frames of committed transactions (4.1). Frames that do
// not carry the header's salts are left-overs of an earlier round.
func (db *DB) readLog(log io.ReaderAt, size int64) {
	var head [32]byte
	if _, err := log.ReadAt(head[:], 0); err != nil || binary.BigEndian.Uint32(head[:])&^1 != 0x377f0682 {
		return
	}
	if int(binary.BigEndian.Uint32(head[8:])) != db.pageSize {
		return
	}
	pending, committed := map[uint32]int64{}, map[uint32]int64{}
	for at := int64(32); at+24+int64(db.pageSize) <= size; at += 24 + int64(db.pageSize) {
		var frame [24]byte
		if _, err := log.ReadAt(frame[:], at); err != nil || string(frame[8:16]) != string(head[16:24]) {
			break
		}
		pending[binary.BigEndian.Uint32(frame[:])] = at + 24
		if after := binary.BigEndian.Uint32(frame[4:]); after != 0 { // a commit: the new size in pages
			maps.Copy(committed, pending)
			clear(pending)
			db.pages = after
		}
	}
	db.wal, db.log = committed, log
}

// page reads one page; numbers start at 1.
func (db *DB) page(number uint32) ([]byte, error) {
	if number == 0 || number > db.pages {
		return nil, fmt.Errorf("%w: page %d of %d", ErrFormat, number, db.pages)
	}
	buf := make([]byte, db.pageSize)
	from, at := db.file, int64(number-1)*int64(db.pageSize)
	if offset, ok := db.wal[number]; ok {
		from, at = db.log, offset
	}
	if _, err := from.ReadAt(buf, at); err != nil {
		return nil, fmt.Errorf("read page %d: %w", number, err)
	}
	return buf, nil
}

// Rows calls each for every row of a table in the order of its rowid. Columns
// are in the order of the table; the column that is the rowid comes as nil. each
// may keep nothing of the slice. It stops at the first error.
func (db *DB) Rows(table string, each func(rowID int64, columns []Value) error) error {
	root := uint32(0)
	err := db.scan(1, 0, &budget{pages: db.pages}, func(_ int64, c []Value) error { // 2.6: type, name, tbl_name, rootpage, sql
		if len(c) >= 4 && c[0] == "table" && c[1] == table {
			if page, ok := c[3].(int64); ok {
				root = uint32(page)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if root == 0 {
		return fmt.Errorf("%w: no table %s", ErrFormat, table)
	}
	return db.scan(root, 0, &budget{pages: db.pages}, each)
}

// budget stops a walk that goes in circles: no page is part of a tree twice.
type budget struct{ pages uint32 }

func (b *budget) take() error {
	if b.pages == 0 {
		return fmt.Errorf("%w: pages in a circle", ErrFormat)
	}
	b.pages--
	return nil
}

// scan walks a table's tree (1.6).
func (db *DB) scan(number uint32, depth int, left *budget, each func(int64, []Value) error) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: tree too deep", ErrFormat)
	}
	if err := left.take(); err != nil {
		return err
	}
	page, err := db.page(number)
	if err != nil {
		return err
	}
	head := page
	if number == 1 {
		head = page[headerBytes:]
	}
	cells, pointers := int(binary.BigEndian.Uint16(head[3:])), head[8:]
	interior := head[0] == 5
	if interior {
		pointers = head[12:]
	} else if head[0] != 13 {
		return fmt.Errorf("%w: page %d is not part of a table", ErrFormat, number)
	}
	if 2*cells > len(pointers) {
		return fmt.Errorf("%w: cells of page %d", ErrFormat, number)
	}
	for i := range cells {
		at := int(binary.BigEndian.Uint16(pointers[2*i:]))
		if at+4 > len(page) {
			return fmt.Errorf("%w: cell of page %d", ErrFormat, number)
		}
		if interior {
			err = db.scan(binary.BigEndian.Uint32(page[at:]), depth+1, left, each)
		} else {
			err = db.row(page, at, left, each)
		}
		if err != nil {
			return err
		}
	}
	if interior {
		return db.scan(binary.BigEndian.Uint32(head[8:]), depth+1, left, each)
	}
	return nil
}

// row reads one cell of a leaf, with its overflow pages (1.6).
func (db *DB) row(page []byte, at int, left *budget, each func(int64, []Value) error) error {
	size, n := varint(page[at:])
	rowID, m := varint(page[at+n:])
	if n == 0 || m == 0 || size < 0 || size > maxRow || size > int64(db.pages)*int64(db.pageSize) {
		return fmt.Errorf("%w: row", ErrFormat)
	}
	at += n + m
	usable := db.pageSize - db.reserved
	local := int(size)
	if local > usable-35 { // 1.6: how much of a long row stays on the leaf
		least := (usable-12)*32/255 - 23
		local = least + (int(size)-least)%(usable-4)
		if local > usable-35 {
			local = least
		}
	}
	if at+local > len(page) {
		return fmt.Errorf("%w: row beyond its page", ErrFormat)
	}
	payload := append(make([]byte, 0, size), page[at:at+local]...)
	if local < int(size) {
		if at+local+4 > len(page) {
			return fmt.Errorf("%w: row beyond its page", ErrFormat)
		}
		next := binary.BigEndian.Uint32(page[at+local:])
		for len(payload) < int(size) {
			if err := left.take(); err != nil {
				return err
			}
			more, err := db.page(next)
			if err != nil {
				return err
			}
			next = binary.BigEndian.Uint32(more)
			payload = append(payload, more[4:min(usable, 4+int(size)-len(payload))]...)
		}
	}
	columns, err := db.record(payload)
	if err != nil {
		return err
	}
	return each(rowID, columns)
}

// record takes a row apart (2.1).
func (db *DB) record(payload []byte) ([]Value, error) {
	headSize, n := varint(payload)
	if n == 0 || headSize < int64(n) || headSize > int64(len(payload)) {
		return nil, fmt.Errorf("%w: record", ErrFormat)
	}
	head, body := payload[n:headSize], payload[headSize:]
	var columns []Value
	for len(head) > 0 {
		kind, n := varint(head)
		if n == 0 || kind < 0 || len(columns) == maxColumns {
			return nil, fmt.Errorf("%w: record", ErrFormat)
		}
		head = head[n:]
		value, size, ok := db.column(kind, body)
		if !ok {
			return nil, fmt.Errorf("%w: column", ErrFormat)
		}
		columns, body = append(columns, value), body[size:]
	}
	return columns, nil
}

// intBytes are the sizes of integers by serial type (2.1).
var intBytes = [...]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

func (db *DB) column(kind int64, body []byte) (Value, int, bool) {
	switch {
	case kind == 0:
		return nil, 0, true
	case kind == 8 || kind == 9:
		return kind - 8, 0, true
	case kind >= 1 && kind <= 7:
		size := 8
		if kind < 7 {
			size = intBytes[kind]
		}
		if size > len(body) {
			return nil, 0, false
		}
		n := int64(int8(body[0]))
		for _, b := range body[1:size] {
			n = n<<8 | int64(b)
		}
		if kind == 7 {
			return math.Float64frombits(uint64(n)), size, true
		}
		return n, size, true
	case kind >= 12:
		size := (kind - 12) / 2
		if size > int64(len(body)) {
			return nil, 0, false
		}
		if kind%2 == 1 && db.utf8 {
			return string(body[:size]), int(size), true
		}
		return body[:size:size], int(size), true
	}
	return nil, 0, false
}

// varint reads a number of one to nine bytes (1.6); n is 0 when it is cut.
func varint(b []byte) (value int64, n int) {
	var v uint64
	for i := range min(9, len(b)) {
		if i == 8 {
			return int64(v<<8 | uint64(b[8])), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return int64(v), i + 1
		}
	}
	return 0, 0
}
