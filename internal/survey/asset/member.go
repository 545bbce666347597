package asset

import (
	"context"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Member is a device that belongs to a medical information system.
type Member struct {
	SystemID string
	DeviceID string
	Role     string // what it does there: server, terminal, gateway …, in the hospital's words
	By       string
	FirstMS  int64
	GoneMS   int64 // 0 = still belongs
	Name     string
	Kind     Kind // of the other side: the device in MembersOf, the system in SystemsOf
}

// maxRole bounds the text of a role, in characters.
const maxRole = 100

// AddMember puts a device into a system, or changes its role there. Errors:
// not_found, invalid when the first is no system or both are the same.
func AddMember(ctx context.Context, tx *store.Tx, scope Scope, systemID, deviceID, role, by string, nowMS int64) error {
	if !validText(role, maxRole) {
		return fault.Invalid("asset.error.too_long", "Max", maxRole).At("role")
	}
	system, err := lockIn(ctx, tx, scope, systemID)
	if err != nil {
		return err
	}
	if system.Kind != KindSystem || systemID == deviceID {
		return fault.Invalid("asset.error.no_system").At("system")
	}
	if _, err := lockIn(ctx, tx, scope, deviceID); err != nil {
		return err
	}
	if err := endMember(ctx, tx, systemID, deviceID, nowMS); err != nil && !fault.Is(err, fault.CodeNotFound) {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO asset_member (system_id, device_id, role, by_name, first_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (system_id, device_id, first_ms) DO UPDATE SET role = excluded.role, by_name = excluded.by_name, gone_ms = NULL`,
		systemID, deviceID, role, by, nowMS)
	if err != nil {
		return fmt.Errorf("add member to system %s: %w", systemID, err)
	}
	return nil
}

// RemoveMember takes a device out of a system. not_found when it is not in it.
func RemoveMember(ctx context.Context, tx *store.Tx, scope Scope, systemID, deviceID string, nowMS int64) error {
	if _, err := lockIn(ctx, tx, scope, systemID); err != nil {
		return err
	}
	return endMember(ctx, tx, systemID, deviceID, nowMS)
}

func endMember(ctx context.Context, tx *store.Tx, systemID, deviceID string, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE asset_member SET gone_ms = $1 WHERE system_id = $2 AND device_id = $3 AND gone_ms IS NULL`, nowMS, systemID, deviceID)
	if err != nil {
		return fmt.Errorf("end member of system %s: %w", systemID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.NotFound("asset.error.not_found").Because(err)
	}
	return nil
}

// MembersOf lists the devices of a system at a time (0 = now) that the scope
// holds, by name.
func MembersOf(ctx context.Context, q store.Querier, scope Scope, systemID string, atMS int64) ([]Member, error) {
	return members(ctx, q, scope, "m.system_id", "m.device_id", systemID, atMS)
}

// SystemsOf lists the systems a device belongs to at a time (0 = now).
func SystemsOf(ctx context.Context, q store.Querier, scope Scope, deviceID string, atMS int64) ([]Member, error) {
	return members(ctx, q, scope, "m.device_id", "m.system_id", deviceID, atMS)
}

func members(ctx context.Context, q store.Querier, scope Scope, own, other, id string, atMS int64) ([]Member, error) {
	var w where
	w.scope(scope)
	w.add(own+" = ?", id)
	if atMS == 0 {
		w.conds = append(w.conds, "m.gone_ms IS NULL")
	} else {
		w.args = append(w.args, atMS)
		w.conds = append(w.conds, store.AsOf("m", len(w.args)))
	}
	rows, err := q.Query(ctx, `SELECT m.system_id, m.device_id, m.role, m.by_name, m.first_ms, COALESCE(m.gone_ms, 0), a.label, a.kind
		FROM asset_member m JOIN asset_asset a ON a.id = `+other+` WHERE `+w.text()+` ORDER BY a.label_key, a.id`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Member
	for rows.Next() {
		var m Member
		if err := rows.Scan(&m.SystemID, &m.DeviceID, &m.Role, &m.By, &m.FirstMS, &m.GoneMS, &m.Name, &m.Kind); err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}
