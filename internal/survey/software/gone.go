package software

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"sonae/internal/platform/store"
)

// Gone is an install that ended: the program was removed, or another version took its
// place.
type Gone struct {
	Install
	AssetName  string // as the ledger shows the machine now; may be empty
	FacilityID string
	// Successor is the version of the same name that the same report brought; empty
	// when the program was removed.
	Successor string
}

// Area is a facility, a department, or a department of a facility; an empty part does
// not limit.
type Area struct{ FacilityID, Department string }

// GoneFilter says which ended installs are wanted.
type GoneFilter struct {
	AssetID  string // of this machine; empty = of all
	Areas    []Area // of machines that stand in any of these; nil = everywhere, empty = none
	Text     string // in name, version or publisher; empty = all
	Removed  bool   // without those that another version replaced
	SinceMS  int64  // ended at or after; 0 = no limit
	BeforeMS int64  // ended before; 0 = no limit
	Page
}

// MaxGoneTotal bounds the count of ListGone: years of updates are many rows.
const MaxGoneTotal = 10_000

// ListGone lists ended installs, newest first, and counts them up to MaxGoneTotal + 1,
// which means more. next is the After of the following page, empty at the end.
func ListGone(ctx context.Context, q store.Querier, f GoneFilter) (list []Gone, total int64, next string, err error) {
	where, args := f.where()
	from := ` FROM software_install i JOIN software_title t ON t.no = i.title_no JOIN asset_asset a ON a.id = i.asset_id WHERE ` + where
	count := fmt.Sprintf(`SELECT count(*) FROM (SELECT 1%s LIMIT %d) AS found`, from, MaxGoneTotal+1)
	if err := q.QueryRow(ctx, count, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count ended installs: %w", err)
	}
	if at, ok := cutGone(f.After); ok {
		n := len(args)
		from += fmt.Sprintf(` AND (i.gone_ms, i.asset_id, i.title_no, i.source) < ($%d, $%d, $%d, $%d)`, n+1, n+2, n+3, n+4)
		args = append(args, at.goneMS, at.assetID, at.titleNo, at.source)
	}
	args = append(args, f.limit()+1)
	query := `SELECT t.id, t.kind, t.name, t.version, t.publisher, t.arch, t.origin, i.asset_id, i.source, i.installed_on, i.first_ms, i.gone_ms, i.title_no,
		a.label, a.facility_id, COALESCE((SELECT max(nt.version)` + successor + `), '')` + from +
		fmt.Sprintf(` ORDER BY i.gone_ms DESC, i.asset_id DESC, i.title_no DESC, i.source DESC LIMIT $%d`, len(args))
	var places []gonePlace
	list, err = read(ctx, q, "ended installs", query, args, func(rows *sql.Rows) (g Gone, err error) {
		var no int64
		err = rows.Scan(&g.ID, &g.Kind, &g.Name, &g.Version, &g.Publisher, &g.Arch, &g.Origin, &g.AssetID, &g.Source, &g.InstalledOn, &g.FirstMS, &g.GoneMS, &no,
			&g.AssetName, &g.FacilityID, &g.Successor)
		places = append(places, gonePlace{g.GoneMS, no, g.AssetID, g.Source})
		return g, err
	})
	if n := f.limit(); len(list) > n {
		list, next = list[:n], places[n-1].text()
	}
	return list, total, next, err
}

// successor finds installs of the same name that began when i ended. SQLite keeps the
// order of a CROSS JOIN: the few titles of a name first, then each by its key.
const successor = ` FROM software_title nt CROSS JOIN software_install n WHERE nt.name_key = t.name_key AND nt.no <> i.title_no
	AND n.asset_id = i.asset_id AND n.title_no = nt.no AND n.source = i.source AND n.first_ms = i.gone_ms`

func (f GoneFilter) where() (string, []any) {
	var args []any
	conds := []string{"i.gone_ms IS NOT NULL"}
	add := func(cond string, value any) {
		args = append(args, value)
		conds = append(conds, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args))))
	}
	if f.AssetID != "" {
		add("i.asset_id = ?", f.AssetID)
	}
	if f.SinceMS != 0 {
		add("i.gone_ms >= ?", f.SinceMS)
	}
	if f.BeforeMS != 0 {
		add("i.gone_ms < ?", f.BeforeMS)
	}
	if f.Text != "" {
		args = append(args, store.Like(NameKey(f.Text)))
		n := len(args)
		add(`(t.name_key LIKE $`+strconv.Itoa(n)+` ESCAPE '\' OR lower(t.version) LIKE ? ESCAPE '\' OR lower(t.publisher) LIKE ? ESCAPE '\')`, store.Like(strings.ToLower(f.Text)))
	}
	if f.Removed {
		conds = append(conds, "NOT EXISTS (SELECT 1"+successor+")")
	}
	if f.Areas != nil {
		conds = append(conds, inAreas(f.Areas, &args))
	}
	return strings.Join(conds, " AND "), args
}

// inAreas is true of machines a that stand in any of the areas.
func inAreas(areas []Area, args *[]any) string {
	any := []string{"1 = 0"}
	for _, p := range areas {
		both := []string{"1 = 1"}
		for col, value := range map[string]string{"a.facility_id": p.FacilityID, "a.department": p.Department} {
			if value != "" {
				*args = append(*args, value)
				both = append(both, col+" = $"+strconv.Itoa(len(*args)))
			}
		}
		any = append(any, "("+strings.Join(both, " AND ")+")")
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// gonePlace is the last row of a page.
type gonePlace struct {
	goneMS, titleNo int64
	assetID, source string
}

func (p gonePlace) text() string {
	return fmt.Sprintf("%d/%d/%s/%s", p.goneMS, p.titleNo, p.assetID, p.source)
}

// cutGone reads a place; anything else is no place.
func cutGone(after string) (p gonePlace, ok bool) {
	parts := strings.SplitN(after, "/", 4)
	if len(parts) != 4 {
		return p, false
	}
	var errA, errB error
	p.goneMS, errA = strconv.ParseInt(parts[0], 10, 64)
	p.titleNo, errB = strconv.ParseInt(parts[1], 10, 64)
	p.assetID, p.source = parts[2], parts[3]
	return p, errA == nil && errB == nil
}
