package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Moves carries rows from one owner to another and notes every row it touched, so that
// all of it can be taken back.
type Moves struct {
	List []Move
	AtMS int64
}

// put replaces was by now and notes it; either may be nil.
func (m *Moves) put(ctx context.Context, tx *Tx, h Hung, was, now, from Image) (ok bool, err error) {
	if was != nil {
		if err := h.Delete(ctx, tx, was); err != nil {
			return false, err
		}
	}
	if now != nil {
		if ok, err = h.Insert(ctx, tx, now); err != nil {
			return false, err
		}
		if !ok { // somebody stands there: the row stays as it was
			if was != nil {
				_, err = h.Insert(ctx, tx, was)
			}
			return false, err
		}
	}
	m.List = append(m.List, Move{Table: h.Table, Was: was, Now: now, From: from})
	return true, nil
}

// Change replaces a row.
func (m *Moves) Change(ctx context.Context, tx *Tx, h Hung, was Image, set map[string]any) (ok bool, err error) {
	return m.put(ctx, tx, h, was, was.With(set), nil)
}

// Remove takes a row out.
func (m *Moves) Remove(ctx context.Context, tx *Tx, h Hung, was Image) error {
	_, err := m.put(ctx, tx, h, was, nil, nil)
	return err
}

// Add notes a row that came.
func (m *Moves) Add(ctx context.Context, tx *Tx, h Hung, now Image) (ok bool, err error) {
	return m.put(ctx, tx, h, nil, now, nil)
}

// Carry moves the open rows of from to to. yields tells, for a source, that the rows
// that "to" has of it give way to those of from; stays, that those of from end where
// they are. A source that says neither is carried row by row, a twin at "to" first.
func (m *Moves) Carry(ctx context.Context, tx *Tx, h Hung, from, to string, which func(source string) bool, yields, stays func(source string) bool) error {
	where := h.Owner + " = $1"
	if h.Gone != "" {
		where += " AND " + h.Gone + " IS NULL"
	}
	rows, err := h.Rows(ctx, tx, where, from)
	if err != nil {
		return err
	}
	there, err := h.Rows(ctx, tx, where, to)
	if err != nil {
		return err
	}
	source := func(row Image) string { return row.Text(h.Source) }
	if h.Source != "" {
		for _, row := range there {
			if which(source(row)) && yields(source(row)) {
				if err := m.end(ctx, tx, h, row); err != nil {
					return err
				}
			}
		}
		there = slices.DeleteFunc(there, func(row Image) bool { return which(source(row)) && yields(source(row)) })
	}
	for _, row := range rows {
		if h.Source != "" && !which(source(row)) {
			continue
		}
		leave := h.Stays || h.Source != "" && stays(source(row)) || h.Twin != nil && slices.ContainsFunc(there, func(o Image) bool { return h.twins(row, o) })
		if err := m.carry(ctx, tx, h, row, to, leave); err != nil {
			return err
		}
	}
	return nil
}

func (h Hung) twins(a, b Image) bool {
	if h.Source != "" && a[h.Source] != b[h.Source] {
		return false
	}
	return !slices.ContainsFunc(h.Twin, func(col string) bool { return a[col] != b[col] })
}

// end closes a row, or takes it out of a table without a past.
func (m *Moves) end(ctx context.Context, tx *Tx, h Hung, row Image) error {
	if h.Gone == "" {
		return m.Remove(ctx, tx, h, row)
	}
	_, err := m.Change(ctx, tx, h, row, map[string]any{h.Gone: m.AtMS})
	return err
}

func (m *Moves) carry(ctx context.Context, tx *Tx, h Hung, row Image, to string, leave bool) error {
	if h.Gone == "" && !leave {
		_, err := m.Change(ctx, tx, h, row, map[string]any{h.Owner: to})
		return err
	}
	if err := m.end(ctx, tx, h, row); err != nil || leave {
		return err
	}
	next := row.With(map[string]any{h.Owner: to, h.First: m.AtMS}).With(h.Fresh)
	if h.ID != "" {
		next[h.ID] = NewID()
	}
	if h.Begin != nil && !h.Begin(next, row) {
		return nil
	}
	_, err := m.put(ctx, tx, h, nil, next, h.key(row))
	return err
}

// Back takes everything back, last first. What others changed meanwhile is kept in the
// past where it can be: a row that ended at the new owner ends at the old one, and a row
// whose place is taken stays away.
func (m *Moves) Back(ctx context.Context, tx *Tx, tables map[string]Hung) error {
	ended := map[string]any{}
	for _, move := range slices.Backward(m.List) {
		h, known := tables[move.Table]
		if !known {
			return fmt.Errorf("take back: table %s is not known", move.Table)
		}
		changed := false
		if move.Now != nil {
			now, err := h.Find(ctx, tx, move.Now)
			if err != nil {
				return err
			}
			changed = now == nil || !now.Same(move.Now)
			if now != nil && move.From != nil && h.Gone != "" {
				ended[h.name(move.From)] = now[h.Gone]
			}
			if now != nil {
				if err := h.Delete(ctx, tx, move.Now); err != nil {
					return err
				}
			}
		}
		if err := h.giveBack(ctx, tx, move, changed, ended); err != nil {
			return err
		}
	}
	return nil
}

// giveBack restores one row as it was.
func (h Hung) giveBack(ctx context.Context, tx *Tx, move Move, changed bool, ended map[string]any) error {
	if move.Was == nil {
		return nil
	}
	was := move.Was
	if at, ok := ended[h.name(was)]; ok && at != nil {
		was = was.With(map[string]any{h.Gone: at})
	}
	if changed {
		was = was.With(h.Stale)
	}
	if h.Gone != "" && was[h.Gone] == nil && h.Twin != nil {
		newer, err := h.openTwin(ctx, tx, was)
		if err != nil {
			return err
		}
		if newer && move.Now != nil { // it ended for good
			was = move.Now
		}
	}
	_, err := h.Insert(ctx, tx, was)
	return err
}

func (h Hung) openTwin(ctx context.Context, tx *Tx, row Image) (bool, error) {
	args := []any{row[h.Owner]}
	where := []string{h.Owner + " = $1", h.Gone + " IS NULL"}
	for _, col := range append(slices.Clone(h.Twin), h.Source) {
		if col == "" {
			continue
		}
		args = append(args, row[col])
		where = append(where, fmt.Sprintf("%s = $%d", col, len(args)))
	}
	list, err := h.Rows(ctx, tx, strings.Join(where, " AND "), args...)
	return len(list) > 0, err
}

// name tells rows of all tables apart.
func (h Hung) name(row Image) string {
	parts := []string{h.Table}
	for _, k := range h.Key {
		parts = append(parts, fmt.Sprint(row[k]))
	}
	return strings.Join(parts, "\x1f")
}
