package directory

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

// source is the source of every row of directory_computer.
const source = "directory"

var computers = store.Section{Table: "directory_computer", Owner: "directory_id", Volatile: 2, Cols: []store.Col{
	{Name: "asset_id", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "host_name", Type: store.Text}, {Name: "os_name", Type: store.Text},
	{Name: "os_version", Type: store.Text}, {Name: "place", Type: store.Text}, {Name: "description", Type: store.Text}, {Name: "enabled", Type: store.Bool},
	{Name: "last_login_ms", Type: store.Int}, {Name: "seen_ms", Type: store.Int},
}}

func (c Computer) row() store.Row {
	return store.Row{Key: c.Key, Values: []any{c.AssetID, c.Name, c.HostName, c.OSName, c.OSVersion, c.Place, c.Description, c.Enabled, c.LastLoginMS, c.SeenMS}}
}

// same reports whether the directory says the same of a computer.
func (c Computer) same(o Computer) bool {
	return c.Name == o.Name && c.HostName == o.HostName && c.OSName == o.OSName && c.OSVersion == o.OSVersion && c.Place == o.Place &&
		c.Description == o.Description && c.Enabled == o.Enabled && c.LastLoginMS == o.LastLoginMS
}

const computerColumns = `row_key, asset_id, name, host_name, os_name, os_version, place, description, enabled, last_login_ms, seen_ms, first_ms, coalesce(gone_ms, 0)`

// ComputerFilter says which computers of a directory are wanted.
type ComputerFilter struct {
	DirectoryID string // required
	Text        string // in name, host name, place or description
	Gone        bool   // those that left, in place of those that are there
	After       string // Next of the page before
	Limit       int    // 1–1000; 0 = 100
}

// Computers lists the computers of a directory by name, and how many there are in
// all. next is the After of the following page, empty at the end.
func Computers(ctx context.Context, q store.Querier, f ComputerFilter) (list []Computer, total int64, next string, err error) {
	args := []any{f.DirectoryID}
	from := ` FROM directory_computer c WHERE directory_id = $1 AND gone_ms IS NULL`
	if f.Gone { // its last state, and only if it did not come back
		from = ` FROM directory_computer c WHERE directory_id = $1 AND gone_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM directory_computer n
			WHERE n.directory_id = c.directory_id AND n.row_key = c.row_key AND n.first_ms > c.first_ms)`
	}
	if f.Text != "" {
		args = append(args, store.Like(f.Text))
		var parts []string
		for _, column := range []string{"name", "host_name", "place", "description"} {
			parts = append(parts, fmt.Sprintf(`lower(%s) LIKE $%d ESCAPE '\'`, column, len(args)))
		}
		from += ` AND (` + strings.Join(parts, " OR ") + `)`
	}
	if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count computers of directory %s: %w", f.DirectoryID, err)
	}
	if key, name, ok := strings.Cut(f.After, "/"); ok {
		from += fmt.Sprintf(` AND (name, row_key) > ($%d, $%d)`, len(args)+1, len(args)+2)
		args = append(args, name, key)
	}
	limit := 100
	if f.Limit > 0 {
		limit = min(f.Limit, 1000)
	}
	args = append(args, limit+1)
	list, err = scanComputers(ctx, q, `SELECT `+computerColumns+from+fmt.Sprintf(` ORDER BY name, row_key LIMIT $%d`, len(args)), args)
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].Key + "/" + list[limit-1].Name
	}
	return list, total, next, err
}

// heldComputers are the open rows of a directory by GUID.
func heldComputers(ctx context.Context, q store.Querier, directoryID string) (map[string]Computer, error) {
	list, err := scanComputers(ctx, q, `SELECT `+computerColumns+` FROM directory_computer WHERE directory_id = $1 AND gone_ms IS NULL`, []any{directoryID})
	out := make(map[string]Computer, len(list))
	for _, c := range list {
		out[c.Key] = c
	}
	return out, err
}

func scanComputers(ctx context.Context, q store.Querier, query string, args []any) ([]Computer, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list computers of a directory: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []Computer
	for rows.Next() {
		var c Computer
		if err := rows.Scan(&c.Key, &c.AssetID, &c.Name, &c.HostName, &c.OSName, &c.OSVersion, &c.Place, &c.Description, &c.Enabled, &c.LastLoginMS, &c.SeenMS, &c.FirstMS, &c.GoneMS); err != nil {
			return nil, fmt.Errorf("list computers of a directory: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}
