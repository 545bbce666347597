package vendor

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

// Covers reports whether any contract covers an asset now.
func Covers(ctx context.Context, q store.Querier, assetID string) (bool, error) {
	var n int
	if err := q.QueryRow(ctx, `SELECT count(*) FROM vendor_coverage WHERE asset_id = $1 AND removed_ms IS NULL`, assetID).Scan(&n); err != nil {
		return false, fmt.Errorf("look for contracts of asset %s: %w", assetID, err)
	}
	return n > 0, nil
}
