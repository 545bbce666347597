package web

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

// waitingUpdates is how many security updates wait on one machine.
type waitingUpdates struct {
	assetID string
	count   int
}

// maxWaiting bounds the list; a page names a few of them and counts the rest.
const maxWaiting = 20_000

// waiting reads on which machines security updates wait now, most first. Whether the
// reader may see the machines is for the caller to filter.
func waiting(ctx context.Context, q store.Querier) ([]waitingUpdates, error) {
	rows, err := q.Query(ctx, `SELECT asset_id, count(*) FROM software_pending WHERE security AND gone_ms IS NULL
		GROUP BY asset_id ORDER BY count(*) DESC, asset_id LIMIT $1`, maxWaiting)
	if err != nil {
		return nil, fmt.Errorf("list waiting updates: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []waitingUpdates
	for rows.Next() {
		var w waitingUpdates
		if err := rows.Scan(&w.assetID, &w.count); err != nil {
			return nil, fmt.Errorf("list waiting updates: %w", err)
		}
		out = append(out, w)
	}
	return out, rows.Err()
}
