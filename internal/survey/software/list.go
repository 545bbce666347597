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
	query := `SELECT t.id, t.kind, t.name, t.version, t.publisher, t.arch, t.origin, i.source, i.installed_on, i.first_ms, coalesce(i.gone_ms, 0), t.name_key` +
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
		if err := rows.Scan(&v.ID, &v.Kind, &v.Name, &v.Version, &v.Publisher, &v.Arch, &v.Origin, &v.Source, &v.InstalledOn, &v.FirstMS, &v.GoneMS, &nameKey); err != nil {
			return nil, 0, "", fmt.Errorf("list programs of %s: %w", f.AssetID, err)
		}
		list, nameKeys = append(list, v), append(nameKeys, nameKey)
	}
	if n := f.limit(); len(list) > n {
		list = list[:n]
		next = list[n-1].ID + "/" + list[n-1].Source + "/" + nameKeys[n-1]
	}
	return list, total, next, rows.Err()
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

// NameInUse is a program name with what is known of it over all machines.
type NameInUse struct {
	NameKey  string
	Name     string // one of the spellings in use
	Versions []VersionInUse
	Assets   int64 // machines that have any version
}

// VersionInUse is one title of a name.
type VersionInUse struct {
	Title
	Assets int64 // machines that have it
}

// InUseFilter says which names are wanted.
type InUseFilter struct {
	Facilities []string // of these facilities; nil = all, empty = none
	Text       string   // in the name; empty = all
	AtMS       int64    // as of this time; 0 = now
	Page                // After is the NameKey of the last name
}

// TitlesInUse lists program names that are on some machine, each with its versions
// and the number of machines. next is the After of the following page.
func TitlesInUse(ctx context.Context, q store.Querier, f InUseFilter) (list []NameInUse, next string, err error) {
	names, err := namesInUse(ctx, q, f)
	if err != nil || len(names) == 0 {
		return nil, "", err
	}
	if len(names) > f.limit() {
		names = names[:f.limit()]
		next = names[len(names)-1]
	}
	args := []any{names[0], names[len(names)-1]}
	where := `t.name_key >= $1 AND t.name_key <= $2 AND ` + f.installs(&args)
	if f.Text != "" {
		where += " AND " + textCondition(f.Text, &args)
	}
	query := `SELECT t.name_key, t.id, t.kind, t.name, t.version, t.publisher, t.arch, t.origin, i.asset_id
		FROM software_title t JOIN software_install i ON i.title_no = t.no` + f.join() + ` WHERE ` + where + ` ORDER BY t.name_key, t.version, t.no`
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, "", fmt.Errorf("list programs in use: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var c counter
	for rows.Next() {
		var nameKey, asset string
		var t Title
		if err := rows.Scan(&nameKey, &t.ID, &t.Kind, &t.Name, &t.Version, &t.Publisher, &t.Arch, &t.Origin, &asset); err != nil {
			return nil, "", fmt.Errorf("list programs in use: %w", err)
		}
		c.add(nameKey, t, asset)
	}
	return c.list, next, rows.Err()
}

// namesInUse finds one name more than a page holds.
func namesInUse(ctx context.Context, q store.Querier, f InUseFilter) ([]string, error) {
	args := []any{f.After}
	where := `t.name_key > $1`
	if f.Text != "" {
		where += " AND " + textCondition(f.Text, &args)
	}
	where += ` AND EXISTS (SELECT 1 FROM software_install i` + f.join() + ` WHERE i.title_no = t.no AND ` + f.installs(&args) + `)`
	args = append(args, f.limit()+1)
	rows, err := q.Query(ctx, `SELECT DISTINCT t.name_key FROM software_title t WHERE `+where+fmt.Sprintf(` ORDER BY t.name_key LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list program names: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list program names: %w", err)
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func textCondition(text string, args *[]any) string {
	*args = append(*args, store.Like(NameKey(text)))
	return fmt.Sprintf(`t.name_key LIKE $%d ESCAPE '\'`, len(*args))
}

// join reaches the facility of a machine where the filter asks for it.
func (f InUseFilter) join() string {
	if f.Facilities == nil {
		return ""
	}
	return ` JOIN asset_asset a ON a.id = i.asset_id`
}

func (f InUseFilter) installs(args *[]any) string {
	where := openOrAt("i", f.AtMS, args)
	if f.Facilities != nil {
		where += " AND " + store.In("a.facility_id", f.Facilities, args)
	}
	return where
}

// counter turns rows in the order of name, version and title into counts.
type counter struct {
	list    []NameInUse
	byName  map[string]bool // machines of the last name
	byTitle map[string]bool // machines of the last title
}

func (c *counter) add(nameKey string, t Title, asset string) {
	if n := len(c.list); n == 0 || c.list[n-1].NameKey != nameKey {
		c.list = append(c.list, NameInUse{NameKey: nameKey, Name: t.Name})
		c.byName = map[string]bool{}
	}
	last := &c.list[len(c.list)-1]
	if n := len(last.Versions); n == 0 || last.Versions[n-1].ID != t.ID {
		last.Versions = append(last.Versions, VersionInUse{Title: t})
		c.byTitle = map[string]bool{}
	}
	if !c.byTitle[asset] { // two sources may report the same
		c.byTitle[asset] = true
		last.Versions[len(last.Versions)-1].Assets++
	}
	if !c.byName[asset] {
		c.byName[asset] = true
		last.Assets++
	}
}
