package account

import (
	"context"

	"sonae/internal/platform/store"
)

// TakeBack undoes what was recorded of a machine and source as of atMS: see
// store.Section.TakeBack.
func TakeBack(ctx context.Context, tx *store.Tx, assetID, source string, atMS, nowMS int64) error {
	for _, s := range []store.Section{accounts, groups} {
		if _, err := s.TakeBack(ctx, tx, assetID, source, atMS, nowMS); err != nil {
			return err
		}
	}
	return nil
}
