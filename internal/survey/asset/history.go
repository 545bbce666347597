package asset

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// HistoryPage is one page of changes, newest first.
type HistoryPage struct {
	Items []Change
	Next  string // empty on the last page
}

// step is the key of a change: one source changes one field once a millisecond.
type step struct {
	AtMS   int64  `json:"t"`
	Field  string `json:"f"`
	Source string `json:"s"`
	Sort   int    `json:"n"` // said, ended, settled
}

// stepSettled is the sort of a step that a person settled; 0 are values said, 1
// values ended.
const stepSettled = 2

// historySQL lists what sources said anew, with what they said before, what they
// stopped saying or a person took away or back, and what a person settled. The same
// source's earlier row ends where the later begins.
const historySQL = `SELECT at_ms, field, source, sort, old_value, new_value, by_name FROM (` + historyRows + `) AS h
	WHERE h.old_value <> h.new_value AND (h.at_ms, h.field, h.source, h.sort) < (?, ?, ?, ?)
	ORDER BY at_ms DESC, field DESC, source DESC, sort DESC LIMIT ?`

// historyRows leaves out that a row's statements ended when it went into another, and
// that they were said there from then on.
const historyRows = `SELECT f.first_ms AS at_ms, f.field AS field, f.source AS source, 0 AS sort, COALESCE(p.value, '') AS old_value, f.value AS new_value, f.by_name AS by_name
	FROM asset_fact f LEFT JOIN asset_fact p ON p.asset_id = f.asset_id AND p.field = f.field AND p.source = f.source AND p.first_ms < f.first_ms AND p.undone_ms IS NULL
		AND (f.undone_ms IS NULL AND p.gone_ms = f.first_ms OR f.undone_ms IS NOT NULL AND (p.gone_ms IS NULL OR p.gone_ms > f.first_ms))
	WHERE f.asset_id IN (PARTS) AND f.since_ms = 0
	UNION ALL
	SELECT f.gone_ms, f.field, f.source, 1, f.value, '', f.gone_by FROM asset_fact f
	WHERE f.asset_id IN (PARTS) AND f.gone_ms IS NOT NULL AND f.undone_ms IS NULL AND NOT EXISTS (SELECT 1 FROM asset_merge m WHERE m.undone_ms IS NULL AND m.at_ms = f.gone_ms
		AND (m.gone_id = f.asset_id OR m.kept_id = f.asset_id)) AND NOT EXISTS (SELECT 1 FROM asset_fact n
		WHERE n.asset_id = f.asset_id AND n.field = f.field AND n.source = f.source AND n.first_ms = f.gone_ms AND n.undone_ms IS NULL)
	UNION ALL
	SELECT f.undone_ms, f.field, f.source, 1, f.value, COALESCE((SELECT max(n.value) FROM asset_fact n WHERE n.asset_id = f.asset_id AND n.field = f.field
		AND n.source = f.source AND n.undone_ms IS NULL AND n.first_ms <= f.undone_ms AND (n.gone_ms IS NULL OR n.gone_ms > f.undone_ms)), ''), f.gone_by
	FROM asset_fact f WHERE f.asset_id IN (PARTS) AND f.undone_ms IS NOT NULL
	UNION ALL
	SELECT s.first_ms, s.field, s.source, 2, s.value, s.kept_value, s.by_name FROM asset_settlement s WHERE s.asset_id IN (PARTS)`

// historyQuery fills in the rows of the ledger whose history it is.
func historyQuery(query string, parts []string, more ...any) (string, []any) {
	var args []any
	for range strings.Count(query, "PARTS") {
		marks := make([]string, len(parts))
		for i, id := range parts {
			args = append(args, id)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		query = strings.Replace(query, "PARTS", strings.Join(marks, ", "), 1)
	}
	for _, v := range more {
		args = append(args, v)
		query = strings.Replace(query, "?", fmt.Sprintf("$%d", len(args)), 1)
	}
	return query, args
}

// HistoryCount counts the changes that History lists on all pages.
func HistoryCount(ctx context.Context, q store.Querier, assetID string) (n int, err error) {
	parts, err := partsOf(ctx, q, assetID)
	if err != nil {
		return 0, err
	}
	query, args := historyQuery(`SELECT count(*) FROM (`+historyRows+`) AS h WHERE h.old_value <> h.new_value`, parts)
	if err := q.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count history of asset %s: %w", assetID, err)
	}
	return n, nil
}

// History lists every change of an asset that any source brought, whether its
// value was shown or not. limit is 1–200; 0 means 50.
func History(ctx context.Context, q store.Querier, assetID, cursor string, limit int) (HistoryPage, error) {
	if limit == 0 {
		limit = defaultLimit
	}
	if limit < 1 || limit > maxLimit {
		return HistoryPage{}, fault.Invalid("asset.error.limit", "Max", maxLimit).At("limit")
	}
	from, err := parseStep(cursor)
	if err != nil {
		return HistoryPage{}, err
	}
	parts, err := partsOf(ctx, q, assetID)
	if err != nil {
		return HistoryPage{}, err
	}
	query, args := historyQuery(historySQL, parts, from.AtMS, from.Field, from.Source, from.Sort, limit+1)
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return HistoryPage{}, fmt.Errorf("read history of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var page HistoryPage
	var at []step
	for rows.Next() {
		c := Change{AssetID: assetID}
		var sort int
		if err := rows.Scan(&c.AtMS, &c.Field, &c.Source, &sort, &c.Old, &c.New, &c.By); err != nil {
			return HistoryPage{}, fmt.Errorf("read history of asset %s: %w", assetID, err)
		}
		c.Settled = sort == stepSettled
		page.Items = append(page.Items, c)
		at = append(at, step{c.AtMS, string(c.Field), string(c.Source), sort})
	}
	if err := rows.Err(); err != nil {
		return HistoryPage{}, fmt.Errorf("read history of asset %s: %w", assetID, err)
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = at[limit-1].text()
	}
	return page, nil
}

func (s step) text() string {
	body, err := json.Marshal(s)
	if err != nil { // plain values always marshal
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(body)
}

// parseStep reads a history cursor; empty is the newest end.
func parseStep(cursor string) (step, error) {
	if cursor == "" {
		return step{AtMS: 1 << 62}, nil
	}
	bad := fault.Invalid("asset.error.cursor").At("cursor")
	if len(cursor) > 500 {
		return step{}, bad
	}
	body, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return step{}, bad
	}
	var s step
	if err := json.Unmarshal(body, &s); err != nil || !validText(s.Field, maxText) || !validText(s.Source, maxText) {
		return step{}, bad
	}
	return s, nil
}
