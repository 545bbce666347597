package silence_test

import (
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

// A machine that is heard on the network lives, and its agent stays silent; one that is
// known from the network only reports as long as it is heard there.
func TestHeardOnTheNetwork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := seen(t, db, 1, asset.SourceAgent, t0-20*day)
		exec(t, db, `UPDATE asset_asset SET last_seen_ms = $1, last_source = 'passive' WHERE id = $2`, t0-hour, pc)
		nas := seen(t, db, 2, asset.SourcePassive, t0-90*day)
		still := seen(t, db, 3, asset.SourcePassive, t0-90*day)
		for id, mac := range map[string]string{nas: "00005e005301", still: "00005e005302"} {
			exec(t, db, `INSERT INTO network_interface (asset_id, source, row_key, digest, name, mac, mac_key, kind, gateway, dns_json, link_up, speed_mbps, first_ms)
				VALUES ($1, 'passive', 'eth0', 1, 'eth0', $2, $2, 'ethernet', '', '[]', TRUE, 0, 1)`, id, mac)
		}
		exec(t, db, `INSERT INTO network_sighting (id, facility_id, row_key, how, seer_chassis, seer_mac, seer_address, seer_name, seer_engine, seer_port,
			seen_chassis, seen_mac, seen_address, seen_name, seen_engine, seen_port, vlan, first_ms, last_ms)
			VALUES ('1', $1, 'k', 'arp', '', '', '', '', '', '', '', '00005e005301', '', '', '', '', 0, 1, $2)`, facility, t0-day)
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-1 agent silent elsewhere", "pc-3 passive silent ")
		lines, err := silence.OfAsset(t.Context(), db, pc, t0, tokyo)
		if err != nil || len(lines) != 1 || lines[0].OtherSource != asset.SourcePassive || lines[0].OtherMS != t0-hour || lines[0].SeenMS != t0-20*day {
			t.Errorf("got %+v, %v", lines, err)
		}
		lines, err = silence.OfAsset(t.Context(), db, nas, t0, tokyo)
		if err != nil || len(lines) != 1 || lines[0].State != silence.Reporting || lines[0].SeenMS != t0-day {
			t.Errorf("got %+v, %v", lines, err)
		}
	})
}
