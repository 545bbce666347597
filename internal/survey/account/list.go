package account

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

// Filter says which accounts are wanted. Fields left at zero do not filter.
type Filter struct {
	AssetID    string   // of this machine
	Facilities []string // of machines of these facilities; nil = all, empty = none
	Text       string   // in name or full name
	Privileged bool     // only these
	Enabled    bool     // only these
	OwnerKind  OwnerKind
	NoOwner    bool   // nobody has set an owner
	StaffID    string // owned by this person
	VendorID   string // owned by this company
	LeftBefore string // owned by a person whose last day is before this day, 2006-01-02
	AtMS       int64  // as of this time; 0 = now. Last log-ons are always as last reported
	After      string // Next of the page before
	Limit      int    // 1–1000; 0 = 100
}

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return 100
	}
	return min(f.Limit, 1000)
}

const columns = `l.asset_id, l.source, l.name, l.system_id, l.full_name, l.enabled, l.locked, l.privileged, l.interactive, l.why, l.groups_json,
	l.password_set_ms, l.password_never, l.no_password, l.login_known, l.last_login_ms, l.first_ms, coalesce(l.gone_ms, 0),
	coalesce(o.kind, ''), coalesce(o.staff_id, ''), coalesce(o.vendor_id, ''), coalesce(o.note, ''), coalesce(o.set_by, ''), coalesce(o.set_ms, 0), l.row_key`

// List lists accounts by machine and name, and how many there are in all. next is
// the After of the following page, empty at the end.
func List(ctx context.Context, q store.Querier, f Filter) (list []Account, total int64, next string, err error) {
	from, args := f.from()
	if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count accounts: %w", err)
	}
	if parts := strings.SplitN(f.After, "/", 3); len(parts) == 3 {
		n := len(args)
		from += fmt.Sprintf(` AND (l.asset_id, l.row_key, l.source) > ($%d, $%d, $%d)`, n+1, n+2, n+3)
		args = append(args, parts[0], parts[2], parts[1])
	}
	args = append(args, f.limit()+1)
	list, keys, err := scan(ctx, q, `SELECT `+columns+from+fmt.Sprintf(` ORDER BY l.asset_id, l.row_key, l.source LIMIT $%d`, len(args)), args)
	if err != nil {
		return nil, 0, "", err
	}
	if n := f.limit(); len(list) > n {
		list = list[:n]
		next = list[n-1].AssetID + "/" + list[n-1].Source + "/" + keys[n-1]
	}
	return list, total, next, nil
}

// from writes FROM and WHERE. The parts stand in the order of their parameters.
func (f Filter) from() (string, []any) {
	var args []any
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	owner, open := "o.ended_ms IS NULL", "l.gone_ms IS NULL"
	if f.AtMS != 0 {
		at := param(f.AtMS)
		owner = "o.set_ms <= " + at + " AND (o.ended_ms IS NULL OR o.ended_ms > " + at + ")"
		open = store.AsOf("l", len(args))
	}
	from := ` FROM account_local l JOIN asset_asset a ON a.id = l.asset_id
		LEFT JOIN account_owner o ON o.asset_id = l.asset_id AND o.account_key = l.row_key AND ` + owner + ` WHERE ` + open
	if f.AssetID != "" {
		from += ` AND l.asset_id = ` + param(f.AssetID)
	}
	if f.Facilities != nil {
		from += " AND " + store.In("a.facility_id", f.Facilities, &args)
	}
	if f.Text != "" {
		like := param(store.Like(f.Text))
		from += ` AND (lower(l.name) LIKE ` + like + ` ESCAPE '\' OR lower(l.full_name) LIKE ` + like + ` ESCAPE '\')`
	}
	if f.Privileged {
		from += ` AND l.privileged`
	}
	if f.Enabled {
		from += ` AND l.enabled`
	}
	if f.NoOwner {
		from += ` AND o.id IS NULL`
	}
	var fromSb95 strings.Builder
	for _, c := range []struct{ column, value string }{{"o.kind", string(f.OwnerKind)}, {"o.staff_id", f.StaffID}, {"o.vendor_id", f.VendorID}} {
		if c.value != "" {
			fromSb95.WriteString(` AND ` + c.column + ` = ` + param(c.value))
		}
	}
	from += fromSb95.String()
	if f.LeftBefore != "" {
		from += ` AND EXISTS (SELECT 1 FROM organisation_staff s WHERE s.id = o.staff_id AND s.employed_until <> '' AND s.employed_until < ` + param(f.LeftBefore) + `)`
	}
	return from, args
}

func scan(ctx context.Context, q store.Querier, query string, args []any) (list []Account, keys []string, err error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("list accounts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		a, key, err := scanOne(rows)
		if err != nil {
			return nil, nil, fmt.Errorf("list accounts: %w", err)
		}
		list, keys = append(list, a), append(keys, key)
	}
	return list, keys, rows.Err()
}

func scanOne(rows *sql.Rows) (a Account, key string, err error) {
	var groups string
	err = rows.Scan(&a.AssetID, &a.Source, &a.Name, &a.SystemID, &a.FullName, &a.Enabled, &a.Locked, &a.Privileged, &a.Interactive, &a.Why, &groups,
		&a.PasswordSetMS, &a.PasswordNever, &a.NoPassword, &a.Login, &a.LastLoginMS, &a.FirstMS, &a.GoneMS,
		&a.Owner.Kind, &a.Owner.StaffID, &a.Owner.VendorID, &a.Owner.Note, &a.Owner.SetBy, &a.Owner.SetMS, &key)
	a.Groups = unpackGroups(groups)
	return a, key, err
}

// UnusedList is the answer of Unused. The three parts have no account in common.
type UnusedList struct {
	Old     []Account // last log-on longer ago than the limit
	Never   []Account // known for longer than the limit, and the source knows of no log-on
	Unknown []Account // the source does not say: a person has to look
}

// UnusedFilter says where to look for unused accounts.
type UnusedFilter struct {
	Facilities []string // nil = all, empty = none
	AssetID    string   // empty = every machine
	Days       int      // limit in days, 1 or more
	NowMS      int64    // the moment to count back from
}

const dayMS = 24 * 3600 * 1000

// Unused lists enabled accounts people can log on to that nobody has used within
// the limit. Disposed machines do not count. Accounts of programs (OwnerSystem)
// do not count either: nobody logs on to them.
func Unused(ctx context.Context, q store.Querier, f UnusedFilter) (UnusedList, error) {
	base := Filter{AssetID: f.AssetID, Facilities: f.Facilities, Enabled: true}
	from, args := base.from()
	from += ` AND l.interactive AND a.status <> 'disposed' AND coalesce(o.kind, '') <> 'system'`
	limitMS := f.NowMS - int64(f.Days)*dayMS
	args = append(args, limitMS)
	n := len(args)
	// A row begins anew with every change; the account is as old as its first row.
	from += fmt.Sprintf(` AND (l.login_known = 'unknown' OR (l.login_known = 'at' AND l.last_login_ms < $%d) OR (l.login_known = 'never' AND
		(SELECT min(p.first_ms) FROM account_local p WHERE p.asset_id = l.asset_id AND p.row_key = l.row_key) < $%d))`, n, n)
	list, _, err := scan(ctx, q, `SELECT `+columns+from+` ORDER BY l.asset_id, l.row_key, l.source`, args)
	if err != nil {
		return UnusedList{}, err
	}
	var u UnusedList
	for _, a := range list {
		switch a.Login {
		case LoginAt:
			u.Old = append(u.Old, a)
		case LoginNever:
			u.Never = append(u.Never, a)
		default:
			u.Unknown = append(u.Unknown, a)
		}
	}
	return u, nil
}
