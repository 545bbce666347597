package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Unmerge takes a merge or a split back. When nothing came in between, every row is
// exactly as it was. What came since stays with the machine that said it, as far as its
// source tells. Errors: not_found (also outside the scope), conflict when it was taken
// back already or a later one has to go first.
func Unmerge(ctx context.Context, tx *store.Tx, scope Scope, others []store.Hung, id, by string, nowMS int64) (Merged, error) {
	out, err := MergeByID(ctx, tx, id)
	if err != nil {
		return out, err
	}
	kept, err := lockIn(ctx, tx, scope, out.KeptID)
	if err != nil && out.UndoneMS == 0 && fault.Is(err, fault.CodeNotFound) {
		if into, _ := MergedInto(ctx, tx, out.KeptID); into != "" {
			return out, fault.Conflict("asset.error.merge_later").WithHint("asset.error.merge_later.hint")
		}
	}
	if err != nil {
		return out, err
	}
	if out.UndoneMS > 0 {
		return out, fault.Conflict("asset.error.changed_meanwhile")
	}
	var later int
	err = tx.QueryRow(ctx, `SELECT count(*) FROM asset_merge WHERE undone_ms IS NULL AND id > $1 AND (kept_id IN ($2, $3) OR gone_id IN ($4, $5))`,
		id, out.KeptID, out.GoneID, out.KeptID, out.GoneID).Scan(&later)
	if err != nil {
		return out, fmt.Errorf("look for later merges: %w", err)
	}
	if later > 0 {
		return out, fault.Conflict("asset.error.merge_later").WithHint("asset.error.merge_later.hint")
	}
	var body []byte
	if err := tx.QueryRow(ctx, `SELECT journal FROM asset_merge WHERE id = $1`, id).Scan(&body); err != nil {
		return out, fmt.Errorf("read merge %s: %w", id, err)
	}
	j, err := unpack(body)
	if err != nil {
		return out, err
	}
	touched, err := anyTouched(ctx, tx, j)
	if err != nil {
		return out, err
	}
	if touched && out.Kind == KindSplit { // both have a life of their own by now
		if _, err := Merge(ctx, tx, scope, others, out.KeptID, out.GoneID, out.Note, by, nowMS); err != nil {
			return out, err
		}
	} else if err := takeBack(ctx, tx, others, out, j, kept, touched, nowMS); err != nil {
		return out, err
	}
	out.UndoneMS, out.UndoneBy = nowMS, by
	if _, err := tx.Exec(ctx, `UPDATE asset_merge SET undone_ms = $1, undone_by = $2 WHERE id = $3`, nowMS, by, id); err != nil {
		return out, fmt.Errorf("take back merge %s: %w", id, err)
	}
	return out, nil
}

// anyTouched reports whether a wide row has changed since.
func anyTouched(ctx context.Context, q store.Querier, j journal) (bool, error) {
	for _, m := range j.Moves {
		if m.Table != hungAsset.Table || m.Now == nil {
			continue
		}
		now, err := hungAsset.Find(ctx, q, m.Now)
		if err != nil || now == nil || !now.Same(m.Now) {
			return true, err
		}
	}
	return false, nil
}

func takeBack(ctx context.Context, tx *store.Tx, others []store.Hung, out Merged, j journal, kept Asset, touched bool, nowMS int64) error {
	moves := store.Moves{List: j.Moves, AtMS: nowMS}
	if touched {
		if err := sinceThen(ctx, tx, others, out, j.Moved); err != nil {
			return err
		}
	}
	if err := moves.Back(ctx, tx, tables(others)); err != nil {
		return err
	}
	if err := keysBack(ctx, tx, j.Moves); err != nil {
		return err
	}
	if !touched {
		return nil
	}
	return afresh(ctx, tx, out, kept, nowMS)
}

// sinceThen gives the gone row what sources that came over from it have said since.
func sinceThen(ctx context.Context, tx *store.Tx, others []store.Hung, out Merged, moved []Source) error {
	from, to := out.KeptID, out.GoneID
	if len(moved) == 0 {
		return nil
	}
	for _, h := range slices.Concat(hung, others) {
		if h.Source == "" || h.Gone == "" {
			continue
		}
		args := []any{to, from, out.AtMS}
		query := "UPDATE " + h.Table + " SET " + h.Owner + " = $1 WHERE " + h.Owner + " = $2 AND " + h.First + " > $3 AND " + store.In(h.Source, words(moved), &args)
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return fmt.Errorf("give %s back: %w", h.Table, err)
		}
	}
	args := []any{to, from, out.AtMS}
	if _, err := tx.Exec(ctx, `UPDATE asset_identity SET asset_id = $1 WHERE asset_id = $2 AND first_ms > $3 AND `+store.In("source", words(moved), &args), args...); err != nil {
		return fmt.Errorf("give keys back: %w", err)
	}
	return nil
}

// keysBack gives keys whose slot somebody took meanwhile another one.
func keysBack(ctx context.Context, tx *store.Tx, moves []store.Move) error {
	for _, m := range moves {
		if m.Table != hungIdentity.Table || m.Was == nil {
			continue
		}
		key, id := m.Was.Text("id_key"), m.Was.Text("asset_id")
		held, err := keysHeld(ctx, tx, id)
		if err != nil {
			return err
		}
		if slices.Contains(held, key) {
			continue
		}
		if err := appendKey(ctx, tx, key, id, m.Was.Text("source"), m.Was.Int("first_ms")); err != nil {
			return err
		}
	}
	return nil
}

// afresh computes the wide rows of what was changed in between.
func afresh(ctx context.Context, tx *store.Tx, out Merged, kept Asset, nowMS int64) error {
	for _, id := range []string{out.KeptID, out.GoneID} {
		a, err := lockAsset(ctx, tx, id)
		if fault.Is(err, fault.CodeNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		facts, err := openFacts(ctx, tx, id)
		if err != nil {
			return err
		}
		b := a.base()
		b.rev, b.updatedMS = max(a.Rev, kept.Rev)+1, nowMS
		seen, err := sourcesSeen(ctx, tx, id)
		if err != nil {
			return err
		}
		for s, ms := range seen {
			if ms > b.seenMS && s != string(SourceCSV) && s != string(SourceDirectory) {
				b.seenMS, b.seenSource = ms, Source(s)
			}
		}
		if err := writeRows(ctx, tx, materialise(b, facts)); err != nil {
			return err
		}
	}
	return nil
}
