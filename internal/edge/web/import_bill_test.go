package web

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

// An operator brings the bill of materials of a pump, chooses the pump among what is
// proposed, takes it in, replaces it by a newer one and takes that back.
func TestBillPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, other := w.facility("架空病院"), w.facility("架空診療所")
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("auditor", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("stranger", identity.Grant{Role: identity.Operator, FacilityID: other})
		op, auditor, stranger := w.as("op"), w.as("auditor"), w.as("stranger")
		l := &ledger{world: w, ids: map[string]string{}}
		l.create("pump", f, asset.Values{asset.FieldKind: "medical", asset.FieldName: "輸液ポンプ <3>号", asset.FieldModel: "KP-100"}, 1)
		l.create("theirs", other, asset.Values{asset.FieldKind: "medical", asset.FieldName: "よその輸液ポンプ", asset.FieldModel: "KP-100"}, 1)
		pump := l.ids["pump"]
		bom := func(name string) string {
			body, err := os.ReadFile(filepath.Join("..", "..", "survey", "sbom", "testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			return string(body)
		}
		base := op.upload("/imports", "pump.cdx.json", bom("pump.cdx.json"), nil).to()
		page := op.get(base)
		op.want(page, http.StatusOK, "どの機器・システムの SBOM ですか", "輸液ポンプ &lt;3&gt;号", "名称・型番が一致", "輸液ポンプ KP-100 2.4.0", "CycloneDX 1.5 · JSON", "KP100-000123", "版の記載なし 1 件", "ファイル 1", "pkg:maven/")
		if strings.Contains(page.body, "よその輸液ポンプ") || strings.Contains(page.body, base+"/start") {
			t.Error("another facility's pump is offered, or the start without a choice")
		}
		op.want(op.get(base+"?q=見つからない"), http.StatusOK, "候補が見つかりません")
		auditor.want(auditor.post(base+"/asset", "asset_id", pump), http.StatusForbidden)
		stranger.want(stranger.post(base+"/asset", "asset_id", pump), http.StatusNotFound)
		op.want(op.post(base+"/asset", "asset_id", l.ids["theirs"]), http.StatusNotFound)
		op.want(op.post(base+"/asset"), http.StatusUnprocessableEntity, "どの機器・システムの SBOM かを選んでください")
		op.want(op.post(base+"/start"), http.StatusUnprocessableEntity)
		op.moved(op.post(base+"/asset", "asset_id", pump), base)
		op.want(op.get(base), http.StatusOK, "まだ SBOM はありません", "6 件の部品を取り込む", `href="/assets/`+pump+`/software"`)
		run := func(base string) {
			t.Helper()
			if err := (intake.Deps{DB: db, NowMS: func() int64 { return store.MS(w.clock()) }}).Run(t.Context(), strings.TrimPrefix(base, "/imports/"), nil); err != nil {
				t.Fatal(err)
			}
		}
		op.moved(op.post(base+"/start"), base)
		run(base)
		op.want(op.get(base), http.StatusOK, "取り込み済み", "openssl 3.0.13", `href="/assets/`+pump+`/software"`)
		op.want(op.get("/assets/"+pump+"/software"), http.StatusOK, "SBOM（部品表）", "架空メディカル株式会社", "Apache-2.0", "pkg:generic/openssl@3.0.13", "有効", `href="/imports/new?asset=`+pump)
		auditor.want(auditor.get("/assets/"+pump+"/software"), http.StatusOK, "pump.cdx.json")
		newer := op.upload("/imports", "pump-2.cdx.json", bom("pump-2.cdx.json"), map[string]string{"asset_id": pump}).to()
		op.want(op.get(newer), http.StatusOK, "pump.cdx.json（輸液ポンプ KP-100 2.4.0", "なくなる", "openssl 3.0.13 → 3.0.15", "<del>3.0.13</del>")
		op.moved(op.post(newer+"/start"), newer)
		run(newer)
		op.want(op.post(base+"/undo"), http.StatusConflict, "もっと新しい SBOM（pump-2.cdx.json）")
		op.want(op.get("/assets/"+pump+"/software"), http.StatusOK, "pkg:generic/openssl@3.0.15", "pump.cdx.json")
		op.moved(op.post(newer+"/undo"), newer)
		run(newer)
		op.want(op.get("/assets/"+pump+"/software"), http.StatusOK, "pkg:generic/openssl@3.0.13")
		op.want(op.upload("/imports", "x.xml", `<!DOCTYPE a><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>`, nil), http.StatusUnprocessableEntity, "DOCTYPE")
		op.want(op.upload("/imports", "x.json", `{"bomFormat":"CycloneDX","specVersion":"1.6"`, nil), http.StatusUnprocessableEntity, "途中で切れています（1 行目）")
		op.want(op.upload("/imports", "x.json", `{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}`, nil), http.StatusUnsupportedMediaType, "SPDX 3 形式の SBOM は読み取れません")
		w.verified()
	})
}
