package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Limits of a page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// List gives one page of the assets that pass the filter, the total, and the
// facets when asked. Pages follow each other by key: an asset that changes its
// place meanwhile may be missed or come twice, no other. Errors: invalid limit,
// sort or cursor.
func List(ctx context.Context, q store.Querier, f Filter, p Page) (ListPage, error) {
	order, err := orderOf(p.Sort)
	if err != nil {
		return ListPage{}, err
	}
	limit := p.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	if limit < 1 || limit > maxLimit {
		return ListPage{}, fault.Invalid("asset.error.limit", "Max", maxLimit).At("limit")
	}
	if err := f.check(); err != nil {
		return ListPage{}, err
	}
	var out ListPage
	counting := func() (err error) {
		if p.Facets {
			out.Facets, out.Overview, out.Total, err = facets(ctx, q, f)
		} else {
			out.Total, err = count(ctx, q, f)
		}
		return err
	}
	reading := func() (err error) {
		out.Items, out.Next, err = items(ctx, q, f, order, p.Cursor, limit)
		return err
	}
	if err := both(q, reading, counting); err != nil {
		return ListPage{}, err
	}
	return out, nil
}

// both runs two reads, at the same time where the database allows: a person waits for
// the longer one only. A transaction is one connection, which reads one at a time.
func both(q store.Querier, one, other func() error) error {
	if _, ok := q.(*store.DB); !ok {
		return errors.Join(one(), other())
	}
	type end struct {
		err error
		pan any
	}
	done := make(chan end, 1)
	go func() {
		var e end
		defer func() {
			e.pan = recover() // raised again where it ends one request and not the process
			done <- e
		}()
		e.err = other()
	}()
	err := one()
	e := <-done
	if e.pan != nil {
		panic(e.pan)
	}
	return errors.Join(err, e.err)
}

// items reads one page and the cursor of the next.
func items(ctx context.Context, q store.Querier, f Filter, o order, cursor string, limit int) ([]Asset, string, error) {
	w := where{engine: q.Engine()}
	if err := f.common(&w); err != nil {
		return nil, "", err
	}
	f.choices(&w)
	if cursor != "" {
		at, err := o.parse(cursor)
		if err != nil {
			return nil, "", err
		}
		o.after(&w, at)
	}
	w.args = append(w.args, limit+1)
	// The page is found by key and ID first: sorting whole rows costs far more.
	query := fmt.Sprintf(`WITH page AS (SELECT a.id AS id, %s AS sort_key FROM asset_asset a WHERE %s ORDER BY %s LIMIT $%d)
		SELECT %s, page.sort_key FROM page JOIN asset_asset a ON a.id = page.id ORDER BY %s`,
		o.expr, w.text(), o.by(o.expr), len(w.args), selectCols, o.by("page.sort_key"))
	rows, err := q.Query(ctx, query, w.args...)
	if err != nil {
		return nil, "", fmt.Errorf("list assets: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Asset
	var keys []string
	for rows.Next() {
		var key string
		a, err := scanAsset(rows.Scan, &key)
		if err != nil {
			return nil, "", fmt.Errorf("list assets: %w", err)
		}
		out, keys = append(out, a), append(keys, key)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("list assets: %w", err)
	}
	if len(out) <= limit {
		return out, "", nil
	}
	return out[:limit], o.cursor(keys[limit-1], out[limit-1].ID), nil
}

// facets counts over all rows the filter lets through.
func facets(ctx context.Context, q store.Querier, f Filter) ([]Facet, Overview, int, error) {
	w := where{engine: q.Engine()}
	if err := f.common(&w); err != nil {
		return nil, Overview{}, 0, err
	}
	var joined sql.NullString
	flag := "CASE WHEN " + w.attention(f.limits()) + " THEN '" + needsLook + "' ELSE '' END"
	query := "SELECT string_agg(a.facet_key || '" + unitSep + "' || " + flag + ", '" + recordSep + "') FROM asset_asset a WHERE " + w.text()
	if err := q.QueryRow(ctx, query, w.args...).Scan(&joined); err != nil {
		return nil, Overview{}, 0, fmt.Errorf("count assets: %w", err)
	}
	facets, overview, total := f.countFacets(joined.String)
	return facets, overview, total, nil
}

// count counts the rows that pass the whole filter.
func count(ctx context.Context, q store.Querier, f Filter) (n int, err error) {
	w := where{engine: q.Engine()}
	if err := f.common(&w); err != nil {
		return 0, err
	}
	f.choices(&w)
	if err := q.QueryRow(ctx, "SELECT count(*) FROM asset_asset a WHERE "+w.text(), w.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count assets: %w", err)
	}
	return n, nil
}

// check refuses what the database should not see: too many choices, hostile
// text, wrong dates.
func (f Filter) check() error {
	lists := [][]string{f.FacilityIDs, words(f.Kinds), words(f.Statuses), f.Departments, f.Rooms, f.Custodians, f.OS, words(f.Sources),
		f.Criticality, f.Vendors, f.RemoteMaintenance, f.InternetFacing, f.PatientData, f.Silence}
	for _, l := range append(lists, []string{f.Text, f.SystemID}) {
		if len(l) > maxChoices {
			return fault.Invalid("asset.error.too_many_choices", "Max", maxChoices)
		}
		for _, v := range l {
			if !validText(v, maxText) {
				return fault.Invalid("asset.error.not_text").At("filter")
			}
		}
	}
	if f.StaleDays < 0 || f.StaleDays > maxStaleDays {
		return fault.Invalid("asset.error.number").At("stale_days")
	}
	if f.SupportEndsBy != "" {
		if _, key := date(f.SupportEndsBy); key != "" {
			return fault.Invalid(key).At("support_ends_by")
		}
	}
	return nil
}

// EachRow streams the rows of a filter in the order of their names, for exports.
// It pages by key inside, so that a slow reader holds no database connection. The
// Asset is only valid during the call; an error of fn ends the walk.
func EachRow(ctx context.Context, q store.Querier, f Filter, fn func(Asset) error) error {
	if err := f.check(); err != nil {
		return err
	}
	o, err := orderOf(Sort{})
	if err != nil {
		return err
	}
	for cursor := ""; ; {
		page, next, err := items(ctx, q, f, o, cursor, 500)
		if err != nil {
			return err
		}
		for _, a := range page {
			if err := fn(a); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// ListColumns are the columns a list can show, in page order.
func ListColumns() []Column {
	out := make([]Column, 0, len(Fields)+2)
	for _, f := range Fields {
		if f.List {
			out = append(out, Column{f.Name, f.Type, f.Default})
		}
	}
	return append(out, Column{FieldLastSeen, TypeTime, true}, Column{FieldSource, TypeEnum, false})
}

// ExportColumns are the columns of an export: every field, then when and by whom
// it was last seen.
func ExportColumns() []Column {
	out := make([]Column, 0, len(Fields)+3)
	out = append(out, Column{FieldFacility, TypeText, true})
	for _, f := range Fields {
		out = append(out, Column{f.Name, f.Type, f.Default})
	}
	return append(out, Column{FieldLastSeen, TypeTime, true}, Column{FieldSource, TypeEnum, true})
}

// Cell gives what a column shows of an asset, in canonical text; times are Unix
// ms. The edge puts it into the reader's words.
func (a Asset) Cell(f Field) string {
	switch f {
	case FieldFacility:
		return a.FacilityID
	case FieldName:
		return a.Name
	case FieldSource:
		return string(a.MainSource)
	case FieldLastSeen:
		if a.LastSeenMS == 0 {
			return ""
		}
		return strconv.FormatInt(a.LastSeenMS, 10)
	}
	return a.Values[f]
}

// sortable is a list column that items can order by, as SQL text that is never
// null.
func sortable(f Field) (string, bool) {
	switch f {
	case "", FieldName:
		return "a.label_key", true
	case FieldIP:
		return "a.ip_key", true
	case FieldLastSeen:
		return numeric("a.last_seen_ms"), true
	case FieldSource:
		return "a.main_source", true
	}
	info, ok := Info(f)
	if !ok || !info.List {
		return "", false
	}
	col := "a." + string(f)
	if info.Type == TypeBytes || info.Type == TypeInt {
		return numeric("COALESCE(" + col + ", 0)"), true
	}
	return col, true
}

// numeric writes a number of 0 or more as text of 19 digits, so that every key of
// a cursor is text.
func numeric(expr string) string {
	zeros := strings.Repeat("0", 19)
	return fmt.Sprintf("substr('%s' || CAST(%s AS TEXT), length(CAST(%s AS TEXT)) + 1)", zeros, expr, expr)
}

// SortFields lists the columns a list can be ordered by.
func SortFields() []Field {
	var out []Field
	for _, c := range ListColumns() {
		if _, ok := sortable(c.Field); ok && !slices.Contains(out, c.Field) {
			out = append(out, c.Field)
		}
	}
	return out
}
