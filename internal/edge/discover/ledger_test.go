package discover_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"sonae/internal/edge/discover"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

const house = "0192f0c1-2b3c-7d4e-8f5a-000000000001"

// A switch that was asked becomes a row with what it is; the PC at its port is found
// there; asked again, it is the same row.
func TestTakeReading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := int64(1_764_000_000_000)
		take := func(r network.Reading, at int64) (id string) {
			t.Helper()
			r.FacilityID, r.Source, r.How, r.AtMS = house, string(asset.SourceSNMP), network.HowSNMP, at
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				id, _, err = discover.TakeReading(ctx, tx, r, at)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		sw := network.Reading{
			Device: network.Party{ChassisID: "mac:00005e005301", Address: netip.MustParseAddr("192.0.2.1"), Name: "SW-3N-02", EngineID: "800000090300005e005301"},
			Also:   []string{"mac:00005e005301", "mac:00005e005302"},
			Traits: []network.Trait{
				{Key: network.TraitSysDescr, Value: "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E3, RELEASE SOFTWARE (fc3)"}, {Key: network.TraitSysObjectID, Value: ".1.3.6.1.4.1.9.1.1208"},
				{Key: network.TraitEntityModel, Value: "WS-C2960X-24TS-L"}, {Key: network.TraitEntitySerial, Value: "FOC0000X0AB"},
			},
			Interfaces: []network.Interface{{Name: "Gi1/0/1", MAC: "00:00:5e:00:53:01", Kind: "ethernet", Up: true}, {Name: "Vlan1", MAC: "00:00:5e:00:53:02", Kind: "virtual", Up: true, Addresses: []string{"192.0.2.1/24"}}},
			Seen:       []network.Observation{{SeerPort: "Gi1/0/7", Seen: network.Party{MAC: "00005e005309"}, How: network.HowFDB, VLAN: 20}},
		}
		id := take(sw, now)
		a, err := asset.Get(t.Context(), db, asset.Scope{All: true}, id)
		if err != nil {
			t.Fatal(err)
		}
		for field, want := range map[asset.Field]string{asset.FieldMaker: "Cisco", asset.FieldModel: "WS-C2960X-24TS-L", asset.FieldSerial: "FOC0000X0AB", asset.FieldHostName: "SW-3N-02", asset.FieldIP: "192.0.2.1"} {
			if a.Values[field] != want {
				t.Errorf("%s: %q, want %q", field, a.Values[field], want)
			}
		}
		if a.Kind != asset.KindNetwork || a.MainSource != asset.SourceSNMP || a.Values[asset.FieldFirmwareVersion] == "" {
			t.Errorf("%+v", a)
		}
		g, err := network.Map(t.Context(), db, house, now)
		if err != nil {
			t.Fatal(err)
		}
		socket := g.Sockets()["mac:00005e005309"]
		if socket.Node.AssetID != id || socket.Port != "Gi1/0/7" || socket.Kind != network.LinkEdge {
			t.Errorf("the PC hangs at %+v", socket)
		}
		sw.Device.Name = "SW-3N-02-new"
		if again := take(sw, now+3_600_000); again != id {
			t.Error("asked again, it is another row")
		}
		bare := take(network.Reading{Device: network.Party{Address: netip.MustParseAddr("192.0.2.77")}}, now)
		if bare == id || take(network.Reading{Device: network.Party{Address: netip.MustParseAddr("192.0.2.77")}}, now+1) != bare {
			t.Error("a device that tells nothing of itself")
		}
		if list, err := asset.List(t.Context(), db, asset.Filter{Scope: asset.Scope{All: true}}, asset.Page{Limit: 10}); err != nil || list.Total != 2 {
			t.Error(fmt.Sprint(list.Total), err)
		}
	})
}

// A neighbour tells a port by its description; on the map it has the name that the
// device itself uses, and one cable is one link.
func TestPortOfNeighbour(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := int64(1_764_000_000_000)
		device := func(mac, name, port, text string, sees network.Observation) network.Reading {
			sees.SeerPort, sees.How = port, network.HowLLDP
			return network.Reading{FacilityID: house, Source: string(asset.SourceSNMP), How: network.HowSNMP, AtMS: now, Device: network.Party{ChassisID: "mac:" + mac, MAC: mac, Name: name},
				Ports: []network.PortState{{Name: port, Text: text, Enabled: true}}, Interfaces: []network.Interface{{Name: port, Up: true}}, Seen: []network.Observation{sees},
				Programs: []network.Program{{Name: "agent 1.0", InstalledMS: now}}, Supplies: []network.Supply{{Name: "Black", Kind: "toner", Percent: 5}}}
		}
		a := device("00005e005311", "core", "1/24", "Maker X3000 R1 Port 24", network.Observation{Seen: network.Party{ChassisID: "mac:00005e005312", MAC: "00005e005312"}, SeenPort: "Maker Y100 Port 1"})
		b := device("00005e005312", "floor", "1", "Maker Y100 Port 1", network.Observation{Seen: network.Party{ChassisID: "mac:00005e005311", MAC: "00005e005311"}, SeenPort: "Maker X3000 R1 Port 24"})
		for _, r := range []network.Reading{a, b} {
			var id string
			if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				id, _, err = discover.TakeReading(ctx, tx, r, now)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			parts, err := network.PartsOf(t.Context(), db, id, 0)
			if err != nil || len(parts.Ports) != 1 || len(parts.Supplies) != 1 {
				t.Errorf("parts %+v %v", parts, err)
			}
			if list, _, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: id}); err != nil || len(list) != 1 || list[0].Name != "agent 1.0" {
				t.Errorf("programs %+v %v", list, err)
			}
		}
		g, err := network.Map(t.Context(), db, house, now)
		if err != nil || len(g.Links) != 1 {
			t.Fatalf("links %+v %v", g.Links, err)
		}
		l := g.Links[0]
		if ports := map[string]bool{l.APort: true, l.BPort: true}; !ports["1/24"] || !ports["1"] {
			t.Errorf("link %+v", l)
		}
	})
}
