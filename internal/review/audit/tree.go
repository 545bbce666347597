package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is the hashes of the complete subtrees of a tree, largest first: all
// that is needed to append to it and to know its root. A tree of size n has one
// for each 1 in n's binary form.
type frontier []tlog.Hash

// errHead: the head row does not fit itself; only damage does that.
var errHead = errors.New("audit head is damaged: run sonae audit verify")

func unpackFrontier(b []byte, size int64) (frontier, error) {
	n := bits.OnesCount64(uint64(size)) //nolint:gosec // sizes are not negative
	if size < 0 || len(b) != n*tlog.HashSize {
		return nil, fmt.Errorf("size %d, %d bytes: %w", size, len(b), errHead)
	}
	f := make(frontier, n)
	for i := range f {
		copy(f[i][:], b[i*tlog.HashSize:])
	}
	return f, nil
}

func (f frontier) pack() []byte {
	b := make([]byte, 0, len(f)*tlog.HashSize)
	for _, h := range f {
		b = append(b, h[:]...)
	}
	return b
}

// append adds leaf number n. It gives the new frontier and the hashes to store, in
// the order of tlog.StoredHashes: the leaf, then each subtree it completes.
func (f frontier) append(n int64, leaf tlog.Hash) (frontier, []tlog.Hash) {
	hashes := []tlog.Hash{leaf}
	node := leaf
	next := append(frontier(nil), f...)
	for ; n&1 == 1; n >>= 1 {
		node = tlog.NodeHash(next[len(next)-1], node)
		next = next[:len(next)-1]
		hashes = append(hashes, node)
	}
	return append(next, node), hashes
}

// root is the tree's hash; the empty tree has the hash of no bytes (RFC 6962, 2.1).
func (f frontier) root() tlog.Hash {
	if len(f) == 0 {
		return sha256.Sum256(nil)
	}
	h := f[len(f)-1]
	for i := len(f) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f[i], h)
	}
	return h
}
