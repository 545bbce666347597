package network

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// How old an entry of a table may be when the table is read: the device spoke at some
// time before that.
const (
	fdbAge = 300 * time.Second // IEEE 802.1D-2004, table 7-5: Ageing Time
	arpAge = 4 * time.Hour     // the longest default of a maker: Cisco IOS, "arp timeout" 14400 seconds
)

// since is when a device was there at the latest, of what was seen at atMS.
func (h How) since(source asset.Source, atMS int64) int64 {
	switch {
	case source != asset.SourceSNMP:
		return atMS
	case h == HowFDB:
		return atMS - fdbAge.Milliseconds()
	case h == HowARP || h == HowND:
		return atMS - arpAge.Milliseconds()
	}
	return atMS
}

// hear notes that a station was there, under its hardware address: an IP address is
// another's tomorrow.
func (b *batch) hear(s span) {
	mac := stationMAC(s.Seen.MAC)
	if mac == "" || isRedundant(mac) {
		return
	}
	b.heard[mac] = max(b.heard[mac], min(s.How.since(b.source, s.last), b.nowMS))
}

// tell tells the ledger of its devices that were heard. It is asked only of sightings
// that begin or last on, which LastSeenGrain bounds, and the ledger writes no row that
// was seen within the same time: at most one write an hour and device, however much it
// speaks.
func (b *batch) tell(ctx context.Context, tx *store.Tx) error {
	var list []asset.Heard
	macs := slices.Sorted(maps.Keys(b.heard))
	for part := range slices.Chunk(macs, 300) {
		owners, err := ownersOf(ctx, tx, b.facility, part)
		if err != nil {
			return err
		}
		list = append(list, b.signs(owners)...)
	}
	return asset.HearAll(ctx, tx, list, LastSeenGrain.Milliseconds())
}

// signs are those of devices that one hardware address leads to and no other device
// claims: a contradiction is shown on the map and never decided here.
func (b *batch) signs(owners map[string]map[string]bool) []asset.Heard {
	at := map[string]int64{}
	for mac, ids := range owners {
		for id := range ids {
			if len(ids) == 1 {
				at[id] = max(at[id], b.heard[mac])
			}
		}
	}
	list := make([]asset.Heard, 0, len(at))
	for id, ms := range at {
		list = append(list, asset.Heard{AssetID: id, Source: b.source, AtMS: ms})
	}
	return list
}

// ownersOf are the devices of a facility's ledger that have hardware addresses, by
// address: as their interfaces say, and as a person or a list wrote it.
func ownersOf(ctx context.Context, q store.Querier, facilityID string, macs []string) (map[string]map[string]bool, error) {
	var args []any
	keys := make([]string, len(macs))
	for i, m := range macs {
		keys[i] = string(asset.KeyMAC) + ":" + MACText(m)
	}
	// The facility is read, not asked for: else SQLite walks through all of its assets.
	const place = `(SELECT a.facility_id FROM asset_asset a WHERE a.id = asset_id)`
	query := `SELECT mac_key, asset_id, ` + place + ` FROM network_interface WHERE gone_ms IS NULL AND ` + store.In("mac_key", macs, &args) +
		` UNION SELECT id_key, asset_id, ` + place + ` FROM asset_identity WHERE ` + store.In("id_key", keys, &args)
	type owner struct {
		mac, id  string
		facility sql.NullString
	}
	list, err := read(ctx, q, "devices with hardware addresses", query, args, func(rows *sql.Rows) (o owner, err error) {
		return o, rows.Scan(&o.mac, &o.id, &o.facility)
	})
	out := map[string]map[string]bool{}
	for _, o := range list {
		mac := MACKey(strings.TrimPrefix(o.mac, string(asset.KeyMAC)+":"))
		if o.facility.String != facilityID {
			continue
		}
		if out[mac] == nil {
			out[mac] = map[string]bool{}
		}
		out[mac][o.id] = true
	}
	return out, err
}
