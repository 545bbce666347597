package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Section describes rows that belong to an owner, come and go, and keep their
// history: what is installed on a machine, its accounts, ports, volumes. The
// table has the columns
//
//	<Owner> TEXT, source TEXT, row_key TEXT, digest BIGINT, <Cols…>,
//	first_ms BIGINT NOT NULL, gone_ms BIGINT
//	PRIMARY KEY (<Owner>, source, row_key, first_ms)
//
// and an open row (gone_ms IS NULL) is true now. "What was there at T" is
// first_ms <= T AND (gone_ms IS NULL OR gone_ms > T). An unchanged row is not
// written again; when it was last seen is when its section was last reported.
type Section struct {
	Table string
	Owner string // owner column, for example "asset_id"
	Cols  []Col  // further columns, in the order of Row.Values
	// Volatile is how many trailing Cols change without being news (last log-on):
	// they are updated in place and not part of the digest.
	Volatile int
}

// Row is one row of a section: Key tells rows of one owner and source apart.
type Row struct {
	Key    string
	Values []any
}

// Change counts what a Sync did.
type Change struct{ Added, Changed, Gone int }

// Any reports whether anything changed.
func (c Change) Any() bool { return c.Added+c.Changed+c.Gone > 0 }

// Sync makes the open rows of owner and source equal to rows as of atMS: new
// keys open a row, missing keys close theirs, changed ones close and open. Of
// rows with equal keys the last wins.
func (s Section) Sync(ctx context.Context, tx *Tx, owner, source string, atMS int64, rows []Row) (Change, error) {
	if tx.IsNew(owner) {
		return s.write(ctx, tx, owner, source, atMS, rows, nil, "")
	}
	open, err := s.open(ctx, tx, owner, source, nil)
	if err != nil {
		return Change{}, err
	}
	return s.write(ctx, tx, owner, source, atMS, rows, open, s.conflict())
}

// mergeRows is how many keys Merge looks up at a time.
const mergeRows = 400

// Merge takes in rows of a source that tells changes only: new keys open a row,
// changed ones close and open, and those not named stay as they are.
func (s Section) Merge(ctx context.Context, tx *Tx, owner, source string, atMS int64, rows []Row) (Change, error) {
	var sum Change
	for part := range slices.Chunk(rows, mergeRows) {
		keys := make([]string, len(part))
		for i, r := range part {
			keys[i] = r.Key
		}
		open, err := s.open(ctx, tx, owner, source, keys)
		if err != nil {
			return sum, err
		}
		ch, err := s.write(ctx, tx, owner, source, atMS, part, open, s.conflict())
		if err != nil {
			return sum, err
		}
		sum.Added, sum.Changed = sum.Added+ch.Added, sum.Changed+ch.Changed
	}
	return sum, nil
}

// write makes the rows in open equal to rows.
func (s Section) write(ctx context.Context, tx *Tx, owner, source string, atMS int64, rows []Row, open map[string]int64, conflict string) (Change, error) {
	var ch Change
	var add [][]any
	var closed []string
	var same []Row
	seen := make(map[string]bool, len(rows))
	for _, r := range slices.Backward(rows) {

		if seen[r.Key] {
			continue
		}
		seen[r.Key] = true
		digest := s.digest(r)
		old, was := open[r.Key]
		switch {
		case was && old == digest:
			same = append(same, r)
			continue
		case was:
			ch.Changed++
			closed = append(closed, r.Key)
		default:
			ch.Added++
		}
		add = append(add, append(append([]any{owner, source, r.Key, digest}, r.Values...), atMS))
	}
	for key := range open {
		if !seen[key] {
			ch.Gone++
			closed = append(closed, key)
		}
	}
	if err := s.touch(ctx, tx, owner, source, same); err != nil {
		return ch, err
	}
	if err := s.close(ctx, tx, owner, source, atMS, closed); err != nil {
		return ch, err
	}
	return ch, tx.InsertMany(ctx, s.Table, s.insertCols(), add, conflict)
}

func (s Section) insertCols() []Col {
	cols := []Col{{s.Owner, Text}, {"source", Text}, {"row_key", Text}, {"digest", Int}}
	return append(append(cols, s.Cols...), Col{"first_ms", Int})
}

// conflict: a row that changed twice within one millisecond keeps the newest values.
func (s Section) conflict() string {
	set := []string{"digest = excluded.digest", "gone_ms = NULL"}
	for _, c := range s.Cols {
		set = append(set, c.Name+" = excluded."+c.Name)
	}
	return "ON CONFLICT (" + s.Owner + ", source, row_key, first_ms) DO UPDATE SET " + strings.Join(set, ", ")
}

// open reads the open rows of an owner and source: those of keys, or all with nil.
func (s Section) open(ctx context.Context, tx *Tx, owner, source string, keys []string) (map[string]int64, error) {
	q := "SELECT row_key, digest FROM " + s.Table + " WHERE " + s.Owner + " = $1 AND source = $2 AND gone_ms IS NULL"
	args := []any{owner, source}
	if keys != nil {
		q += " AND " + In("row_key", keys, &args)
	}
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read open rows of %s: %w", s.Table, err)
	}
	defer func() { _ = rows.Close() }()
	open := map[string]int64{}
	for rows.Next() {
		var key string
		var digest int64
		if err := rows.Scan(&key, &digest); err != nil {
			return nil, fmt.Errorf("read open rows of %s: %w", s.Table, err)
		}
		open[key] = digest
	}
	return open, rows.Err()
}

func (s Section) close(ctx context.Context, tx *Tx, owner, source string, atMS int64, keys []string) error {
	for len(keys) > 0 {
		n := min(len(keys), 400)
		args := []any{atMS, owner, source}
		q := "UPDATE " + s.Table + " SET gone_ms = $1 WHERE " + s.Owner + " = $2 AND source = $3 AND gone_ms IS NULL AND " +
			In("row_key", keys[:n], &args)
		if _, err := tx.Exec(ctx, q, args...); err != nil {
			return fmt.Errorf("close rows of %s: %w", s.Table, err)
		}
		keys = keys[n:]
	}
	return nil
}

// digest is the first 63 bits of SHA-256 over the lasting values; it only saves
// reading them back and is no proof of anything. Changing it makes every open row
// look changed once.
func (s Section) digest(r Row) int64 {
	buf := make([]byte, 0, 512)
	for _, v := range r.Values[:len(r.Values)-s.Volatile] {
		buf = appendValue(buf, v)
	}
	sum := sha256.Sum256(buf)
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1) //nolint:gosec // shifted into range
}

// appendValue writes a value as its Go type, the length of its text and the text, so
// that no two lists of values read the same.
func appendValue(buf []byte, v any) []byte {
	var kind, text string
	switch v := v.(type) {
	case string:
		kind, text = "string", v
	case int64:
		kind, text = "int64", strconv.FormatInt(v, 10)
	case bool:
		kind, text = "bool", strconv.FormatBool(v)
	default:
		kind, text = fmt.Sprintf("%T", v), fmt.Sprint(v)
	}
	buf = append(buf, kind...)
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(text)))
	return append(buf, text...)
}

// AsOf is the condition for rows that were true at the time in parameter $n.
func AsOf(alias string, n int) string {
	if alias != "" {
		alias += "."
	}
	return fmt.Sprintf("%sfirst_ms <= $%d AND (%sgone_ms IS NULL OR %sgone_ms > $%d)", alias, n, alias, alias, n)
}
