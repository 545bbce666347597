package software

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/store"
)

// read runs a query over rows of one machine and scans each.
func read[T any](ctx context.Context, q store.Querier, what, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// Services lists the services of a machine by name, now or as of atMS (0 = now).
// Whether one runs is always as last reported.
func Services(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Service, error) {
	args := []any{assetID}
	query := `SELECT s.source, s.name, s.title, s.start_mode, s.path, s.run_as, s.running, s.first_ms, coalesce(s.gone_ms, 0)
		FROM software_service s WHERE s.asset_id = $1 AND ` + openOrAt("s", atMS, &args) + ` ORDER BY s.row_key, s.source`
	return read(ctx, q, "services of "+assetID, query, args, func(rows *sql.Rows) (Service, error) {
		v := Service{AssetID: assetID}
		err := rows.Scan(&v.Source, &v.Name, &v.Title, &v.Start, &v.Path, &v.RunAs, &v.Running, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

// Updates lists the updates that wait on a machine, those for security first, now
// or as of atMS (0 = now).
func Updates(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Pending, error) {
	args := []any{assetID}
	query := `SELECT p.source, p.name, p.have, p.offered, p.security, p.severity, p.first_ms, coalesce(p.gone_ms, 0)
		FROM software_pending p WHERE p.asset_id = $1 AND ` + openOrAt("p", atMS, &args) + ` ORDER BY p.security DESC, p.first_ms, p.row_key, p.source`
	return read(ctx, q, "updates of "+assetID, query, args, func(rows *sql.Rows) (Pending, error) {
		v := Pending{AssetID: assetID}
		err := rows.Scan(&v.Source, &v.Name, &v.Have, &v.Offered, &v.Security, &v.Severity, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

// UpdateStates lists what the package managers of a machine say about themselves,
// one a source; empty when none was reported.
func UpdateStates(ctx context.Context, q store.Querier, assetID string) ([]UpdateState, error) {
	const query = `SELECT source, checked_ms, last_done_ms, reboot_need, seen_ms FROM software_update_state WHERE asset_id = $1 ORDER BY source`
	return read(ctx, q, "update states of "+assetID, query, []any{assetID}, func(rows *sql.Rows) (UpdateState, error) {
		v := UpdateState{AssetID: assetID}
		err := rows.Scan(&v.Source, &v.CheckedMS, &v.LastDoneMS, &v.RebootNeed, &v.SeenMS)
		return v, err
	})
}

// Safeguards lists what protects a machine, now or as of atMS (0 = now).
func Safeguards(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Safeguard, error) {
	args := []any{assetID}
	query := `SELECT g.source, g.kind, g.name, g.state, g.detail, g.version, g.as_of, g.keep_days, g.max_bytes, g.real_time, g.pattern_version, g.oldest_ms, g.first_ms, coalesce(g.gone_ms, 0)
		FROM software_safeguard g WHERE g.asset_id = $1 AND ` + openOrAt("g", atMS, &args) + ` ORDER BY g.row_key, g.source`
	return read(ctx, q, "safeguards of "+assetID, query, args, func(rows *sql.Rows) (Safeguard, error) {
		v := Safeguard{AssetID: assetID}
		err := rows.Scan(&v.Source, &v.Kind, &v.Name, &v.State, &v.Detail, &v.Version, &v.AsOf, &v.KeepDays, &v.MaxBytes, &v.RealTime, &v.Pattern, &v.OldestMS, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}
