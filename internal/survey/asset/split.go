package asset

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Split takes parts of a row out into a row of its own: what those sources say now goes
// over with since when, and their keys; the past stays where it is. name is that of the
// new row; empty = what the sources say, else that of the old one. Unmerge takes it back.
// Errors: not_found (also outside the scope), invalid without a part or with all.
func Split(ctx context.Context, tx *store.Tx, scope Scope, others []store.Hung, id string, parts []string, name, note, by string, nowMS int64) (Merged, error) {
	if !validText(note, maxText) || !validText(name, maxText) {
		return Merged{}, fault.Invalid("asset.error.too_long", "Max", maxText).At("note")
	}
	s, err := newSplitter(ctx, tx, scope, others, id, parts, by, nowMS)
	if err != nil {
		return Merged{}, err
	}
	return s.split(ctx, name, note)
}

// newSplitter locks an asset and chooses what goes over.
func newSplitter(ctx context.Context, tx *store.Tx, scope Scope, others []store.Hung, id string, parts []string, by string, nowMS int64) (*splitter, error) {
	kept, err := lockIn(ctx, tx, scope, id)
	if err != nil {
		return nil, err
	}
	all, err := Parts(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	s := &splitter{mover: mover{tx: tx, others: others, moves: store.Moves{AtMS: max(nowMS, kept.UpdatedMS+1)}, kept: kept}, newID: store.NewID(), by: by}
	for _, p := range all {
		if !slices.Contains(parts, p.Key) {
			continue
		}
		s.parts = append(s.parts, p)
		if p.Key == string(p.Source) {
			s.moved = append(s.moved, p.Source)
			s.seenMS, s.seenBy = latestOf(s.seenMS, s.seenBy, p)
		}
	}
	if len(s.parts) == 0 || len(s.parts) == len(all) {
		return nil, fault.Invalid("asset.error.split_parts").At("parts")
	}
	return s, nil
}

// split does it, and stores what was done.
func (s *splitter) split(ctx context.Context, name, note string) (Merged, error) {
	after, err := s.run(ctx, name)
	if err != nil {
		return Merged{}, err
	}
	out := Merged{ID: store.NewID(), Kind: KindSplit, KeptID: s.kept.ID, GoneID: s.newID, GoneName: after.Name, FacilityID: s.kept.FacilityID, Note: note, By: s.by, AtMS: s.moves.AtMS}
	return out, s.write(ctx, out, after)
}

func latestOf(ms int64, by Source, p Part) (int64, Source) {
	if p.SeenMS > ms && p.Source != SourceCSV && p.Source != SourceDirectory {
		return p.SeenMS, p.Source
	}
	return ms, by
}

// splitter is one split on its way.
type splitter struct {
	mover
	newID  string
	parts  []Part
	by     string
	seenMS int64
	seenBy Source
	open   string   // a key that all may claim, so that a person has to decide; "" = both are different
	claims []string // the assets that claim it
}

func (s *splitter) run(ctx context.Context, name string) (Asset, error) {
	before, err := keysHeld(ctx, s.tx, s.kept.ID)
	if err != nil {
		return Asset{}, err
	}
	which := func(source string) bool { return slices.Contains(s.moved, Source(source)) }
	never := func(string) bool { return false }
	for _, h := range slices.Concat(hung, s.others) {
		if h.Source == "" && (h.Says == "" || !which(h.Says)) {
			continue
		}
		if err := s.moves.Carry(ctx, s.tx, h, s.kept.ID, s.newID, which, never, never); err != nil {
			return Asset{}, err
		}
	}
	if err := s.keys(ctx); err != nil {
		return Asset{}, err
	}
	if err := s.say(ctx, FieldFacility, s.kept.FacilityID); err != nil {
		return Asset{}, err
	}
	after, err := s.newRow(ctx, name)
	if err != nil {
		return after, err
	}
	b := s.kept.base()
	b.rev, b.updatedMS = b.rev+1, s.moves.AtMS
	if err := s.renew(ctx, b); err != nil {
		return after, err
	}
	if s.open != "" {
		return after, s.ask(ctx)
	}
	return after, s.remember(ctx, before)
}

// say enters a value at the new row.
func (s *splitter) say(ctx context.Context, f Field, value string) error {
	row := store.Image{"asset_id": s.newID, "field": string(f), "source": string(SourceManual), "section": "", "value": value, "by_name": s.by, "first_ms": s.moves.AtMS}
	came, err := hung[0].Find(ctx, s.tx, row)
	if err != nil {
		return err
	}
	if came != nil { // it came over with what people had entered
		_, err := s.moves.Change(ctx, s.tx, hung[0], came, map[string]any{"value": value, "by_name": s.by})
		return err
	}
	if _, err := hung[0].Insert(ctx, s.tx, row); err != nil {
		return err
	}
	now, err := hung[0].Find(ctx, s.tx, row)
	s.moves.List = append(s.moves.List, store.Move{Table: hung[0].Table, Now: now})
	return err
}

func (s *splitter) newRow(ctx context.Context, name string) (Asset, error) {
	facts, err := openFacts(ctx, s.tx, s.newID)
	if err != nil {
		return Asset{}, err
	}
	values, _ := settle(facts)
	if name == "" && values[FieldName] == "" && values[FieldHostName] == "" {
		name = s.kept.Name
	}
	if name != "" && name != values[FieldName] {
		if err := s.say(ctx, FieldName, name); err != nil {
			return Asset{}, err
		}
		if facts, err = openFacts(ctx, s.tx, s.newID); err != nil {
			return Asset{}, err
		}
	}
	at := s.moves.AtMS
	after := materialise(base{id: s.newID, facility: s.kept.FacilityID, rev: 1, createdMS: at, updatedMS: at, seenMS: s.seenMS, seenSource: s.seenBy}, facts)
	if err := writeRows(ctx, s.tx, after); err != nil {
		return after, err
	}
	now, err := hungAsset.Find(ctx, s.tx, store.Image{"id": s.newID})
	s.moves.List = append(s.moves.List, store.Move{Table: hungAsset.Table, Now: now})
	return after, err
}

// keys gives the new row the keys that its parts brought, and both those that both say.
func (s *splitter) keys(ctx context.Context) error {
	stay, err := s.saidKeys(ctx, s.kept.ID)
	if err != nil {
		return err
	}
	gone, err := s.saidKeys(ctx, s.newID)
	if err != nil {
		return err
	}
	rows, err := hungIdentity.Rows(ctx, s.tx, "asset_id = $1", s.kept.ID)
	if err != nil {
		return err
	}
	var have []string
	for _, row := range rows {
		key, source := row.Text("id_key"), row.Text("source")
		if !s.takes(key, source) {
			continue
		}
		have = append(have, key)
		if key == s.open || slices.Contains(stay, key) {
			err = s.add(ctx, key, source)
		} else {
			_, err = s.moves.Change(ctx, s.tx, hungIdentity, row, map[string]any{"asset_id": s.newID})
		}
		if err != nil {
			return err
		}
	}
	for _, key := range append(gone, s.open) {
		if key != "" && !slices.Contains(have, key) {
			if err := s.add(ctx, key, string(s.parts[0].Source)); err != nil {
				return err
			}
		}
	}
	return nil
}

// takes reports whether a key goes with the parts: a device's own name, or what a source
// that goes over brought.
func (s *splitter) takes(key, source string) bool {
	if kindOf(key) != KeyDevice {
		return slices.Contains(s.moved, Source(source))
	}
	return slices.ContainsFunc(s.parts, func(p Part) bool {
		return p.Key == key || p.Key == string(p.Source) && sourceOf(key) == string(p.Source) && strings.HasSuffix(key, "|"+p.Device)
	})
}

func (s *splitter) add(ctx context.Context, key, source string) error {
	if err := appendKey(ctx, s.tx, key, s.newID, source, s.moves.AtMS); err != nil {
		return err
	}
	rows, err := hungIdentity.Rows(ctx, s.tx, "id_key = $1 AND asset_id = $2", key, s.newID)
	for _, row := range rows {
		s.moves.List = append(s.moves.List, store.Move{Table: hungIdentity.Table, Now: row})
	}
	return err
}

// saidKeys are the keys that follow from what is said about an asset now.
func (s *splitter) saidKeys(ctx context.Context, id string) ([]string, error) {
	facts, err := openFacts(ctx, s.tx, id)
	if err != nil {
		return nil, err
	}
	by := map[Source]Values{}
	for _, f := range facts {
		if by[f.Source] == nil {
			by[f.Source] = Values{}
		}
		by[f.Source][f.Field] = f.Value
	}
	var out []string
	for _, v := range by {
		out = append(out, keysOf(Observation{FacilityID: s.kept.FacilityID, Identity: Identity{Maker: v[FieldMaker], Model: v[FieldModel],
			Serial: v[FieldSerial], AssetTag: v[FieldAssetTag], MACs: []string{v[FieldMAC]}}}).all()...)
	}
	return sortedUnique(out), nil
}

// remember notes that both are different, whatever they had in common, and answers the
// lines about the one row.
func (s *splitter) remember(ctx context.Context, before []string) error {
	at := s.moves.AtMS
	open, err := hungConflict.Rows(ctx, s.tx, "closed_ms IS NULL AND asset_id = $1 AND other_id = $2", s.kept.ID, "")
	if err != nil {
		return err
	}
	for _, row := range open {
		if _, err := s.moves.Change(ctx, s.tx, hungConflict, row, map[string]any{"closed_ms": at, "closed_by": s.by, "outcome": string(OutcomeDifferent), "agreed": strings.Join(before, "\n")}); err != nil {
			return err
		}
	}
	row := store.Image{"id": store.NewID(), "asset_id": s.newID, "other_id": s.kept.ID, "cause": string(CauseTwoAssets), "key_kind": "", "key_value": "", "source": string(SourceManual),
		"proof": "{}", "first_ms": at, "last_ms": at, "closed_ms": at, "closed_by": s.by, "note": "", "outcome": string(OutcomeDifferent), "agreed": strings.Join(before, "\n"), "later_ms": int64(0)}
	_, err = s.moves.Add(ctx, s.tx, hungConflict, row)
	return err
}
