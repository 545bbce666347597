package silence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// sightings are the sources that see the machine itself; that another of them saw it
// shows that it lives.
var sightings = []asset.Source{asset.SourceAgent, asset.SourceGLPI, asset.SourceFusion, asset.SourceOCS, asset.Source(KindScript), asset.SourceUSB, asset.SourceSNMP, asset.SourcePassive}

// judged are the sources that are judged for each machine. A directory and lists are
// judged as a whole (Wholes): that a directory stopped is one thing, not four hundred.
var judged = append(slices.Clone(sightings), asset.SourceCSV)

// device is what is known of an agent by the ID of its device.
type device struct {
	facilityID         string
	heardMS, revokedMS int64
	certificateMS      int64 // end of its certificate; 0 = it has none
	refusal            string
	refusedMS          int64
}

// readDevices reads the devices with their last refusals; only is the one to read, empty
// = all.
func readDevices(ctx context.Context, q store.Querier, only string) (map[string]device, error) {
	var args []any
	where := ``
	if only != "" {
		args, where = append(args, only), ` WHERE d.id = $1`
	}
	rows, err := q.Query(ctx, `SELECT d.id, d.facility_id, coalesce(d.last_seen_ms, 0), coalesce(d.revoked_ms, 0), d.certificate_end_ms, coalesce(r.cause, ''), coalesce(r.last_ms, 0)
		FROM identity_device d LEFT JOIN silence_refusal r ON r.device_id = d.id`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read devices: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]device{}
	for rows.Next() {
		var id string
		var d device
		if err := rows.Scan(&id, &d.facilityID, &d.heardMS, &d.revokedMS, &d.certificateMS, &d.refusal, &d.refusedMS); err != nil {
			return nil, fmt.Errorf("read devices: %w", err)
		}
		out[id] = d
	}
	return out, rows.Err()
}

// listed is what directories say of a machine.
type listed struct {
	disabled bool
	loginMS  int64 // last log-on of the computer's account; 0 = none known
	readMS   int64 // last good reading of the directory that lists it
}

// readListed reads what directories say of machines now; assetID "" reads all.
func readListed(ctx context.Context, q store.Querier, assetID string) (map[string]listed, error) {
	var args []any
	where := ``
	if assetID != "" {
		args, where = append(args, assetID), ` AND c.asset_id = $1`
	}
	rows, err := q.Query(ctx, `SELECT c.asset_id, c.enabled, c.last_login_ms, s.good_ms FROM directory_computer c JOIN directory_source s ON s.id = c.directory_id
		WHERE c.gone_ms IS NULL`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read computers of directories: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]listed{}
	for rows.Next() {
		var id string
		var l listed
		var enabled bool
		if err := rows.Scan(&id, &enabled, &l.loginMS, &l.readMS); err != nil {
			return nil, fmt.Errorf("read computers of directories: %w", err)
		}
		old, known := out[id]
		l.disabled = !enabled && (!known || old.disabled)
		l.loginMS, l.readMS = max(l.loginMS, old.loginMS), max(l.readMS, old.readMS)
		out[id] = l
	}
	return out, rows.Err()
}

// readAgents reads what contacts by agents are judged by: of all machines, or of one.
func readAgents(ctx context.Context, q store.Querier, assetID string) (map[string]device, identity.PolicySet, error) {
	if assetID == "" {
		devices, err := readDevices(ctx, q, "")
		if err != nil {
			return nil, nil, err
		}
		policies, err := identity.AllPolicies(ctx, q)
		return devices, policies, err
	}
	var key, department string
	err := q.QueryRow(ctx, `SELECT o.device_key, a.department FROM asset_source o JOIN asset_asset a ON a.id = o.asset_id WHERE o.asset_id = $1 AND o.source = $2`,
		assetID, string(asset.SourceAgent)).Scan(&key, &department)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, nil, fmt.Errorf("find the agent of a machine: %w", err)
	}
	id, ok := asset.AgentDevice(key)
	if !ok || id == "" {
		return nil, nil, nil
	}
	devices, err := readDevices(ctx, q, id)
	if err != nil {
		return nil, nil, err
	}
	policies, err := identity.PoliciesFor(ctx, q, identity.Device{ID: id, FacilityID: devices[id].facilityID}, department)
	return devices, policies, err
}

// readHeard reads when machines that are known from the network were heard there last,
// under their hardware addresses: nobody reports for them. assetID "" reads all.
func readHeard(ctx context.Context, q store.Querier, assetID string) (map[string]int64, error) {
	args := []any{string(asset.SourcePassive)}
	where := `o.source = $1`
	if assetID != "" {
		args, where = append(args, assetID), where+` AND o.asset_id = $2`
	}
	rows, err := q.Query(ctx, `SELECT i.asset_id, max(s.last_ms) FROM asset_source o JOIN asset_asset a ON a.id = o.asset_id
		JOIN network_interface i ON i.asset_id = o.asset_id AND i.gone_ms IS NULL AND i.mac_key <> ''
		JOIN network_sighting s ON s.facility_id = a.facility_id AND s.seen_mac = i.mac_key WHERE `+where+` GROUP BY i.asset_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read what was heard of machines: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int64{}
	for rows.Next() {
		var id string
		var ms int64
		if err := rows.Scan(&id, &ms); err != nil {
			return nil, fmt.Errorf("read what was heard of machines: %w", err)
		}
		out[id] = ms
	}
	return out, rows.Err()
}

// readContacts reads every source of every machine, or of one, and calls fn with those
// of one machine at a time, in the order of the machines' IDs.
func readContacts(ctx context.Context, q store.Querier, assetID string, fn func([]contact)) error {
	devices, policies, err := readAgents(ctx, q, assetID)
	if err != nil {
		return err
	}
	directories, err := readListed(ctx, q, assetID)
	if err != nil {
		return err
	}
	heard, err := readHeard(ctx, q, assetID)
	if err != nil {
		return err
	}
	var args []any
	where := ``
	if assetID != "" {
		args, where = append(args, assetID), ` WHERE o.asset_id = $1`
	}
	rows, err := q.Query(ctx, `SELECT o.asset_id, a.facility_id, a.department, a.status, o.source, o.device_key, o.seen_ms, a.last_source, a.last_seen_ms FROM asset_source o JOIN asset_asset a ON a.id = o.asset_id`+where+`
		ORDER BY o.asset_id, o.source`, args...)
	if err != nil {
		return fmt.Errorf("read sources of machines: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var group []contact
	for rows.Next() {
		var k contact
		var key, department string
		if err := rows.Scan(&k.assetID, &k.facilityID, &department, &k.status, &k.source, &key, &k.seenMS, &k.ledger, &k.ledgerMS); err != nil {
			return fmt.Errorf("read sources of machines: %w", err)
		}
		if id, ok := asset.AgentDevice(key); ok && k.source == asset.SourceAgent {
			d := devices[id]
			k.heardMS, k.revokedMS, k.certificateMS, k.refusal, k.refusedMS = d.heardMS, d.revokedMS, d.certificateMS, d.refusal, d.refusedMS
			rules := policies.Rules(identity.Device{ID: id, FacilityID: d.facilityID}, department)
			k.stopped, k.everyHours = rules.Stop, int64(rules.IntervalMin+59)/60
		}
		if k.source == asset.SourcePassive {
			k.seenMS = max(k.seenMS, heard[k.assetID])
		}
		if len(group) > 0 && group[0].assetID != k.assetID {
			fn(seenElsewhere(group, directories[group[0].assetID]))
			group = group[:0]
		}
		group = append(group, k)
	}
	if len(group) > 0 {
		fn(seenElsewhere(group, directories[group[0].assetID]))
	}
	return rows.Err()
}

// seenElsewhere notes with each source of a machine which other one saw it last, and
// what directories say.
func seenElsewhere(group []contact, d listed) []contact {
	for i := range group {
		k := &group[i]
		k.disabled = d.disabled
		if k.source == asset.SourceDirectory {
			k.directory = d.readMS
		}
		for j := range group {
			if o := group[j]; j != i && slices.Contains(sightings, o.source) {
				if seen := max(o.seenMS, o.heardMS); seen > k.otherMS {
					k.other, k.otherMS = o.source, seen
				}
			}
		}
		if k.ledger != k.source && slices.Contains(sightings, k.ledger) && k.ledgerMS > k.otherMS {
			k.other, k.otherMS = k.ledger, k.ledgerMS
		}
		if k.source != asset.SourceDirectory && d.loginMS > k.otherMS {
			k.other, k.otherMS = asset.SourceDirectory, d.loginMS
		}
	}
	return group
}

// Refused keeps the last refusal of a device that has an identity; cause is the text
// key of what it was told. A report that is taken costs nothing here, and neither does
// another refusal within ten minutes.
func Refused(ctx context.Context, db *store.DB, deviceID, cause string, nowMS int64) error {
	if !store.ValidID(deviceID) || len(cause) > 100 {
		return nil
	}
	var keep int // a known device that was refused nothing lately; whoever only knows an ID must not keep the writer busy
	if err := db.QueryRow(ctx, `SELECT count(*) FROM identity_device d LEFT JOIN silence_refusal r ON r.device_id = d.id AND r.last_ms > $2 AND r.last_ms <= $3
		WHERE d.id = $1 AND r.device_id IS NULL`, deviceID, nowMS-refusalEvery, nowMS).Scan(&keep); err != nil || keep == 0 {
		return err
	}
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO silence_refusal (device_id, cause, first_ms, last_ms) SELECT id, $2, $3, $3 FROM identity_device WHERE id = $1
			ON CONFLICT (device_id) DO UPDATE SET first_ms = CASE WHEN silence_refusal.cause = excluded.cause THEN silence_refusal.first_ms ELSE excluded.first_ms END,
			cause = excluded.cause, last_ms = excluded.last_ms`, deviceID, cause, nowMS)
		if err != nil {
			return fmt.Errorf("keep refusal of device %s: %w", deviceID, err)
		}
		return nil
	})
}

// refusalEvery is how exact the time of a refusal is, in ms.
const refusalEvery = 10 * 60 * 1000
