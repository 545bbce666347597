package asset

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

// line is what one source said about one field, in order of time, without what was taken
// back. Each statement holds up to the next one, or up to the time it was ended.
type line []told

// told is a statement and who ended it.
type told struct {
	Fact
	goneBy string
}

// readLines reads what a source ever said about an asset.
func readLines(ctx context.Context, q store.Querier, id string, s Source) (map[Field]line, error) {
	rows, err := q.Query(ctx, `SELECT field, section, value, by_name, first_ms, COALESCE(gone_ms, 0), gone_by FROM asset_fact
		WHERE asset_id = $1 AND source = $2 AND undone_ms IS NULL ORDER BY field, first_ms`, id, string(s))
	if err != nil {
		return nil, fmt.Errorf("read statements about asset %s: %w", id, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[Field]line{}
	for rows.Next() {
		f := told{Fact: Fact{Source: s}}
		if err := rows.Scan(&f.Field, &f.Section, &f.Value, &f.By, &f.FirstMS, &f.GoneMS, &f.goneBy); err != nil {
			return nil, fmt.Errorf("read statements about asset %s: %w", id, err)
		}
		out[f.Field] = append(out[f.Field], f)
	}
	return out, rows.Err()
}

// takeOut takes one statement out. ok is false when it is not there as it was made:
// somebody has changed it since.
func (l line) takeOut(ctx context.Context, tx *store.Tx, id string, s Said, u Undoing) (ok bool, err error) {
	for i, f := range l {
		if f.FirstMS == s.AtMS && f.Value == s.Value {
			return true, l.remove(ctx, tx, id, i, s.Next, u)
		}
		// It only said what stood there already.
		if f.Value == s.Value && f.FirstMS < s.AtMS && (f.GoneMS == 0 || f.GoneMS > s.AtMS) {
			return true, nil
		}
	}
	return false, nil
}

// remove takes the i-th statement out.
func (l line) remove(ctx context.Context, tx *store.Tx, id string, i int, next Next, u Undoing) error {
	f := l[i]
	var earlier, later *told
	if i > 0 && l[i-1].GoneMS == f.FirstMS {
		earlier = &l[i-1]
	}
	if i+1 < len(l) && l[i+1].FirstMS == f.GoneMS {
		later = &l[i+1]
	}
	if err := f.mark(ctx, tx, id, u); err != nil {
		return err
	}
	until, by := f.GoneMS, f.goneBy
	switch {
	case next.AtMS > 0 && next.Value == f.Value && (f.GoneMS == 0 || next.AtMS < f.GoneMS):
		heir := f
		heir.FirstMS, heir.By = next.AtMS, next.By
		if err := heir.insert(ctx, tx, id); err != nil {
			return err
		}
		if err := moveDecision(ctx, tx, id, f.Fact, next.AtMS); err != nil {
			return err
		}
		until, by = next.AtMS, next.By
	case earlier != nil && later != nil && earlier.Value == later.Value && earlier.Section == later.Section:
		// The later list only says what the earlier one said.
		if _, err := tx.Exec(ctx, `DELETE FROM asset_fact WHERE asset_id = $1 AND field = $2 AND source = $3 AND first_ms = $4`, id, string(f.Field), string(f.Source), later.FirstMS); err != nil {
			return fmt.Errorf("join statements about asset %s: %w", id, err)
		}
		if err := moveDecision(ctx, tx, id, later.Fact, earlier.FirstMS); err != nil {
			return err
		}
		until, by = later.GoneMS, later.goneBy
	}
	if earlier == nil {
		return nil
	}
	return earlier.until(ctx, tx, id, until, by)
}

// mark leaves a statement in the history only.
func (f Fact) mark(ctx context.Context, tx *store.Tx, id string, u Undoing) error {
	_, err := tx.Exec(ctx, `UPDATE asset_fact SET gone_ms = first_ms, gone_by = $1, undone_ms = $2 WHERE asset_id = $3 AND field = $4 AND source = $5 AND first_ms = $6`,
		u.By, u.NowMS, id, string(f.Field), string(f.Source), f.FirstMS)
	if err != nil {
		return fmt.Errorf("take back a statement about asset %s: %w", id, err)
	}
	return nil
}

// until sets when a statement ended, and who did it; 0 = it holds now.
func (f Fact) until(ctx context.Context, tx *store.Tx, id string, goneMS int64, by string) error {
	var gone any
	if goneMS != 0 {
		gone = goneMS
	}
	_, err := tx.Exec(ctx, `UPDATE asset_fact SET gone_ms = $1, gone_by = $2 WHERE asset_id = $3 AND field = $4 AND source = $5 AND first_ms = $6`,
		gone, by, id, string(f.Field), string(f.Source), f.FirstMS)
	if err != nil {
		return fmt.Errorf("give back a statement about asset %s: %w", id, err)
	}
	return nil
}

// insert stores a statement with both its times.
func (f told) insert(ctx context.Context, tx *store.Tx, id string) error {
	if err := insertFacts(ctx, tx, [][]any{factRow(id, f.Fact)}); err != nil {
		return err
	}
	return f.until(ctx, tx, id, f.GoneMS, f.goneBy)
}

// moveDecision keeps what a person settled about a statement that begins at another time.
func moveDecision(ctx context.Context, tx *store.Tx, id string, f Fact, toMS int64) error {
	_, err := tx.Exec(ctx, `UPDATE asset_settlement SET fact_ms = $1 WHERE asset_id = $2 AND field = $3 AND source = $4 AND fact_ms = $5 AND gone_ms IS NULL`,
		toMS, id, string(f.Field), string(f.Source), f.FirstMS)
	if err != nil {
		return fmt.Errorf("keep what was settled about asset %s: %w", id, err)
	}
	return nil
}
