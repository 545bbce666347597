package identity

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
)

// maxDeviceEvents is how many events of one device are kept, the newest.
const maxDeviceEvents = 100

// DeviceEvent is something that happened to an agent itself, as it told: it was
// stopped, its files changed, the clock jumped. A fact for people to judge.
type DeviceEvent struct {
	Kind   string // word of the agent's protocol; texts "device.event." + word
	AtMS   int64  // by the device's clock
	Detail string // plain English; at most 400 bytes
	SeenMS int64  // when the server heard of it
}

// DeviceState is what an agent says of itself with a report.
type DeviceState struct {
	Version string // of the agent
	Policy  int64  // version of the policy it follows; 0 = none
	CPUMS   int64  // processor time for its last report; 0 = not said
	PeakKB  int64  // most memory, in 1024 bytes; 0 = not said
	Events  []DeviceEvent
}

// RecordDeviceState stores what an agent says of itself, in the transaction of its
// report. Events that came before are passed over.
func (r *Registry) RecordDeviceState(ctx context.Context, tx *store.Tx, id string, s DeviceState) error {
	_, err := tx.Exec(ctx, `UPDATE identity_device SET agent_version = $1, policy_version = $2, 
		cost_cpu_ms = CASE WHEN $3 > 0 THEN $3 ELSE cost_cpu_ms END, cost_peak_kb = CASE WHEN $4 > 0 THEN $4 ELSE cost_peak_kb END WHERE id = $5`,
		cutLine(s.Version, 100), s.Policy, s.CPUMS, s.PeakKB, id)
	if err != nil {
		return fmt.Errorf("store state of a device: %w", err)
	}
	if d, ok := r.devices.get(id); ok && d.PolicyVersion != s.Policy {
		r.devices.drop(id)
	}
	if len(s.Events) == 0 {
		return nil
	}
	for _, e := range s.Events {
		_, err := tx.Exec(ctx, `INSERT INTO identity_device_event (device_id, at_ms, kind, detail, seen_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			id, e.AtMS, cutLine(e.Kind, 40), cutLine(e.Detail, 400), r.nowMS())
		if err != nil {
			return fmt.Errorf("store event of a device: %w", err)
		}
	}
	_, err = tx.Exec(ctx, `DELETE FROM identity_device_event WHERE device_id = $1 AND seen_ms < (
		SELECT min(seen_ms) FROM (SELECT seen_ms FROM identity_device_event WHERE device_id = $1 ORDER BY seen_ms DESC, at_ms DESC LIMIT $2) AS newest)`, id, maxDeviceEvents)
	if err != nil {
		return fmt.Errorf("tidy events of a device: %w", err)
	}
	return nil
}

// DeviceEvents lists what happened to an agent, the newest first.
func (r *Registry) DeviceEvents(ctx context.Context, q store.Querier, id string) ([]DeviceEvent, error) {
	rows, err := q.Query(ctx, `SELECT kind, at_ms, detail, seen_ms FROM identity_device_event WHERE device_id = $1 ORDER BY seen_ms DESC, at_ms DESC, kind LIMIT $2`, id, maxDeviceEvents)
	if err != nil {
		return nil, fmt.Errorf("list events of a device: %w", err)
	}
	return collect(rows, func(scan func(...any) error) (DeviceEvent, error) {
		var e DeviceEvent
		return e, scan(&e.Kind, &e.AtMS, &e.Detail, &e.SeenMS)
	})
}

// StateOfDevice reads what an agent last said of itself, without its events.
func (r *Registry) StateOfDevice(ctx context.Context, q store.Querier, id string) (DeviceState, error) {
	var s DeviceState
	err := q.QueryRow(ctx, `SELECT agent_version, policy_version, cost_cpu_ms, cost_peak_kb FROM identity_device WHERE id = $1`, id).Scan(&s.Version, &s.Policy, &s.CPUMS, &s.PeakKB)
	return s, notFound(err, "identity.error.device_unknown")
}
