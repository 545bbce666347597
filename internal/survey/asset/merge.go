package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Merge makes two rows of the ledger one: what hangs on goneID goes over to keptID, with
// who said it and since when, and the row goneID leaves the ledger. Its past stays: as
// of a day before, both are there. A source that both know is taken from the row that it
// saw last; what people entered stays at keptID and is filled up from goneID. others are
// the tables of other rooms. Unmerge takes it back. Errors: not_found (also outside the
// scope), invalid for one and the same, rows of two facilities, systems, or a kept row
// that was disposed of.
func Merge(ctx context.Context, tx *store.Tx, scope Scope, others []store.Hung, keptID, goneID, note, by string, nowMS int64) (Merged, error) {
	if !validText(note, maxText) {
		return Merged{}, fault.Invalid("asset.error.too_long", "Max", maxText).At("note")
	}
	kept, gone, err := lockPair(ctx, tx, scope, keptID, goneID)
	if err != nil {
		return Merged{}, err
	}
	if err := mergeable(kept, gone); err != nil {
		return Merged{}, err
	}
	nowMS = max(nowMS, kept.UpdatedMS+1, gone.UpdatedMS+1) // rows end after they began
	m := mover{tx: tx, others: others, moves: store.Moves{AtMS: nowMS}, kept: kept, gone: gone}
	if err := m.carry(ctx); err != nil {
		return Merged{}, err
	}
	if err := m.identities(ctx); err != nil {
		return Merged{}, err
	}
	if err := m.lines(ctx, by, note); err != nil {
		return Merged{}, err
	}
	if err := m.rows(ctx); err != nil {
		return Merged{}, err
	}
	out := Merged{ID: store.NewID(), Kind: KindMerge, KeptID: keptID, GoneID: goneID, GoneName: gone.Name, FacilityID: kept.FacilityID, Note: note, By: by, AtMS: nowMS}
	return out, m.write(ctx, out, gone)
}

// lockPair locks both in the order of their IDs, so that two people cannot wait for each
// other.
func lockPair(ctx context.Context, tx *store.Tx, scope Scope, a, b string) (x, y Asset, err error) {
	if a == b {
		return x, y, fault.Invalid("asset.error.merge_same").At("other")
	}
	first, second := a, b
	if second < first {
		first, second = second, first
	}
	if x, err = lockIn(ctx, tx, scope, first); err != nil {
		return x, y, err
	}
	if y, err = lockIn(ctx, tx, scope, second); err != nil {
		return x, y, err
	}
	if first != a {
		x, y = y, x
	}
	return x, y, nil
}

func mergeable(kept, gone Asset) error {
	switch {
	case kept.FacilityID != gone.FacilityID:
		return fault.Invalid("asset.error.merge_facility").WithHint("asset.error.merge_facility.hint").At("other")
	case kept.Kind == KindSystem || gone.Kind == KindSystem:
		return fault.Invalid("asset.error.merge_system").At("other")
	case kept.Status == StatusDisposed:
		return fault.Invalid("asset.error.merge_disposed").WithHint("asset.error.merge_disposed.hint").At("other")
	}
	return nil
}

// mover is one merge or split on its way.
type mover struct {
	tx         *store.Tx
	others     []store.Hung
	moves      store.Moves
	kept, gone Asset
	moved      []Source // sources that only the gone row knows
}

// carry moves what hangs on the gone row.
func (m *mover) carry(ctx context.Context) error {
	mine, err := sourcesSeen(ctx, m.tx, m.kept.ID)
	if err != nil {
		return err
	}
	theirs, err := sourcesSeen(ctx, m.tx, m.gone.ID)
	if err != nil {
		return err
	}
	for _, s := range sortedKeys(theirs) {
		if _, both := mine[s]; !both {
			m.moved = append(m.moved, Source(s))
		}
	}
	newer := func(s string) bool { return theirs[s] > mine[s] && theirs[s] > 0 && mine[s] > 0 }
	older := func(s string) bool { return mine[s] > 0 && theirs[s] > 0 && theirs[s] <= mine[s] }
	all := func(string) bool { return true }
	for _, h := range slices.Concat(hung, m.others) {
		if err := m.moves.Carry(ctx, m.tx, h, m.gone.ID, m.kept.ID, all, newer, older); err != nil {
			return err
		}
	}
	return nil
}

// sourcesSeen is when each source last saw an asset.
func sourcesSeen(ctx context.Context, q store.Querier, id string) (map[string]int64, error) {
	rows, err := q.Query(ctx, `SELECT source, seen_ms FROM asset_source WHERE asset_id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read sources of asset %s: %w", id, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int64{}
	for rows.Next() {
		var s string
		var ms int64
		if err := rows.Scan(&s, &ms); err != nil {
			return nil, fmt.Errorf("read sources of asset %s: %w", id, err)
		}
		out[s] = ms
	}
	return out, rows.Err()
}

// identities gives the kept row every key of the gone one.
func (m *mover) identities(ctx context.Context) error {
	held, err := keysHeld(ctx, m.tx, m.kept.ID)
	if err != nil {
		return err
	}
	rows, err := hungIdentity.Rows(ctx, m.tx, "asset_id = $1", m.gone.ID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if slices.Contains(held, row.Text("id_key")) {
			err = m.moves.Remove(ctx, m.tx, hungIdentity, row)
		} else {
			_, err = m.moves.Change(ctx, m.tx, hungIdentity, row, map[string]any{"asset_id": m.kept.ID})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lines answers the open lines about both, and lets those about the gone row and a third
// speak of the kept one.
func (m *mover) lines(ctx context.Context, by, note string) error {
	rows, err := hungConflict.Rows(ctx, m.tx, "closed_ms IS NULL AND (asset_id = $1 OR other_id = $2)", m.gone.ID, m.gone.ID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		set := map[string]any{"closed_ms": m.moves.AtMS, "closed_by": by, "note": note, "outcome": string(OutcomeSame)}
		other := row.Text("other_id")
		if other == m.gone.ID {
			other = row.Text("asset_id")
		}
		if other != m.kept.ID && other != "" {
			about, args := aboutTwo(m.kept.ID, other)
			told, err := answered(ctx, m.tx, about, args, row.Text("key_value"))
			if err != nil {
				return err
			}
			set = map[string]any{"asset_id": m.kept.ID, "other_id": other}
			if told { // somebody said already that those are two
				set = map[string]any{"closed_ms": m.moves.AtMS, "closed_by": by, "outcome": string(OutcomeDifferent)}
			}
		} else if other == "" {
			set = map[string]any{"asset_id": m.kept.ID}
		}
		done, err := m.moves.Change(ctx, m.tx, hungConflict, row, set)
		if err != nil {
			return err
		}
		if !done { // the kept row has such a line already
			if err := m.moves.Remove(ctx, m.tx, hungConflict, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows brings the wide rows up to date.
func (m *mover) rows(ctx context.Context) error {
	wide, err := hungAsset.Find(ctx, m.tx, store.Image{"id": m.gone.ID})
	if err != nil {
		return err
	}
	if err := m.moves.Remove(ctx, m.tx, hungAsset, wide); err != nil {
		return err
	}
	b := m.kept.base()
	b.rev, b.updatedMS = b.rev+1, m.moves.AtMS
	if m.gone.LastSeenMS > b.seenMS {
		b.seenMS, b.seenSource = m.gone.LastSeenMS, m.gone.LastSource
	}
	return m.renew(ctx, b)
}

// renew computes the wide row of the kept asset anew and notes how it was.
func (m *mover) renew(ctx context.Context, b base) error {
	facts, err := openFacts(ctx, m.tx, b.id)
	if err != nil {
		return err
	}
	was, err := hungAsset.Find(ctx, m.tx, store.Image{"id": b.id})
	if err != nil {
		return err
	}
	if err := writeRows(ctx, m.tx, materialise(b, facts)); err != nil {
		return err
	}
	now, err := hungAsset.Find(ctx, m.tx, store.Image{"id": b.id})
	m.moves.List = append(m.moves.List, store.Move{Table: hungAsset.Table, Was: was, Now: now})
	return err
}

// write stores what was done.
func (m *mover) write(ctx context.Context, out Merged, gone Asset) error {
	body, err := journal{Moves: m.moves.List, Moved: m.moved}.pack()
	if err != nil {
		return err
	}
	_, err = m.tx.Exec(ctx, `INSERT INTO asset_merge (id, kind, kept_id, gone_id, gone_name, facility_id, created_ms, last_seen_ms, last_source, note, by_name, at_ms, journal)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, out.ID, string(out.Kind), out.KeptID, out.GoneID, out.GoneName, out.FacilityID,
		gone.CreatedMS, gone.LastSeenMS, string(gone.LastSource), out.Note, out.By, out.AtMS, body)
	if err != nil {
		return fmt.Errorf("store merge of %s into %s: %w", out.GoneID, out.KeptID, err)
	}
	return nil
}
