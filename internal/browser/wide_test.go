//go:build unix

package browser

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/server"
	"sonae/internal/server/servertest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// wide is a made-up hospital with as many devices as asked, written through the rooms
// themselves: a core switch, one in each building, access switches of 40 ports, twelve
// segments, VPN devices with ways in, and some devices that nobody entered.
type wide struct {
	facility string
	nowMS    int64
	seen     []network.Observation
}

// wideHospital starts a server with one.
func wideHospital(t *testing.T, devices int) (*servertest.Process, string) {
	t.Helper()
	p := startPlain(t)
	if err := server.CreateUser(t.Context(), p.Config(), "test", server.GrantOptions{Name: login, Role: "administrator"}, strings.NewReader(password+"\n"), discard{}); err != nil {
		t.Fatal(err)
	}
	facility, _ := p.Prepare(t, 1)
	rooms := p.Rooms(t)
	w := &wide{facility: facility, nowMS: store.MS(rooms.Now())}
	for i := 0; i < devices; i += 100 { // one transaction would keep the server waiting
		if err := rooms.DB.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return w.fill(ctx, tx, i, min(i+100, devices)) }); err != nil {
			t.Fatal(err)
		}
	}
	err := rooms.DB.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := network.Observe(ctx, tx, w.seen, w.nowMS); err != nil {
			return err
		}
		return w.outside(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, facility
}

// Places in the numbering: 0 core, 1–4 buildings, 5–7 VPN devices, then an access switch
// before every 40 devices.
func kindOf(i int) (name string, kind asset.Kind) {
	switch {
	case i == 0:
		return "CORE-01", asset.KindNetwork
	case i <= 4:
		return fmt.Sprintf("DIST-%02d", i), asset.KindNetwork
	case i <= 7:
		return fmt.Sprintf("FW-VPN-%02d", i-4), asset.KindVPN
	case (i-8)%41 == 0:
		return fmt.Sprintf("SW-%03d", (i-8)/41+1), asset.KindNetwork
	}
	kinds := []asset.Kind{asset.KindPC, asset.KindPC, asset.KindPC, asset.KindPC, asset.KindMedical, asset.KindMedical, asset.KindPrinter, asset.KindServer}
	k := kinds[i%len(kinds)]
	return fmt.Sprintf("%s-%04d", strings.ToUpper(string(k)), i), k
}

// upOf is the switch that a device hangs at.
func upOf(i int) int {
	switch {
	case i <= 7:
		return 0
	case (i-8)%41 == 0:
		return 1 + (i-8)/41%4
	}
	return i - (i-8)%41
}

func party(i int) network.Party {
	return network.Party{MAC: fmt.Sprintf("00005e%06x", i+1), ChassisID: fmt.Sprintf("mac:00005e%06x", i+1)}
}

func (w *wide) fill(ctx context.Context, tx *store.Tx, from, to int) error {
	segment := func(i int) int { return i / 41 % 12 }
	if from == 0 {
		for s := range 12 {
			if _, err := network.CreateSegment(ctx, tx, network.Segment{FacilityID: w.facility, CIDR: fmt.Sprintf("10.%d.0.0/16", 10+s), VLAN: int64(10 + s),
				Name: []string{"サーバ", "1階外来", "2階病棟", "3階病棟", "4階病棟", "医療機器", "検査", "薬剤", "事務", "給食", "来院者 Wi-Fi", "<b>監視</b>"}[s]}, w.nowMS-90*24*3600*1000); err != nil {
				return err
			}
		}
	}
	for i := from; i < to; i++ {
		name, kind := kindOf(i)
		addr := netip.AddrFrom4([4]byte{10, byte(10 + segment(i)), byte(i / 250), byte(i%250 + 1)})
		mac := fmt.Sprintf("00:00:5e:%02x:%02x:%02x", (i+1)>>16, (i+1)>>8&255, (i+1)&255)
		if i%397 != 396 { // the others are seen, and nobody entered them
			if _, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: w.facility, Source: asset.SourceCSV, AtMS: w.nowMS - 60*24*3600*1000, Kind: kind, Identity: asset.Identity{AssetTag: name, HostName: name, MACs: []string{mac}},
				Groups: map[string]asset.Values{"list": {asset.FieldName: name, asset.FieldIP: addr.String(), asset.FieldMAC: mac}}}); err != nil {
				return err
			}
		}
		if i == 0 {
			continue
		}
		o := network.Observation{FacilityID: w.facility, How: network.HowFDB, AtMS: w.nowMS, Seer: party(upOf(i)), SeerPort: fmt.Sprint("Gi1/0/", i%48+1), Seen: network.Party{MAC: party(i).MAC}}
		if i <= 7 || (i-8)%41 == 0 {
			o.How, o.Seen, o.SeenPort = network.HowLLDP, party(i), "Te1/1"
		}
		w.seen = append(w.seen, o, network.Observation{FacilityID: w.facility, How: network.HowARP, AtMS: w.nowMS, Seer: party(0), Seen: network.Party{MAC: party(i).MAC, Address: addr}})
	}
	return nil
}

// outside registers two ways in; the third VPN device stays a proposal.
func (w *wide) outside(ctx context.Context, tx *store.Tx) error {
	for i, name := range []string{"電子カルテの保守", "給食の回線"} {
		box := ""
		if err := tx.QueryRow(ctx, `SELECT id FROM asset_asset WHERE name = $1`, fmt.Sprintf("FW-VPN-%02d", i+1)).Scan(&box); err != nil {
			return err
		}
		if _, err := network.CreateExternal(ctx, tx, network.External{FacilityID: w.facility, Name: name, Party: "架空システム株式会社", PartyKind: network.PartyVendor, AssetID: box, Line: []network.Line{network.LineVPN, network.LineMobile}[i],
			Authentication: network.AuthPersonal, SecondFactor: network.Yes, SourceLimit: network.Yes, Opening: network.OpenOnRequest, PatchOwner: "架空システム株式会社", By: "計測"}, w.nowMS-1000); err != nil {
			return err
		}
	}
	return nil
}
