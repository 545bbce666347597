package asset

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// keysFor is what an observation is recognised by: nothing when a person named the
// asset.
func keysFor(o Observation) keySet {
	if o.AssetID != "" {
		return keySet{}
	}
	return keysOf(o)
}

// errNamed says that the named asset cannot be taken.
func errNamed() *fault.Error { return fault.NotFound("asset.error.named").At("asset_id") }

// findNamed locks the asset that a person named.
func (w *work) findNamed(ctx context.Context) (err error) {
	if w.asset, err = lockAsset(ctx, w.tx, w.o.AssetID); err != nil {
		return err
	}
	if w.asset.FacilityID != w.o.FacilityID {
		return errNamed()
	}
	if w.facts, err = openFacts(ctx, w.tx, w.asset.ID); err != nil {
		return err
	}
	w.sections, err = readSections(ctx, w.tx, w.asset.ID, w.o.Source)
	w.older = w.o.AtMS < w.sections.seenMS
	return err
}

// papers are sources that know a machine by what was written about it: what they say is
// no sighting.
var papers = map[Source]bool{SourceCSV: true, SourceSBOM: true}

// sighting reports whether an observation proves that the machine was there.
func (o Observation) sighting() bool { return !papers[o.Source] }

// ByHostName lists the assets of a facility that show a host name, whatever its case and
// with or without a domain behind it; at most ten, in order of their IDs.
func ByHostName(ctx context.Context, q store.Querier, facilityID, host string) ([]string, error) {
	plain := fold(host)
	if plain == "" {
		return nil, nil
	}
	ids, err := textColumn(ctx, q, "assets of a host name", `SELECT id FROM asset_asset WHERE facility_id = $1 AND (lower(host_name) = $2 OR lower(host_name) LIKE $3 ESCAPE '\') ORDER BY id LIMIT 10`,
		[]any{facilityID, plain, strings.TrimPrefix(store.Like(plain+"."), "%")})
	return ids, err
}

// Spoken is when a source last spoke of an asset; 0 = never. same reports that what it
// said last is what digests say.
func Spoken(ctx context.Context, q store.Querier, assetID string, s Source, digests map[string]string) (seenMS int64, same bool, err error) {
	rows, err := q.Query(ctx, `SELECT seen_ms, digest FROM asset_source WHERE asset_id = $1 AND source = $2`, assetID, string(s))
	if err != nil {
		return 0, false, fmt.Errorf("read when asset %s was seen: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	digest := ""
	for rows.Next() {
		if err := rows.Scan(&seenMS, &digest); err != nil {
			return 0, false, fmt.Errorf("read when asset %s was seen: %w", assetID, err)
		}
	}
	return seenMS, digest != "" && digest == wholeDigest(digests), rows.Err()
}
