// Package lz4 reads the LZ4 frame format (lz4_Frame_format.md 1.6.4, blocks by
// lz4_Block_format.md). apt keeps its package lists in it on systems built from
// container images ("Acquire::GzipIndexes"); nothing else here needs it, and a
// reader of one page is less to carry than a library that also writes.
// Checksums are passed over: apt verifies its lists when it fetches them.
package lz4

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrFormat says that the bytes are not an LZ4 frame, or a damaged one.
var ErrFormat = errors.New("not a valid LZ4 frame")

const (
	magic        = 0x184D2204
	historyBytes = 64 << 10 // a match reaches back at most 65,535 bytes
	maxBlock     = 4 << 20  // largest block size a frame may announce
)

// Reader decompresses one frame.
type Reader struct {
	in            *bufio.Reader
	blockMax      int
	blockChecksum bool
	linked        bool   // blocks may refer to the ones before
	out           []byte // history, then the block at hand
	from          int    // what of out has not been read yet
	packed        []byte
	err           error
}

// NewReader reads the frame's header. The Reader keeps at most about 8 MB.
func NewReader(r io.Reader) (*Reader, error) {
	z := &Reader{in: bufio.NewReaderSize(r, 64<<10)}
	var head [6]byte
	if _, err := io.ReadFull(z.in, head[:]); err != nil {
		return nil, fmt.Errorf("%w: no header", ErrFormat)
	}
	flags := head[4]
	if binary.LittleEndian.Uint32(head[:]) != magic || flags>>6 != 1 {
		return nil, ErrFormat
	}
	z.linked, z.blockChecksum = flags&0x20 == 0, flags&0x10 != 0
	size := int(head[5] >> 4 & 7)
	if size < 4 {
		return nil, fmt.Errorf("%w: block size", ErrFormat)
	}
	z.blockMax = 1 << (8 + 2*size) // 4: 64 KiB … 7: 4 MiB
	rest := 1                      // header checksum
	if flags&0x08 != 0 {
		rest += 8 // content size
	}
	if flags&0x01 != 0 {
		rest += 4 // dictionary ID
	}
	if _, err := z.in.Discard(rest); err != nil {
		return nil, fmt.Errorf("%w: short header", ErrFormat)
	}
	return z, nil
}

// Read gives the next decompressed bytes; io.EOF after the end mark.
func (z *Reader) Read(p []byte) (int, error) {
	for z.from == len(z.out) {
		if z.err == nil {
			z.err = z.block()
		}
		if z.err != nil {
			return 0, z.err
		}
	}
	n := copy(p, z.out[z.from:])
	z.from += n
	return n, nil
}

// block reads one block and puts its content after the history.
func (z *Reader) block() error {
	var head [4]byte
	if _, err := io.ReadFull(z.in, head[:]); err != nil {
		return fmt.Errorf("%w: ends without end mark", ErrFormat)
	}
	word := binary.LittleEndian.Uint32(head[:])
	if word == 0 {
		return io.EOF
	}
	size := int(word &^ (1 << 31))
	if size > z.blockMax {
		return fmt.Errorf("%w: block too large", ErrFormat)
	}
	if cap(z.packed) < size {
		z.packed = make([]byte, size)
	}
	z.packed = z.packed[:size]
	if _, err := io.ReadFull(z.in, z.packed); err != nil {
		return fmt.Errorf("%w: block ends too early", ErrFormat)
	}
	if z.blockChecksum {
		if _, err := z.in.Discard(4); err != nil {
			return fmt.Errorf("%w: checksum missing", ErrFormat)
		}
	}
	z.forget()
	if word>>31 == 1 {
		z.out = append(z.out, z.packed...)
		return nil
	}
	return z.unpack()
}

// forget moves the history to the front and drops what no match can reach.
func (z *Reader) forget() {
	keep := 0
	if z.linked {
		keep = min(len(z.out), historyBytes)
	}
	copy(z.out, z.out[len(z.out)-keep:])
	z.out = z.out[:keep]
	z.from = keep
}

// unpack decodes the sequences of z.packed.
func (z *Reader) unpack() error {
	in, limit := z.packed, z.from+z.blockMax
	for len(in) > 0 {
		token := in[0]
		in = in[1:]
		literals, rest, ok := length(int(token>>4), in)
		if !ok || literals > len(rest) || len(z.out)+literals > limit {
			return fmt.Errorf("%w: literals", ErrFormat)
		}
		z.out = append(z.out, rest[:literals]...)
		in = rest[literals:]
		if len(in) == 0 {
			return nil // the last sequence has no match
		}
		if len(in) < 2 {
			return fmt.Errorf("%w: offset", ErrFormat)
		}
		offset := int(in[0]) | int(in[1])<<8
		match, rest, ok := length(int(token&15), in[2:])
		match += 4
		if !ok || offset == 0 || offset > len(z.out) || len(z.out)+match > limit {
			return fmt.Errorf("%w: match", ErrFormat)
		}
		in = rest
		z.match(offset, match)
	}
	return nil
}

// match repeats n bytes from offset bytes back; they may overlap.
func (z *Reader) match(offset, n int) {
	for n > 0 {
		start := len(z.out) - offset
		step := min(n, offset)
		z.out = append(z.out, z.out[start:start+step]...)
		n -= step
	}
}

// length adds the bytes that follow a nibble of 15.
func length(n int, in []byte) (int, []byte, bool) {
	if n < 15 {
		return n, in, true
	}
	for i, b := range in {
		n += int(b)
		if n > maxBlock {
			return 0, nil, false
		}
		if b != 255 {
			return n, in[i+1:], true
		}
	}
	return 0, nil, false
}
