package rpmdb

import (
	"encoding/binary"
	"fmt"
)

// Layout of a Berkeley DB hash file (Berkeley DB 5.3, src/dbinc/db_page.h).
const (
	hashMagic     = 0x061561
	pageHead      = 26
	pageUnsorted  = 2
	pageHash      = 13
	pageOverflow  = 7
	itemInline    = 1
	itemOverflow  = 3
	maxHashPages  = 4 << 20
	counterLength = 16 // the record under key 0 holds a number, not a header
)

// readHash reads every data item of every hash page; the buckets' order does
// not matter here, nor does that of the byte order the file was written in.
func readHash(f File, order binary.ByteOrder, blob func([]byte) error) error {
	var meta [72]byte
	if _, err := f.Data.ReadAt(meta[:], 0); err != nil {
		return fmt.Errorf("%w: too short", ErrFormat)
	}
	size, last := int64(order.Uint32(meta[20:])), int64(order.Uint32(meta[32:]))
	if size < 512 || size > 65536 || size&(size-1) != 0 || last > maxHashPages || meta[24] != 0 {
		return fmt.Errorf("%w: hash header", ErrFormat)
	}
	h := hashFile{f: f, order: order, size: size, page: make([]byte, size), chain: make([]byte, size), left: last}
	for number := int64(1); number <= last; number++ {
		if _, err := f.Data.ReadAt(h.page, number*size); err != nil {
			return fmt.Errorf("%w: page %d", ErrFormat, number)
		}
		if kind := h.page[25]; kind != pageHash && kind != pageUnsorted {
			continue
		}
		if err := h.items(blob); err != nil {
			return err
		}
	}
	return nil
}

type hashFile struct {
	f           File
	order       binary.ByteOrder
	size        int64
	page, chain []byte
	left        int64 // overflow pages not yet used: each belongs to one item
}

// items reads the data items of the page at hand: keys and data take turns, and
// grow down from the end of the page.
func (h *hashFile) items(blob func([]byte) error) error {
	count := int(h.order.Uint16(h.page[20:]))
	if pageHead+2*count > len(h.page) {
		return fmt.Errorf("%w: items", ErrFormat)
	}
	for i := 1; i < count; i += 2 {
		at := int(h.order.Uint16(h.page[pageHead+2*i:]))
		end := int(h.order.Uint16(h.page[pageHead+2*(i-1):]))
		if at+1 > len(h.page) || end > len(h.page) || at >= end {
			return fmt.Errorf("%w: item", ErrFormat)
		}
		header := h.page[at+1 : end]
		if h.page[at] == itemOverflow {
			var err error
			if header, err = h.overflow(h.page[at:end]); err != nil {
				return err
			}
		} else if h.page[at] != itemInline {
			continue
		}
		if len(header) < counterLength {
			continue
		}
		if err := blob(header); err != nil {
			return err
		}
	}
	return nil
}

// overflow gathers an item that has pages of its own.
func (h *hashFile) overflow(item []byte) ([]byte, error) {
	if len(item) < 12 {
		return nil, fmt.Errorf("%w: overflow item", ErrFormat)
	}
	next, total := int64(h.order.Uint32(item[4:])), int64(h.order.Uint32(item[8:]))
	if total > maxHeader || total > h.f.Size {
		return nil, fmt.Errorf("%w: overflow item", ErrFormat)
	}
	header := make([]byte, 0, total)
	for next != 0 {
		if h.left--; h.left < 0 {
			return nil, fmt.Errorf("%w: pages in a circle", ErrFormat)
		}
		if _, err := h.f.Data.ReadAt(h.chain, next*h.size); err != nil || h.chain[25] != pageOverflow {
			return nil, fmt.Errorf("%w: overflow page", ErrFormat)
		}
		used := int64(h.order.Uint16(h.chain[22:]))
		if pageHead+used > h.size || int64(len(header))+used > total {
			return nil, fmt.Errorf("%w: overflow page", ErrFormat)
		}
		header = append(header, h.chain[pageHead:pageHead+used]...)
		next = int64(h.order.Uint32(h.chain[16:]))
	}
	if int64(len(header)) != total {
		return nil, fmt.Errorf("%w: overflow item is cut", ErrFormat)
	}
	return header, nil
}
