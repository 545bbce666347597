package directory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// guard stands between the network and the LDAP library. It hands over whole
// messages only, each checked for size and for lengths that fit into each other, so
// that a length which lies cannot make the library ask for memory. Reads run on the
// library's goroutine, allow and cause on ours.
type guard struct {
	net.Conn
	in      *bufio.Reader
	ready   []byte // checked, not yet handed over
	message int64  // most bytes of one message

	mu   sync.Mutex
	left int64 // bytes that may still come
	err  error // what was refused
}

func newGuard(c net.Conn, message int64) *guard {
	return &guard{Conn: c, in: bufio.NewReaderSize(c, 32<<10), message: message, left: message}
}

// allow sets how many bytes may come from now on.
func (g *guard) allow(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = n
}

// cause is what the guard refused; nil = nothing.
func (g *guard) cause() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// Read implements io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	if len(g.ready) == 0 {
		m, err := readMessage(g.in, g.message)
		g.mu.Lock()
		if g.left -= int64(len(m)); err == nil && g.left < 0 {
			err = errTooMuch
		}
		if errors.Is(err, errTooMuch) || errors.Is(err, errBroken) {
			g.err = err
		}
		g.mu.Unlock()
		if err != nil {
			return 0, err
		}
		g.ready = m
	}
	n := copy(p, g.ready)
	g.ready = g.ready[n:]
	return n, nil
}

var (
	errTooMuch = errors.New("more bytes than allowed")
	errBroken  = errors.New("not LDAP")
)

// readMessage reads one LDAPMessage (RFC 4511, section 4.1.1: a SEQUENCE) of at most
// most bytes and checks its form.
func readMessage(in io.Reader, most int64) ([]byte, error) {
	head := make([]byte, 2, 16)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	if head[0] != 0x30 {
		return nil, fmt.Errorf("%w: starts with %#x", errBroken, head[0])
	}
	if more := int(head[1] & 0x7f); head[1] > 0x80 {
		if more > 8 {
			return nil, fmt.Errorf("%w: length of %d bytes", errBroken, more)
		}
		head = head[:2+more]
		if _, err := io.ReadFull(in, head[2:]); err != nil {
			return nil, err
		}
	}
	length, _, err := lengthOf(head[1:])
	if err != nil {
		return nil, err
	}
	if length > most {
		return nil, errTooMuch
	}
	whole := make([]byte, len(head)+int(length))
	copy(whole, head)
	if _, err := io.ReadFull(in, whole[len(head):]); err != nil {
		return nil, err
	}
	elements := 0
	return whole, checkElements(whole, 0, &elements)
}

// lengthOf reads a length in the definite form, the only one LDAP allows (RFC 4511,
// section 5.1), and how many bytes it takes.
func lengthOf(b []byte) (length int64, size int, err error) {
	if len(b) == 0 {
		return 0, 0, fmt.Errorf("%w: no length", errBroken)
	}
	if b[0] < 0x80 {
		return int64(b[0]), 1, nil
	}
	n := int(b[0] & 0x7f)
	if n == 0 || n > 8 || len(b) < 1+n {
		return 0, 0, fmt.Errorf("%w: length of %d bytes", errBroken, n)
	}
	for _, c := range b[1 : 1+n] {
		if length > 1<<47 {
			return 0, 0, errTooMuch
		}
		length = length<<8 | int64(c)
	}
	return length, 1 + n, nil
}

// Nesting in LDAP ends at about ten; a page of the widest entries stays far below
// the number of elements.
const (
	maxDepth    = 32
	maxElements = 1 << 20
)

func checkElements(b []byte, depth int, count *int) error {
	for len(b) > 0 {
		if *count++; depth > maxDepth || *count > maxElements {
			return errTooMuch
		}
		tag := b[0]
		if tag&0x1f == 0x1f {
			return fmt.Errorf("%w: long tag", errBroken)
		}
		length, size, err := lengthOf(b[1:])
		if err != nil {
			return err
		}
		start := int64(1 + size)
		if length > int64(len(b))-start {
			return fmt.Errorf("%w: an element is longer than what holds it", errBroken)
		}
		if tag&0x20 != 0 {
			if err := checkElements(b[start:start+length], depth+1, count); err != nil {
				return err
			}
		}
		b = b[start+length:]
	}
	return nil
}
