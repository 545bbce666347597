package identity

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

// ListFilter selects a page of a list. Zero fields do not limit.
type ListFilter struct {
	Scope Scope  // facilities that may be seen
	Text  string // in the words of a row
	After string // cursor of the page before
	Limit int    // rows a page, 1–500; 0 means 100
}

func (f ListFilter) limit() int {
	if f.Limit <= 0 || f.Limit > 500 {
		return 100
	}
	return f.Limit
}

// search writes the condition that one of the columns holds the text; empty when
// nothing is looked for.
func (f ListFilter) search(cols []string, args *[]any) string {
	if f.Text == "" {
		return ""
	}
	*args = append(*args, store.Like(storable(f.Text)))
	parts := make([]string, len(cols))
	for i, col := range cols {
		parts[i] = fmt.Sprintf(`lower(%s) LIKE $%d ESCAPE '\'`, col, len(*args))
	}
	return " AND (" + strings.Join(parts, " OR ") + ")"
}

// listed is a table whose rows have an id, which rises with time, and a facility.
type listed[T any] struct {
	table, cols string
	search      []string // columns that are searched
	scan        func(func(...any) error) (T, error)
	id          func(T) string
}

// page reads the newest rows first, with the next cursor (empty = no more) and how
// many match in all.
func (l listed[T]) page(ctx context.Context, q store.Querier, f ListFilter) (list []T, next string, total int, err error) {
	var args []any
	where := f.Scope.Where("facility_id", "", &args) + f.search(l.search, &args)
	if err := q.QueryRow(ctx, `SELECT count(*) FROM `+l.table+` WHERE `+where, args...).Scan(&total); err != nil {
		return nil, "", 0, fmt.Errorf("count %s: %w", l.table, err)
	}
	if f.After != "" {
		args = append(args, storable(f.After))
		where += fmt.Sprintf(` AND id < $%d`, len(args))
	}
	limit := f.limit()
	args = append(args, limit+1)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT %s FROM %s WHERE %s ORDER BY id DESC LIMIT $%d`, l.cols, l.table, where, len(args)), args...)
	if err != nil {
		return nil, "", 0, fmt.Errorf("list %s: %w", l.table, err)
	}
	if list, err = collect(rows, l.scan); err != nil {
		return nil, "", 0, fmt.Errorf("list %s: %w", l.table, err)
	}
	if len(list) > limit {
		list = list[:limit]
		next = l.id(list[limit-1])
	}
	return list, next, total, nil
}

// byID reads one row; a fault of this text when there is none.
func (l listed[T]) byID(ctx context.Context, q store.Querier, id, unknown string) (T, error) {
	v, err := l.scan(q.QueryRow(ctx, `SELECT `+l.cols+` FROM `+l.table+` WHERE id = $1`, storable(id)).Scan)
	return v, notFound(err, unknown)
}
