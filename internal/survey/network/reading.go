package network

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// maxAliases is how many further keys of a device are kept: a chassis of 16 modules
// with 96 ports, each with an address of its own, has about 1,600.
const maxAliases = 4096

// Take keeps what a device said of itself and of whom it sees. Interfaces go to the
// asset by RecordInterfaces, which the caller does when the ledger knows the device.
// Errors: of the database.
func Take(ctx context.Context, tx *store.Tx, r Reading, nowMS int64) (Took, error) {
	device := r.Device.clean()
	if device.Key() == "" {
		return Took{Unusable: 1 + len(r.Seen)}, nil
	}
	at := min(r.AtMS, nowMS)
	seen := make([]Observation, 0, len(r.Seen))
	for _, o := range r.Seen {
		o.FacilityID = r.FacilityID
		// A controller tells of clients of its access points: those are at the access point.
		if o.How != HowWiFi || o.Seer.MAC == "" || o.Seer.MAC == device.MAC {
			o.Seer = device
		}
		if o.AtMS == 0 {
			o.AtMS = at
		}
		seen = append(seen, o)
	}
	took, err := observe(ctx, tx, seen, asset.Source(r.Source), nowMS)
	if err != nil {
		return took, err
	}
	fresh := map[traitRow]SeenTrait{}
	collectTraits(fresh, device.Key(), at, r.Traits)
	if _, err := storeTraits(ctx, tx, r.FacilityID, fresh); err != nil {
		return took, err
	}
	if err := keepAliases(ctx, tx, r.FacilityID, device, r.Also, at); err != nil {
		return took, err
	}
	return took, touch(ctx, tx, r.FacilityID)
}

// keepAliases keeps the further keys of a device, those under which it named itself now
// included.
func keepAliases(ctx context.Context, tx *store.Tx, facility string, device Party, also []string, atMS int64) error {
	keys := append(device.hardKeys(), also...)
	if device.Address.IsValid() {
		keys = append(keys, "ip:"+device.Address.String())
	}
	if device.Name != "" {
		keys = append(keys, "name:"+device.Name)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	rows := make([][]any, 0, min(len(keys), maxAliases))
	for _, k := range keys[:min(len(keys), maxAliases)] {
		if k = line(k); k != "" {
			rows = append(rows, []any{facility, device.Key(), k, atMS, atMS})
		}
	}
	cols := []store.Col{{Name: "facility_id", Type: store.Text}, {Name: "party_key", Type: store.Text}, {Name: "alias_key", Type: store.Text}, {Name: "first_ms", Type: store.Int}, {Name: "last_ms", Type: store.Int}}
	err := tx.InsertMany(ctx, "network_alias", cols, rows, "ON CONFLICT (facility_id, party_key, alias_key) DO UPDATE SET last_ms = excluded.last_ms")
	if err != nil {
		return fmt.Errorf("keep keys of %s: %w", device.Key(), err)
	}
	return nil
}

// Alias says that two keys are of one device, because the device said so itself.
type Alias struct {
	Party, Also string // Party.Key forms
	FirstMS     int64
	LastMS      int64
}

// Aliases lists the further keys that devices of a facility had by atMS and had not
// given up for GoneAfter.
func Aliases(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]Alias, error) {
	query := `SELECT party_key, alias_key, first_ms, last_ms FROM network_alias WHERE facility_id = $1 AND first_ms <= $2 AND last_ms >= $3 ORDER BY party_key, alias_key`
	return read(ctx, q, "keys of devices", query, []any{facilityID, atMS, atMS - GoneAfter.Milliseconds()}, func(rows *sql.Rows) (a Alias, err error) {
		return a, rows.Scan(&a.Party, &a.Also, &a.FirstMS, &a.LastMS)
	})
}
