package software

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sonae/internal/platform/store"
)

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
// and the number of machines. next is the After of the following page. For a past day
// it reads every install there ever was.
func TitlesInUse(ctx context.Context, q store.Querier, f InUseFilter) (list []NameInUse, next string, err error) {
	names, err := namesInUse(ctx, q, f)
	if err != nil || len(names) == 0 {
		return nil, "", err
	}
	if len(names) > f.limit() {
		names = names[:f.limit()]
		next = names[len(names)-1]
	}
	c := counter{names: map[string]*NameInUse{}, titles: map[string]*VersionInUse{}, seen: map[[2]string]bool{}}
	var asOf []any
	for i := range parts(f.AtMS, &asOf) {
		args := []any{names[0], names[len(names)-1]}
		where := `t.name_key >= $1 AND t.name_key <= $2` + f.text(&args)
		p := parts(f.AtMS, &args)[i]
		query := `SELECT t.name_key, t.id, t.kind, t.name, t.version, t.publisher, t.arch, t.origin, i.asset_id
			FROM software_title t` + p.after + p.from + f.join() + ` WHERE i.title_no = t.no AND ` + where + ` AND ` + p.where + f.facilities(&args)
		if err := c.read(ctx, q, query, args); err != nil {
			return nil, "", err
		}
	}
	return c.list(), next, nil
}

// namesInUse finds one name more than a page holds.
func namesInUse(ctx context.Context, q store.Querier, f InUseFilter) ([]string, error) {
	args := []any{f.After}
	where := `t.name_key > $1` + f.text(&args)
	var any1 string
	var any1Sb68 strings.Builder
	for i, p := range parts(f.AtMS, &args) {
		if i > 0 {
			any1Sb68.WriteString(` OR `)
		}
		if f.AtMS != 0 {
			any1Sb68.WriteString(`t.no IN (SELECT i.title_no FROM ` + p.from + f.join() + ` WHERE ` + p.where + f.facilities(&args) + `)`)
		} else {
			any1Sb68.WriteString(`EXISTS (SELECT 1 FROM ` + p.from + f.join() + ` WHERE i.title_no = t.no AND ` + p.where + f.facilities(&args) + `)`)
		}
	}
	any1 += any1Sb68.String()
	args = append(args, f.limit()+1)
	query := `SELECT DISTINCT t.name_key FROM software_title t WHERE ` + where + ` AND (` + any1 + `)` + fmt.Sprintf(` ORDER BY t.name_key LIMIT $%d`, len(args))
	return read(ctx, q, "program names", query, args, scanText)
}

func scanText(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}

func (f InUseFilter) text(args *[]any) string {
	if f.Text == "" {
		return ""
	}
	*args = append(*args, store.Like(NameKey(f.Text)))
	return fmt.Sprintf(` AND t.name_key LIKE $%d ESCAPE '\'`, len(*args))
}

// join reaches the facility of a machine where the filter asks for it.
func (f InUseFilter) join() string {
	if f.Facilities == nil {
		return ""
	}
	return ` JOIN asset_asset a ON a.id = i.asset_id`
}

func (f InUseFilter) facilities(args *[]any) string {
	if f.Facilities == nil {
		return ""
	}
	return " AND " + store.In("a.facility_id", f.Facilities, args)
}

// counter counts machines by name and by title.
type counter struct {
	names  map[string]*NameInUse
	titles map[string]*VersionInUse
	seen   map[[2]string]bool // name or title, and machine: two sources may say the same
}

func (c *counter) read(ctx context.Context, q store.Querier, query string, args []any) error {
	type row struct {
		name, asset string
		title       Title
	}
	list, err := read(ctx, q, "programs in use", query, args, func(rows *sql.Rows) (r row, err error) {
		t := &r.title
		err = rows.Scan(&r.name, &t.ID, &t.Kind, &t.Name, &t.Version, &t.Publisher, &t.Arch, &t.Origin, &r.asset)
		return r, err
	})
	for _, r := range list {
		c.add(r.name, r.title, r.asset)
	}
	return err
}

func (c *counter) add(name string, t Title, asset string) {
	if c.names[name] == nil {
		c.names[name] = &NameInUse{NameKey: name}
	}
	if c.titles[t.ID] == nil {
		c.titles[t.ID] = &VersionInUse{Title: t}
	}
	if k := [2]string{"name " + name, asset}; !c.seen[k] {
		c.seen[k] = true
		c.names[name].Assets++
	}
	if k := [2]string{t.ID, asset}; !c.seen[k] {
		c.seen[k] = true
		c.titles[t.ID].Assets++
	}
}

func (c *counter) list() []NameInUse {
	titles := slices.SortedFunc(maps.Values(c.titles), func(a, b *VersionInUse) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.ID, b.ID))
	})
	for _, t := range titles {
		n := c.names[NameKey(t.Name)]
		n.Name = t.Name
		n.Versions = append(n.Versions, *t)
	}
	list := make([]NameInUse, 0, len(c.names))
	for _, name := range slices.Sorted(maps.Keys(c.names)) {
		list = append(list, *c.names[name])
	}
	return list
}

// AssetsWith lists the machines that have a program now, by its NameKey; version ""
// means any. In the order of their ids.
func AssetsWith(ctx context.Context, q store.Querier, nameKey, version string) ([]string, error) {
	found := map[string]bool{}
	for _, p := range partsNow {
		args := []any{nameKey}
		query := `SELECT DISTINCT i.asset_id FROM software_title t` + p.after + p.from + ` WHERE i.title_no = t.no AND t.name_key = $1 AND ` + p.where
		if version != "" {
			args, query = append(args, version), query+` AND t.version = $2`
		}
		list, err := read(ctx, q, "machines with a program", query, args, scanText)
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			found[id] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}
