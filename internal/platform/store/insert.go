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

// InsertMany adds rows: as one JSON parameter, or on SQLite row by row where that
// is faster. suffix is for example "ON CONFLICT DO NOTHING". Values are string,
// int64, bool or nil; a NUL in a string is refused by the caller long before
// (wire.Report checks it), and again by the engine. After an error some rows may
// be in: the caller gives the transaction up.
func (tx *Tx) InsertMany(ctx context.Context, table string, cols []Col, rows [][]any, suffix string) error {
	if len(rows) == 0 {
		return nil
	}
	if tx.engine == SQLite && len(cols) >= rowByRow {
		return tx.insertEach(ctx, table, cols, rows, suffix)
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	if _, err := tx.Exec(ctx, insertText(tx.engine, table, cols, suffix), string(body)); err != nil {
		return fmt.Errorf("insert %d rows into %s: %w", len(rows), table, err)
	}
	return nil
}

func (tx *Tx) insertEach(ctx context.Context, table string, cols []Col, rows [][]any, suffix string) error {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	text := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(cols)-1) + ") " + suffix
	for _, row := range rows {
		if _, err := tx.Exec(ctx, text, row...); err != nil {
			return fmt.Errorf("insert %d rows into %s: %w", len(rows), table, err)
		}
	}
	return nil
}

func insertText(engine Engine, table string, cols []Col, suffix string) string {
	names := make([]string, len(cols))
	values := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
		if engine == Postgres {
			values[i] = fmt.Sprintf("(value->>%d)::%s", i, c.Type)
		} else {
			values[i] = fmt.Sprintf("value->>%d", i)
		}
	}
	from := "json_each($1) AS e"
	if engine == Postgres {
		from = "json_array_elements($1::json) AS e(value)"
	}
	// WHERE true: SQLite would read ON as the start of a join otherwise.
	return "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") SELECT " +
		strings.Join(values, ", ") + " FROM " + from + " WHERE true " + suffix
}
