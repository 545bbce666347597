package software

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
)

var titleCols = []store.Col{
	{Name: "id", Type: store.Text}, {Name: "kind", Type: store.Text}, {Name: "name", Type: store.Text},
	{Name: "version", Type: store.Text}, {Name: "publisher", Type: store.Text}, {Name: "arch", Type: store.Text},
	{Name: "name_key", Type: store.Text}, {Name: "origin", Type: store.Text}, {Name: "first_ms", Type: store.Int},
}

var installCols = []store.Col{
	{Name: "asset_id", Type: store.Text}, {Name: "title_id", Type: store.Text}, {Name: "source", Type: store.Text},
	{Name: "installed_on", Type: store.Text}, {Name: "first_ms", Type: store.Int},
}

// RecordInstalls makes the open installs of a machine and source equal to programs
// as of atMS. A program that is listed twice counts once. The caller gives Fresh
// to known.Remember after the commit, and only then.
func RecordInstalls(ctx context.Context, tx *store.Tx, known *Known, assetID, source string, atMS int64, programs []Program) (store.Change, Fresh, error) {
	ids := make([]key, len(programs))
	for i, p := range programs {
		ids[i] = titleKey(p.Kind, p.Name, p.Version, p.Publisher, p.Arch)
	}
	open, err := openInstalls(ctx, tx, assetID, source)
	if err != nil {
		return store.Change{}, nil, err
	}
	fresh, err := storeTitles(ctx, tx, known, atMS, ids, programs)
	if err != nil {
		return store.Change{}, nil, err
	}
	var ch store.Change
	var add [][]any
	seen := make(map[key]bool, len(ids))
	for i, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		text := id.String()
		if open[text] {
			delete(open, text)
			continue
		}
		ch.Added++
		add = append(add, []any{assetID, text, source, programs[i].InstalledOn, atMS})
	}
	ch.Gone = len(open)
	if err := closeInstalls(ctx, tx, assetID, source, atMS, open); err != nil {
		return ch, nil, err
	}
	// Closed and opened within one millisecond: it was there all the time.
	const again = "ON CONFLICT (asset_id, title_id, source, first_ms) DO UPDATE SET gone_ms = NULL"
	return ch, fresh, tx.InsertMany(ctx, "software_install", installCols, add, again)
}

func openInstalls(ctx context.Context, tx *store.Tx, assetID, source string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT title_id FROM software_install WHERE asset_id = $1 AND source = $2 AND gone_ms IS NULL`, assetID, source)
	if err != nil {
		return nil, fmt.Errorf("read installs of %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	open := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read installs of %s: %w", assetID, err)
		}
		open[id] = true
	}
	return open, rows.Err()
}

// storeTitles adds titles that may be missing, in the order of their ids, so that
// two transactions with the same new titles never wait for each other in a circle.
func storeTitles(ctx context.Context, tx *store.Tx, known *Known, atMS int64, ids []key, programs []Program) (Fresh, error) {
	missing := known.missing(ids)
	if len(missing) == 0 {
		return nil, nil
	}
	slices.SortFunc(missing, func(a, b int) int { return bytes.Compare(ids[a][:], ids[b][:]) })
	missing = slices.CompactFunc(missing, func(a, b int) bool { return ids[a] == ids[b] })
	fresh := make(Fresh, len(missing))
	rows := make([][]any, len(missing))
	for n, i := range missing {
		p := programs[i]
		fresh[n] = ids[i]
		rows[n] = []any{ids[i].String(), p.Kind, p.Name, p.Version, p.Publisher, p.Arch, NameKey(p.Name), p.Origin, atMS}
	}
	if err := tx.InsertMany(ctx, "software_title", titleCols, rows, "ON CONFLICT (id) DO NOTHING"); err != nil {
		return nil, err
	}
	return fresh, nil
}

func closeInstalls(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, gone map[string]bool) error {
	ids := make([]string, 0, len(gone))
	for id := range gone {
		ids = append(ids, id)
	}
	for part := range slices.Chunk(ids, 400) {
		args := []any{atMS, assetID, source}
		q := `UPDATE software_install SET gone_ms = $1 WHERE asset_id = $2 AND source = $3 AND gone_ms IS NULL AND ` + store.In("title_id", part, &args)
		if _, err := tx.Exec(ctx, q, args...); err != nil {
			return fmt.Errorf("close installs of %s: %w", assetID, err)
		}
	}
	return nil
}
