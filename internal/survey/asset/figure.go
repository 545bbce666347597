package asset

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sonae/internal/platform/store"
)

// ClassFigure is how complete the rows of one kind are.
type ClassFigure struct {
	Kind       Kind
	Assets     int
	Required   int // required fields over all its assets
	Missing    int // of them empty
	Incomplete int // assets with at least one empty
	Stale      int // in use, neither seen nor verified by a person within the limit
}

// Figures is the state of the ledger at a time, as AE-INV-01 counts it: assets
// that are not disposed of.
type Figures struct {
	AtMS    int64
	ByKind  []ClassFigure // kinds with assets, in page order
	Total   ClassFigure   // Kind empty
	Missing map[Field]int // assets that lack the required field
	Stale   []Asset       // at most MaxStale, oldest sighting first
}

// MaxStale bounds Figures.Stale; ClassFigure.Stale counts all.
const MaxStale = 1000

// Completeness is filled ÷ required fields, 0–1; 1 when nothing is required.
func (c ClassFigure) Completeness() float64 {
	if c.Required == 0 {
		return 1
	}
	return float64(c.Required-c.Missing) / float64(c.Required)
}

// FiguresAsOf counts the ledger of a scope at a time; staleDays is the limit for
// sightings, for example 90. It reads every fact of that time once.
func FiguresAsOf(ctx context.Context, q store.Querier, scope Scope, atMS int64, staleDays int) (Figures, error) {
	out := Figures{AtMS: atMS, Missing: map[Field]int{}}
	since := atMS - int64(staleDays)*24*time.Hour.Milliseconds()
	day := store.Time(since).Format(time.DateOnly)
	byKind := map[Kind]*ClassFigure{}
	err := EachAsOf(ctx, q, scope, atMS, func(a Asset) error {
		if a.Status == StatusDisposed {
			return nil
		}
		if byKind[a.Kind] == nil {
			byKind[a.Kind] = &ClassFigure{Kind: a.Kind}
		}
		stale := inUse(a.Status) && a.LastSeenMS < since && a.Values[FieldVerifiedOn] < day
		for _, c := range []*ClassFigure{byKind[a.Kind], &out.Total} {
			c.add(a, stale)
		}
		for _, f := range Missing(a.Kind, a.Values) {
			out.Missing[f]++
		}
		if stale {
			out.Stale = append(out.Stale, a)
		}
		return nil
	})
	if err != nil {
		return Figures{}, fmt.Errorf("count the ledger: %w", err)
	}
	for _, k := range Kinds {
		if c := byKind[k]; c != nil {
			out.ByKind = append(out.ByKind, *c)
		}
	}
	slices.SortStableFunc(out.Stale, func(a, b Asset) int { return int(min(max(a.LastSeenMS-b.LastSeenMS, -1), 1)) })
	out.Stale = out.Stale[:min(len(out.Stale), MaxStale)]
	return out, nil
}

func (c *ClassFigure) add(a Asset, stale bool) {
	c.Assets++
	c.Required += a.Required
	c.Missing += a.Missing
	if a.Missing > 0 {
		c.Incomplete++
	}
	if stale {
		c.Stale++
	}
}

// inUse reports whether an asset of this status is expected to be seen.
func inUse(s Status) bool { return s == StatusInUse || s == StatusTrial || s == StatusOnLoan }

// Rebuild computes the wide rows of assets anew from their facts, after a release
// changed the tables of fields or requirements. It walks IDs in order from after
// and returns the last one done, empty at the end: the caller runs it in steps,
// each a transaction of its own.
func Rebuild(ctx context.Context, tx *store.Tx, after string, limit int) (last string, err error) {
	rows, err := tx.Query(ctx, `SELECT id FROM asset_asset WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return "", fmt.Errorf("list assets to rebuild: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return "", fmt.Errorf("list assets to rebuild: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return "", fmt.Errorf("list assets to rebuild: %w", err)
	}
	_ = rows.Close()
	for _, id := range ids {
		a, err := lockAsset(ctx, tx, id)
		if err != nil {
			return "", err
		}
		facts, err := openFacts(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if err := writeRows(ctx, tx, materialise(a.base(), facts)); err != nil {
			return "", err
		}
		last = id
	}
	return last, nil
}
