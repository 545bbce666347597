package intake

import (
	"context"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// takeBackSome takes the next rows back out.
func (d Deps) takeBackSome(ctx context.Context, tx *store.Tx, m *Import) error {
	if m.Form == FormBill {
		return d.takeBillBack(ctx, tx, m)
	}
	nowMS := d.NowMS()
	rows, err := rowsAfter(ctx, tx, m.ID, m.Done, "", batchRows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.stands() {
			word, err := d.takeBack(ctx, tx, *m, r, nowMS)
			if err != nil {
				return fmt.Errorf("take row %d back: %w", r.Number, err)
			}
			if err := noteBack(ctx, tx, m.ID, r.Number, word); err != nil {
				return err
			}
		}
		m.Done = r.Number
	}
	if len(rows) == batchRows {
		return d.keep(ctx, tx, *m, false)
	}
	var left int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM intake_row WHERE import_id = $1 AND taken_back = $2`, m.ID, backLater).Scan(&left); err != nil {
		return fmt.Errorf("count what stays of import %s: %w", m.ID, err)
	}
	m.State, m.UndoneMS = StateUndone, nowMS
	if left > 0 {
		m.State = StatePart
	}
	return d.keep(ctx, tx, *m, true)
}

// takeBack takes one row back out and says what came of it. Rows that became one or two
// since are as they were for that time.
func (d Deps) takeBack(ctx context.Context, tx *store.Tx, m Import, r Taken, nowMS int64) (word string, err error) {
	apart, err := asset.TakeApart(ctx, tx, d.Hung, r.AssetID, m.StartedMS, m.UndoneBy, nowMS)
	if fault.Is(err, fault.CodeConflict) { // that goes first, and a person has to look
		return backLater, apart.Together(ctx, tx, d.Hung, nowMS)
	}
	if err != nil {
		return "", err
	}
	if word, err = d.takeRowBack(ctx, tx, m, r, nowMS); err != nil {
		return "", err
	}
	return word, apart.Together(ctx, tx, d.Hung, nowMS)
}

func (d Deps) takeRowBack(ctx context.Context, tx *store.Tx, m Import, r Taken, nowMS int64) (word string, err error) {
	// From here on nobody else speaks of the asset.
	if there, err := asset.Lock(ctx, tx, r.AssetID); err != nil || !there {
		return backGone, err
	}
	u := asset.Undoing{By: m.UndoneBy, NowMS: nowMS}
	if u.Created, err = d.brought(ctx, tx, r); err != nil {
		return "", err
	}
	if m.Form == FormMachines {
		return d.takeMachineBack(ctx, tx, m, r, u)
	}
	return takeListBack(ctx, tx, m, r, u)
}

// brought reports whether an asset may leave the ledger when nobody speaks of it any more:
// an import that is taken back brought it, and nothing of another room hangs on it.
func (d Deps) brought(ctx context.Context, q store.Querier, r Taken) (bool, error) {
	brought := r.Outcome == OutcomeCreate
	if !brought {
		var err error
		if brought, err = broughtBack(ctx, q, r.AssetID); err != nil {
			return false, err
		}
	}
	if !brought || d.Holds == nil {
		return brought, nil
	}
	held, err := d.Holds(ctx, q, r.AssetID)
	return !held, err
}

// takeListBack takes one row of a list back out.
func takeListBack(ctx context.Context, tx *store.Tx, m Import, r Taken, u asset.Undoing) (word string, err error) {
	said, err := setsOf(ctx, tx, m.ID, r.AssetID)
	if err != nil {
		return "", err
	}
	seenMS, err := listedMS(ctx, tx, m.ID, r.AssetID)
	if err != nil {
		return "", err
	}
	back, err := asset.TakeBack(ctx, tx, r.AssetID, said, seenMS, u)
	if err != nil {
		return "", err
	}
	for _, f := range back.Kept {
		if _, err := tx.Exec(ctx, `UPDATE intake_set SET kept = $1 WHERE import_id = $2 AND asset_id = $3 AND field = $4`, true, m.ID, r.AssetID, string(f)); err != nil {
			return "", fmt.Errorf("note what stays: %w", err)
		}
	}
	switch {
	case back.Removed:
		return backRemoved, nil
	case len(back.Kept)+back.HandedOn > 0:
		return backKept, nil
	case r.Outcome == OutcomeCreate:
		return backStays, nil
	}
	return backDone, nil
}

// takeMachineBack takes one machine of an import back out. Only the newest file of a source
// can go; one whose next file says exactly the same leaves its facts to that.
func (d Deps) takeMachineBack(ctx context.Context, tx *store.Tx, m Import, r Taken, u asset.Undoing) (word string, err error) {
	kept, err := machineOf(ctx, tx, m.ID, r.Number)
	if err != nil {
		return "", err
	}
	next, err := nextOf(ctx, tx, r.AssetID, kept.Source, kept.AtMS)
	if err != nil {
		return "", err
	}
	if next != nil && next.same {
		if err := d.Door.HandOn(ctx, tx, r.AssetID, kept.Source, kept.AtMS, next.atMS, next.by, u); err != nil {
			return "", err
		}
		return backKept, inherit(ctx, tx, *next, kept, r.Outcome == OutcomeSame && !kept.heir)
	}
	if next != nil {
		return backLater, nil
	}
	back, err := d.Door.TakeBack(ctx, tx, r.AssetID, kept.Source, kept.AtMS, kept.before, u)
	switch {
	case err != nil:
		return "", err
	case back.Gone:
		return backGone, nil
	case back.Newer:
		return backLater, nil
	case back.Removed:
		return backRemoved, nil
	case r.Outcome == OutcomeCreate:
		return backStays, nil
	}
	return backDone, nil
}

// noteBack notes what undoing did with a row.
func noteBack(ctx context.Context, tx *store.Tx, importID string, number int, word string) error {
	if _, err := tx.Exec(ctx, `UPDATE intake_row SET taken_back = $1 WHERE import_id = $2 AND row_no = $3`, word, importID, number); err != nil {
		return fmt.Errorf("note row %d: %w", number, err)
	}
	return nil
}
