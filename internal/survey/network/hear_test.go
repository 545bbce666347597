package network_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// A device of the ledger that is heard counts as seen, under its hardware address and
// with how old the word is; nothing else does.
func TestHeard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const start = int64(1_800_000_000_000)
		hour := time.Hour.Milliseconds()
		pc, twin, twin2, gone, abroad := machine(t, db, facility, "h1"), machine(t, db, facility, "h2"), machine(t, db, facility, "h3"), machine(t, db, facility, "h4"), machine(t, db, "elsewhere", "h5")
		card := func(id, mac string) {
			interfaces(t, db, id, start, network.Interface{Name: "eth0", MAC: mac, Kind: "ethernet", Addresses: []string{"192.0.2.7/24"}})
		}
		card(pc, "00:00:5e:00:53:01")
		card(twin, "00:00:5e:00:53:02")
		card(twin2, "00:00:5e:00:53:02")
		card(gone, "00:00:5e:00:53:03")
		card(abroad, "00:00:5e:00:53:04")
		var listed string // by hand, with its address
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			a, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, facility, asset.Values{asset.FieldKind: "printer", asset.FieldName: "P", asset.FieldMAC: "00:00:5e:00:53:05"}, "x", start)
			listed = a.ID
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE asset_asset SET status = 'disposed' WHERE id = $1`, gone)
			return err
		})
		seen := func(id string) (int64, asset.Source) {
			t.Helper()
			a, err := asset.Get(t.Context(), db, asset.Scope{All: true}, id)
			if err != nil {
				t.Fatal(err)
			}
			return a.LastSeenMS, a.LastSource
		}
		hear := func(at int64, macs ...string) {
			t.Helper()
			var list []network.Observation
			for _, m := range macs {
				list = append(list, network.Observation{FacilityID: facility, How: network.HowMDNS, Seen: network.Party{MAC: m, Address: netip.MustParseAddr("192.0.2.9")}, AtMS: at})
			}
			list = append(list, network.Observation{FacilityID: facility, How: network.HowTraffic, Seen: network.Party{Address: netip.MustParseAddr("192.0.2.7")}, AtMS: at})
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := network.Observe(ctx, tx, list, at)
				return err
			})
		}
		is := func(what, id string, ms int64, source asset.Source) {
			t.Helper()
			if got, by := seen(id); got != ms || by != source {
				t.Errorf("%s: seen at start%+d min by %s, want %+d by %s", what, (got-start)/60000, by, (ms-start)/60000, source)
			}
		}
		all := []string{"00005e005301", "00005e005302", "00005e005303", "00005e005304", "00005e005305", "00005e000101"}
		hear(start+2*hour, all...)
		is("heard", pc, start+2*hour, asset.SourcePassive)
		is("entered by hand", listed, start+2*hour, asset.SourcePassive)
		for what, id := range map[string]string{"one address of two rows": twin, "the other row": twin2, "disposed of": gone, "another facility": abroad} {
			is(what, id, 1, asset.SourceAgent)
		}
		hear(start+2*hour+30*60000, all...)
		is("within the hour", pc, start+2*hour, asset.SourcePassive)
		hear(start+3*hour+60000, all...)
		is("after the hour", pc, start+3*hour+60000, asset.SourcePassive)
		read := func(at int64, how network.How) {
			t.Helper()
			r := network.Reading{FacilityID: facility, Source: string(asset.SourceSNMP), How: network.HowSNMP, AtMS: at, Device: network.Party{MAC: "00005e0053f0"},
				Seen: []network.Observation{{How: how, SeerPort: "1", Seen: network.Party{MAC: "00005e005301"}}}}
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := network.Take(ctx, tx, r, at)
				return err
			})
		}
		read(start+6*hour, network.HowARP) // may be four hours old: no news
		is("an old table", pc, start+3*hour+60000, asset.SourcePassive)
		read(start+6*hour, network.HowFDB)
		is("a switch's table", pc, start+6*hour-300_000, asset.SourceSNMP)
		if seenMS, _, err := asset.Spoken(t.Context(), db, pc, asset.SourceAgent, nil); err != nil || seenMS != 1 {
			t.Errorf("the agent spoke at %d, %v: who hears a machine does not hear its agent", seenMS, err)
		}
	})
}
