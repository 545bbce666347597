package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Col is a column with the SQL type that bulk inserts give its values.
type Col struct {
	Name string
	Type ColType
}

// ColType is the type of a bulk-inserted column.
type ColType string

// Column types; the values are the PostgreSQL names.
const (
	Text ColType = "text"
	Int  ColType = "bigint"
	Bool ColType = "boolean"
)

// rowByRow is from how many columns SQLite takes rows one by one through a prepared
// statement: reading back a row of many columns out of JSON costs it more than
// binding them, while of few columns it costs less (docs/decisions/0002).
const rowByRow = 6

// InsertMany adds rows: on PostgreSQL as one array a column, on SQLite as one JSON
// parameter, or row by row where that is faster. suffix is for example "ON CONFLICT DO
// NOTHING". Values are string, int64, bool or nil, as their column says; a NUL in a
// string is refused by the caller long before (wire.Report checks it), and again by
// the engine. After an error some rows may be in: the caller gives the transaction up.
func (tx *Tx) InsertMany(ctx context.Context, table string, cols []Col, rows [][]any, suffix string) error {
	_, err := tx.insert(ctx, table, cols, rows, suffix)
	return err
}

// InsertNew adds the rows that are not there yet and tells how many those were.
func (tx *Tx) InsertNew(ctx context.Context, table string, cols []Col, rows [][]any) (added int, err error) {
	return tx.insert(ctx, table, cols, rows, "ON CONFLICT DO NOTHING")
}

func (tx *Tx) insert(ctx context.Context, table string, cols []Col, rows [][]any, suffix string) (n int, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	switch {
	case tx.engine == Postgres:
		n, err = tx.insertArrays(ctx, table, cols, rows, suffix)
	case len(cols) >= rowByRow || len(rows) == 1:
		n, err = tx.insertEach(ctx, table, cols, rows, suffix)
	default:
		n, err = tx.insertJSON(ctx, table, cols, rows, suffix)
	}
	if err != nil {
		return 0, fmt.Errorf("insert %d rows into %s: %w", len(rows), table, err)
	}
	return n, nil
}

// execCount runs a statement and tells how many rows it wrote.
func (tx *Tx) execCount(ctx context.Context, query string, args ...any) (int, error) {
	res, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Relation turns rows into something to stand after FROM, named alias, with the names
// of cols; args take the place of the parameters from $first on. The rows of an UPDATE
// of many, for example.
func (tx *Tx) Relation(alias string, cols []Col, rows [][]any, first int) (from string, args []any, err error) {
	if tx.engine == SQLite {
		body, err := json.Marshal(rows)
		if err != nil {
			return "", nil, err
		}
		values := make([]string, len(cols))
		for i, c := range cols {
			values[i] = fmt.Sprintf("value->>%d AS %s", i, c.Name)
		}
		return fmt.Sprintf("(SELECT %s FROM json_each($%d)) AS %s", strings.Join(values, ", "), first, alias), []any{string(body)}, nil
	}
	params, args, err := arrays(cols, rows, first)
	return fmt.Sprintf("unnest(%s) AS %s(%s)", params, alias, names(cols)), args, err
}

// arrays gives one array a column and the typed parameters, from $first on.
func arrays(cols []Col, rows [][]any, first int) (params string, args []any, err error) {
	args = make([]any, len(cols))
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = fmt.Sprintf("$%d::%s[]", first+i, c.Type)
		switch c.Type {
		case Text:
			args[i], err = column[string](rows, i)
		case Int:
			args[i], err = column[int64](rows, i)
		case Bool:
			args[i], err = column[bool](rows, i)
		}
		if err != nil {
			return "", nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return strings.Join(list, ", "), args, nil
}

func (tx *Tx) insertArrays(ctx context.Context, table string, cols []Col, rows [][]any, suffix string) (int, error) {
	params, args, err := arrays(cols, rows, 1)
	if err != nil {
		return 0, err
	}
	// WHERE true, as for SQLite, whose parser needs it before ON CONFLICT.
	text := "INSERT INTO " + table + " (" + names(cols) + ") SELECT * FROM unnest(" + params + ") WHERE true " + suffix
	return tx.execCount(ctx, text, args...)
}

// column gathers the values of one column; nil stays NULL.
func column[T any](rows [][]any, i int) ([]*T, error) {
	values := make([]T, len(rows))
	out := make([]*T, len(rows))
	for n, row := range rows {
		if row[i] == nil {
			continue
		}
		v, ok := row[i].(T)
		if !ok {
			return nil, fmt.Errorf("row %d holds %T", n, row[i])
		}
		values[n] = v
		out[n] = &values[n]
	}
	return out, nil
}

func names(cols []Col) string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

func (tx *Tx) insertEach(ctx context.Context, table string, cols []Col, rows [][]any, suffix string) (n int, err error) {
	text := "INSERT INTO " + table + " (" + names(cols) + ") VALUES (?" + strings.Repeat(", ?", len(cols)-1) + ") " + suffix
	for _, row := range rows {
		added, err := tx.execCount(ctx, text, row...)
		if err != nil {
			return 0, err
		}
		n += added
	}
	return n, nil
}

func (tx *Tx) insertJSON(ctx context.Context, table string, cols []Col, rows [][]any, suffix string) (int, error) {
	body, err := json.Marshal(rows)
	if err != nil {
		return 0, err
	}
	values := make([]string, len(cols))
	for i := range cols {
		values[i] = fmt.Sprintf("value->>%d", i)
	}
	// WHERE true: SQLite would read ON as the start of a join otherwise.
	return tx.execCount(ctx, "INSERT INTO "+table+" ("+names(cols)+") SELECT "+strings.Join(values, ", ")+" FROM json_each($1) AS e WHERE true "+suffix, string(body))
}
