package software

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

var lists = store.Sections{services, pending, safeguards, extensions, startups, patches, updateRuns, settings, switchedOff, backups}

// Before is what the next record of a machine and source will overwrite: TakeBack needs it.
// It is kept as JSON.
type Before struct {
	Updates *UpdateState           `json:"updates,omitempty"` // nil = none was reported
	Loose   map[string]store.Loose `json:"loose,omitempty"`
}

// BeforeOf reads it.
func BeforeOf(ctx context.Context, q store.Querier, assetID, source string) (Before, error) {
	states, err := UpdateStates(ctx, q, assetID)
	if err != nil {
		return Before{}, err
	}
	out := Before{}
	for _, s := range states {
		if s.Source == source {
			out.Updates = &s
		}
	}
	out.Loose, err = lists.Loose(ctx, q, assetID, source)
	return out, err
}

// TakeBack undoes what was recorded of a machine and source as of atMS: see
// store.Sections.TakeBack.
func TakeBack(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, before Before) error {
	if err := lists.TakeBack(ctx, tx, assetID, source, atMS, before.Loose); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM software_install WHERE asset_id = $1 AND source = $2 AND first_ms = $3`, assetID, source, atMS); err != nil {
		return fmt.Errorf("take back installs of %s: %w", assetID, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE software_install SET gone_ms = NULL WHERE asset_id = $1 AND source = $2 AND gone_ms = $3`, assetID, source, atMS); err != nil {
		return fmt.Errorf("give back installs of %s: %w", assetID, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM software_update_state WHERE asset_id = $1 AND source = $2 AND seen_ms = $3`, assetID, source, atMS); err != nil {
		return fmt.Errorf("take back update state of %s: %w", assetID, err)
	}
	if before.Updates != nil {
		if err := keepState(ctx, tx, assetID, source, *before.Updates); err != nil {
			return err
		}
	}
	return unsettle(ctx, tx, assetID)
}

// HandOn makes it a record of toMS: see store.Sections.HandOn.
func HandOn(ctx context.Context, tx *store.Tx, assetID, source string, fromMS, toMS int64) error {
	if err := lists.HandOn(ctx, tx, assetID, source, fromMS, toMS); err != nil {
		return err
	}
	for _, col := range []string{"gone_ms", "first_ms"} {
		if _, err := tx.Exec(ctx, `UPDATE software_install SET `+col+` = $1 WHERE asset_id = $2 AND source = $3 AND `+col+` = $4`, toMS, assetID, source, fromMS); err != nil {
			return fmt.Errorf("hand on installs of %s: %w", assetID, err)
		}
	}
	return nil
}
