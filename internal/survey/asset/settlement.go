package asset

import (
	"context"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Decision is what a person settled about a statement that contradicts the value
// shown: that value stands. It holds until the source says something else, a value
// entered by hand is changed, or the value of another source is shown.
type Decision struct {
	FactMS     int64  // Fact.FirstMS of the statement
	KeptSource Source // whose value stands
	Kept       string // that value
	By         string
	AtMS       int64
}

// settles reports whether the decision about f holds beside the winner.
func (d *Decision) settles(f, winner Fact) bool {
	return d != nil && d.FactMS == f.FirstMS && d.KeptSource == winner.Source && (winner.Source != SourceManual || same(d.Kept, winner.Value))
}

// Decide settles what sources disagree about: value is the right one, one of those
// that they say or another. The value shown stays as it is, whoever said it. The
// value of a source that a manual one hides is taken by ending the manual one, where
// that is enough; any other becomes a manual value. What the other sources say now is
// settled with it (Decision). rev is the revision the person saw; 0 skips the
// comparison. The changes hold one with Settled for each source that was settled.
// Errors: as Edit; invalid when there is no value, or nothing to settle.
func Decide(ctx context.Context, tx *store.Tx, scope Scope, id string, rev int64, field Field, value, by string, nowMS int64) (Asset, []Change, error) {
	before, err := lockIn(ctx, tx, scope, id)
	if err != nil {
		return Asset{}, nil, err
	}
	if rev != 0 && rev != before.Rev {
		return Asset{}, nil, fault.Conflict("asset.error.changed_meanwhile").WithHint("asset.error.changed_meanwhile.hint")
	}
	if value, err = Canonical(field, value); err != nil {
		return Asset{}, nil, err
	}
	if value == "" {
		return Asset{}, nil, fault.Invalid("asset.error.empty").At(string(field))
	}
	facts, err := openFacts(ctx, tx, id)
	if err != nil {
		return Asset{}, nil, err
	}
	if !disputed(facts, field) {
		return Asset{}, nil, fault.Invalid("asset.error.no_contradiction").At(string(field))
	}
	p, err := planDecision(facts, before, field, value, by, nowMS)
	if err != nil {
		return Asset{}, nil, err
	}
	settled, found := settleField(p.facts, id, field, by, nowMS)
	if len(p.opened)+len(p.closed)+len(settled) == 0 {
		return before, nil, nil
	}
	after, changed, err := applyByHand(ctx, tx, scope, before, p, nowMS)
	if err != nil {
		return Asset{}, nil, err
	}
	return after, append(changed, found...), writeSettlements(ctx, tx, settled)
}

// disputed reports whether sources disagree about a field, settled or not.
func disputed(facts []Fact, field Field) bool {
	settle(facts)
	for _, f := range facts {
		if f.Field == field && (f.Contradicts || f.Settled) {
			return true
		}
	}
	return false
}

// planDecision makes value the one shown.
func planDecision(facts []Fact, before Asset, field Field, value, by string, nowMS int64) (plan, error) {
	if before.Values[field] == value {
		return plan{facts: facts}, nil
	}
	cleared, err := replanByHand(facts, before, Values{field: ""}, by, nowMS)
	if err != nil {
		return plan{}, err
	}
	if values, _ := settle(cleared.facts); len(cleared.closed) > 0 && values[field] == value {
		return cleared, nil
	}
	return replanByHand(facts, before, Values{field: value}, by, nowMS)
}

// settleField marks what still contradicts the winner as settled, and gives the rows
// to store and the entries of the history.
func settleField(facts []Fact, assetID string, field Field, by string, nowMS int64) (rows [][]any, found []Change) {
	values, _ := settle(facts)
	var kept Source
	for _, f := range facts {
		if f.Field == field && f.Winning {
			kept = f.Source
		}
	}
	for i := range facts {
		f := &facts[i]
		if f.Field != field || !f.Contradicts {
			continue
		}
		f.Decision = &Decision{FactMS: f.FirstMS, KeptSource: kept, Kept: values[field], By: by, AtMS: nowMS}
		rows = append(rows, []any{assetID, string(field), string(f.Source), f.FirstMS, f.Value, string(kept), values[field], by, nowMS})
		found = append(found, Change{AssetID: assetID, Field: field, Old: f.Value, New: values[field], Source: f.Source, By: by, AtMS: nowMS, Settled: true})
	}
	return rows, found
}

var settlementCols = []store.Col{{Name: "asset_id", Type: store.Text}, {Name: "field", Type: store.Text}, {Name: "source", Type: store.Text},
	{Name: "fact_ms", Type: store.Int}, {Name: "value", Type: store.Text}, {Name: "kept_source", Type: store.Text}, {Name: "kept_value", Type: store.Text},
	{Name: "by_name", Type: store.Text}, {Name: "first_ms", Type: store.Int}}

// writeSettlements ends what was settled before about the same sources and stores
// the rows.
func writeSettlements(ctx context.Context, tx *store.Tx, rows [][]any) error {
	for _, r := range rows {
		_, err := tx.Exec(ctx, `UPDATE asset_settlement SET gone_ms = $1 WHERE asset_id = $2 AND field = $3 AND source = $4 AND gone_ms IS NULL`, r[8], r[0], r[1], r[2])
		if err != nil {
			return fmt.Errorf("end settlement of asset %s: %w", r[0], err)
		}
	}
	return tx.InsertMany(ctx, "asset_settlement", settlementCols, rows, `ON CONFLICT (asset_id, field, source, first_ms) DO UPDATE SET
		fact_ms = excluded.fact_ms, value = excluded.value, kept_source = excluded.kept_source, kept_value = excluded.kept_value,
		by_name = excluded.by_name, gone_ms = NULL`)
}

// statement names what one source says about one field.
type statement struct {
	asset  string
	field  Field
	source Source
}

// decisionsAsOf reads what was settled at a moment, of one asset or of all (""):
// these rows are few.
func decisionsAsOf(ctx context.Context, q store.Querier, assetID string, atMS int64) (map[statement]*Decision, error) {
	query, args := `SELECT asset_id, field, source, fact_ms, kept_source, kept_value, by_name, first_ms FROM asset_settlement WHERE `+store.AsOf("", 1), []any{atMS}
	if assetID != "" {
		query, args = query+" AND asset_id = $2", append(args, assetID)
	}
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read settlements as of %d: %w", atMS, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[statement]*Decision{}
	for rows.Next() {
		var s statement
		var d Decision
		if err := rows.Scan(&s.asset, &s.field, &s.source, &d.FactMS, &d.KeptSource, &d.Kept, &d.By, &d.AtMS); err != nil {
			return nil, fmt.Errorf("read settlements as of %d: %w", atMS, err)
		}
		out[s] = &d
	}
	return out, rows.Err()
}
