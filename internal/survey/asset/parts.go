package asset

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

// Part is something of a row that can go to a row of its own: what one source says, or
// one of several devices that report as the same machine.
type Part struct {
	Key    string // a source's word, or a key of KeyDevice
	Source Source
	Device string // the source's name of the device, as far as it has one
	SeenMS int64  // when it last said something; 0 = not known
}

// Parts lists what Split may take out of an asset.
func Parts(ctx context.Context, q store.Querier, assetID string) ([]Part, error) {
	rows, err := q.Query(ctx, `SELECT source, device_key, seen_ms FROM asset_source WHERE asset_id = $1 ORDER BY source`, assetID)
	if err != nil {
		return nil, fmt.Errorf("read sources of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Part
	reporting := map[string]bool{}
	for rows.Next() {
		var p Part
		var device string
		if err := rows.Scan(&p.Source, &device, &p.SeenMS); err != nil {
			return nil, fmt.Errorf("read sources of asset %s: %w", assetID, err)
		}
		reporting[device] = true
		p.Key = string(p.Source)
		_, p.Device, _ = strings.Cut(device, "|")
		out = append(out, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read sources of asset %s: %w", assetID, err)
	}
	held, err := keysHeld(ctx, q, assetID)
	if err != nil {
		return nil, err
	}
	for _, key := range held {
		if kindOf(key) == KeyDevice && !reporting[key] {
			_, device, _ := strings.Cut(key, "|")
			out = append(out, Part{Key: key, Source: Source(sourceOf(key)), Device: device})
		}
	}
	var byHand int
	if err := q.QueryRow(ctx, `SELECT count(*) FROM asset_fact WHERE asset_id = $1 AND source = $2 AND gone_ms IS NULL AND field <> $3`, assetID, string(SourceManual), string(FieldFacility)).Scan(&byHand); err != nil {
		return nil, fmt.Errorf("count what was entered for asset %s: %w", assetID, err)
	}
	if byHand > 0 {
		out = append(out, Part{Key: string(SourceManual), Source: SourceManual})
	}
	return out, nil
}
