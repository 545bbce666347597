package store

import (
	"context"
	"fmt"
	"strings"
)

// touch writes the volatile columns of unchanged rows: on PostgreSQL in one statement that
// leaves alone what is as it was (a row that is written is a row to be cleared away later),
// on SQLite, where a statement goes nowhere, row by row.
func (s Section) touch(ctx context.Context, tx *Tx, owner, source string, rows []Row) error {
	if s.Volatile == 0 || len(rows) == 0 {
		return nil
	}
	if tx.engine == Postgres {
		return s.touchAll(ctx, tx, owner, source, rows)
	}
	for _, r := range rows {
		if err := s.touchOne(ctx, tx, owner, source, r); err != nil {
			return err
		}
	}
	return nil
}

func (s Section) touchAll(ctx context.Context, tx *Tx, owner, source string, rows []Row) error {
	volatile := s.Cols[len(s.Cols)-s.Volatile:]
	values := make([][]any, len(rows))
	for i, r := range rows {
		values[i] = append([]any{r.Key}, r.Values[len(r.Values)-s.Volatile:]...)
	}
	from, args, err := tx.Relation("v", append([]Col{{"row_key", Text}}, volatile...), values, 3)
	if err != nil {
		return fmt.Errorf("touch rows of %s: %w", s.Table, err)
	}
	var set, differ []string
	for _, c := range volatile {
		set = append(set, c.Name+" = v."+c.Name)
		differ = append(differ, s.Table+"."+c.Name+" IS DISTINCT FROM v."+c.Name)
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`UPDATE %[1]s SET %[2]s FROM %[3]s WHERE %[1]s.%[4]s = $1 AND %[1]s.source = $2 AND %[1]s.row_key = v.row_key AND %[1]s.gone_ms IS NULL AND (%[5]s)`,
		s.Table, strings.Join(set, ", "), from, s.Owner, strings.Join(differ, " OR ")), append([]any{owner, source}, args...)...)
	if err != nil {
		return fmt.Errorf("touch rows of %s: %w", s.Table, err)
	}
	return nil
}

func (s Section) touchOne(ctx context.Context, tx *Tx, owner, source string, r Row) error {
	first := len(s.Cols) - s.Volatile
	args := make([]any, 0, s.Volatile+3)
	set := make([]string, 0, s.Volatile)
	for i, c := range s.Cols[first:] {
		args = append(args, r.Values[first+i])
		set = append(set, fmt.Sprintf("%s = $%d", c.Name, i+1))
	}
	n := len(args)
	args = append(args, owner, source, r.Key)
	q := fmt.Sprintf("UPDATE %s SET %s WHERE %s = $%d AND source = $%d AND row_key = $%d AND gone_ms IS NULL",
		s.Table, strings.Join(set, ", "), s.Owner, n+1, n+2, n+3)
	if _, err := tx.Exec(ctx, q, args...); err != nil {
		return fmt.Errorf("touch row of %s: %w", s.Table, err)
	}
	return nil
}
