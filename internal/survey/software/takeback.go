package software

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

// TakeBack undoes what was recorded of a machine and source as of atMS: see
// store.Section.TakeBack, which it does for all lists of this room.
func TakeBack(ctx context.Context, tx *store.Tx, assetID, source string, atMS, nowMS int64) error {
	for _, s := range []store.Section{services, pending, safeguards, extensions, startups, patches, updateRuns, settings, switchedOff, backups} {
		if _, err := s.TakeBack(ctx, tx, assetID, source, atMS, nowMS); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE software_install SET gone_ms = $1 WHERE asset_id = $2 AND source = $3 AND first_ms = $4 AND gone_ms IS NULL`, nowMS, assetID, source, atMS); err != nil {
		return fmt.Errorf("take back installs of %s: %w", assetID, err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO software_install (asset_id, source, first_ms, title_no, installed_on)
		SELECT asset_id, source, CAST($1 AS BIGINT), title_no, installed_on FROM software_install WHERE asset_id = $2 AND source = $3 AND gone_ms = $4 `+reopenInstall,
		nowMS, assetID, source, atMS)
	if err != nil {
		return fmt.Errorf("give back installs of %s: %w", assetID, err)
	}
	// The state of the package manager has no history: only when nothing else is left it goes.
	if _, err := tx.Exec(ctx, `DELETE FROM software_update_state WHERE asset_id = $1 AND source = $2 AND seen_ms = $3`, assetID, source, atMS); err != nil {
		return fmt.Errorf("take back update state of %s: %w", assetID, err)
	}
	return unsettle(ctx, tx, assetID)
}
