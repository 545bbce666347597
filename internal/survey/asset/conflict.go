package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// ConflictFilter says which entries of the queue to list.
type ConflictFilter struct {
	Scope   Scope
	AssetID string // on either side; empty = all
	Closed  bool   // settled ones, too
	AwakeMS int64  // leaves out what is put aside beyond this time; 0 = nothing
	Limit   int    // 1–200; 0 = 50
	After   string // ID of the last entry of the page before
}

const conflictSelect = `c.id, c.asset_id, c.other_id, c.cause, c.key_kind, c.key_value, c.source, c.proof, c.first_ms, c.last_ms,
	COALESCE(c.closed_ms, 0), c.closed_by, c.note, c.outcome, c.later_ms`

func scanConflict(scan func(...any) error) (c Conflict, err error) {
	err = scan(&c.ID, &c.AssetID, &c.OtherID, &c.Cause, &c.KeyKind, &c.KeyValue, &c.Source, &c.Proof, &c.FirstMS, &c.LastMS, &c.ClosedMS, &c.ClosedBy, &c.Note, &c.Outcome, &c.LaterMS)
	return c, err
}

// where is the condition of a filter, without After.
func (f ConflictFilter) where() where {
	var w where
	w.scope(f.Scope)
	if f.AssetID != "" {
		w.add("(c.asset_id = ? OR c.other_id = ?)", f.AssetID, f.AssetID)
	}
	if !f.Closed {
		w.add("c.closed_ms IS NULL")
	}
	if f.AwakeMS > 0 {
		w.add("c.later_ms <= ?", f.AwakeMS)
	}
	return w
}

// ConflictByID reads one entry, whatever its asset's scope. not_found when there
// is none.
func ConflictByID(ctx context.Context, q store.Querier, id string) (Conflict, error) {
	c, err := scanConflict(q.QueryRow(ctx, `SELECT `+conflictSelect+` FROM asset_conflict c WHERE c.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Conflict{}, fault.NotFound("asset.error.not_found")
	}
	if err != nil {
		return Conflict{}, fmt.Errorf("read conflict %s: %w", id, err)
	}
	return c, nil
}

// ConflictCount counts what Conflicts lists on all pages.
func ConflictCount(ctx context.Context, q store.Querier, f ConflictFilter) (n int, err error) {
	w := f.where()
	if err := q.QueryRow(ctx, `SELECT count(*) FROM asset_conflict c JOIN asset_asset a ON a.id = c.asset_id WHERE `+w.text(), w.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count conflicts: %w", err)
	}
	return n, nil
}

// Conflicts lists contradictions about identity, newest first. An entry is seen
// by those who may see the asset the observation went to.
func Conflicts(ctx context.Context, q store.Querier, f ConflictFilter) ([]Conflict, error) {
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.Limit < 1 || f.Limit > maxLimit || f.After != "" && !store.ValidID(f.After) {
		return nil, fault.Invalid("asset.error.limit", "Max", maxLimit).At("limit")
	}
	w := f.where()
	if f.After != "" {
		w.add("c.id < ?", f.After)
	}
	w.args = append(w.args, f.Limit)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT `+conflictSelect+` FROM asset_conflict c JOIN asset_asset a ON a.id = c.asset_id
		WHERE %s ORDER BY c.id DESC LIMIT $%d`, w.text(), len(w.args)), w.args...)
	if err != nil {
		return nil, fmt.Errorf("list conflicts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Conflict
	for rows.Next() {
		c, err := scanConflict(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list conflicts: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// CloseConflict settles an entry with a person's reason. The same contradiction
// seen again opens a new one. Errors: not_found, conflict when it is closed
// already, invalid when the reason is empty, forbidden when the other machine is
// outside the scope.
func CloseConflict(ctx context.Context, tx *store.Tx, scope Scope, id, note, by string, nowMS int64) error {
	if !validText(note, maxText) || note == "" {
		return fault.Invalid("asset.error.empty").At("note")
	}
	if !store.ValidID(id) {
		return fault.NotFound("asset.error.not_found")
	}
	w := where{}
	w.scope(scope)
	w.add("c.id = ?", id)
	found, err := textColumn(ctx, tx, "conflict", `SELECT c.other_id FROM asset_conflict c JOIN asset_asset a ON a.id = c.asset_id WHERE `+w.text(), w.args)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.NotFound("asset.error.not_found")
	}
	if err := seenBoth(ctx, tx, scope, found[0]); err != nil {
		return err
	}
	res, err := tx.Exec(ctx, `UPDATE asset_conflict SET closed_ms = $1, closed_by = $2, note = $3 WHERE id = $4 AND closed_ms IS NULL`, nowMS, by, note, id)
	if err != nil {
		return fmt.Errorf("close conflict %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.Conflict("asset.error.changed_meanwhile").Because(err)
	}
	return nil
}
