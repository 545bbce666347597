package asset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// onlyDirectory reports whether gone has nothing but what a directory says, and kept is
// the one machine of the same facility that says it has the same name in the domain.
func onlyDirectory(ctx context.Context, tx *store.Tx, keptID, goneID string) (bool, error) {
	kept, facts, err := readMany(ctx, tx, []string{keptID, goneID})
	if err != nil || len(kept) < 2 || mergeable(kept[keptID], kept[goneID]) != nil {
		return false, err
	}
	if slices.ContainsFunc(facts[goneID], func(f Fact) bool { return f.Source != SourceDirectory }) {
		return false, nil
	}
	mine, err := keysHeld(ctx, tx, keptID)
	if err != nil {
		return false, err
	}
	theirs, err := keysHeld(ctx, tx, goneID)
	if err != nil {
		return false, err
	}
	w := compare(byKind(mine), candidate{keys: theirs})
	if !w.has(KeyDomain) || !hardware(byKind(mine)) || hardware(byKind(theirs)) || w.twoNames {
		return false, nil
	}
	machines, err := claimants(ctx, tx, common(mine, theirs))
	return len(machines) == 1, err
}

// claimants are the machines that hold a name in the domain: assets with hardware of
// their own. keys of other kinds do not count.
func claimants(ctx context.Context, q store.Querier, keys []string) ([]string, error) {
	var args []any
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return kindOf(key) != KeyDomain })
	if len(keys) == 0 {
		return nil, nil
	}
	ids, err := textColumn(ctx, q, "claims", `SELECT DISTINCT asset_id FROM asset_identity WHERE `+store.In("id_key", keys, &args)+` ORDER BY asset_id LIMIT 100`, args)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	held, err := keysOfMany(ctx, q, ids)
	return slices.DeleteFunc(ids, func(id string) bool { return !hardware(byKind(held[id])) }), err
}

// unlessAsked decides again when a line is open about whose the name is that found the
// asset: the directory's row may be another machine's, which is called otherwise by now.
func (w *work) unlessAsked(ctx context.Context, v verdict, candidates []candidate) (verdict, error) {
	lines, err := textColumn(ctx, w.tx, "lines", `SELECT id FROM asset_conflict WHERE asset_id = $1 AND closed_ms IS NULL AND key_kind = $2
		UNION ALL SELECT id FROM asset_conflict WHERE other_id = $3 AND closed_ms IS NULL AND key_kind = $4`, []any{v.asset, string(KeyDomain), v.asset, string(KeyDomain)})
	if err != nil || len(lines) == 0 {
		return v, err
	}
	for i := range candidates {
		candidates[i].asked = candidates[i].id == v.asset
	}
	return decide(w.keys, w.o.FacilityID, candidates), nil
}

// giveBackNames looks for names in a domain that two machines claim, while one of them
// carries what the directory says under that name: a machine was replaced by another one
// under the same name, and whose the directory's object is, nothing tells. The directory
// gets a row of its own back, with a line to each machine for a person, who is asked
// once.
func giveBackNames(ctx context.Context, db *store.DB, others []store.Hung, nowMS int64) error {
	list, err := textColumn(ctx, db, "contested names", `SELECT DISTINCT i.id_key FROM asset_conflict c JOIN asset_identity i ON i.asset_id = c.asset_id
		JOIN asset_identity j ON j.asset_id = c.other_id AND j.id_key = i.id_key WHERE c.closed_ms IS NULL AND i.id_key LIKE $1 ORDER BY i.id_key`, []any{string(KeyDomain) + ":%"})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(list, joinStep) {
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, key := range part {
				if err := giveBackName(ctx, tx, others, key, nowMS); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func giveBackName(ctx context.Context, tx *store.Tx, others []store.Hung, key string, nowMS int64) error {
	machines, err := claimants(ctx, tx, []string{key})
	if err != nil || len(machines) < 2 {
		return err
	}
	decided, err := withPerson(ctx, tx, machines)
	if err != nil || decided {
		return err
	}
	for _, id := range machines {
		held, err := keysHeld(ctx, tx, id)
		if err != nil {
			return err
		}
		objects := slices.DeleteFunc(held, func(key string) bool { return kindOf(key) != KeyDevice || sourceOf(key) != string(SourceDirectory) })
		if len(objects) != 1 {
			continue
		}
		s, err := newSplitter(ctx, tx, Scope{All: true}, others, id, []string{string(SourceDirectory)}, ByItself, nowMS)
		if fault.Is(err, fault.CodeInvalid) { // only the directory knows it: nothing to part
			continue
		}
		if err != nil {
			return err
		}
		s.open, s.claims = key, machines
		if _, err := s.split(ctx, "", ""); err != nil {
			return err
		}
	}
	return nil
}

// withPerson reports whether the name of machines is a person's matter already: it was
// given back before, or a person made rows one.
func withPerson(ctx context.Context, q store.Querier, machines []string) (bool, error) {
	args := []any{string(KindSplit), ByItself, string(KindMerge), ByItself}
	query := `SELECT count(*) FROM asset_merge WHERE (kind = $1 AND by_name = $2 OR kind = $3 AND by_name <> $4 AND undone_ms IS NULL) AND ` + store.In("kept_id", machines, &args)
	var n int
	if err := q.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		return false, fmt.Errorf("look whether a person decided: %w", err)
	}
	return n > 0, nil
}

// ask opens a line between the new row and each asset that claims its name.
func (s *splitter) ask(ctx context.Context) error {
	keys, err := keysHeld(ctx, s.tx, s.newID)
	if err != nil {
		return err
	}
	_, name, _ := strings.Cut(s.open, "|")
	for _, id := range s.claims {
		theirs, err := keysHeld(ctx, s.tx, id)
		if err != nil {
			return err
		}
		body, err := json.Marshal(proof{Seen: Identity{DomainName: name}, Facility: s.kept.FacilityID, SeenKeys: keys, OtherID: id, OtherKeys: theirs})
		if err != nil {
			return fmt.Errorf("write proof: %w", err)
		}
		row := store.Image{"id": store.NewID(), "asset_id": s.newID, "other_id": id, "cause": string(CauseTwoAssets), "key_kind": string(KeyDomain), "key_value": s.open,
			"source": string(SourceDirectory), "proof": string(body), "first_ms": s.moves.AtMS, "last_ms": s.moves.AtMS, "closed_ms": nil, "closed_by": "", "note": "", "outcome": "", "agreed": "", "later_ms": int64(0)}
		if _, err := s.moves.Add(ctx, s.tx, hungConflict, row); err != nil {
			return err
		}
	}
	return nil
}
