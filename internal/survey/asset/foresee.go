package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
)

// Outlook is what an observation would do if it were stored now.
type Outlook struct {
	Asset   Asset    // as it would be; ID is empty for a new one
	Changed []Change // of winning values
	// Hidden are statements that would be kept but not shown, because another source's
	// value goes first: Old is what is shown, New what the observation says, Source whose
	// value is shown.
	Hidden []Change
	Doubts []Doubt // entries for the queue of conflicts, open ones included
	News   bool    // something would be stored that is not stored yet
	Sets   []Said  // statements that the source would make anew
	Agrees []Said  // statements that the source would make as it made them before
	// Unknown reports that no asset holds any of its keys: it may go to Batch.New.
	Unknown bool
}

// Doubt is a contradiction about identity that an observation would bring up.
type Doubt struct {
	OtherID string // asset that claims the same key
	Cause   Cause
	Key     KeyKind
}

// Foreseen is the outlook of one observation, or why it would be refused.
type Foreseen struct {
	Outlook Outlook
	Err     error // a fault, as Observe would give it
}

// Foresee tells what Observe would do with each observation, as if it came alone, and
// stores nothing. Four statements for all; at most some hundred observations a call.
func Foresee(ctx context.Context, q store.Querier, list []Observation) ([]Foreseen, error) {
	out := make([]Foreseen, len(list))
	keys := make([]keySet, len(list))
	groups := make([]map[string]Values, len(list))
	var all []string
	for i, o := range list {
		if out[i].Err = o.check(); out[i].Err != nil {
			continue
		}
		if groups[i], out[i].Err = o.groups(); out[i].Err != nil {
			continue
		}
		keys[i] = keysFor(o)
		all = append(all, keys[i].all()...)
	}
	candidates, _, err := findCandidates(ctx, q, sortedUnique(all))
	if err != nil {
		return nil, err
	}
	verdicts, unknown := make([]verdict, len(list)), make([]bool, len(list))
	var ids []string
	for i, o := range list {
		if out[i].Err == nil {
			near := sharing(candidates, keys[i])
			unknown[i] = len(near) == 0 && o.AssetID == ""
			verdicts[i] = decide(keys[i], o.FacilityID, near)
			if o.AssetID != "" {
				verdicts[i] = verdict{asset: o.AssetID}
			}
			ids = append(ids, verdicts[i].asset)
		}
	}
	assets, facts, err := readMany(ctx, q, sortedUnique(ids))
	if err != nil {
		return nil, err
	}
	for i, o := range list {
		if out[i].Err != nil {
			continue
		}
		before, ok := assets[verdicts[i].asset]
		if o.AssetID != "" && (!ok || before.FacilityID != o.FacilityID) {
			out[i].Err = errNamed()
			continue
		}
		if !ok {
			before = Asset{FacilityID: o.FacilityID, CreatedMS: o.AtMS}
		}
		out[i] = foreseeOne(before, facts[before.ID], o, groups[i], verdicts[i])
		out[i].Outlook.Unknown = unknown[i]
	}
	return out, nil
}

// sortedUnique leaves out what is empty.
func sortedUnique(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
	slices.Sort(list)
	return slices.Compact(list)
}

// sharing leaves the candidates that hold a key of one observation.
func sharing(candidates []candidate, k keySet) []candidate {
	mine := k.all()
	var out []candidate
	for _, c := range candidates {
		if slices.ContainsFunc(c.keys, func(key string) bool { return slices.Contains(mine, key) }) {
			out = append(out, c)
		}
	}
	return out
}

// readMany reads rows and open facts of several assets.
func readMany(ctx context.Context, q store.Querier, ids []string) (map[string]Asset, map[string][]Fact, error) {
	assets := make(map[string]Asset, len(ids))
	if len(ids) == 0 {
		return assets, nil, nil
	}
	var args []any
	rows, err := q.Query(ctx, "SELECT "+selectCols+" FROM asset_asset a WHERE "+store.In("a.id", ids, &args), args...)
	if err != nil {
		return nil, nil, fmt.Errorf("read assets: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		a, err := scanAsset(rows.Scan)
		if err != nil {
			return nil, nil, fmt.Errorf("read assets: %w", err)
		}
		assets[a.ID] = a
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read assets: %w", err)
	}
	facts, err := openFactsOf(ctx, q, ids)
	return assets, facts, err
}

func foreseeOne(before Asset, facts []Fact, o Observation, groups map[string]Values, v verdict) Foreseen {
	out := Foreseen{Outlook: foresee(before, facts, o, groups)}
	for _, c := range v.clashes {
		out.Outlook.Doubts = append(out.Outlook.Doubts, Doubt{OtherID: c.other, Cause: c.cause, Key: kindOf(c.key)})
	}
	if o.Source == SourceCSV {
		out.Err = checkLife(out.Outlook.Asset)
	}
	return out
}

// foresee applies an observation to an asset in memory.
func foresee(before Asset, facts []Fact, o Observation, groups map[string]Values) Outlook {
	p := replan(facts, o.Source, o.By, groups, o.Partial, o.AtMS)
	after := materialise(before.base(), p.facts)
	out := Outlook{Asset: after, Changed: changes(before.ID, before.Values, after.Values, p.facts, o.AtMS), News: before.ID == "" || len(p.opened)+len(p.closed) > 0}
	said := map[Field]Fact{}
	for _, f := range facts {
		if f.Source == o.Source {
			said[f.Field] = f
		}
	}
	for _, f := range p.opened {
		if f.FirstMS == o.AtMS {
			out.Sets = append(out.Sets, Said{Field: f.Field, Value: f.Value, AtMS: f.FirstMS, Before: said[f.Field].Value, BeforeBy: said[f.Field].By})
		}
	}
	for _, section := range sortedKeys(groups) {
		for _, f := range sortedKeys(groups[section]) {
			if v := groups[section][f]; said[f].Value == v {
				out.Agrees = append(out.Agrees, Said{Field: f, Value: v, AtMS: o.AtMS, Before: v, BeforeBy: said[f].By})
			}
		}
	}
	winner := map[Field]Fact{}
	for _, f := range p.facts {
		if f.Winning {
			winner[f.Field] = f
		}
	}
	for _, f := range p.facts {
		if f.Source == o.Source && f.Contradicts {
			w := winner[f.Field]
			out.Hidden = append(out.Hidden, Change{AssetID: before.ID, Field: f.Field, Old: w.Value, New: f.Value, Source: w.Source, By: w.By})
		}
	}
	return out
}

// Named reports whether the ledger of a facility shows an asset under a name, whatever
// its case and width.
func Named(ctx context.Context, q store.Querier, facilityID, name string) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM asset_asset WHERE label_key = $1 AND facility_id = $2`, sortKey(name), facilityID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for an asset of a name: %w", err)
	}
	return n > 0, nil
}

// Keys lists what an observation would be recognised by, in a form to compare only;
// empty when nothing in it tells one machine from others.
func (o Observation) Keys() []string { return keysFor(o).all() }
