package software

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"sonae/internal/platform/store"
)

var titleCols = []store.Col{
	{Name: "no", Type: store.Int}, {Name: "id", Type: store.Text}, {Name: "kind", Type: store.Text}, {Name: "name", Type: store.Text},
	{Name: "version", Type: store.Text}, {Name: "publisher", Type: store.Text}, {Name: "arch", Type: store.Text},
	{Name: "name_key", Type: store.Text}, {Name: "origin", Type: store.Text}, {Name: "first_ms", Type: store.Int},
}

// insertInstalls adds rows that differ by title and day only. On SQLite both come as
// the keys and values of one flat JSON object, which it reads in half the time of the
// nested lists that Tx.InsertMany sends; on PostgreSQL as two arrays.
var insertInstalls = map[store.Engine]string{
	store.SQLite: `INSERT INTO software_install (asset_id, source, first_ms, title_no, installed_on)
		SELECT $1, $2, CAST($3 AS BIGINT), CAST(e.key AS BIGINT), e.value FROM json_each($4) AS e WHERE true `,
	store.Postgres: `INSERT INTO software_install (asset_id, source, first_ms, title_no, installed_on)
		SELECT $1, $2, $3::bigint, e.no, e.installed FROM unnest($4::bigint[], $5::text[]) AS e(no, installed) WHERE true `,
}

// reopenInstall: one that was closed and opened within a millisecond was there all
// the time. It cannot happen on a machine that is new.
const reopenInstall = `ON CONFLICT (asset_id, title_no, source, first_ms) DO UPDATE SET gone_ms = NULL`

// RecordInstalls makes the open installs of a machine and source equal to programs
// as of atMS. A program that is listed twice counts once. New titles are stored last:
// of two transactions with the same new title, the second waits there for the first
// one's commit, so it is best called towards the end of a transaction. The caller gives Fresh
// to known.Remember after the commit, and only then.
func RecordInstalls(ctx context.Context, tx *store.Tx, known *Known, assetID, source string, atMS int64, programs []Program) (store.Change, Fresh, error) {
	ids := make([]key, len(programs))
	for i, p := range programs {
		ids[i] = titleKey(p.Kind, p.Name, p.Version, p.Publisher, p.Arch)
	}
	var open map[int64]bool
	if !tx.IsNew(assetID) {
		var err error
		if open, err = openInstalls(ctx, tx, assetID, source); err != nil {
			return store.Change{}, nil, err
		}
	}
	var ch store.Change
	add := map[int64]string{}
	seen := make(map[int64]bool, len(ids))
	for i, id := range ids {
		no := id.number()
		if seen[no] {
			continue
		}
		seen[no] = true
		if open[no] {
			delete(open, no)
			continue
		}
		ch.Added++
		add[no] = programs[i].InstalledOn
	}
	ch.Gone = len(open)
	if err := closeInstalls(ctx, tx, assetID, source, atMS, open); err != nil {
		return ch, nil, err
	}
	if err := openNew(ctx, tx, assetID, source, atMS, add); err != nil {
		return ch, nil, err
	}
	fresh, err := storeTitles(ctx, tx, known, atMS, ids, programs)
	return ch, fresh, err
}

// openNew adds installs, in the order of the table's key.
func openNew(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, add map[int64]string) error {
	if len(add) == 0 {
		return nil
	}
	args := []any{assetID, source, atMS}
	if tx.Engine() == store.SQLite {
		body, err := json.Marshal(add)
		if err != nil {
			return fmt.Errorf("store installs of %s: %w", assetID, err)
		}
		args = append(args, string(body))
	} else {
		numbers := slices.Sorted(maps.Keys(add))
		days := make([]string, len(numbers))
		for i, no := range numbers {
			days[i] = add[no]
		}
		args = append(args, numbers, days)
	}
	text := insertInstalls[tx.Engine()]
	if !tx.IsNew(assetID) {
		text += reopenInstall
	}
	if _, err := tx.Exec(ctx, text, args...); err != nil {
		return fmt.Errorf("store installs of %s: %w", assetID, err)
	}
	return unsettle(ctx, tx, assetID)
}

func openInstalls(ctx context.Context, tx *store.Tx, assetID, source string) (map[int64]bool, error) {
	rows, err := tx.Query(ctx, `SELECT title_no FROM software_install WHERE asset_id = $1 AND source = $2 AND gone_ms IS NULL`, assetID, source)
	if err != nil {
		return nil, fmt.Errorf("read installs of %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	open := map[int64]bool{}
	for rows.Next() {
		var no int64
		if err := rows.Scan(&no); err != nil {
			return nil, fmt.Errorf("read installs of %s: %w", assetID, err)
		}
		open[no] = true
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
		rows[n] = []any{ids[i].number(), ids[i].String(), p.Kind, p.Name, p.Version, p.Publisher, p.Arch, NameKey(p.Name), p.Origin, atMS}
	}
	if err := tx.InsertMany(ctx, "software_title", titleCols, rows, "ON CONFLICT DO NOTHING"); err != nil {
		return nil, err
	}
	return fresh, nil
}

func closeInstalls(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, gone map[int64]bool) error {
	for part := range slices.Chunk(slices.Collect(maps.Keys(gone)), 400) {
		args := []any{atMS, assetID, source}
		q := `UPDATE software_install SET gone_ms = $1 WHERE asset_id = $2 AND source = $3 AND gone_ms IS NULL AND ` + store.In("title_no", part, &args)
		if _, err := tx.Exec(ctx, q, args...); err != nil {
			return fmt.Errorf("close installs of %s: %w", assetID, err)
		}
	}
	return nil
}
