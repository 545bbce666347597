package software

import (
	"context"
	"database/sql"
	"strconv"

	"sonae/internal/platform/store"
)

// Patch is an update the system lists as installed.
type Patch struct {
	Source      string // who says so
	ID          string // KB5006670 …
	Title       string
	InstalledOn string // 2006-01-02, or empty
	FirstMS     int64
	GoneMS      int64 // 0 = still so
}

// UpdateRun is one attempt to update, with how it ended.
type UpdateRun struct {
	Source   string // who says so
	AtMS     int64
	PatchID  string
	Title    string
	Packages int64  // how many were changed; 0 = not told
	Result   string // succeeded, with_errors, failed, aborted, in_progress, unknown
	FirstMS  int64
	GoneMS   int64 // 0 = still so
}

var patches = store.Section{Table: "software_patch", Owner: "asset_id", Cols: []store.Col{
	{Name: "patch_id", Type: store.Text}, {Name: "title", Type: store.Text}, {Name: "installed_on", Type: store.Text},
}}

// RecordPatches makes the installed updates of a machine and source equal to list as of
// atMS.
func RecordPatches(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Patch) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.ID), Values: []any{v.ID, v.Title, v.InstalledOn}}
	}
	return patches.Sync(ctx, tx, assetID, source, atMS, rows)
}

// Patches lists the installed updates of a machine, newest first, now or as of atMS (0 =
// now).
func Patches(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Patch, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.patch_id, x.title, x.installed_on, x.first_ms, coalesce(x.gone_ms, 0)
		FROM software_patch x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.installed_on DESC, x.patch_id, x.source`
	return read(ctx, q, "patches of "+assetID, query, args, func(rows *sql.Rows) (v Patch, err error) {
		err = rows.Scan(&v.Source, &v.ID, &v.Title, &v.InstalledOn, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

var updateRuns = store.Section{Table: "software_update_run", Owner: "asset_id", Cols: []store.Col{
	{Name: "at_ms", Type: store.Int}, {Name: "patch_id", Type: store.Text}, {Name: "title", Type: store.Text}, {Name: "packages", Type: store.Int}, {Name: "result", Type: store.Text},
}}

// RecordUpdateRuns makes the known attempts to update of a machine equal to list as of
// atMS.
func RecordUpdateRuns(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []UpdateRun) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(strconv.FormatInt(v.AtMS, 10) + "/" + v.PatchID + "/" + v.Title), Values: []any{v.AtMS, v.PatchID, v.Title, v.Packages, v.Result}}
	}
	return updateRuns.Sync(ctx, tx, assetID, source, atMS, rows)
}

// UpdateRuns lists the attempts to update that a machine remembers, newest first, now or as
// of atMS (0 = now).
func UpdateRuns(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]UpdateRun, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.at_ms, x.patch_id, x.title, x.packages, x.result, x.first_ms, coalesce(x.gone_ms, 0)
		FROM software_update_run x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.at_ms DESC, x.row_key, x.source`
	return read(ctx, q, "update runs of "+assetID, query, args, func(rows *sql.Rows) (v UpdateRun, err error) {
		err = rows.Scan(&v.Source, &v.AtMS, &v.PatchID, &v.Title, &v.Packages, &v.Result, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}
