package network

import (
	"context"

	"sonae/internal/platform/store"
)

var lists = store.Sections{interfaces, addresses, ports}

// Before reads what the next record of a machine and source will overwrite: TakeBack needs it.
func Before(ctx context.Context, q store.Querier, assetID, source string) (map[string]store.Loose, error) {
	return lists.Loose(ctx, q, assetID, source)
}

// TakeBack undoes what was recorded of a machine and source as of atMS: see
// store.Sections.TakeBack.
func TakeBack(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, before map[string]store.Loose) error {
	return lists.TakeBack(ctx, tx, assetID, source, atMS, before)
}

// HandOn makes it a record of toMS: see store.Sections.HandOn.
func HandOn(ctx context.Context, tx *store.Tx, assetID, source string, fromMS, toMS int64) error {
	return lists.HandOn(ctx, tx, assetID, source, fromMS, toMS)
}
