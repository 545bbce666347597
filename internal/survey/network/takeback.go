package network

import (
	"context"

	"sonae/internal/platform/store"
)

// TakeBack undoes what was recorded of a machine and source as of atMS: see
// store.Section.TakeBack, which it does for all lists of this room.
func TakeBack(ctx context.Context, tx *store.Tx, assetID, source string, atMS, nowMS int64) error {
	for _, s := range []store.Section{interfaces, addresses, ports} {
		if _, err := s.TakeBack(ctx, tx, assetID, source, atMS, nowMS); err != nil {
			return err
		}
	}
	return nil
}
