package software

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// Setting is one answer about how a machine is set up. Kind and Item are words of the
// agent's section "hardening"; see docs/agent-protocol.md.
type Setting struct {
	Source   string // who says so
	Kind     string // smb1_server, remote_desktop, password_policy …
	Subject  string // user or profile it is about; empty: the machine
	Item     string // min_length, nla …; empty: the setting itself
	Value    string // On, Off, Unknown, a number, or words
	Evidence string // registry path or file; may be empty
	FirstMS  int64
	GoneMS   int64 // 0 = still so
}

// SwitchedOff is a protection that somebody turned off.
type SwitchedOff struct {
	Source   string // who says so
	What     string // auto_updates, firewall …: a word of the agent's section "switched_off"
	Name     string // product, profile or unit that is meant; may be empty
	By       string // policy, service, masked, setting, boot
	SinceMS  int64  // last change of the setting; 0 = unknown
	Evidence string // registry path or file
	FirstMS  int64
	GoneMS   int64 // 0 = still so
}

// Backup is a program that makes copies, with what it says of its last runs.
type Backup struct {
	Source      string // who says so
	Product     string
	Job         string
	Target      string // local, removable, network, cloud, tape, unknown
	LastOKMS    int64  // 0 = none, or not known
	LastTriedMS int64  // 0 = none, or not known
	Evidence    string
	FirstMS     int64
	GoneMS      int64 // 0 = still so
}

var settings = store.Section{Table: "software_setting", Owner: "asset_id", Cols: []store.Col{
	{Name: "kind", Type: store.Text}, {Name: "subject", Type: store.Text}, {Name: "item", Type: store.Text}, {Name: "value", Type: store.Text}, {Name: "evidence", Type: store.Text},
}}

// RecordSettings makes the settings of a machine and source equal to list as of atMS.
func RecordSettings(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Setting) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.Kind + "/" + v.Item + "/" + v.Subject), Values: []any{v.Kind, v.Subject, v.Item, v.Value, v.Evidence}}
	}
	return settings.Sync(ctx, tx, assetID, source, atMS, rows)
}

// Settings lists how a machine is set up, now or as of atMS (0 = now).
func Settings(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Setting, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.kind, x.subject, x.item, x.value, x.evidence, x.first_ms, coalesce(x.gone_ms, 0)
		FROM software_setting x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.kind, x.subject, x.item, x.source`
	return read(ctx, q, "settings of "+assetID, query, args, func(rows *sql.Rows) (v Setting, err error) {
		err = rows.Scan(&v.Source, &v.Kind, &v.Subject, &v.Item, &v.Value, &v.Evidence, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

var switchedOff = store.Section{Table: "software_switched_off", Owner: "asset_id", Volatile: 1, Cols: []store.Col{
	{Name: "what", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "by_what", Type: store.Text}, {Name: "evidence", Type: store.Text}, {Name: "since_ms", Type: store.Int},
}}

// RecordSwitchedOff makes what is switched off on a machine equal to list as of atMS. A
// setting that is written again keeps its row.
func RecordSwitchedOff(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []SwitchedOff) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.What + "/" + v.By + "/" + v.Name), Values: []any{v.What, v.Name, v.By, v.Evidence, v.SinceMS}}
	}
	return switchedOff.Sync(ctx, tx, assetID, source, atMS, rows)
}

// AllSwitchedOff lists what is switched off on a machine, now or as of atMS (0 = now).
func AllSwitchedOff(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]SwitchedOff, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.what, x.name, x.by_what, x.evidence, x.since_ms, x.first_ms, coalesce(x.gone_ms, 0)
		FROM software_switched_off x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.what, x.name, x.by_what, x.source`
	return read(ctx, q, "what is switched off of "+assetID, query, args, func(rows *sql.Rows) (v SwitchedOff, err error) {
		err = rows.Scan(&v.Source, &v.What, &v.Name, &v.By, &v.Evidence, &v.SinceMS, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

var backups = store.Section{Table: "software_backup", Owner: "asset_id", Volatile: 2, Cols: []store.Col{
	{Name: "product", Type: store.Text}, {Name: "job", Type: store.Text}, {Name: "target", Type: store.Text}, {Name: "evidence", Type: store.Text}, {Name: "last_ok_ms", Type: store.Int}, {Name: "last_tried_ms", Type: store.Int},
}}

// RecordBackups makes the backups of a machine and source equal to list as of atMS. The
// times of the last runs are kept as last reported.
func RecordBackups(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Backup) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.Product + "/" + v.Job), Values: []any{v.Product, v.Job, v.Target, v.Evidence, v.LastOKMS, v.LastTriedMS}}
	}
	return backups.Sync(ctx, tx, assetID, source, atMS, rows)
}

// Backups lists the backup software of a machine, now or as of atMS (0 = now); the times
// of its runs are always as last reported.
func Backups(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Backup, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.product, x.job, x.target, x.evidence, x.last_ok_ms, x.last_tried_ms, x.first_ms, coalesce(x.gone_ms, 0)
		FROM software_backup x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.product, x.job, x.source`
	return read(ctx, q, "backups of "+assetID, query, args, func(rows *sql.Rows) (v Backup, err error) {
		err = rows.Scan(&v.Source, &v.Product, &v.Job, &v.Target, &v.Evidence, &v.LastOKMS, &v.LastTriedMS, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}
