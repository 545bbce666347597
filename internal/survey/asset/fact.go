package asset

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
)

// Order lists the sources by whose value of the field is shown when they
// disagree, strongest first.
func Order(f Field) []Source { return slices.Clone(orderFor(f)) }

func orderFor(f Field) []Source {
	if info, ok := Info(f); !ok || info.Recorded {
		return recordedOrder
	}
	return observedOrder
}

// rank is the place of a source in the order of a field; lower wins.
func rank(f Field, s Source) int {
	order := orderFor(f)
	if i := slices.Index(order, s); i >= 0 {
		return i
	}
	return len(order)
}

// settle marks the winning fact of each field and those that disagree with it,
// and gives the winning values and the number of fields with unsettled ones. facts are open ones of one asset. Of two facts
// with one source the later begun wins; that happens only within a correction.
func settle(facts []Fact) (values Values, contradictions int) {
	best := map[Field]int{}
	for i, f := range facts {
		j, have := best[f.Field]
		if !have || rank(f.Field, f.Source) < rank(f.Field, facts[j].Source) {
			best[f.Field] = i
		}
	}
	values = make(Values, len(best))
	disputed := map[Field]bool{}
	for i := range facts {
		f := &facts[i]
		win := best[f.Field]
		f.Winning = i == win
		differs := !f.Winning && contestable(f.Field) && !agree(*f, facts[win])
		f.Settled = differs && f.Decision.settles(*f, facts[win])
		f.Contradicts = differs && !f.Settled
		if f.Winning {
			values[f.Field] = f.Value
		}
		if f.Contradicts {
			disputed[f.Field] = true
		}
	}
	return values, len(disputed)
}

// contestable fields are those where two values mean that somebody is wrong. A
// note is not, nor is a kind that a machine only guesses from afar.
func contestable(f Field) bool {
	return f != FieldNote && f != FieldFacility && f != FieldKind
}

// openFacts reads the facts of an asset that are true now, by field and source, with
// what was settled about them and without LastMS.
func openFacts(ctx context.Context, q store.Querier, assetID string) ([]Fact, error) {
	all, err := openFactsOf(ctx, q, []string{assetID})
	return all[assetID], err
}

// openFactsOf is openFacts of several assets.
func openFactsOf(ctx context.Context, q store.Querier, ids []string) (map[string][]Fact, error) {
	var args []any
	facts := store.In("asset_id", ids, &args)
	settled := store.In("asset_id", ids, &args)
	rows, err := q.Query(ctx, `SELECT 0, asset_id, field, source, section, value, by_name, first_ms, 0, since_ms FROM asset_fact WHERE `+facts+` AND gone_ms IS NULL
		UNION ALL SELECT 1, asset_id, field, source, kept_source, kept_value, by_name, first_ms, fact_ms, 0 FROM asset_settlement WHERE `+settled+` AND gone_ms IS NULL`, args...)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := make(map[string][]Fact, len(ids))
	decided := map[statement]*Decision{}
	for rows.Next() {
		var f Fact
		var id string
		var isDecision int
		var factMS int64
		if err := rows.Scan(&isDecision, &id, &f.Field, &f.Source, &f.Section, &f.Value, &f.By, &f.FirstMS, &factMS, &f.SinceMS); err != nil {
			return nil, fmt.Errorf("read facts: %w", err)
		}
		if isDecision == 1 {
			decided[statement{id, f.Field, f.Source}] = &Decision{FactMS: factMS, KeptSource: Source(f.Section), Kept: f.Value, By: f.By, AtMS: f.FirstMS}
			continue
		}
		out[id] = append(out[id], f)
	}
	for id, list := range out {
		for i := range list {
			list[i].Decision = decided[statement{id, list[i].Field, list[i].Source}]
		}
		slices.SortStableFunc(list, func(a, b Fact) int { return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Source, b.Source)) })
	}
	return out, rows.Err()
}

// factCols are the columns of new facts.
var factCols = []store.Col{{Name: "asset_id", Type: store.Text}, {Name: "field", Type: store.Text}, {Name: "source", Type: store.Text},
	{Name: "section", Type: store.Text}, {Name: "value", Type: store.Text}, {Name: "by_name", Type: store.Text}, {Name: "first_ms", Type: store.Int}}

// insertFacts opens facts; one that ended and came back within a millisecond
// keeps the newest value.
func insertFacts(ctx context.Context, tx *store.Tx, rows [][]any) error {
	return tx.InsertMany(ctx, "asset_fact", factCols, rows,
		`ON CONFLICT (asset_id, field, source, first_ms) DO UPDATE SET section = excluded.section, value = excluded.value,
		by_name = excluded.by_name, gone_ms = NULL, gone_by = '', undone_ms = NULL`)
}

func factRow(assetID string, f Fact) []any {
	return []any{assetID, string(f.Field), string(f.Source), f.Section, f.Value, f.By, f.FirstMS}
}

// closeFacts ends the open facts of one source about fields; by is the person who
// did so, if any.
func closeFacts(ctx context.Context, tx *store.Tx, assetID string, s Source, fields []Field, by string, atMS int64) error {
	if len(fields) == 0 {
		return nil
	}
	args := []any{atMS, by, assetID, string(s)}
	query := `UPDATE asset_fact SET gone_ms = $1, gone_by = $2 WHERE asset_id = $3 AND source = $4 AND gone_ms IS NULL AND ` +
		store.In("field", words(fields), &args)
	if _, err := tx.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("end facts of asset %s: %w", assetID, err)
	}
	return nil
}

// plan is what one source's new statement does to the open facts.
type plan struct {
	facts  []Fact  // open facts afterwards
	opened []Fact  // to insert
	closed []Field // to end first
	by     string  // person who ends them; empty for machines
}

// replan makes the facts of source in the given sections equal to groups. Facts
// of other sources and of sections not in groups stay; with partial, so do fields
// that groups does not name. A field that moves from one section to another is not
// news when its value stays.
func replan(open []Fact, s Source, by string, groups map[string]Values, partial bool, atMS int64) plan {
	want := map[Field]Fact{}
	for _, section := range sortedKeys(groups) {
		for f, v := range groups[section] {
			want[f] = Fact{Field: f, Value: v, Source: s, Section: section, By: by, FirstMS: atMS}
		}
	}
	p := plan{by: by}
	for _, f := range open {
		if f.Source != s {
			p.facts = append(p.facts, f)
			continue
		}
		next, wanted := want[f.Field]
		_, reported := groups[f.Section]
		reported = reported && !partial
		switch {
		case wanted && next.Value == f.Value && next.Section == f.Section, !wanted && !reported:
			p.facts = append(p.facts, f)
			delete(want, f.Field)
		case wanted && next.Value == f.Value:
			f.Section = next.Section // the same statement at another place
			p.facts, p.opened = append(p.facts, f), append(p.opened, f)
			delete(want, f.Field)
		default:
			p.closed = append(p.closed, f.Field)
		}
	}
	for _, f := range sortedKeys(want) {
		p.facts = append(p.facts, want[f])
		p.opened = append(p.opened, want[f])
	}
	return p
}

// apply writes a plan.
func (p plan) apply(ctx context.Context, tx *store.Tx, assetID string, s Source, atMS int64) error {
	if err := closeFacts(ctx, tx, assetID, s, p.closed, p.by, atMS); err != nil {
		return err
	}
	rows := make([][]any, len(p.opened))
	for i, f := range p.opened {
		rows[i] = factRow(assetID, f)
	}
	return insertFacts(ctx, tx, rows)
}

// changes compares winning values before and after.
func changes(assetID string, before, after Values, facts []Fact, atMS int64) []Change {
	var out []Change
	for _, f := range sortedKeys(after) {
		if before[f] == after[f] {
			continue
		}
		c := Change{AssetID: assetID, Field: f, Old: before[f], New: after[f], AtMS: atMS}
		for _, fact := range facts {
			if fact.Winning && fact.Field == f {
				c.Source, c.By = fact.Source, fact.By
			}
		}
		out = append(out, c)
	}
	for _, f := range sortedKeys(before) {
		if _, still := after[f]; !still {
			out = append(out, Change{AssetID: assetID, Field: f, Old: before[f], AtMS: atMS})
		}
	}
	return out
}
