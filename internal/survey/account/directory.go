package account

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// DirectoryAccount is an account in a directory (Active Directory, LDAP): it may log on to
// every machine that trusts the directory, so it stands beside the accounts on
// machines, not on one.
type DirectoryAccount struct {
	DirectoryID   string
	FacilityID    string
	Key           string // the directory's own stable name of the object (GUID)
	Name          string // log-on name
	FullName      string
	Number        string // employee number, as the directory has it
	Mail          string
	Place         string // organisational unit
	Enabled       bool
	Locked        bool
	Privileged    bool     // member of a privileged group, also through other groups
	Why           string   // which groups make it privileged
	Groups        []string // names of the groups it is in directly
	Service       bool     // used by a program, as the directory tells
	PasswordSetMS int64    // 0 = unknown, or to be changed at the next log-on
	PasswordNever bool     // the password never expires
	NoPassword    bool     // may be without one
	Login         Login
	LastLoginMS   int64 // Unix ms; 0 unless Login is LoginAt
	FirstMS       int64 // first reported with these values
	GoneMS        int64 // 0 = still there
	Owner         Owner // zero when nobody has set one
}

// directorySource is the source of every row of account_directory.
const directorySource = "directory"

var entries = store.Section{Table: "account_directory", Owner: "directory_id", Volatile: 2, Cols: []store.Col{
	{Name: "facility_id", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "full_name", Type: store.Text},
	{Name: "number", Type: store.Text}, {Name: "mail", Type: store.Text}, {Name: "place", Type: store.Text},
	{Name: "enabled", Type: store.Bool}, {Name: "locked", Type: store.Bool}, {Name: "privileged", Type: store.Bool},
	{Name: "why", Type: store.Text}, {Name: "groups_json", Type: store.Text}, {Name: "service", Type: store.Bool},
	{Name: "password_set_ms", Type: store.Int}, {Name: "password_never", Type: store.Bool}, {Name: "no_password", Type: store.Bool},
	{Name: "login_known", Type: store.Text}, {Name: "last_login_ms", Type: store.Int},
}}

func directoryRows(list []DirectoryAccount) []store.Row {
	rows := make([]store.Row, len(list))
	for i, e := range list {
		login, at := e.Login, e.LastLoginMS
		if login != LoginAt {
			at = 0
		}
		if login == "" {
			login = LoginUnknown
		}
		rows[i] = store.Row{Key: key(e.Key), Values: []any{e.FacilityID, e.Name, e.FullName, e.Number, e.Mail, e.Place, e.Enabled, e.Locked,
			e.Privileged, e.Why, packGroups(e.Groups), e.Service, e.PasswordSetMS, e.PasswordNever, e.NoPassword, string(login), at}}
	}
	return rows
}

// RecordDirectory makes the accounts of a directory equal to list as of atMS: what
// is not in it closes. Only for a complete reading. The last log-on is kept as last
// reported and makes no history.
func RecordDirectory(ctx context.Context, tx *store.Tx, directoryID string, atMS int64, list []DirectoryAccount) (store.Change, error) {
	return entries.Sync(ctx, tx, directoryID, directorySource, atMS, directoryRows(list))
}

// MergeDirectory takes in accounts that are new or changed since the last reading;
// the others stay as they are.
func MergeDirectory(ctx context.Context, tx *store.Tx, directoryID string, atMS int64, list []DirectoryAccount) (store.Change, error) {
	return entries.Merge(ctx, tx, directoryID, directorySource, atMS, directoryRows(list))
}

// DirectoryFilter says which accounts of directories are wanted. Fields left at zero do
// not filter.
type DirectoryFilter struct {
	DirectoryID string
	Facilities  []string // nil = all, empty = none
	Text        string   // in log-on name, full name, mail or number
	Privileged  bool     // only these
	Enabled     bool     // only these
	Service     bool     // only these
	NoOwner     bool     // nobody has set an owner
	AtMS        int64    // as of this time; 0 = now
	After       string   // Next of the page before
	Limit       int      // 1–1000; 0 = 100
}

const directoryColumns = `l.directory_id, l.facility_id, l.row_key, l.name, l.full_name, l.number, l.mail, l.place, l.enabled, l.locked, l.privileged, l.why,
	l.groups_json, l.service, l.password_set_ms, l.password_never, l.no_password, l.login_known, l.last_login_ms, l.first_ms, coalesce(l.gone_ms, 0),
	coalesce(o.kind, ''), coalesce(o.staff_id, ''), coalesce(o.vendor_id, ''), coalesce(o.note, ''), coalesce(o.set_by, ''), coalesce(o.set_ms, 0)`

// from writes FROM and WHERE. The parts stand in the order of their parameters.
func (f DirectoryFilter) from() (string, []any) {
	var args []any
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	owner, open := "o.ended_ms IS NULL", "l.gone_ms IS NULL"
	if f.AtMS != 0 {
		at := param(f.AtMS)
		owner = "o.set_ms <= " + at + " AND (o.ended_ms IS NULL OR o.ended_ms > " + at + ")"
		open = store.AsOf("l", len(args))
	}
	var b strings.Builder
	b.WriteString(` FROM account_directory l LEFT JOIN account_directory_owner o ON o.directory_id = l.directory_id AND o.account_key = l.row_key AND ` + owner + ` WHERE ` + open)
	if f.DirectoryID != "" {
		b.WriteString(` AND l.directory_id = ` + param(f.DirectoryID))
	}
	if f.Facilities != nil {
		b.WriteString(" AND " + store.In("l.facility_id", f.Facilities, &args))
	}
	if f.Text != "" {
		like := param(store.Like(f.Text))
		b.WriteString(` AND (`)
		for i, column := range []string{"name", "full_name", "mail", "number"} {
			if i > 0 {
				b.WriteString(` OR `)
			}
			b.WriteString(`lower(l.` + column + `) LIKE ` + like + ` ESCAPE '\'`)
		}
		b.WriteString(`)`)
	}
	for _, c := range []struct {
		on   bool
		text string
	}{{f.Privileged, "l.privileged"}, {f.Enabled, "l.enabled"}, {f.Service, "l.service"}, {f.NoOwner, "o.id IS NULL"}} {
		if c.on {
			b.WriteString(` AND ` + c.text)
		}
	}
	return b.String(), args
}

// ListDirectory lists accounts of directories by log-on name, and how many there are
// in all. next is the After of the following page, empty at the end.
func ListDirectory(ctx context.Context, q store.Querier, f DirectoryFilter) (list []DirectoryAccount, total int64, next string, err error) {
	from, args := f.from()
	if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count accounts of directories: %w", err)
	}
	if directory, rest, ok := strings.Cut(f.After, "/"); ok {
		rowKey, name, _ := strings.Cut(rest, "/")
		n := len(args)
		from += fmt.Sprintf(` AND (l.name, l.directory_id, l.row_key) > ($%d, $%d, $%d)`, n+1, n+2, n+3)
		args = append(args, name, directory, rowKey)
	}
	limit := Filter{Limit: f.Limit}.limit()
	args = append(args, limit+1)
	list, err = scanDirectoryAccounts(ctx, q, `SELECT `+directoryColumns+from+fmt.Sprintf(` ORDER BY l.name, l.directory_id, l.row_key LIMIT $%d`, len(args)), args)
	if err != nil {
		return nil, 0, "", err
	}
	if len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		next = last.DirectoryID + "/" + last.Key + "/" + last.Name
	}
	return list, total, next, nil
}

// DirectoryAccounts gives all open accounts of a directory, for a reading that tells changes
// only.
func DirectoryAccounts(ctx context.Context, q store.Querier, directoryID string) ([]DirectoryAccount, error) {
	from, args := DirectoryFilter{DirectoryID: directoryID}.from()
	return scanDirectoryAccounts(ctx, q, `SELECT `+directoryColumns+from, args)
}

func scanDirectoryAccounts(ctx context.Context, q store.Querier, query string, args []any) ([]DirectoryAccount, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list accounts of directories: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []DirectoryAccount
	for rows.Next() {
		var e DirectoryAccount
		var groups string
		err := rows.Scan(&e.DirectoryID, &e.FacilityID, &e.Key, &e.Name, &e.FullName, &e.Number, &e.Mail, &e.Place, &e.Enabled, &e.Locked, &e.Privileged, &e.Why,
			&groups, &e.Service, &e.PasswordSetMS, &e.PasswordNever, &e.NoPassword, &e.Login, &e.LastLoginMS, &e.FirstMS, &e.GoneMS,
			&e.Owner.Kind, &e.Owner.StaffID, &e.Owner.VendorID, &e.Owner.Note, &e.Owner.SetBy, &e.Owner.SetMS)
		if err != nil {
			return nil, fmt.Errorf("list accounts of directories: %w", err)
		}
		e.Groups = unpackGroups(groups)
		list = append(list, e)
	}
	return list, rows.Err()
}

// DirectoryAccountByKey finds an account of a directory as it is now, or was when it went.
// not_found when the directory never had it.
func DirectoryAccountByKey(ctx context.Context, q store.Querier, directoryID, accountKey string) (DirectoryAccount, error) {
	list, err := scanDirectoryAccounts(ctx, q, `SELECT `+directoryColumns+` FROM account_directory l LEFT JOIN account_directory_owner o
		ON o.directory_id = l.directory_id AND o.account_key = l.row_key AND o.ended_ms IS NULL
		WHERE l.directory_id = $1 AND l.row_key = $2 ORDER BY l.first_ms DESC LIMIT 1`, []any{directoryID, key(accountKey)})
	if err != nil {
		return DirectoryAccount{}, err
	}
	if len(list) == 0 {
		return DirectoryAccount{}, fault.NotFound("account.error.not_found")
	}
	return list[0], nil
}
