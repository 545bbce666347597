package asset

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

// Unchanged is what an agent says that found nothing changed.
type Unchanged struct {
	DeviceID string
	AtMS     int64  // when it looked
	Whole    string // digest over those of all sections, as wholeDigest makes it
}

var (
	unchangedCols = []store.Col{{Name: "device", Type: store.Text}, {Name: "whole", Type: store.Text}, {Name: "at_ms", Type: store.Int}}
	seenCols      = []store.Col{{Name: "asset", Type: store.Text}, {Name: "at_ms", Type: store.Int}}
)

// ConfirmAll is Confirm for many devices, each at most once in list, in two statements.
// It returns the assets of those devices that could be confirmed, by device id; of the
// others nothing is stored, and Confirm or Observe tells more.
func ConfirmAll(ctx context.Context, tx *store.Tx, list []Unchanged) (confirmed map[string]string, err error) {
	rows := make([][]any, len(list))
	byKey := make(map[string]Unchanged, len(list))
	for i, u := range list {
		key := deviceKey(SourceAgent, u.DeviceID)
		byKey[key] = u
		rows[i] = []any{key, u.Whole, u.AtMS}
	}
	seen, confirmed, err := renew(ctx, tx, rows, byKey)
	if err != nil || len(seen) == 0 {
		return confirmed, err
	}
	from, args, err := tx.Relation("v", seenCols, seen, 2)
	if err != nil {
		return nil, fmt.Errorf("confirm assets: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE asset_asset SET last_seen_ms = v.at_ms, last_source = $1 FROM `+from+`
		WHERE asset_asset.id = v.asset AND asset_asset.last_seen_ms <= v.at_ms`, append([]any{string(SourceAgent)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("confirm assets: %w", err)
	}
	return confirmed, nil
}

// renew sets when the sources last saw their machines, where all digests are as stored.
func renew(ctx context.Context, tx *store.Tx, rows [][]any, byKey map[string]Unchanged) (seen [][]any, confirmed map[string]string, err error) {
	from, args, err := tx.Relation("v", unchangedCols, rows, 2)
	if err != nil {
		return nil, nil, fmt.Errorf("confirm devices: %w", err)
	}
	found, err := tx.Query(ctx, `UPDATE asset_source SET seen_ms = v.at_ms FROM `+from+`
		WHERE asset_source.device_key = v.device AND asset_source.source = $1 AND asset_source.digest = v.whole AND asset_source.seen_ms <= v.at_ms
		RETURNING asset_source.device_key, asset_source.asset_id`, append([]any{string(SourceAgent)}, args...)...)
	if err != nil {
		return nil, nil, fmt.Errorf("confirm devices: %w", err)
	}
	defer func() { _ = found.Close() }()
	confirmed = map[string]string{}
	for found.Next() {
		var key, id string
		if err := found.Scan(&key, &id); err != nil {
			return nil, nil, fmt.Errorf("confirm devices: %w", err)
		}
		u := byKey[key]
		confirmed[u.DeviceID] = id
		seen = append(seen, []any{id, u.AtMS})
	}
	return seen, confirmed, found.Err()
}

// WholeOf gives the digest over all sections that the agent of a device reported last;
// empty when it never did, or not all of them are here.
func WholeOf(ctx context.Context, q store.Querier, deviceID string) (whole string, err error) {
	err = q.QueryRow(ctx, `SELECT coalesce(max(digest), '') FROM asset_source WHERE device_key = $1 AND source = $2`, deviceKey(SourceAgent, deviceID), string(SourceAgent)).Scan(&whole)
	if err != nil {
		return "", fmt.Errorf("digest of device %s: %w", deviceID, err)
	}
	return whole, nil
}
