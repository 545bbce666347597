package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/treat/vendor"
)

// A VPN box nobody registered is proposed; registering it needs an owner of its updates;
// the register of a past day stays as it was.
func TestExternalPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空病院"), w.facility("架空診療所")
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("reader", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("branch", identity.Grant{Role: identity.Operator, FacilityID: g})
		now := store.MS(w.clock())
		box, theirs := "", ""
		for place, id := range map[string]*string{f: &box, g: &theirs} {
			w.tx(func(ctx context.Context, tx *store.Tx) error {
				a, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, place, asset.Values{asset.FieldKind: "vpn", asset.FieldName: "FW-VPN-01", asset.FieldPatchOwner: "x", asset.FieldFirmwareVersion: "7.0.12"}, "x", now)
				*id = a.ID
				return err
			})
		}
		op := w.as("op")
		op.want(op.get("/external"), http.StatusOK, "経路かもしれないもの", "FW-VPN-01", "登録された経路はまだありません")
		propose := "/external/new?" + url.Values{"facility": {f}, "proposal": {"box:" + box}}.Encode()
		op.want(op.get(propose), http.StatusOK, `value="FW-VPN-01"`, "空欄にできません")
		form := []string{"facility_id", f, "name", "保守VPN", "party", "架空システム", "party_kind", "vendor", "asset_id", box, "line", "vpn", "protocol", "SSL-VPN", "authentication", "shared",
			"second_factor", "no", "source_limit", "unknown", "opening", "always", "patch_owner", ""}
		op.want(op.post("/external", form...), http.StatusUnprocessableEntity, "更新の担当を入れてください", `value="架空システム"`)
		form[len(form)-1] = "架空システム"
		bad := append([]string{}, form...)
		bad[9] = theirs
		op.want(op.post("/external", bad...), http.StatusUnprocessableEntity)
		op.moved(op.post("/external", form...), "/external")
		page := op.get("/external")
		op.want(page, http.StatusOK, "保守VPN", "7.0.12", "二要素認証がない", "事業者の保守が常時つながる", "1年以内の点検がない")
		if strings.Contains(page.body, "経路かもしれないもの") {
			t.Error("a registered box is still proposed")
		}
		list, err := network.Externals(t.Context(), db, []string{f}, store.MS(w.clock()))
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		at := "/external/" + list[0].ID
		if a := w.as("reader").get(at); a.status != http.StatusOK || strings.Contains(main(a.body), "<form") || !strings.Contains(a.body, "SSL-VPN") {
			t.Error("the reader's page:", a.status, main(a.body))
		}
		branch := w.as("branch")
		branch.want(branch.get(at), http.StatusNotFound)
		branch.want(branch.post(at, append(form, "revision", "1")...), http.StatusNotFound)
		branch.want(branch.post(at+"/end", "revision", "1"), http.StatusNotFound)
		branch.want(branch.post("/external/refuse", "facility_id", f, "key", "box:"+box, "reason", "x"), http.StatusNotFound)
		branch.want(branch.get(propose), http.StatusNotFound)
		if strings.Contains(branch.get("/external").body, "保守VPN") {
			t.Error("another facility sees it")
		}
		branch.moved(branch.post("/external/refuse", "facility_id", g, "key", "box:"+theirs, "reason", "予備機で、つながっていない"), "/external")
		if strings.Contains(branch.get("/external").body, "経路かもしれないもの") {
			t.Error("an answered proposal is still there")
		}

		first := w.clock().Format("2006-01-02")
		w.wait(72 * 60 * 60 * 1e9)
		op = w.as("op")
		form[len(form)-1] = "情報システム係"
		op.moved(op.post(at, append(form, "revision", "1")...), "/external")
		op.want(op.post(at, append(form, "revision", "1")...), http.StatusConflict)
		op.want(op.get(at), http.StatusOK, "変更の経過", "架空システム", "情報システム係")
		op.want(op.get("/external?as_of="+first), http.StatusOK, "<td>架空システム</td>")
		op.moved(op.post(at+"/end", "revision", "2"), "/external")
		op.want(op.get("/external"), http.StatusOK, "登録された経路はまだありません")
		w.verified()
	})
}

// Whoever may change the network but not see vendors and contracts cannot name one, and
// does not lose what stands there. No role of the table is like that today: the person is
// made here.
func TestExternalNamesOnlyWhatIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空病院"), w.facility("架空診療所")
		now := store.MS(w.clock())
		var company vendor.Vendor
		signed := map[string]string{}
		w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			if company, err = vendor.Create(ctx, tx, vendor.Vendor{Name: "架空システム"}, now); err != nil {
				return err
			}
			for _, place := range []string{f, g} {
				c, err := vendor.CreateContract(ctx, tx, vendor.Contract{FacilityID: place, VendorID: company.ID, Title: "保守", StartsOn: "2026-04-01"}, now)
				if err != nil {
					return err
				}
				signed[place] = c.ID
			}
			return nil
		})
		texts, err := text.Load()
		if err != nil {
			t.Fatal(err)
		}
		as := func(grants ...identity.Grant) *call {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/external", nil)
			return &call{r: r, s: w.site, tr: texts.For("ja"), who: identity.Principal{Kind: identity.KindUser, ID: "x", Name: "x", Grants: grants}}
		}
		op, blind := as(identity.Grant{Role: identity.Operator, FacilityID: f}), as()
		for _, c := range []struct {
			what   string
			who    *call
			e, was network.External
			place  string
		}{
			{"sees them", op, network.External{VendorID: company.ID, ContractID: signed[f]}, network.External{}, ""},
			{"a contract of another facility", op, network.External{ContractID: signed[g]}, network.External{}, "contract_id"},
			{"a vendor unseen", blind, network.External{VendorID: company.ID}, network.External{}, "vendor_id"},
			{"a contract unseen", blind, network.External{ContractID: signed[f]}, network.External{}, "contract_id"},
			{"what stood there", blind, network.External{VendorID: company.ID, ContractID: signed[f]}, network.External{VendorID: company.ID, ContractID: signed[f]}, ""},
			{"what does not exist", op, network.External{VendorID: store.NewID()}, network.External{}, "vendor_id"},
		} {
			c.e.FacilityID, c.was.FacilityID = f, f
			err := c.who.externalKnown(c.e, c.was)
			if place := fault.Of(err); (err == nil) != (c.place == "") || err != nil && place.Place != c.place {
				t.Errorf("%s: got %v, want a fault at %q", c.what, err, c.place)
			}
			vendors, contracts, err := c.who.externalVendorChoices(c.e)
			if err != nil {
				t.Fatal(err)
			}
			shows := fmt.Sprint(vendors, contracts)
			if hidden := len(c.who.who.Grants) == 0; hidden == strings.Contains(shows, "架空システム") {
				t.Errorf("%s: the form offers %s", c.what, shows)
			}
			if c.e.VendorID != "" && c.place == "" && !strings.Contains(shows, c.e.VendorID) {
				t.Errorf("%s: the vendor is lost: %s", c.what, shows)
			}
		}
	})
}
