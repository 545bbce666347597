package software

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

// InstallFilter says which installs of one machine are wanted.
type InstallFilter struct {
	AssetID string
	Text    string // in name, version or publisher; empty = all
	Source  string // empty = every source
	AtMS    int64  // as of this time; 0 = now
	Page
}

// ListByAsset lists the programs of a machine by name, and how many there are in
// all. next is the After of the following page, empty at the end.
func ListByAsset(ctx context.Context, q store.Querier, f InstallFilter) (list []Install, total int64, next string, err error) {
	where, args := f.where()
	from := ` FROM software_install i JOIN software_title t ON t.no = i.title_no WHERE ` + where
	if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count programs of %s: %w", f.AssetID, err)
	}
	if name, id, source, ok := cutCursor(f.After); ok {
		n := len(args)
		from += fmt.Sprintf(` AND (t.name_key, t.id, i.source) > ($%d, $%d, $%d)`, n+1, n+2, n+3)
		args = append(args, name, id, source)
	}
	args = append(args, f.limit()+1)
	query := `SELECT t.id, t.kind, t.name, t.version, t.publisher, t.arch, t.origin, i.source, i.installed_on, i.first_ms, coalesce(i.gone_ms, 0), t.no, t.name_key` +
		from + fmt.Sprintf(` ORDER BY t.name_key, t.id, i.source LIMIT $%d`, len(args))
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, 0, "", fmt.Errorf("list programs of %s: %w", f.AssetID, err)
	}
	defer func() { _ = rows.Close() }()
	var nameKeys []string
	for rows.Next() {
		v := Install{AssetID: f.AssetID}
		var nameKey string
		if err := rows.Scan(&v.ID, &v.Kind, &v.Name, &v.Version, &v.Publisher, &v.Arch, &v.Origin, &v.Source, &v.InstalledOn, &v.FirstMS, &v.GoneMS, &v.no, &nameKey); err != nil {
			return nil, 0, "", fmt.Errorf("list programs of %s: %w", f.AssetID, err)
		}
		list, nameKeys = append(list, v), append(nameKeys, nameKey)
	}
	if n := f.limit(); len(list) > n {
		list = list[:n]
		next = list[n-1].ID + "/" + list[n-1].Source + "/" + nameKeys[n-1]
	}
	if err := rows.Err(); err != nil {
		return nil, 0, "", fmt.Errorf("list programs of %s: %w", f.AssetID, err)
	}
	return list, total, next, addComponents(ctx, q, f.AssetID, f.AtMS, list)
}

func (f InstallFilter) where() (string, []any) {
	args := []any{f.AssetID}
	where := `i.asset_id = $1`
	if f.Source != "" {
		args = append(args, f.Source)
		where += fmt.Sprintf(` AND i.source = $%d`, len(args))
	}
	where += " AND " + openOrAt("i", f.AtMS, &args)
	if f.Text != "" {
		args = append(args, store.Like(NameKey(f.Text)), store.Like(f.Text))
		n := len(args)
		where += fmt.Sprintf(` AND (t.name_key LIKE $%d ESCAPE '\' OR lower(t.version) LIKE $%d ESCAPE '\' OR lower(t.publisher) LIKE $%d ESCAPE '\')`, n-1, n, n)
	}
	return where, args
}

// openOrAt is the condition for rows that are true now, or were at atMS.
func openOrAt(alias string, atMS int64, args *[]any) string {
	if atMS == 0 {
		return alias + ".gone_ms IS NULL"
	}
	*args = append(*args, atMS)
	return store.AsOf(alias, len(*args))
}

// cutCursor reads id/source/name; the name may hold slashes.
func cutCursor(after string) (name, id, source string, ok bool) {
	parts := strings.SplitN(after, "/", 3)
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[2], parts[0], parts[1], true
}
