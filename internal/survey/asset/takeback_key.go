package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
)

// reclaim lets go of the keys that only a statement taken back had brought, and gives lists
// those back that hold again (an asset tag that another one had replaced), where they are
// free.
func reclaim(ctx context.Context, tx *store.Tx, a Asset, facts []Fact, s Source, atMS, nowMS int64) error {
	held, err := keysToRelease(ctx, tx, a.ID, s, atMS)
	if err != nil {
		return err
	}
	said := keysSaid(a.FacilityID, slices.DeleteFunc(slices.Clone(facts), func(f Fact) bool {
		return f.Source == s && s != SourceCSV // a machine's report claims its keys itself
	}))
	for _, key := range held {
		query, args := `DELETE FROM asset_identity WHERE id_key = $1 AND asset_id = $2`, []any{key, a.ID}
		if by, ok := said[key]; ok {
			query, args = `UPDATE asset_identity SET source = $1 WHERE id_key = $2 AND asset_id = $3`, []any{string(by), key, a.ID}
		}
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return fmt.Errorf("let go of a key of asset %s: %w", a.ID, err)
		}
	}
	v := Values{}
	for _, f := range facts {
		if f.Source == SourceCSV {
			v[f.Field] = f.Value
		}
	}
	keys := keysOf(Observation{FacilityID: a.FacilityID, Source: SourceCSV, Identity: Identity{
		Maker: v[FieldMaker], Serial: v[FieldSerial], AssetTag: v[FieldAssetTag], MACs: []string{v[FieldMAC]}}})
	candidates, slots, err := findCandidates(ctx, tx, keys.all())
	if err != nil {
		return err
	}
	var rows [][]any
	for _, key := range keys.all() {
		if slots[key] == 0 && len(heldAmong(candidates, key)) == 0 {
			rows = append(rows, []any{key, int64(0), a.ID, string(SourceCSV), nowMS})
		}
	}
	return claimKeys(ctx, tx, rows)
}

// keysSaid lists the keys that facts make, with who says so.
func keysSaid(facilityID string, facts []Fact) map[string]Source {
	out := map[string]Source{}
	for _, f := range facts {
		switch f.Field {
		case FieldSerial:
			out[numberKey(f.Value)] = f.Source
			for _, maker := range valuesOf(facts, FieldMaker) {
				out[serialKey(maker, f.Value)] = f.Source
			}
		case FieldMAC:
			out[macKey(f.Value)], out[virtualKey(f.Value)] = f.Source, f.Source
		case FieldAssetTag:
			out[tagKey(facilityID, f.Value)] = f.Source
		}
	}
	return out
}

// keysToRelease lists the keys of an asset that came with files and stand on nothing but
// what is still said: those of the report taken back, all of lists (each is a value, too),
// and those of a source of files that speaks of the asset no longer.
func keysToRelease(ctx context.Context, q store.Querier, id string, s Source, atMS int64) ([]string, error) {
	args := []any{id, string(s), atMS, string(SourceCSV)}
	cond := store.In("source", words(handed), &args)
	return textColumn(ctx, q, "keys", `SELECT i.id_key FROM asset_identity i WHERE i.asset_id = $1 AND (i.source = $2 AND i.first_ms = $3 OR i.source = $4
		OR i.`+cond+` AND NOT EXISTS (SELECT 1 FROM asset_source o WHERE o.asset_id = i.asset_id AND o.source = i.source)) ORDER BY i.id_key`, args)
}

func valuesOf(facts []Fact, f Field) (out []string) {
	for _, fact := range facts {
		if fact.Field == f {
			out = append(out, fact.Value)
		}
	}
	return out
}

// heldAmong lists the candidates that hold a key.
func heldAmong(candidates []candidate, key string) (ids []string) {
	for _, c := range candidates {
		if slices.Contains(c.keys, key) {
			ids = append(ids, c.id)
		}
	}
	return ids
}
