package asset

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Limits of saved views.
const (
	maxViewName = 60
	maxViews    = 100 // of one person
)

// SaveView stores a view of its owner under its name; the same name replaces. The
// query is brought into canonical form. It returns the stored view.
func SaveView(ctx context.Context, tx *store.Tx, v View, nowMS int64) (View, error) {
	if strings.TrimSpace(v.Name) == "" || !validText(v.Name, maxViewName) || v.OwnerID == "" {
		return View{}, fault.Invalid("asset.error.view_name", "Max", maxViewName).At("name")
	}
	if len(v.Query) > maxQuery {
		return View{}, fault.TooLarge("asset.error.query").At("query")
	}
	values, err := url.ParseQuery(v.Query)
	if err != nil {
		return View{}, fault.Invalid("asset.error.query").At("query").Because(err)
	}
	f, err := ParseFilter(values)
	if err != nil {
		return View{}, err
	}
	canonical := f.Query()
	if sort := values.Get("sort"); sort != "" {
		if _, ok := sortable(Field(strings.TrimPrefix(sort, "-"))); !ok {
			return View{}, fault.Invalid("asset.error.sort").At("sort")
		}
		canonical.Set("sort", sort)
	}
	v.Query = canonical.Encode()
	for _, c := range v.Columns {
		if !listColumn(c) {
			return View{}, fault.Invalid("asset.error.no_such_field", "Field", clip(string(c))).At("columns")
		}
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM asset_view WHERE owner_id = $1 AND name <> $2`, v.OwnerID, v.Name).Scan(&n); err != nil {
		return View{}, fmt.Errorf("count views: %w", err)
	}
	if n >= maxViews {
		return View{}, fault.TooLarge("asset.error.too_many_rows", "Max", maxViews)
	}
	return writeView(ctx, tx, v, nowMS)
}

func writeView(ctx context.Context, tx *store.Tx, v View, nowMS int64) (View, error) {
	v.UpdatedMS = nowMS
	err := tx.QueryRow(ctx, `INSERT INTO asset_view (id, owner_id, shared, name, query, shown, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (owner_id, name) DO UPDATE SET shared = excluded.shared, query = excluded.query, shown = excluded.shown, updated_ms = excluded.updated_ms
		RETURNING id, created_ms`, store.NewID(), v.OwnerID, v.Shared, v.Name, v.Query, strings.Join(words(v.Columns), ","), nowMS, nowMS).Scan(&v.ID, &v.CreatedMS)
	if err != nil {
		return View{}, fmt.Errorf("save view: %w", err)
	}
	return v, nil
}

func listColumn(f Field) bool {
	for _, c := range ListColumns() {
		if c.Field == f {
			return true
		}
	}
	return false
}

// Views lists a person's own views, then those that others share, by name.
func Views(ctx context.Context, q store.Querier, ownerID string) ([]View, error) {
	rows, err := q.Query(ctx, `SELECT id, owner_id, shared, name, query, shown, created_ms, updated_ms FROM asset_view
		WHERE owner_id = $1 OR shared ORDER BY CASE WHEN owner_id = $2 THEN 0 ELSE 1 END, name, id LIMIT 500`, ownerID, ownerID)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []View
	for rows.Next() {
		var v View
		var shown string
		if err := rows.Scan(&v.ID, &v.OwnerID, &v.Shared, &v.Name, &v.Query, &shown, &v.CreatedMS, &v.UpdatedMS); err != nil {
			return nil, fmt.Errorf("list views: %w", err)
		}
		for _, c := range strings.FieldsFunc(shown, func(r rune) bool { return r == ',' }) {
			v.Columns = append(v.Columns, Field(c))
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// DeleteView removes an own view. not_found for others' views.
func DeleteView(ctx context.Context, tx *store.Tx, ownerID, id string) error {
	res, err := tx.Exec(ctx, `DELETE FROM asset_view WHERE id = $1 AND owner_id = $2`, id, ownerID)
	if err != nil {
		return fmt.Errorf("delete view: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.NotFound("asset.error.not_found").Because(err)
	}
	return nil
}
