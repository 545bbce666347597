package software

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

var services = store.Section{Table: "software_service", Owner: "asset_id", Volatile: 1, Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "title", Type: store.Text}, {Name: "start_mode", Type: store.Text},
	{Name: "path", Type: store.Text}, {Name: "run_as", Type: store.Text}, {Name: "name_key", Type: store.Text},
	{Name: "running", Type: store.Bool},
}}

// RecordServices makes the services of a machine and source equal to list as of
// atMS. Whether a service runs is kept as last reported and makes no history:
// many start and stop all day.
func RecordServices(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Service) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, s := range list {
		rows[i] = store.Row{Key: rowKey(s.Name), Values: []any{s.Name, s.Title, s.Start, s.Path, s.RunAs, NameKey(s.Name), s.Running}}
	}
	return services.Sync(ctx, tx, assetID, source, atMS, rows)
}

var pending = store.Section{Table: "software_pending", Owner: "asset_id", Volatile: 2, Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "have", Type: store.Text}, {Name: "security", Type: store.Bool},
	{Name: "offered", Type: store.Text}, {Name: "severity", Type: store.Text},
}}

// RecordUpdates makes the waiting updates of a machine and source equal to list as
// of atMS, and stores what the package manager says about itself.
func RecordUpdates(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, state UpdateState, list []Pending) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, p := range list {
		rows[i] = store.Row{Key: rowKey(p.Name), Values: []any{p.Name, p.Have, p.Security, p.Offered, p.Severity}}
	}
	state.SeenMS = atMS
	if err := keepState(ctx, tx, assetID, source, state); err != nil {
		return store.Change{}, err
	}
	return pending.Sync(ctx, tx, assetID, source, atMS, rows)
}

// keepState stores what the package manager says about itself.
func keepState(ctx context.Context, tx *store.Tx, assetID, source string, state UpdateState) error {
	_, err := tx.Exec(ctx, `INSERT INTO software_update_state (asset_id, source, checked_ms, last_done_ms, reboot_need, seen_ms)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (asset_id, source) DO UPDATE SET checked_ms = excluded.checked_ms,
		last_done_ms = excluded.last_done_ms, reboot_need = excluded.reboot_need, seen_ms = excluded.seen_ms`,
		assetID, source, state.CheckedMS, state.LastDoneMS, state.RebootNeed, state.SeenMS)
	if err != nil {
		return fmt.Errorf("store update state of %s: %w", assetID, err)
	}
	return nil
}

var safeguards = store.Section{Table: "software_safeguard", Owner: "asset_id", Volatile: 5, Cols: []store.Col{
	{Name: "kind", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "state", Type: store.Text},
	{Name: "detail", Type: store.Text}, {Name: "keep_days", Type: store.Int}, {Name: "max_bytes", Type: store.Int},
	{Name: "real_time", Type: store.Text}, {Name: "version", Type: store.Text}, {Name: "as_of", Type: store.Text}, {Name: "pattern_version", Type: store.Text}, {Name: "oldest_ms", Type: store.Int},
}}

// RecordSafeguards makes the safeguards of a machine and source equal to list as of
// atMS. Versions, patterns and oldest records change daily: they are kept as last
// reported, and so is the state of real-time protection (what was switched off has
// rows of its own).
func RecordSafeguards(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Safeguard) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, g := range list {
		rows[i] = store.Row{Key: rowKey(g.Kind + "/" + g.Name),
			Values: []any{g.Kind, g.Name, g.State, g.Detail, g.KeepDays, g.MaxBytes, g.RealTime, g.Version, g.AsOf, g.Pattern, g.OldestMS}}
	}
	return safeguards.Sync(ctx, tx, assetID, source, atMS, rows)
}
