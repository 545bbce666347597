package software

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// Extension is an extension of a browser in one profile.
type Extension struct {
	Source  string // who says so
	Browser string // chrome, edge, firefox …
	User    string // owner of the profile; empty: of the whole machine
	Profile string
	ID      string
	Name    string
	Version string
	Enabled bool
	Forced  bool // installed by policy
	FirstMS int64
	GoneMS  int64 // 0 = still so
}

// Startup is something that runs without being called by a person.
type Startup struct {
	Source  string // who says so
	Name    string
	Kind    string // scheduled_task, run_key, cron, systemd_timer …
	Trigger string // boot, logon, schedule, other
	Command string
	RunAs   string
	Enabled bool
	FirstMS int64
	GoneMS  int64 // 0 = still so
}

var extensions = store.Section{Table: "software_extension", Owner: "asset_id", Cols: []store.Col{
	{Name: "browser", Type: store.Text}, {Name: "user_name", Type: store.Text}, {Name: "profile", Type: store.Text}, {Name: "extension_id", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "version", Type: store.Text}, {Name: "enabled", Type: store.Bool}, {Name: "forced", Type: store.Bool},
}}

// RecordExtensions makes the browsers' extensions of a machine and source equal to list
// as of atMS.
func RecordExtensions(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Extension) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.Browser + "/" + v.User + "/" + v.Profile + "/" + v.ID), Values: []any{v.Browser, v.User, v.Profile, v.ID, v.Name, v.Version, v.Enabled, v.Forced}}
	}
	return extensions.Sync(ctx, tx, assetID, source, atMS, rows)
}

// Extensions lists the browsers' extensions of a machine, now or as of atMS (0 = now).
func Extensions(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Extension, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.browser, x.user_name, x.profile, x.extension_id, x.name, x.version, x.enabled, x.forced, x.first_ms, coalesce(x.gone_ms, 0)
		FROM software_extension x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.browser, x.user_name, x.name, x.row_key, x.source`
	return read(ctx, q, "extensions of "+assetID, query, args, func(rows *sql.Rows) (v Extension, err error) {
		err = rows.Scan(&v.Source, &v.Browser, &v.User, &v.Profile, &v.ID, &v.Name, &v.Version, &v.Enabled, &v.Forced, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

var startups = store.Section{Table: "software_startup", Owner: "asset_id", Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "kind", Type: store.Text}, {Name: "starts_at", Type: store.Text}, {Name: "command", Type: store.Text}, {Name: "run_as", Type: store.Text}, {Name: "enabled", Type: store.Bool},
}}

// RecordStartup makes what starts by itself on a machine equal to list as of atMS.
func RecordStartup(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Startup) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.Kind + "/" + v.RunAs + "/" + v.Name), Values: []any{v.Name, v.Kind, v.Trigger, v.Command, v.RunAs, v.Enabled}}
	}
	return startups.Sync(ctx, tx, assetID, source, atMS, rows)
}

// StartupItems lists what starts by itself on a machine, now or as of atMS (0 = now).
func StartupItems(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Startup, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.name, x.kind, x.starts_at, x.command, x.run_as, x.enabled, x.first_ms, coalesce(x.gone_ms, 0)
		FROM software_startup x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.kind, x.name, x.row_key, x.source`
	return read(ctx, q, "startup items of "+assetID, query, args, func(rows *sql.Rows) (v Startup, err error) {
		err = rows.Scan(&v.Source, &v.Name, &v.Kind, &v.Trigger, &v.Command, &v.RunAs, &v.Enabled, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}
