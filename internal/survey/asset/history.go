package asset

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

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
	Ended  bool   `json:"e"`
}

// historySQL lists what sources said anew, with what they said before, and what
// they stopped saying. The same source's earlier row ends where the later begins.
const historySQL = `SELECT at_ms, field, source, ended, old_value, new_value, by_name FROM (` + historyRows + `) AS h
	WHERE h.old_value <> h.new_value AND (h.at_ms, h.field, h.source, h.ended) < ($3, $4, $5, $6)
	ORDER BY at_ms DESC, field DESC, source DESC, ended DESC LIMIT $7`

const historyRows = `SELECT f.first_ms AS at_ms, f.field AS field, f.source AS source, 0 AS ended, COALESCE(p.value, '') AS old_value, f.value AS new_value, f.by_name AS by_name
	FROM asset_fact f LEFT JOIN asset_fact p ON p.asset_id = f.asset_id AND p.field = f.field AND p.source = f.source AND p.gone_ms = f.first_ms
		AND p.first_ms < f.first_ms
	WHERE f.asset_id = $1
	UNION ALL
	SELECT f.gone_ms, f.field, f.source, 1, f.value, '', '' FROM asset_fact f
	WHERE f.asset_id = $2 AND f.gone_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM asset_fact n
		WHERE n.asset_id = f.asset_id AND n.field = f.field AND n.source = f.source AND n.first_ms = f.gone_ms)`

// HistoryCount counts the changes that History lists on all pages.
func HistoryCount(ctx context.Context, q store.Querier, assetID string) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM (`+historyRows+`) AS h WHERE h.old_value <> h.new_value`, assetID, assetID).Scan(&n)
	if err != nil {
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
	rows, err := q.Query(ctx, historySQL, assetID, assetID, from.AtMS, from.Field, from.Source, ended(from.Ended), limit+1)
	if err != nil {
		return HistoryPage{}, fmt.Errorf("read history of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var page HistoryPage
	var at []step
	for rows.Next() {
		c := Change{AssetID: assetID}
		var gone int
		if err := rows.Scan(&c.AtMS, &c.Field, &c.Source, &gone, &c.Old, &c.New, &c.By); err != nil {
			return HistoryPage{}, fmt.Errorf("read history of asset %s: %w", assetID, err)
		}
		page.Items = append(page.Items, c)
		at = append(at, step{c.AtMS, string(c.Field), string(c.Source), gone == 1})
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

func ended(gone bool) int {
	if gone {
		return 1
	}
	return 0
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
