package network

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// Map makes the map of a facility as of atMS (not 0): what the ledger holds, resolved
// with what was seen on the network. Names, kinds and states of the ledger are those of
// today; addresses, sightings, segments and marks are those of the day.
func Map(ctx context.Context, q store.Querier, facilityID string, atMS int64) (Graph, error) {
	e, err := ReadEvidence(ctx, q, facilityID, atMS)
	if err != nil {
		return Graph{}, err
	}
	return Resolve(e), nil
}

// ReadEvidence reads everything from which the map of a day is made.
func ReadEvidence(ctx context.Context, q store.Querier, facilityID string, atMS int64) (e Evidence, err error) {
	e = Evidence{FacilityID: facilityID, AtMS: atMS}
	if e.Sightings, err = Sightings(ctx, q, facilityID, atMS); err != nil {
		return e, err
	}
	if e.Aliases, err = Aliases(ctx, q, facilityID, atMS); err != nil {
		return e, err
	}
	if e.Traits, err = Traits(ctx, q, facilityID, atMS); err != nil {
		return e, err
	}
	if e.Segments, err = Segments(ctx, q, facilityID, atMS); err != nil {
		return e, err
	}
	if e.Marks, err = Marks(ctx, q, facilityID, atMS); err != nil {
		return e, err
	}
	if e.PortNames, err = portNames(ctx, q, facilityID, atMS); err != nil {
		return e, err
	}
	e.Known, err = known(ctx, q, facilityID, atMS)
	return e, err
}

// portNames reads the ports whose description names them in another way. A description
// that two ports of a device share names none.
func portNames(ctx context.Context, q store.Querier, facilityID string, atMS int64) (map[string]PortNames, error) {
	args := []any{facilityID}
	query := `SELECT t.asset_id, t.name, t.text FROM network_switch_port t JOIN asset_asset a ON a.id = t.asset_id
		WHERE a.facility_id = $1 AND t.text <> '' AND t.text <> t.name AND ` + openOrAt("t", atMS, &args) + ` ORDER BY t.asset_id, t.row_key, t.source`
	type row struct{ id, name, text string }
	list, err := read(ctx, q, "names of ports", query, args, func(rows *sql.Rows) (p row, err error) {
		return p, rows.Scan(&p.id, &p.name, &p.text)
	})
	out := map[string]PortNames{}
	for _, p := range list {
		node, text := "asset:"+p.id, portWord(p.text)
		if out[node] == nil {
			out[node] = PortNames{}
		}
		if name, twice := out[node][text]; twice && name != p.name {
			out[node][text] = ""
			continue
		}
		out[node][text] = p.name
	}
	return out, err
}

// known reads the devices of the ledger that can be on a network: not systems, nor
// services elsewhere, nor what was thrown away.
func known(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]Known, error) {
	const query = `SELECT id, label, kind, maker, model, mac, ip, created_ms, last_seen_ms FROM asset_asset
		WHERE facility_id = $1 AND created_ms <= $2 AND kind NOT IN ('system', 'cloud') AND status <> 'disposed' ORDER BY id`
	list, err := read(ctx, q, "devices of the ledger", query, []any{facilityID, atMS}, func(rows *sql.Rows) (k Known, err error) {
		var mac, ip string
		err = rows.Scan(&k.AssetID, &k.Name, &k.Kind, &k.Maker, &k.Model, &mac, &ip, &k.FirstMS, &k.LastMS)
		k.addMAC(mac)
		k.addAddress(ip)
		return k, err
	})
	if err != nil {
		return nil, err
	}
	at := make(map[string]*Known, len(list))
	for i := range list {
		at[list[i].AssetID] = &list[i]
	}
	if err := addKnown(ctx, q, facilityID, atMS, "network_interface", "mac_key", at, (*Known).addMAC); err != nil {
		return nil, err
	}
	return list, addKnown(ctx, q, facilityID, atMS, "network_address", "address", at, (*Known).addAddress)
}

// addKnown adds a column of the interfaces or addresses that machines had on the day.
func addKnown(ctx context.Context, q store.Querier, facilityID string, atMS int64, table, column string, at map[string]*Known, add func(*Known, string)) error {
	args := []any{facilityID}
	query := `SELECT t.asset_id, t.` + column + ` FROM ` + table + ` t JOIN asset_asset a ON a.id = t.asset_id WHERE a.facility_id = $1 AND ` + openOrAt("t", atMS, &args)
	type pair struct{ id, value string }
	found, err := read(ctx, q, table, query, args, func(rows *sql.Rows) (p pair, err error) {
		return p, rows.Scan(&p.id, &p.value)
	})
	for _, p := range found {
		if k := at[p.id]; k != nil {
			add(k, p.value)
		}
	}
	return err
}

func (k *Known) addMAC(text string) {
	if m := stationMAC(text); m != "" && !isRedundant(m) {
		k.MACs = append(k.MACs, m)
	}
}

func (k *Known) addAddress(text string) {
	if a := addressOf(text); oneHost(a) && !a.IsLinkLocalUnicast() {
		k.Addresses = append(k.Addresses, a.WithZone("").Unmap().String())
	}
}
