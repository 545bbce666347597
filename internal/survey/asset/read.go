package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Get reads an asset as it is now. One outside the scope is not_found, too, so
// that its existence stays unknown.
func Get(ctx context.Context, q store.Querier, scope Scope, id string) (Asset, error) {
	if !store.ValidID(id) {
		return Asset{}, fault.NotFound("asset.error.not_found")
	}
	a, err := oneAsset(q.QueryRow(ctx, "SELECT "+selectCols+" FROM asset_asset a WHERE a.id = $1", id), id)
	if err != nil {
		return Asset{}, err
	}
	if !scope.Allows(a) {
		return Asset{}, fault.NotFound("asset.error.not_found")
	}
	return a, nil
}

// Facts lists what every source says about an asset now, winners marked, with the
// time of the last confirmation: the block "from where and since when" of the page.
// Ordered as Fields, the winner first.
func Facts(ctx context.Context, q store.Querier, assetID string) ([]Fact, error) {
	facts, err := openFacts(ctx, q, assetID)
	if err != nil {
		return nil, err
	}
	seen, err := LastSeen(ctx, q, assetID)
	if err != nil {
		return nil, err
	}
	settle(facts)
	for i := range facts {
		f := &facts[i]
		f.LastMS = f.FirstMS
		for _, s := range seen {
			if s.Source == f.Source && s.Section == f.Section && f.Section != "" {
				f.LastMS = max(f.FirstMS, s.SeenMS)
			}
		}
	}
	facts = slices.DeleteFunc(facts, func(f Fact) bool { return f.Field == FieldFacility })
	for i := range facts { // what came from another row has been said for longer
		if facts[i].SinceMS > 0 {
			facts[i].FirstMS = facts[i].SinceMS
		}
	}
	slices.SortStableFunc(facts, func(a, b Fact) int {
		if d := fieldAt[a.Field] - fieldAt[b.Field]; d != 0 {
			return d
		}
		return rank(a.Field, a.Source) - rank(b.Field, b.Source)
	})
	return facts, nil
}

// AsOf gives an asset as it was at a time, with the facts of that time, winners
// marked. not_found when the ledger did not have it yet, or when it was outside
// the scope then. Rev is not kept: it is 0. LastSeenMS is exact unless SeenLater.
func AsOf(ctx context.Context, q store.Querier, scope Scope, id string, atMS int64) (Asset, []Fact, error) {
	createdMS, err := createdOf(ctx, q, id)
	if err != nil {
		return Asset{}, nil, err
	}
	var got Asset
	var facts []Fact
	err = eachAsOf(ctx, q, atMS, func(w *where) { w.add("f.asset_id = ?", id) }, func(a Asset, fs []Fact) error {
		got, facts = a, fs
		return nil
	})
	if err != nil {
		return Asset{}, nil, err
	}
	if got.ID == "" || createdMS > atMS || !scope.Allows(got) {
		return Asset{}, nil, fault.NotFound("asset.error.not_found_then")
	}
	return got, facts, nil
}

// EachAsOf walks all assets of the scope as they were at a time, disposed ones
// included, in the order of their IDs. It reads every fact of that time once: for
// packs and figures, not for pages. An error of fn ends the walk.
func EachAsOf(ctx context.Context, q store.Querier, scope Scope, atMS int64, fn func(Asset) error) error {
	return eachAsOf(ctx, q, atMS, func(*where) {}, func(a Asset, _ []Fact) error {
		if !scope.Allows(a) {
			return nil
		}
		return fn(a)
	})
}

// asOfBatch is how many facts one statement reads.
const asOfBatch = 20_000

// eachAsOf rebuilds wide rows from the facts of a time. It reads in batches by
// key, so that no connection is held while fn runs.
func eachAsOf(ctx context.Context, q store.Querier, atMS int64, narrow func(*where), fn func(Asset, []Fact) error) error {
	decided, err := decisionsAsOf(ctx, q, "", atMS)
	if err != nil {
		return err
	}
	var pending []Fact
	var current asOfHead
	flush := func() error {
		if current.id == "" {
			return nil
		}
		facts := pending
		pending = nil
		if len(decided) > 0 {
			for i, f := range facts {
				facts[i].Decision = decided[statement{current.id, f.Field, f.Source}]
			}
		}
		b := base{id: current.id, createdMS: current.createdMS, updatedMS: latest(facts), seenMS: current.seenMS, seenSource: current.seenSource}
		if b.seenMS > atMS {
			b.seenMS = b.updatedMS
		}
		a := materialise(b, facts)
		a.SeenLater = current.seenMS > atMS
		return fn(a, facts)
	}
	after := [3]string{"", "", ""}
	for {
		batch, heads, err := factsAsOf(ctx, q, atMS, after, narrow)
		if err != nil {
			return err
		}
		for i, f := range batch {
			if heads[i].id != current.id {
				if err := flush(); err != nil {
					return err
				}
				current = heads[i]
			}
			pending = append(pending, f)
		}
		if len(batch) < asOfBatch {
			return flush()
		}
		last := len(batch) - 1
		after = [3]string{heads[last].id, string(batch[last].Field), string(batch[last].Source)}
	}
}

// asOfHead is what the wide row says beside the facts.
type asOfHead struct {
	id         string
	createdMS  int64
	seenMS     int64
	seenSource Source
}

func factsAsOf(ctx context.Context, q store.Querier, atMS int64, after [3]string, narrow func(*where)) ([]Fact, []asOfHead, error) {
	w := where{args: []any{atMS}, conds: []string{store.AsOf("f", 1)}}
	w.add("(f.asset_id, f.field, f.source) > (?, ?, ?)", after[0], after[1], after[2])
	narrow(&w)
	w.args = append(w.args, asOfBatch)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT f.asset_id, COALESCE(a.created_ms, m.created_ms), COALESCE(a.last_seen_ms, m.last_seen_ms), COALESCE(a.last_source, m.last_source), f.field, f.source, f.section, f.value, f.by_name, f.first_ms, COALESCE(f.gone_ms, 0)
		FROM asset_fact f LEFT JOIN asset_asset a ON a.id = f.asset_id LEFT JOIN asset_merge m ON m.gone_id = f.asset_id AND m.kind = 'merge' AND m.undone_ms IS NULL
		WHERE (a.id IS NOT NULL OR m.id IS NOT NULL) AND %s ORDER BY f.asset_id, f.field, f.source LIMIT $%d`, w.text(), len(w.args)), w.args...)
	if err != nil {
		return nil, nil, fmt.Errorf("read facts as of %d: %w", atMS, err)
	}
	defer func() { _ = rows.Close() }()
	var facts []Fact
	var heads []asOfHead
	for rows.Next() {
		var h asOfHead
		var f Fact
		if err := rows.Scan(&h.id, &h.createdMS, &h.seenMS, &h.seenSource, &f.Field, &f.Source, &f.Section, &f.Value, &f.By, &f.FirstMS, &f.GoneMS); err != nil {
			return nil, nil, fmt.Errorf("read facts as of %d: %w", atMS, err)
		}
		facts, heads = append(facts, f), append(heads, h)
	}
	return facts, heads, rows.Err()
}

func latest(facts []Fact) int64 {
	var ms int64
	for _, f := range facts {
		ms = max(ms, f.FirstMS)
	}
	return ms
}
