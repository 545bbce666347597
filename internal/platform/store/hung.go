package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Hung describes a table whose rows hang on an owner, for the day when two owners turn
// out to be one, or one to be two. A room writes it down for each of its tables; the
// moves themselves are Moves.
type Hung struct {
	Table string
	Owner string   // column that names the owner
	Key   []string // primary key
	// Source is the column of the source that says the row, "" = none.
	Source string
	// Says is the source of all rows of a table that has no column for it, "" = none.
	Says string
	// Twin are the columns, beside owner and source, in which two open rows of one owner
	// differ; a row whose twin is there already is not carried over. nil = no limit.
	Twin []string
	// First and Gone are the columns of a row's time. With them rows end where they are
	// and begin anew at the other owner, so that every day of the past stays as it was
	// known; without them rows change their owner.
	First, Gone string
	// ID is a key column that a row that begins anew gets a new identifier in.
	ID string
	// Fresh sets columns of rows that begin anew; nil = as they were.
	Fresh map[string]any
	// Stale sets columns of rows that are given back after somebody changed them.
	Stale map[string]any
	// Stays: rows end or go, and are not carried over.
	Stays bool
	// Begin adapts a row that begins anew in place of was; false leaves it behind. nil =
	// as it is.
	Begin func(row, was Image) bool
}

// Image is a row as it stands in its table, by column: int64, float64, bool, string,
// []byte or nil.
type Image map[string]any

// Move is one row that a change of owners touched. Was is nil for a row that came, Now
// for one that went.
type Move struct {
	Table string
	Was   Image
	Now   Image
	From  Image // of a row that began anew: the key of the one it carries on
}

// Rows reads rows of a table as they are; where and args as in Query.
func (h Hung) Rows(ctx context.Context, q Querier, where string, args ...any) ([]Image, error) {
	rows, err := q.Query(ctx, "SELECT * FROM "+h.Table+" WHERE "+where+" ORDER BY "+strings.Join(h.Key, ", "), args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", h.Table, err)
	}
	defer func() { _ = rows.Close() }()
	return scanImages(rows)
}

func scanImages(rows *sql.Rows) (out []Image, err error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := make(Image, len(names))
		for i, name := range names {
			row[name] = values[i]
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func (h Hung) key(row Image) Image {
	out := make(Image, len(h.Key))
	for _, k := range h.Key {
		out[k] = row[k]
	}
	return out
}

func (h Hung) whereKey(row Image, args *[]any) string {
	parts := make([]string, len(h.Key))
	for i, k := range h.Key {
		*args = append(*args, row[k])
		parts[i] = fmt.Sprintf("%s = $%d", k, len(*args))
	}
	return strings.Join(parts, " AND ")
}

// Find reads the row that has the key of row, nil when there is none.
func (h Hung) Find(ctx context.Context, q Querier, row Image) (Image, error) {
	var args []any
	list, err := h.Rows(ctx, q, h.whereKey(row, &args), args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// Insert stores a row; ok is false when its key is taken.
func (h Hung) Insert(ctx context.Context, tx *Tx, row Image) (ok bool, err error) {
	names := slices.Sorted(maps.Keys(row))
	args, marks := make([]any, len(names)), make([]string, len(names))
	for i, name := range names {
		args[i], marks[i] = row[name], fmt.Sprintf("$%d", i+1)
	}
	res, err := tx.Exec(ctx, "INSERT INTO "+h.Table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+") ON CONFLICT DO NOTHING", args...)
	if err != nil {
		return false, fmt.Errorf("store a row of %s: %w", h.Table, err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Delete removes the row that has the key of row.
func (h Hung) Delete(ctx context.Context, tx *Tx, row Image) error {
	var args []any
	if _, err := tx.Exec(ctx, "DELETE FROM "+h.Table+" WHERE "+h.whereKey(row, &args), args...); err != nil {
		return fmt.Errorf("remove a row of %s: %w", h.Table, err)
	}
	return nil
}

// Same reports whether two rows are equal in every column.
func (row Image) Same(o Image) bool { return reflect.DeepEqual(row, o) }

// With gives a copy of a row with columns set.
func (row Image) With(set map[string]any) Image {
	out := maps.Clone(row)
	maps.Copy(out, set)
	return out
}

// Text gives a text column; empty when it is none.
func (row Image) Text(col string) string {
	s, _ := row[col].(string)
	return s
}

// Int gives a number column; 0 when it is none.
func (row Image) Int(col string) int64 {
	n, _ := row[col].(int64)
	return n
}

// HungSection describes the table of a Section.
func HungSection(table, owner string) Hung {
	return Hung{Table: table, Owner: owner, Key: []string{owner, "source", "row_key", "first_ms"}, Source: "source", Twin: []string{"row_key"}, First: "first_ms", Gone: "gone_ms"}
}
