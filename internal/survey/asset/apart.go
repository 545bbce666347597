package asset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Apart is the merges and splits that were taken back for a while (TakeApart).
type Apart struct {
	list  []Merged            // in the order in which they were taken back
	parts map[string][]string // keys of what had been split off, by ID of the split
}

// TakeApart takes back the merges and splits since a time that stand between an asset and
// what was said of it then: it went into another row, or parts of it were taken out. What
// was said can be changed then as if they had not been; Together makes them again, also
// after an error. Errors: conflict when one cannot be taken back.
func TakeApart(ctx context.Context, tx *store.Tx, others []store.Hung, id string, sinceMS int64, by string, nowMS int64) (Apart, error) {
	out := Apart{parts: map[string][]string{}}
	since, between, err := mergedSince(ctx, tx, id, sinceMS)
	if err != nil || !between {
		return out, err
	}
	for _, m := range since {
		if m.Kind == KindSplit {
			parts, err := Parts(ctx, tx, m.GoneID)
			if err != nil {
				return out, err
			}
			for _, p := range parts {
				out.parts[m.ID] = append(out.parts[m.ID], p.Key)
			}
		}
		if _, err := Unmerge(ctx, tx, Scope{All: true}, others, m.ID, by, nowMS); err != nil {
			return out, err
		}
		out.list = append(out.list, m)
	}
	return out, nil
}

// mergedSince lists the merges and splits since a time that hang together with an asset,
// the newest first. between tells whether one of them took the asset itself, or parts of
// it: what only went into it stands beside what was said of it.
func mergedSince(ctx context.Context, q store.Querier, id string, sinceMS int64) (out []Merged, between bool, err error) {
	rows := []string{id}
	for i := 0; i < len(rows); i++ {
		list, err := MergesOf(ctx, q, rows[i])
		if err != nil {
			return nil, false, err
		}
		for _, m := range list {
			if m.UndoneMS > 0 || m.AtMS < sinceMS || slices.ContainsFunc(out, func(o Merged) bool { return o.ID == m.ID }) {
				continue
			}
			out = append(out, m)
			between = between || m.GoneID == id && m.Kind == KindMerge || m.KeptID == id && m.Kind == KindSplit
			for _, next := range []string{m.KeptID, m.GoneID} {
				if !slices.Contains(rows, next) {
					rows = append(rows, next)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Merged) int { return strings.Compare(b.ID, a.ID) })
	return out, between, nil
}

// Together makes the merges and splits again, as far as there is still something to merge
// or to split off.
func (a Apart) Together(ctx context.Context, tx *store.Tx, others []store.Hung, nowMS int64) error {
	for _, m := range slices.Backward(a.list) {
		again := a.merge
		if m.Kind == KindSplit {
			again = a.split
		}
		// Not there any more: an import had brought it, and it left with that.
		if err := again(ctx, tx, others, m, nowMS); err != nil && !fault.Is(err, fault.CodeNotFound) {
			return fmt.Errorf("make %s again: %w", m.ID, err)
		}
	}
	return nil
}

func (a Apart) merge(ctx context.Context, tx *store.Tx, others []store.Hung, m Merged, nowMS int64) error {
	for _, id := range []string{m.KeptID, m.GoneID} {
		if _, err := Get(ctx, tx, Scope{All: true}, id); err != nil {
			return err
		}
	}
	_, err := Merge(ctx, tx, Scope{All: true}, others, m.KeptID, m.GoneID, m.Note, m.By, nowMS)
	return err
}

func (a Apart) split(ctx context.Context, tx *store.Tx, others []store.Hung, m Merged, nowMS int64) error {
	if _, err := Get(ctx, tx, Scope{All: true}, m.KeptID); err != nil {
		return err
	}
	there, err := Parts(ctx, tx, m.KeptID)
	if err != nil {
		return err
	}
	var keys []string
	for _, p := range there {
		if slices.Contains(a.parts[m.ID], p.Key) {
			keys = append(keys, p.Key)
		}
	}
	if len(keys) == 0 || len(keys) == len(there) { // nothing is left to part
		return nil
	}
	_, err = Split(ctx, tx, Scope{All: true}, others, m.KeptID, keys, "", m.Note, m.By, nowMS)
	return err
}
