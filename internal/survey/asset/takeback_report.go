package asset

import (
	"context"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// ReportBack is what TakeBackReport did.
type ReportBack struct {
	Changed []Change // of winning values
	Newer   bool     // the source has spoken of the asset since: nothing was taken back
	Removed bool     // the asset has left the ledger: a report taken back had brought it, and nobody else speaks of it
	Gone    bool     // the asset was not there any more
}

// TakeBackReport takes a whole report out of the ledger: what source s said of an asset as
// of atMS, its newest report. Facts, volumes and disks are as they were before it; the
// facts taken back stay in the history. before is what the source had said of the asset
// (Result.Before). It does nothing when the source has spoken since: the later report
// stands on its own. The caller takes back what other rooms recorded, unless Newer or Gone
// is set.
func TakeBackReport(ctx context.Context, tx *store.Tx, id string, s Source, atMS int64, before Spoke, u Undoing) (ReportBack, error) {
	row, err := lockAsset(ctx, tx, id)
	if fault.Is(err, fault.CodeNotFound) {
		return ReportBack{Gone: true}, nil
	}
	if err != nil {
		return ReportBack{}, err
	}
	seenMS, _, err := Spoken(ctx, tx, id, s, nil)
	if err != nil || seenMS > atMS {
		return ReportBack{Newer: err == nil}, err
	}
	if err := errors.Join(factsBack(ctx, tx, id, s, atMS, u), storage.TakeBack(ctx, tx, id, string(s), atMS, before.Loose), restoreSource(ctx, tx, id, s, before)); err != nil {
		return ReportBack{}, err
	}
	out := ReportBack{}
	out.Changed, out.Removed, err = settleBack(ctx, tx, row, s, atMS, u)
	return out, err
}

// factsBack ends what a report said and gives back what it had ended. Where an asset
// belongs stays, whoever said so first.
func factsBack(ctx context.Context, tx *store.Tx, id string, s Source, atMS int64, u Undoing) error {
	_, err := tx.Exec(ctx, `UPDATE asset_fact SET gone_ms = first_ms, gone_by = $1, undone_ms = $2 WHERE asset_id = $3 AND source = $4 AND first_ms = $5
		AND gone_ms IS NULL AND field <> $6`, u.By, u.NowMS, id, string(s), atMS, string(FieldFacility))
	if err != nil {
		return fmt.Errorf("take back facts of asset %s: %w", id, err)
	}
	_, err = tx.Exec(ctx, `UPDATE asset_fact SET gone_ms = NULL, gone_by = '' WHERE asset_id = $1 AND source = $2 AND gone_ms = $3 AND first_ms < $4`, id, string(s), atMS, atMS)
	if err != nil {
		return fmt.Errorf("give back facts of asset %s: %w", id, err)
	}
	return nil
}

// storage are the lists of this room.
var storage = store.Sections{volumeSection, diskSection, printers, monitors, usbStorage, memoryModules}

// HandOn makes what source s said of an asset as of fromMS a statement of toMS, by its next
// report, which said exactly the same: what is left when the first of the two is taken
// back. by is who carried the second. The caller does the same in the other rooms.
func HandOn(ctx context.Context, tx *store.Tx, id string, s Source, fromMS, toMS int64, by string, u Undoing) error {
	if _, err := lockAsset(ctx, tx, id); err != nil {
		return err
	}
	lines, err := readLines(ctx, tx, id, s)
	if err != nil {
		return err
	}
	for _, field := range sortedKeys(lines) {
		for i, f := range lines[field] {
			switch {
			case f.FirstMS == fromMS:
				err = lines[field].remove(ctx, tx, id, i, Next{Value: f.Value, AtMS: toMS, By: by}, u)
			case f.GoneMS == fromMS && (i+1 == len(lines[field]) || lines[field][i+1].FirstMS != fromMS):
				err = f.until(ctx, tx, id, toMS, by)
			}
			if err != nil {
				return err
			}
		}
	}
	if err := storage.HandOn(ctx, tx, id, string(s), fromMS, toMS); err != nil {
		return err
	}
	for _, q := range []string{`UPDATE asset_identity SET first_ms = $1 WHERE asset_id = $2 AND source = $3 AND first_ms = $4`,
		`UPDATE asset_conflict SET first_ms = $1 WHERE asset_id = $2 AND source = $3 AND first_ms = $4 AND closed_ms IS NULL`} {
		if _, err := tx.Exec(ctx, q, toMS, id, string(s), fromMS); err != nil {
			return fmt.Errorf("hand on keys of asset %s: %w", id, err)
		}
	}
	return nil
}
