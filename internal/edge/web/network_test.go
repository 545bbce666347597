package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// netted puts a small network into the ledger and on the wire: a switch with a terminal
// and something unlisted, a VPN device, two segments.
func (w *world) netted(facility string) {
	w.t.Helper()
	now := store.MS(w.clock())
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		for i, cidr := range []string{"192.0.2.0/24", "198.51.100.0/24"} {
			if _, err := network.CreateSegment(ctx, tx, network.Segment{FacilityID: facility, CIDR: cidr, Name: []string{"病棟", "<b>事務</b>"}[i], VLAN: int64(i + 10)}, now-40*dayMS); err != nil {
				return err
			}
		}
		for i, d := range []struct {
			name string
			kind asset.Kind
		}{{"SW-01", asset.KindNetwork}, {"EMR-01", asset.KindPC}, {"EMR-02", asset.KindPC}, {"FW-VPN-01", asset.KindVPN}} {
			mac := fmt.Sprintf("00:00:5e:00:53:%02x", i+1)
			_, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facility, Source: asset.SourceCSV, AtMS: now - 40*dayMS, Kind: d.kind,
				Identity: asset.Identity{AssetTag: d.name, HostName: d.name, MACs: []string{mac}}, Groups: map[string]asset.Values{"list": {asset.FieldName: d.name, asset.FieldIP: fmt.Sprintf("192.0.2.%d", i+1), asset.FieldMAC: mac}}})
			if err != nil {
				return err
			}
		}
		party := func(n int) network.Party {
			return network.Party{MAC: fmt.Sprintf("00005e0053%02x", n), Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)})}
		}
		at := func(n int, port string) network.Observation {
			return network.Observation{FacilityID: facility, How: network.HowFDB, AtMS: now - dayMS, Seer: party(1), SeerPort: port, Seen: party(n)}
		}
		_, err := network.Observe(ctx, tx, []network.Observation{at(2, "Gi1/0/2"), at(9, "Gi1/0/9")}, now)
		return err
	})
}

func TestNetworkMap(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := w.facility("架空市立あおば台病院")
		other := w.facility("健診センター")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		w.user("ward", identity.Grant{Role: identity.Department, FacilityID: f, Department: "外来"})
		w.user("clinic", identity.Grant{Role: identity.Operator, FacilityID: other})
		w.netted(f)
		b := w.as("boss")
		page := b.get("/network?facility=" + f)
		b.want(page, http.StatusOK, "<svg", "EMR-01", "FW-VPN-01", "192.0.2.0/24", "&lt;b&gt;事務&lt;/b&gt;", "未確認：VPN", "第1版")
		if strings.Contains(page.body, "<b>事務") || strings.Contains(page.body, "style=") {
			t.Error("a name became markup, or a style attribute stands in the page")
		}
		// Nobody said whose map is meant: the last one looked at, else one that has one.
		b.want(b.get("/network"), http.StatusOK, "FW-VPN-01")
		b.want(w.as("boss").get("/network"), http.StatusOK, "FW-VPN-01")
		// A way of the register takes the place of the proposal.
		var box string
		if err := db.QueryRow(t.Context(), `SELECT id FROM asset_asset WHERE name = 'FW-VPN-01'`).Scan(&box); err != nil {
			t.Fatal(err)
		}
		b.moved(b.post("/external", "facility_id", f, "name", "<i>保守</i>", "party", "架空システム", "party_kind", "vendor", "asset_id", box, "line", "vpn", "authentication", "personal",
			"second_factor", "yes", "source_limit", "yes", "opening", "on_request", "patch_owner", "架空システム"), "/external")
		registered := b.get("/network?facility=" + f)
		b.want(registered, http.StatusOK, "&lt;i&gt;保守&lt;/i&gt;", "架空システム", "m-line-entry")
		if strings.Contains(main(registered.body), "未確認：VPN") || strings.Contains(registered.body, "<i>保守") {
			t.Error("a registered box is still proposed, or its name became markup")
		}
		b.want(b.get("/network?facility="+f+"&as_of=2026-10-20"), http.StatusOK)
		// Looking again is the same revision; something new is the next.
		b.want(b.get("/network?facility="+f), http.StatusOK, "第2版")
		b.want(b.get("/network?facility="+f+"&q=EMR-02"), http.StatusOK, "m-dim", "1台のうち1台")
		b.want(b.get("/network?facility="+f+"&kind=pc&state=listed&segment=none&system=x&vendor=y"), http.StatusOK)
		w.mapRisks(b, f)
		b.want(b.get("/network?facility="+f+"&from=EMR-01&to=SW-01"), http.StatusOK, "接続口に直結", "Gi1/0/2")
		b.want(b.get("/network?facility="+f+"&from=EMR&to=SW-01"), http.StatusOK, "EMR-02 (192.0.2.3)")
		b.want(b.get("/network?facility="+f+"&as_of=2026-10-20"), http.StatusOK, "2026年10月20日")
		b.want(b.get("/network/addresses?facility="+f), http.StatusOK, "/ 254")
		w.liveMap(b, f)
		for format, head := range map[string]string{"pdf": "%PDF", "svg": "<?xml", "drawio": "<?xml", "graphml": "<?xml", "csv": "\ufeff"} {
			a := b.get("/network/export?format=" + format + "&facility=" + f)
			if a.status != http.StatusOK || !strings.HasPrefix(a.body, head) {
				t.Errorf("%s: %d %.40q", format, a.status, a.body)
			}
			if again := b.get("/network/export?format=" + format + "&facility=" + f); again.body != a.body && format != "svg" && format != "pdf" {
				t.Errorf("two exports as %s differ", format)
			}
		}
		b.want(b.get("/network/addresses/export.csv?facility="+f), http.StatusOK, "192.0.2.0/24")
		b.want(b.get("/network/export?format=exe"), http.StatusNotFound)
		if a := b.post("/network/places", "facility", f, "box", "segment:", "x", "30", "y", "900"); a.status != http.StatusSeeOther {
			t.Errorf("moving: %d %s", a.status, main(a.body))
		}
		b.want(b.post("/network/places", "facility", f, "box", "x", "x", "-1", "y", "0"), http.StatusUnprocessableEntity)
		b.want(b.get("/network?facility="+f), http.StatusOK, "手で動かした位置を元に戻す")
		if a := b.post("/network/places/clear", "facility", f); a.status != http.StatusSeeOther {
			t.Errorf("clearing: %d", a.status)
		}
		// A department sees neither the map nor what stands on it, and reads why.
		for _, path := range []string{"/network", "/external", "/unlisted"} {
			d := w.as("ward")
			d.want(d.get(path), http.StatusForbidden, "施設全体の弱いところ")
		}
		// Another facility's map is not there for those who may not see it.
		c := w.as("clinic")
		for _, path := range []string{"/network", "/network/map.json", "/network/addresses", "/network/export?format=csv", "/network/addresses/export.csv"} {
			sign := "?"
			if strings.Contains(path, "?") {
				sign = "&"
			}
			c.want(c.get(path+sign+"facility="+f), http.StatusNotFound)
			c.want(c.get(path+sign+"facility="+other), http.StatusOK)
		}
		c.want(c.post("/network/places", "facility", f, "box", "a", "x", "1", "y", "1"), http.StatusNotFound)
		w.verified()
	})
}

// mapRisks narrows the map down to what is at risk: the box that a way in ends at, a
// machine whose support is over, and on a past day ways in only.
func (w *world) mapRisks(b *browser, f string) {
	w.t.Helper()
	b.want(b.get("/network?facility="+f+"&risk=entry"), http.StatusOK, "FW-VPN-01", "台のうち1台")
	b.want(b.get("/network?facility="+f+"&risk=support_over"), http.StatusOK, "台のうち0台")
	var pc string
	if err := w.db.QueryRow(w.t.Context(), `SELECT id FROM asset_asset WHERE name = 'EMR-02'`).Scan(&pc); err != nil {
		w.t.Fatal(err)
	}
	if err := w.db.Tx(w.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE asset_asset SET support_ends_on = '2020-01-14' WHERE id = $1`, pc)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	over := b.get("/network?facility=" + f + "&risk=support_over")
	b.want(over, http.StatusOK, "台のうち1台", "m-dim", `value="support_over" selected`)
	past := b.get("/network?facility=" + f + "&as_of=2026-10-20&risk=support_over")
	b.want(past, http.StatusOK)
	if strings.Contains(past.body, `value="support_over"`) {
		w.t.Error("the map of a past day offers what is judged as of now")
	}
}

// liveMap reads what the script of the map draws: every device once in each of its
// segments, names as plain text.
func (w *world) liveMap(b *browser, facility string) {
	w.t.Helper()
	a := b.get("/network/map.json?facility=" + facility)
	var d mapData
	if err := json.Unmarshal([]byte(a.body), &d); err != nil || a.status != http.StatusOK {
		w.t.Fatalf("data of the map: %d %v", a.status, err)
	}
	if len(d.Nodes) != 5 || len(d.Links) == 0 || len(d.Lines) == 0 || !slices.Contains(d.Segments, "<b>事務</b>") {
		w.t.Errorf("%d devices, %d links, %d lines, segments %q", len(d.Nodes), len(d.Links), len(d.Lines), d.Segments)
	}
	boxes := 0
	for _, x := range d.Boxes {
		if x.Node != nil {
			boxes++
		}
	}
	if boxes != 5 || a.header.Get("ETag") == "" || a.header.Get("Cache-Control") != "private, no-cache" {
		w.t.Errorf("%d boxes of devices, headers %v", boxes, a.header)
	}
}
