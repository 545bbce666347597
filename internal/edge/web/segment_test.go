package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
)

// A range that devices tell of is proposed; a person makes it a segment and says what
// belongs into it; a past day keeps what was said on it.
func TestSegmentPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空病院"), w.facility("架空診療所")
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("reader", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("branch", identity.Grant{Role: identity.Operator, FacilityID: g})
		w.tx(func(ctx context.Context, tx *store.Tx) error {
			for i, kind := range []asset.Kind{asset.KindPC, asset.KindPC, asset.KindServer} {
				o := asset.Observation{FacilityID: f, Source: asset.SourceAgent, DeviceID: store.NewID(), AtMS: store.MS(w.clock()), Kind: kind, By: "x"}
				res, err := asset.Observe(ctx, tx, o)
				if err != nil {
					return err
				}
				address := []string{"10.1.2.3/24", "10.1.2.4/24", "10.1.2.5/24"}[i]
				if _, err := network.RecordInterfaces(ctx, tx, res.AssetID, "agent", store.MS(w.clock()), []network.Interface{{Name: "eth0", Kind: "ethernet", Addresses: []string{address}}}); err != nil {
					return err
				}
			}
			return nil
		})
		op := w.as("op")
		propose := "/network/segments/new?facility=" + f + "&amp;proposal=range%3A10.1.2.0%2F24"
		op.want(op.get("/network/segments"), http.StatusOK, "区画になりそうな範囲", "10.1.2.0/24", "台帳の3台", propose)
		op.want(op.get(strings.ReplaceAll(propose, "&amp;", "&")), http.StatusOK, `value="10.1.2.0/24"`, "今 2台", "今 1台")
		if strings.Contains(op.get(strings.ReplaceAll(propose, "&amp;", "&")).body, " checked") {
			t.Error("a kind is chosen that nobody chose")
		}
		form := []string{"facility_id", f, "name", "外来", "cidr", "10.1.2.7/24", "vlan", "20", "purpose", "外来の端末", "kinds", "pc"}
		op.want(op.post("/network/segments", form...), http.StatusUnprocessableEntity, "10.1.2.0/24 ではありませんか", `value="外来の端末"`, `value="pc" checked`)
		form[5] = "10.1.2.0/24"
		form[7] = "4095"
		op.want(op.post("/network/segments", form...), http.StatusUnprocessableEntity, `id="f-vlan-e"`)
		form[7] = "20"
		op.want(op.post("/network/segments", append(form, "dhcp", "10.1.3.1-10.1.3.9")...), http.StatusUnprocessableEntity, `id="f-dhcp-e"`, "10.1.3.1-10.1.3.9 は区画の範囲")
		op.want(op.post("/network/segments", append(form, "kinds", "tank")...), http.StatusUnprocessableEntity, `id="kinds-e"`)
		op.moved(op.post("/network/segments", append(form, "dhcp", "10.1.2.100～199\r\n10.1.2.210")...), "/network/segments?facility="+f)
		op.want(op.get("/network/addresses?facility="+f), http.StatusOK, "10.1.2.100-10.1.2.199", "10.1.2.210")
		op.want(op.post("/network/segments", form...), http.StatusConflict, "もう登録されています")
		page := op.get("/network/segments")
		op.want(page, http.StatusOK, "外来の端末", "VLAN 20", "op")
		if strings.Contains(page.body, "区画になりそうな範囲") {
			t.Error("a range is proposed that is a segment")
		}
		op.want(op.get("/unlisted"), http.StatusOK, "区画に合わない種類の機器")
		list, err := network.Segments(t.Context(), db, f, 0)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		at := "/network/segments/" + list[0].ID
		w.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := noprobe.Add(ctx, tx, noprobe.Rule{FacilityID: f, Kind: noprobe.KindSegment, Value: list[0].ID, Reason: "透析", By: "x"}, store.MS(w.clock()))
			return err
		})
		op.want(op.get(at), http.StatusOK, "今この区画にある機器 3台", "置く機器と合わない機器 1件", "探さない範囲 1件", "この区画を終える")
		if a := w.as("reader").get(at); a.status != http.StatusOK || strings.Contains(main(a.body), "<form") || !strings.Contains(a.body, "外来の端末") {
			t.Error("the reader's page:", a.status, main(a.body))
		}
		branch := w.as("branch")
		branch.want(branch.get(at), http.StatusNotFound)
		branch.want(branch.get("/network/segments?facility="+f), http.StatusNotFound)
		branch.want(branch.get("/network/segments/new?facility="+f), http.StatusNotFound)
		branch.want(branch.post(at, append(form, "revision", "1")...), http.StatusNotFound)
		branch.want(branch.post(at+"/end", "revision", "1"), http.StatusNotFound)
		branch.want(branch.post("/network/segments", form...), http.StatusUnprocessableEntity)

		first := w.clock().Format("2006-01-02")
		w.wait(72 * 60 * 60 * 1e9)
		op = w.as("op")
		form[3], form[9] = "外来・救急", "救急も"
		op.moved(op.post(at, append(form, "revision", "1")...), "/network/segments?facility="+f)
		op.want(op.post(at, append(form, "revision", "1")...), http.StatusConflict, "ほかの人が先に変えました")
		op.want(op.get(at), http.StatusOK, "変更の経過", "外来の端末", "救急も")
		op.want(op.get("/network/segments?as_of="+first), http.StatusOK, "外来の端末", "時点")
		op.moved(op.post("/network/segments", "facility_id", f, "name", "院内", "cidr", "10.1.0.0/16"), "/network/segments?facility="+f)
		op.want(op.get("/network/segments"), http.StatusOK, "「院内」の中")
		op.moved(op.post(at+"/end", "revision", "2"), "/network/segments?facility="+f)
		op.want(op.get(at), http.StatusOK, "この区画は", "に終わりました（名前 op）")
		if a := op.get(at); strings.Contains(main(a.body), "<form") {
			t.Error("an ended segment can be changed")
		}
		if strings.Contains(op.get("/network/segments").body, "外来・救急") {
			t.Error("an ended segment is still in use")
		}
		w.verified()
	})
}
