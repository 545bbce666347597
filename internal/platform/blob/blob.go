// Package blob keeps files (attachments, packs) in the database, in pieces, so
// that every server has them, a backup of the database is a backup of them, and
// they come and go in the transaction of the row that names them. Reading checks
// size and SHA-256.
//
//	b, err := blob.Put(ctx, tx, file, 25<<20)
//	r, err := blob.Open(ctx, db, b.ID)
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// PieceBytes is the size of every piece but the last: small enough for any
// statement, large enough that 25 MB are 25 rows.
const PieceBytes = 1 << 20

// Blob names a stored file.
type Blob struct {
	ID        string
	SizeBytes int64
	SHA256    string // 64 hexadecimal digits
	CreatedMS int64
}

// Put stores everything from r, at most maxBytes; more is a fault (too_large) and
// stores nothing, as does an error of r. r must be local and quick (a file, memory):
// the transaction is held while it is read. A transaction that runs again needs r
// from its start: Put rewinds an io.Seeker, other readers are made inside it.
func Put(ctx context.Context, tx *store.Tx, r io.Reader, maxBytes int64) (Blob, error) {
	if s, ok := r.(io.Seeker); ok {
		if _, err := s.Seek(0, io.SeekStart); err != nil {
			return Blob{}, fmt.Errorf("store blob: rewind: %w", err)
		}
	}
	b := Blob{ID: store.NewID(), CreatedMS: store.MS(time.Now())}
	// The row comes first because pieces refer to it; size and hash follow.
	_, err := tx.Exec(ctx, `INSERT INTO blob (id, size_bytes, sha256, created_ms) VALUES ($1, 0, '', $2)`, b.ID, b.CreatedMS)
	if err != nil {
		return Blob{}, fmt.Errorf("store blob: %w", err)
	}
	sum := sha256.New()
	buf := make([]byte, PieceBytes)
	for piece := 0; ; piece++ {
		n, err := io.ReadFull(r, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return Blob{}, fmt.Errorf("store blob: read: %w", err)
		}
		if n == 0 {
			break
		}
		if b.SizeBytes += int64(n); b.SizeBytes > maxBytes {
			return Blob{}, fault.TooLarge("blob.error.too_large", "Most", maxBytes)
		}
		sum.Write(buf[:n])
		if _, err := tx.Exec(ctx, `INSERT INTO blob_piece (blob_id, piece, data) VALUES ($1, $2, $3)`, b.ID, piece, buf[:n]); err != nil {
			return Blob{}, fmt.Errorf("store blob piece %d: %w", piece, err)
		}
	}
	b.SHA256 = hex.EncodeToString(sum.Sum(nil))
	_, err = tx.Exec(ctx, `UPDATE blob SET size_bytes = $1, sha256 = $2 WHERE id = $3`, b.SizeBytes, b.SHA256, b.ID)
	if err != nil {
		return Blob{}, fmt.Errorf("store blob: %w", err)
	}
	return b, nil
}

// Stat finds a blob without its content; unknown ones are a fault.
func Stat(ctx context.Context, q store.Querier, id string) (Blob, error) {
	b := Blob{ID: id}
	err := q.QueryRow(ctx, `SELECT size_bytes, sha256, created_ms FROM blob WHERE id = $1`, id).Scan(&b.SizeBytes, &b.SHA256, &b.CreatedMS)
	if errors.Is(err, sql.ErrNoRows) {
		return b, fault.NotFound("blob.error.unknown")
	}
	if err != nil {
		return b, fmt.Errorf("find blob %s: %w", id, err)
	}
	return b, nil
}

// Delete removes a blob and its pieces; an unknown one is no error.
func Delete(ctx context.Context, tx *store.Tx, id string) error {
	for _, q := range []string{`DELETE FROM blob_piece WHERE blob_id = $1`, `DELETE FROM blob WHERE id = $1`} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return fmt.Errorf("delete blob %s: %w", id, err)
		}
	}
	return nil
}

// ErrDamaged ends reading when the content is not what was stored.
var ErrDamaged = errors.New("blob is damaged")

// Reader streams one blob, a piece at a time. Its last Read returns io.EOF only
// when size and hash are right, else ErrDamaged; a caller that passes content on
// must treat that as a broken transfer. Not safe for concurrent use.
type Reader struct {
	Blob
	ctx   context.Context
	q     store.Querier
	next  int // number of the piece to read
	buf   bytes.Reader
	sum   hash.Hash
	bytes int64
	err   error
}

// Open finds a blob and checks its first piece; a blob of one piece is checked
// whole before Open returns.
func Open(ctx context.Context, q store.Querier, id string) (*Reader, error) {
	b, err := Stat(ctx, q, id)
	if err != nil {
		return nil, err
	}
	r := &Reader{Blob: b, ctx: ctx, q: q, sum: sha256.New()}
	r.load()
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return nil, r.err
	}
	return r, nil
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if r.buf.Len() == 0 && r.err == nil {
		r.load()
	}
	if n, _ := r.buf.Read(p); n > 0 {
		return n, nil
	}
	return 0, r.err
}

// load fetches the next piece. After the last one it sets err: io.EOF when the
// whole is right.
func (r *Reader) load() {
	if r.bytes < r.SizeBytes {
		var data []byte
		err := r.q.QueryRow(r.ctx, `SELECT data FROM blob_piece WHERE blob_id = $1 AND piece = $2`, r.ID, r.next).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) || err == nil && len(data) == 0 {
			r.err = fmt.Errorf("%w: %s has no piece %d", ErrDamaged, r.ID, r.next)
			return
		}
		if err != nil {
			r.err = fmt.Errorf("read blob %s: %w", r.ID, err)
			return
		}
		r.next++
		r.bytes += int64(len(data))
		r.sum.Write(data)
		r.buf.Reset(data)
	}
	switch {
	case r.bytes < r.SizeBytes:
	case r.bytes > r.SizeBytes || hex.EncodeToString(r.sum.Sum(nil)) != r.SHA256:
		// The last piece is withheld: what is wrong is never complete.
		r.buf.Reset(nil)
		r.err = fmt.Errorf("%w: %s", ErrDamaged, r.ID)
	default:
		r.err = io.EOF
	}
}
