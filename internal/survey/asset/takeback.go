package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Undoing says how an import is taken back.
type Undoing struct {
	// Created: the asset came into the ledger by an import that is taken back, this one or
	// one before. It leaves when nobody else speaks of it.
	Created bool
	By      string // person who takes it back
	NowMS   int64
}

// Said is one value that a list said, anew or as it had been said before.
type Said struct {
	Field  Field
	Value  string
	AtMS   int64
	Before string // what lists said before; Value itself when it was not new
	// BeforeBy is who had said so.
	BeforeBy string
	// Next is what the next list said of the field that was not taken back; AtMS 0 = none.
	Next Next
}

// Next is a later statement about the same field.
type Next struct {
	Value string
	AtMS  int64
	By    string
}

// TakenBack is what TakeBack did.
type TakenBack struct {
	Changed []Change // of winning values
	Kept    []Field  // fields whose statement is no longer the list's own: left alone
	// HandedOn counts the values that a later list says, too: they are its own now.
	HandedOn int
	// Removed: the asset has left the ledger. It was created by an import that is taken
	// back, and nobody else says anything about it.
	Removed bool
	Gone    bool // the asset was not there any more
}

// TakeBack takes what a list said about an asset out of the ledger, as if the list had
// never been: what an earlier list said holds up to the next one's statement, and what a
// later list said, too, is its own from then on. Lists may be taken back in any order.
// Statements taken back stay in the history. seenMS is when the newest list that still
// stands spoke of the asset; 0 = none.
func TakeBack(ctx context.Context, tx *store.Tx, id string, said []Said, seenMS int64, u Undoing) (TakenBack, error) {
	before, err := lockAsset(ctx, tx, id)
	if fault.Is(err, fault.CodeNotFound) {
		return TakenBack{Gone: true}, nil
	}
	if err != nil {
		return TakenBack{}, err
	}
	out := TakenBack{}
	lines, err := readLines(ctx, tx, id, SourceCSV)
	if err != nil {
		return out, err
	}
	for _, s := range said {
		ok, err := lines[s.Field].takeOut(ctx, tx, id, s, u)
		if err != nil {
			return out, err
		}
		switch {
		case !ok:
			out.Kept = append(out.Kept, s.Field)
		case s.Next.AtMS > 0 && s.Next.Value == s.Value:
			out.HandedOn++
		}
	}
	slices.Sort(out.Kept)
	atMS := int64(0)
	if len(said) > 0 {
		atMS = said[0].AtMS
	}
	if err := listSeen(ctx, tx, id, seenMS); err != nil {
		return out, err
	}
	out.Changed, out.Removed, err = settleBack(ctx, tx, before, SourceCSV, atMS, u)
	return out, err
}

// Lock keeps everybody else from speaking of an asset until the transaction ends; there is
// false when it is not in the ledger.
func Lock(ctx context.Context, tx *store.Tx, id string) (there bool, err error) {
	_, err = lockAsset(ctx, tx, id)
	if fault.Is(err, fault.CodeNotFound) {
		return false, nil
	}
	return err == nil, err
}

// listSeen sets when lists last spoke of an asset; 0 = they do not any more.
func listSeen(ctx context.Context, tx *store.Tx, id string, seenMS int64) error {
	s := string(SourceCSV)
	if seenMS == 0 {
		return restoreSource(ctx, tx, id, SourceCSV, Spoke{})
	}
	if _, err := tx.Exec(ctx, `UPDATE asset_source SET seen_ms = $1 WHERE asset_id = $2 AND source = $3`, seenMS, id, s); err != nil {
		return fmt.Errorf("take back when asset %s was listed: %w", id, err)
	}
	_, err := tx.Exec(ctx, `DELETE FROM asset_section WHERE asset_id = $1 AND source = $2 AND NOT EXISTS (SELECT 1 FROM asset_fact f
		WHERE f.asset_id = asset_section.asset_id AND f.source = asset_section.source AND f.section = asset_section.section AND f.gone_ms IS NULL)`, id, s)
	if err != nil {
		return fmt.Errorf("take back what lists said of asset %s: %w", id, err)
	}
	_, err = tx.Exec(ctx, `UPDATE asset_section SET seen_ms = $1, body_ms = $2 WHERE asset_id = $3 AND source = $4 AND seen_ms > $5`, seenMS, seenMS, id, s, seenMS)
	if err != nil {
		return fmt.Errorf("take back when asset %s was listed: %w", id, err)
	}
	return nil
}

// settleBack brings an asset's row and keys in line with its facts after something was
// taken back, or takes the asset out of the ledger when nothing is left. atMS is when the
// source said what is taken back.
func settleBack(ctx context.Context, tx *store.Tx, before Asset, s Source, atMS int64, u Undoing) (changed []Change, removed bool, err error) {
	id := before.ID
	facts, err := openFacts(ctx, tx, id)
	if err != nil {
		return nil, false, err
	}
	if u.Created && onlyFacility(facts) {
		if removed, err = unreferenced(ctx, tx, id); err != nil {
			return nil, false, err
		}
	}
	if removed {
		return nil, true, removeRow(ctx, tx, id, u.By, u.NowMS)
	}
	if facts, err = handFacility(ctx, tx, id, facts, s, atMS, u); err != nil {
		return nil, false, err
	}
	b := before.base()
	b.rev++
	b.updatedMS = max(u.NowMS, b.updatedMS)
	if b.seenSource == s {
		if b.seenMS, b.seenSource, err = lastSighting(ctx, tx, id); err != nil {
			return nil, false, err
		}
	}
	after := materialise(b, facts)
	changed = changes(id, before.Values, after.Values, facts, u.NowMS)
	if err := writeRows(ctx, tx, after); err != nil {
		return changed, false, err
	}
	if err := reclaim(ctx, tx, after, facts, s, atMS, u.NowMS); err != nil {
		return changed, false, err
	}
	return changed, false, closeDoubts(ctx, tx, id, s, atMS, u)
}

// handed are the sources that people carry here in files: what they say can be taken back.
var handed = []Source{SourceCSV, SourceUSB, SourceScript}

// onlyFacility reports that nothing is said any more but, by a file, where the asset
// belongs.
func onlyFacility(facts []Fact) bool {
	for _, f := range facts {
		if f.Field != FieldFacility || !slices.Contains(handed, f.Source) {
			return false
		}
	}
	return true
}

// handFacility leaves the statement where an asset belongs, which came with what is taken
// back, to whoever first spoke of the asset among those who still do.
func handFacility(ctx context.Context, tx *store.Tx, id string, facts []Fact, s Source, atMS int64, u Undoing) ([]Fact, error) {
	at, heir := -1, -1
	for i, f := range facts {
		switch {
		case f.Field == FieldFacility && f.Source == s && f.FirstMS == atMS:
			at = i
		case f.Field != FieldFacility && (heir < 0 || f.FirstMS < facts[heir].FirstMS):
			heir = i
		}
	}
	if at < 0 || heir < 0 {
		return facts, nil
	}
	next := facts[at]
	next.Source, next.By, next.FirstMS = facts[heir].Source, facts[heir].By, facts[heir].FirstMS
	if err := facts[at].mark(ctx, tx, id, u); err != nil {
		return nil, err
	}
	facts[at] = next
	return facts, told{Fact: next}.insert(ctx, tx, id)
}

// unreferenced reports that nothing hangs on an asset: no source speaks of it, no
// document, no system. Contracts are other rooms': see docs/import-files.md.
func unreferenced(ctx context.Context, tx *store.Tx, id string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM asset_source WHERE asset_id = $1)
		+ (SELECT count(*) FROM asset_attachment WHERE asset_id = $2)
		+ (SELECT count(*) FROM asset_member WHERE system_id = $3 OR device_id = $4)`, id, id, id, id).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look what hangs on asset %s: %w", id, err)
	}
	return n == 0, nil
}

// removeRow takes an asset out of the ledger; its statements stay in the history.
func removeRow(ctx context.Context, tx *store.Tx, id, by string, nowMS int64) error {
	_, err := tx.Exec(ctx, `UPDATE asset_fact SET gone_ms = first_ms, gone_by = $1, undone_ms = $2 WHERE asset_id = $3 AND gone_ms IS NULL`, by, nowMS, id)
	if err != nil {
		return fmt.Errorf("take asset %s out of the ledger: %w", id, err)
	}
	for _, q := range []string{`DELETE FROM asset_identity WHERE asset_id = $1`, `DELETE FROM asset_section WHERE asset_id = $1`,
		`DELETE FROM asset_source WHERE asset_id = $1`, `DELETE FROM asset_asset WHERE id = $1`} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return fmt.Errorf("take asset %s out of the ledger: %w", id, err)
		}
	}
	_, err = tx.Exec(ctx, `UPDATE asset_conflict SET closed_ms = $1, closed_by = $2 WHERE (asset_id = $3 OR other_id = $4) AND closed_ms IS NULL`, nowMS, by, id, id)
	if err != nil {
		return fmt.Errorf("take asset %s out of the ledger: %w", id, err)
	}
	return nil
}

// closeDoubts closes what stands in the queue of conflicts because of a source, and does
// so no longer: the statement that brought it was taken back, or with it the key that the
// doubt is about.
func closeDoubts(ctx context.Context, tx *store.Tx, id string, s Source, atMS int64, u Undoing) error {
	_, err := tx.Exec(ctx, `UPDATE asset_conflict SET closed_ms = $1, closed_by = $2 WHERE asset_id = $3 AND source = $4 AND closed_ms IS NULL
		AND (first_ms = $5 AND last_ms = $6 OR NOT EXISTS (SELECT 1 FROM asset_identity i WHERE i.asset_id = asset_conflict.asset_id AND i.id_key = asset_conflict.key_value))`,
		u.NowMS, u.By, id, string(s), atMS, atMS)
	if err != nil {
		return fmt.Errorf("close doubts about asset %s: %w", id, err)
	}
	return nil
}
