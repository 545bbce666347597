package asset

import (
	"context"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Said is one value that an import set.
type Said struct {
	Field  Field
	Value  string
	AtMS   int64
	Before string // what the same source said before; empty = nothing
	// BeforeBy is who had said so.
	BeforeBy string
}

// TakenBack is what TakeBack did.
type TakenBack struct {
	Changed []Change // of winning values
	Kept    []Field  // fields that somebody has changed since: left alone
	// Removed: the asset has left the ledger. It was created by the import, and
	// nobody but it had said anything about it.
	Removed bool
	Gone    bool // the asset was not there any more
}

// TakeBack ends what a list said about an asset where it still stands as the list
// left it, and gives back what earlier lists had said. created tells that the asset
// came into the ledger with it: it leaves again when nothing else is known of it.
// Statements of the history stay.
func TakeBack(ctx context.Context, tx *store.Tx, id string, said []Said, created bool, by string, nowMS int64) (TakenBack, error) {
	before, err := lockAsset(ctx, tx, id)
	if fault.Is(err, fault.CodeNotFound) {
		return TakenBack{Gone: true}, nil
	}
	if err != nil {
		return TakenBack{}, err
	}
	facts, err := openFacts(ctx, tx, id)
	if err != nil {
		return TakenBack{}, err
	}
	p, kept := replanBack(facts, said, by, nowMS)
	out := TakenBack{Kept: kept}
	if created && len(kept) == 0 && onlyFacility(p.facts, SourceCSV) {
		if out.Removed, err = unreferenced(ctx, tx, id, SourceCSV); err != nil {
			return out, err
		}
	}
	if out.Removed {
		p.closed = append(p.closed, FieldFacility)
		if err := p.apply(ctx, tx, id, SourceCSV, nowMS); err != nil {
			return out, err
		}
		return out, removeRow(ctx, tx, id, by, nowMS)
	}
	if len(p.opened)+len(p.closed) == 0 {
		return out, nil
	}
	b := before.base()
	b.rev++
	b.updatedMS = max(nowMS, b.updatedMS)
	after := materialise(b, p.facts)
	out.Changed = changes(id, before.Values, after.Values, p.facts, nowMS)
	if err := p.apply(ctx, tx, id, SourceCSV, nowMS); err != nil {
		return out, err
	}
	if err := writeRows(ctx, tx, after); err != nil {
		return out, err
	}
	at := int64(0)
	if len(said) > 0 {
		at = said[0].AtMS
	}
	return out, reclaim(ctx, tx, after, p.facts, SourceCSV, at, nowMS)
}

// replanBack works out the facts without what was said.
func replanBack(open []Fact, said []Said, by string, nowMS int64) (p plan, kept []Field) {
	p.by = by
	mine := map[Field]Said{}
	for _, s := range said {
		mine[s.Field] = s
	}
	for _, f := range open {
		s, ours := mine[f.Field]
		if f.Source != SourceCSV || !ours || f.FirstMS != s.AtMS || f.Value != s.Value {
			p.facts = append(p.facts, f)
			continue
		}
		delete(mine, f.Field)
		p.closed = append(p.closed, f.Field)
		if s.Before != "" {
			p.opened = append(p.opened, Fact{Field: f.Field, Value: s.Before, Source: SourceCSV, Section: f.Section, By: s.BeforeBy, FirstMS: nowMS})
		}
	}
	p.facts = append(p.facts, p.opened...)
	return p, sortedKeys(mine)
}

// onlyFacility reports that nothing is said any more but where the asset belongs.
func onlyFacility(facts []Fact, s Source) bool {
	for _, f := range facts {
		if f.Field != FieldFacility || f.Source != s {
			return false
		}
	}
	return true
}

// unreferenced reports that nothing hangs on an asset: no report of another source,
// no document, no system. Contracts are other rooms': see docs/import-files.md.
func unreferenced(ctx context.Context, tx *store.Tx, id string, s Source) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM asset_source WHERE asset_id = $1 AND source <> $2)
		+ (SELECT count(*) FROM asset_attachment WHERE asset_id = $3)
		+ (SELECT count(*) FROM asset_member WHERE system_id = $4 OR device_id = $5)`, id, string(s), id, id, id).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look what hangs on asset %s: %w", id, err)
	}
	return n == 0, nil
}

// removeRow takes an asset out of the ledger; its statements stay in the history.
func removeRow(ctx context.Context, tx *store.Tx, id, by string, nowMS int64) error {
	var all []error
	for _, q := range []string{`DELETE FROM asset_identity WHERE asset_id = $1`, `DELETE FROM asset_section WHERE asset_id = $1`,
		`DELETE FROM asset_source WHERE asset_id = $1`, `DELETE FROM asset_asset WHERE id = $1`} {
		_, err := tx.Exec(ctx, q, id)
		all = append(all, err)
	}
	_, err := tx.Exec(ctx, `UPDATE asset_conflict SET closed_ms = $1, closed_by = $2, note = $3 WHERE (asset_id = $4 OR other_id = $5) AND closed_ms IS NULL`, nowMS, by, "", id, id)
	if err := errors.Join(append(all, err)...); err != nil {
		return fmt.Errorf("take asset %s out of the ledger: %w", id, err)
	}
	return nil
}

// reclaim lets go of the keys that an import of atMS brought and that nobody else says, and
// takes those back that hold again, where they are free.
func reclaim(ctx context.Context, tx *store.Tx, a Asset, facts []Fact, s Source, atMS, nowMS int64) error {
	all := map[string]bool{}
	for _, serial := range valuesOf(facts, FieldSerial) {
		for _, maker := range append(valuesOf(facts, FieldMaker), "") {
			all[serialKey(maker, serial)] = true
		}
	}
	for _, mac := range valuesOf(facts, FieldMAC) {
		all[macKey(mac)] = true
	}
	for _, tag := range valuesOf(facts, FieldAssetTag) {
		all[tagKey(a.FacilityID, tag)] = true
	}
	held, err := keysHeld(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	for _, key := range held {
		if all[key] || atMS == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM asset_identity WHERE id_key = $1 AND asset_id = $2 AND source = $3 AND first_ms = $4`, key, a.ID, string(s), atMS); err != nil {
			return fmt.Errorf("let go of a key of asset %s: %w", a.ID, err)
		}
	}
	v := a.Values
	keys := keysOf(Observation{FacilityID: a.FacilityID, Source: s, Identity: Identity{
		Maker: v[FieldMaker], Serial: v[FieldSerial], AssetTag: v[FieldAssetTag], MACs: []string{v[FieldMAC]}}})
	candidates, slots, err := findCandidates(ctx, tx, keys.all())
	if err != nil {
		return err
	}
	var rows [][]any
	for _, key := range keys.all() {
		if slots[key] == 0 && len(heldAmong(candidates, key)) == 0 {
			rows = append(rows, []any{key, int64(0), a.ID, string(s), nowMS})
		}
	}
	return claimKeys(ctx, tx, rows)
}

func valuesOf(facts []Fact, f Field) (out []string) {
	for _, fact := range facts {
		if fact.Field == f {
			out = append(out, fact.Value)
		}
	}
	return out
}

// heldAmong lists the candidates that hold a key.
func heldAmong(candidates []candidate, key string) (ids []string) {
	for _, c := range candidates {
		for _, k := range c.keys {
			if k == key {
				ids = append(ids, c.id)
			}
		}
	}
	return ids
}
