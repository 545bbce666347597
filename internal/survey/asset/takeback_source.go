package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
)

// Spoke is what is stored of how a source spoke of an asset: what a file changes, and
// taking it back gives back. It is kept as JSON.
type Spoke struct {
	SeenMS   int64          `json:"seen_ms"` // 0 = it had never spoken of it
	Device   string         `json:"device,omitempty"`
	Digest   string         `json:"digest,omitempty"`
	Sections []SpokeSection `json:"sections,omitempty"`
	// Loose is what its lists hold beside their history; of sources of files only.
	Loose map[string]store.Loose `json:"loose,omitempty"`
}

// SpokeSection is one section of a source.
type SpokeSection struct {
	Section string `json:"section"`
	Digest  string `json:"digest,omitempty"`
	BodyMS  int64  `json:"body_ms"`
	SeenMS  int64  `json:"seen_ms"`
	Held    bool   `json:"held,omitempty"`
}

// spoke gives how the source spoke before: the sections as they were read, and what the
// observation is about to overwrite.
func (w *work) spoke(ctx context.Context) (out Spoke, err error) {
	out = w.sections.spoke()
	if !w.created && slices.Contains(handed, w.o.Source) {
		out.Loose, err = storage.Loose(ctx, w.tx, w.asset.ID, string(w.o.Source))
	}
	return out, err
}

func (w sectionWork) spoke() Spoke {
	out := Spoke{SeenMS: w.seenMS, Device: w.device, Digest: w.digest}
	for _, name := range sortedKeys(w.known) {
		s := w.known[name]
		out.Sections = append(out.Sections, SpokeSection{name, s.digest, s.bodyMS, s.seenMS, s.held})
	}
	return out
}

// restoreSource sets how a source spoke of an asset.
func restoreSource(ctx context.Context, tx *store.Tx, id string, s Source, spoke Spoke) error {
	for _, q := range []string{`DELETE FROM asset_source WHERE asset_id = $1 AND source = $2`, `DELETE FROM asset_section WHERE asset_id = $1 AND source = $2`} {
		if _, err := tx.Exec(ctx, q, id, string(s)); err != nil {
			return fmt.Errorf("take back when asset %s was seen: %w", id, err)
		}
	}
	if spoke.SeenMS == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO asset_source (asset_id, source, device_key, digest, seen_ms) VALUES ($1, $2, $3, $4, $5)`, id, string(s), spoke.Device, spoke.Digest, spoke.SeenMS)
	if err != nil {
		return fmt.Errorf("give back when asset %s was seen: %w", id, err)
	}
	rows := make([][]any, len(spoke.Sections))
	for i, one := range spoke.Sections {
		rows[i] = []any{id, string(s), one.Section, one.Digest, one.BodyMS, one.SeenMS, one.Held}
	}
	return tx.InsertMany(ctx, "asset_section", sectionCols, rows, "")
}

// lastSighting is when an asset was last seen, and by whom; 0 = never. When a directory
// knew of it is no sighting of the machine.
func lastSighting(ctx context.Context, q store.Querier, id string) (int64, Source, error) {
	rows, err := q.Query(ctx, `SELECT source, seen_ms FROM asset_source WHERE asset_id = $1 ORDER BY seen_ms, source`, id)
	if err != nil {
		return 0, "", fmt.Errorf("read when asset %s was seen: %w", id, err)
	}
	defer func() { _ = rows.Close() }()
	var last int64
	var by Source
	for rows.Next() {
		var s Source
		var ms int64
		if err := rows.Scan(&s, &ms); err != nil {
			return 0, "", fmt.Errorf("read when asset %s was seen: %w", id, err)
		}
		if !papers[s] && s != SourceDirectory {
			last, by = ms, s
		}
	}
	return last, by, rows.Err()
}
