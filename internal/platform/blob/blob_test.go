package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func content(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func put(t *testing.T, db *store.DB, r io.Reader, most int64) (blob.Blob, error) {
	t.Helper()
	var b blob.Blob
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		var err error
		b, err = blob.Put(ctx, tx, r, most)
		return err
	})
	return b, err
}

func TestRoundTrip(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, n := range []int{0, 1, blob.PieceBytes - 1, blob.PieceBytes, blob.PieceBytes + 1, 3*blob.PieceBytes + 7} {
			want := content(n)
			b, err := put(t, db, iotest.HalfReader(bytes.NewReader(want)), int64(n))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(want)
			if b.SizeBytes != int64(n) || b.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("%d bytes: %+v", n, b)
			}
			r, err := blob.Open(t.Context(), db, b.ID)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, want) || r.SizeBytes != int64(n) {
				t.Errorf("%d bytes came back as %d, %v", n, len(got), err)
			}
		}
	})
}

func rows(t *testing.T, db *store.DB) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM blob) + (SELECT count(*) FROM blob_piece)`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNothingHalfStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		big := content(blob.PieceBytes + 10)
		if _, err := put(t, db, bytes.NewReader(big), int64(len(big)-1)); !fault.Is(err, fault.CodeTooLarge) {
			t.Errorf("too large: %v", err)
		}
		broken := io.MultiReader(bytes.NewReader(big), iotest.ErrReader(errors.New("cut")))
		if _, err := put(t, db, broken, 1<<30); err == nil {
			t.Error("a broken upload was stored")
		}
		if n := rows(t, db); n != 0 {
			t.Errorf("%d rows left", n)
		}
		b, err := put(t, db, bytes.NewReader(big), 1<<30)
		if err != nil || rows(t, db) != 3 {
			t.Fatal(err, rows(t, db))
		}
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return blob.Delete(ctx, tx, b.ID) }); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, db); n != 0 {
			t.Errorf("%d rows left after delete", n)
		}
		if _, err := blob.Open(t.Context(), db, b.ID); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("deleted blob: %v", err)
		}
	})
}

func TestRetriedTransactionStoresTheWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := bytes.NewReader([]byte("whole"))
		_, _ = io.CopyN(io.Discard, r, 3) // as left by a first try
		b, err := put(t, db, r, 10)
		if err != nil || b.SizeBytes != 5 {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

func TestDamageIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, damage := range map[string]string{
			"changed first piece": `UPDATE blob_piece SET data = $1 WHERE blob_id = $2 AND piece = 0`,
			"changed last piece":  `UPDATE blob_piece SET data = $1 WHERE blob_id = $2 AND piece = 1`,
			"missing piece":       `DELETE FROM blob_piece WHERE data <> $1 AND blob_id = $2 AND piece = 1`,
		} {
			t.Run(name, func(t *testing.T) {
				want := content(blob.PieceBytes + 100)
				b, err := put(t, db, bytes.NewReader(want), 1<<30)
				if err != nil {
					t.Fatal(err)
				}
				if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, damage, content(100)[:99], b.ID)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				r, err := blob.Open(t.Context(), db, b.ID)
				if err == nil {
					_, err = io.ReadAll(r)
				}
				if !errors.Is(err, blob.ErrDamaged) {
					t.Errorf("err = %v", err)
				}
			})
		}
	})
}
