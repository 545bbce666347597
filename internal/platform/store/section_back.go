package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Sections are all lists of one owner in a room.
type Sections []Section

// TakeBack undoes a Sync of atMS: the rows that it opened are gone without a trace, and
// those that it ended go on as if they had never ended. It is right only while no later
// Sync of the same owner and source stands. before is what Loose gave before the Sync.
func (l Sections) TakeBack(ctx context.Context, tx *Tx, owner, source string, atMS int64, before map[string]Loose) error {
	for _, s := range l {
		if err := s.takeBack(ctx, tx, owner, source, atMS); err != nil {
			return err
		}
		if err := s.loosen(ctx, tx, owner, source, before[s.Table]); err != nil {
			return err
		}
	}
	return nil
}

// HandOn makes a Sync of fromMS one of toMS: when the next Sync, of toMS, found the same
// rows, and the first of the two is undone.
func (l Sections) HandOn(ctx context.Context, tx *Tx, owner, source string, fromMS, toMS int64) error {
	for _, s := range l {
		if err := s.handOn(ctx, tx, owner, source, fromMS, toMS); err != nil {
			return err
		}
	}
	return nil
}

// Loose reads what a Sync will overwrite, by table.
func (l Sections) Loose(ctx context.Context, q Querier, owner, source string) (map[string]Loose, error) {
	out := map[string]Loose{}
	for _, s := range l {
		some, err := s.loose(ctx, q, owner, source)
		if err != nil {
			return nil, err
		}
		if len(some) > 0 {
			out[s.Table] = some
		}
	}
	return out, nil
}

// takeBack undoes one list.
func (s Section) takeBack(ctx context.Context, tx *Tx, owner, source string, atMS int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM `+s.Table+` WHERE `+s.Owner+` = $1 AND source = $2 AND first_ms = $3`, owner, source, atMS)
	if err != nil {
		return fmt.Errorf("take back rows of %s: %w", s.Table, err)
	}
	_, err = tx.Exec(ctx, `UPDATE `+s.Table+` SET gone_ms = NULL WHERE `+s.Owner+` = $1 AND source = $2 AND gone_ms = $3`, owner, source, atMS)
	if err != nil {
		return fmt.Errorf("give back rows of %s: %w", s.Table, err)
	}
	return nil
}

// handOn makes a Sync of fromMS one of toMS.
func (s Section) handOn(ctx context.Context, tx *Tx, owner, source string, fromMS, toMS int64) error {
	for _, col := range []string{"gone_ms", "first_ms"} {
		_, err := tx.Exec(ctx, `UPDATE `+s.Table+` SET `+col+` = $1 WHERE `+s.Owner+` = $2 AND source = $3 AND `+col+` = $4`, toMS, owner, source, fromMS)
		if err != nil {
			return fmt.Errorf("hand on rows of %s: %w", s.Table, err)
		}
	}
	return nil
}

// Loose are the values of the volatile columns of open rows, by key: they have no history.
// It is kept as JSON.
type Loose map[string][]any

// loose reads them; nil when the section has no volatile columns.
func (s Section) loose(ctx context.Context, q Querier, owner, source string) (Loose, error) {
	if s.Volatile == 0 {
		return nil, nil
	}
	cols := s.Cols[len(s.Cols)-s.Volatile:]
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	rows, err := q.Query(ctx, `SELECT row_key, `+strings.Join(names, ", ")+` FROM `+s.Table+` WHERE `+s.Owner+` = $1 AND source = $2 AND gone_ms IS NULL`, owner, source)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.Table, err)
	}
	defer func() { _ = rows.Close() }()
	out := Loose{}
	for rows.Next() {
		var key string
		into := []any{&key}
		for _, c := range cols {
			into = append(into, c.Type.variable())
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read %s: %w", s.Table, err)
		}
		for i, c := range cols {
			out[key] = append(out[key], c.Type.read(into[i+1]))
		}
	}
	return out, rows.Err()
}

// loosen writes them back to the rows that are open.
func (s Section) loosen(ctx context.Context, tx *Tx, owner, source string, before Loose) error {
	if len(before) == 0 {
		return nil
	}
	now, err := s.loose(ctx, tx, owner, source)
	if err != nil {
		return err
	}
	for key, values := range before {
		have, open := now[key]
		if !open || len(values) != s.Volatile {
			continue
		}
		all := make([]any, len(s.Cols))
		for i, v := range values {
			n, number := v.(float64) // as JSON has it
			if number {
				v = int64(n)
			}
			all[len(s.Cols)-s.Volatile+i] = v
		}
		if slices.Equal(have, all[len(s.Cols)-s.Volatile:]) {
			continue
		}
		if err := s.touch(ctx, tx, owner, source, []Row{{Key: key, Values: all}}); err != nil {
			return err
		}
	}
	return nil
}

// variable is a place to scan a value of the type into, and read what it then holds.
func (t ColType) variable() any {
	switch t {
	case Int:
		return new(int64)
	case Bool:
		return new(bool)
	}
	return new(string)
}

func (t ColType) read(v any) any {
	switch v := v.(type) {
	case *int64:
		return *v
	case *bool:
		return *v
	case *string:
		return *v
	}
	return nil
}
