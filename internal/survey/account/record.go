package account

import (
	"context"

	"sonae/internal/platform/store"
)

var accounts = store.Section{Table: "account_local", Owner: "asset_id", Volatile: 2, Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "system_id", Type: store.Text}, {Name: "full_name", Type: store.Text},
	{Name: "enabled", Type: store.Bool}, {Name: "locked", Type: store.Bool}, {Name: "privileged", Type: store.Bool},
	{Name: "interactive", Type: store.Bool}, {Name: "why", Type: store.Text}, {Name: "groups_json", Type: store.Text},
	{Name: "password_set_ms", Type: store.Int}, {Name: "password_never", Type: store.Bool}, {Name: "no_password", Type: store.Bool},
	{Name: "login_known", Type: store.Text}, {Name: "last_login_ms", Type: store.Int},
}}

// Record makes the accounts of a machine and source equal to list as of atMS. The
// last log-on is kept as last reported and makes no history. Owners stay with the
// name, whatever is reported.
func Record(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Account) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, a := range list {
		login, at := a.Login, a.LastLoginMS
		if login != LoginAt {
			at = 0
		}
		if login == "" {
			login = LoginUnknown
		}
		rows[i] = store.Row{Key: key(a.Name), Values: []any{a.Name, a.SystemID, a.FullName, a.Enabled, a.Locked, a.Privileged,
			a.Interactive, a.Why, packGroups(a.Groups), a.PasswordSetMS, a.PasswordNever, a.NoPassword, string(login), at}}
	}
	return accounts.Sync(ctx, tx, assetID, source, atMS, rows)
}
