package asset

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
)

// Heard is that a machine gave a sign of life on the network.
type Heard struct {
	AssetID string
	Source  Source // who saw it: passive, snmp
	AtMS    int64  // when it was there at the latest
}

var heardCols = []store.Col{{Name: "asset", Type: store.Text}, {Name: "source", Type: store.Text}, {Name: "at_ms", Type: store.Int}}

// HearAll sets when machines, each at most once in list, were last seen and by whom,
// where that was longer than grainMS before. It confirms no fact and no report: whoever
// hears a machine does not know whether its agent lives. Machines that are disposed of
// stay as they are. Errors: of the database.
func HearAll(ctx context.Context, tx *store.Tx, list []Heard, grainMS int64) error {
	list = slices.SortedFunc(slices.Values(list), func(a, b Heard) int { return cmp.Compare(a.AssetID, b.AssetID) })
	for part := range slices.Chunk(list, 300) {
		rows := make([][]any, len(part))
		for i, h := range part {
			rows[i] = []any{h.AssetID, string(h.Source), h.AtMS}
		}
		from, args, err := tx.Relation("v", heardCols, rows, 3)
		if err != nil {
			return fmt.Errorf("hear of assets: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE asset_asset SET last_seen_ms = v.at_ms, last_source = v.source FROM `+from+`
			WHERE asset_asset.id = v.asset AND asset_asset.last_seen_ms <= v.at_ms - $1 AND asset_asset.status <> $2`, append([]any{grainMS, string(StatusDisposed)}, args...)...)
		if err != nil {
			return fmt.Errorf("hear of assets: %w", err)
		}
	}
	return nil
}
