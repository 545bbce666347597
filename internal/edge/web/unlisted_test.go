package web

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/survey/network"
)

// A device that is in no ledger is found with where it hangs, adopted or given an end
// date; who may not see the whole facility sees none of it.
func TestUnlistedPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空病院"), w.facility("架空診療所")
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("reader", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("ward", identity.Grant{Role: identity.Department, FacilityID: f, Department: "外来"})
		w.user("branch", identity.Grant{Role: identity.Operator, FacilityID: g})
		op := w.as("op")
		op.want(op.get("/unlisted"), http.StatusOK, "ネットワークをまだ見ていません")
		now := store.MS(w.clock())
		sw := network.Party{ChassisID: "mac:00005e005301", Name: "SW-3N"}
		see := func(o network.Observation) {
			t.Helper()
			o.FacilityID, o.AtMS = f, now
			w.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := network.Observe(ctx, tx, []network.Observation{o}, now)
				return err
			})
		}
		nas := network.Party{MAC: "00005e005309", Address: netip.MustParseAddr("192.0.2.9"), Name: `<b>nas</b>`}
		see(network.Observation{How: network.HowFDB, Seer: sw, SeerPort: "Gi1/0/7", Seen: network.Party{MAC: nas.MAC}})
		see(network.Observation{How: network.HowMDNS, Seer: network.Party{Name: "sonae"}, Seen: nas, Traits: []network.Trait{{Key: network.TraitMDNSService, Value: "_smb._tcp"}}})
		see(network.Observation{How: network.HowARP, Seer: sw, Seen: network.Party{MAC: "00005e00530a", Address: nas.Address}})
		show := "/unlisted/device?" + url.Values{"facility": {f}, "key": {"mac:" + nas.MAC}}.Encode()

		page := op.get("/unlisted")
		op.want(page, http.StatusOK, "&lt;b&gt;nas", "SW-3N Gi1/0/7", "接続口に直結", "192.0.2.9", "IPアドレスの重複")
		op.want(op.get(show), http.StatusOK, "_smb._tcp", "スイッチのMACアドレス表", "SW-3N", "台帳に登録する")
		op.want(op.get("/unlisted?q=gi1/0/7+nas"), http.StatusOK, "&lt;b&gt;nas")
		if _, body, _ := strings.Cut(op.get("/unlisted?q=nothing").body, `class="tabs"`); strings.Contains(body, "Gi1/0/7") {
			t.Error("the search finds what it should not")
		}
		if body := w.as("reader").get(show); body.status != http.StatusOK || strings.Contains(main(body.body), "<form") {
			t.Error("a reader is offered changes:", main(body.body))
		}
		for _, name := range []string{"ward", "branch"} {
			b := w.as(name)
			if body := main(b.get("/unlisted").body); strings.Contains(body, "nas") || strings.Contains(body, "192.0.2.9") {
				t.Errorf("%s sees the devices: %s", name, body)
			}
			refused := map[string]int{"ward": http.StatusForbidden, "branch": http.StatusNotFound}[name]
			b.want(b.get(show), refused)
			for _, path := range []string{"/unlisted/mark", "/unlisted/unmark"} {
				b.want(b.post(path, "facility_id", f, "key", "mac:"+nas.MAC, "until", "2026-12-01", "note", "x"), refused)
			}
			// A department may enter its own devices into the ledger, but not from the map.
			b.want(b.post("/unlisted/adopt", "facility_id", f, "key", "mac:"+nas.MAC, "kind", "pc"), http.StatusNotFound)
		}

		// A finding leads to a page that can be printed, and is put aside with a reason.
		clash := findingAddress(f, "clash_address|192.0.2.9")
		open := op.get(clash)
		op.want(open, http.StatusOK, "IPアドレスの重複", "SW-3N Gi1/0/7", "どちらかの通信が途切れます", "確かめた人・日時")
		facts := regexp.MustCompile(`name="facts" value="([0-9a-f]+)"`).FindStringSubmatch(open.body)[1]
		later := w.clock().AddDate(0, 0, 3).Format("2006-01-02")
		aside := []string{"facility_id", f, "key", "clash_address|192.0.2.9", "facts", facts, "reason", "交換中の装置", "until", later}
		op.want(op.post("/unlisted/finding/aside", "facility_id", f, "key", "clash_address|192.0.2.9", "facts", "x", "reason", "交換中の装置", "until", later), http.StatusConflict)
		op.want(op.post("/unlisted/finding/aside", "facility_id", f, "key", "clash_address|192.0.2.9", "facts", facts, "reason", "", "until", later), http.StatusUnprocessableEntity, "保留する理由")
		for _, name := range []string{"reader", "ward", "branch"} {
			if got := w.as(name).post("/unlisted/finding/aside", aside...); got.status < 400 {
				t.Errorf("%s may put a finding aside", name)
			}
		}
		op.moved(op.post("/unlisted/finding/aside", aside...), "/unlisted")
		op.want(op.get("/unlisted"), http.StatusOK, "保留したもの 1件", "交換中の装置")
		op.moved(op.post("/unlisted/finding/open", "facility_id", f, "key", "clash_address|192.0.2.9"), clash)
		op.want(op.get(findingAddress(f, "storage|gone")), http.StatusNotFound)

		// A mark with a wrong date says so beside the field and keeps what was typed.
		op.want(op.post("/unlisted/mark", "facility_id", f, "key", "mac:"+nas.MAC, "until", "2020-01-01", "note", "業者の持ち込み"), http.StatusUnprocessableEntity, "終わりの日は", "業者の持ち込み")
		until := w.clock().AddDate(0, 0, 3).Format("2006-01-02")
		op.moved(op.post("/unlisted/mark", "facility_id", f, "key", "mac:"+nas.MAC, "until", until, "note", "業者の持ち込み"), "/unlisted?state=visitor")
		op.want(op.get("/unlisted?state=visitor"), http.StatusOK, "&lt;b&gt;nas", "まで")
		op.want(op.get(show), http.StatusOK, "業者の持ち込み", "取り消す")
		op.moved(op.post("/unlisted/unmark", "facility_id", f, "key", "mac:"+nas.MAC), "/unlisted/device?"+url.Values{"facility": {f}, "key": {"mac:" + nas.MAC}}.Encode())
		op.want(op.get("/unlisted?state=visitor"), http.StatusOK, "この状態の機器はありません")

		op.want(op.post("/unlisted/adopt", "facility_id", f, "key", "mac:"+nas.MAC, "kind", "rocket"), http.StatusUnprocessableEntity)
		a := op.post("/unlisted/adopt", "facility_id", f, "key", "mac:"+nas.MAC, "kind", "storage")
		to := a.header.Get("Location")
		if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/assets/") || !strings.HasSuffix(to, "/edit") {
			t.Fatalf("adopt: %d %s", a.status, to)
		}
		op.want(op.get(strings.TrimSuffix(to, "/edit")), http.StatusOK, "&lt;b&gt;nas", "192.0.2.9")
		if _, body, _ := strings.Cut(op.get("/unlisted").body, `class="tabs"`); strings.Contains(body, "Gi1/0/7") {
			t.Error("an adopted device is still on the list")
		}
		op.moved(op.get(show), strings.TrimSuffix(to, "/edit"))
		w.verified()
	})
}

// Every trait that a device can show is called by words in both languages.
func TestTraitsHaveWords(t *testing.T) {
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	constant := regexp.MustCompile(`(?m)^\s*Trait\w+\s*= "([^"]+)"`)
	for _, file := range []string{"../../survey/network/observation.go", "../discover/trait.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		keys := constant.FindAllSubmatch(source, -1)
		if len(keys) < 20 {
			t.Fatalf("%s: %d traits", file, len(keys))
		}
		for _, k := range keys {
			for _, lang := range []string{"ja", "en"} {
				if !texts.For(lang).Has("network.trait." + string(k[1])) {
					t.Errorf("%s: no words for %s", lang, k[1])
				}
			}
		}
	}
}
