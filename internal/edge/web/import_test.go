package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/intake"
)

// An operator brings a list in Shift_JIS, corrects a column, takes it in and back out;
// an auditor may look, strangers see nothing.
func TestImportPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, other := w.facility("架空病院"), w.facility("架空診療所")
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("auditor", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("ward", identity.Grant{Role: identity.Department, FacilityID: f, Department: "外来"})
		w.user("stranger", identity.Grant{Role: identity.Operator, FacilityID: other})
		op, auditor, ward, stranger := w.as("op"), w.as("auditor"), w.as("ward"), w.as("stranger")
		op.want(op.get("/assets"), http.StatusOK, `href="/imports"`)
		op.want(op.get("/imports"), http.StatusOK, "まだ取り込みはありません", `href="/imports/new"`)
		op.want(op.get("/imports/new"), http.StatusOK, `enctype="multipart/form-data"`)
		list, err := japanese.ShiftJIS.NewEncoder().String("資産番号,名称,変わった見出し,購入日\r\nT-1,<b>取込端末,①病棟,令和７年４月１日\r\nT-2,誤りの行,,令和7年13月1日\r\n")
		if err != nil {
			t.Fatal(err)
		}
		made := op.upload("/imports", `../台帳<x>.csv`, list, nil)
		base := made.to()
		if !regexp.MustCompile(`^/imports/[0-9a-f-]{36}$`).MatchString(base) {
			t.Fatalf("upload: %d to %q\n%s", made.status, base, main(made.body))
		}
		op.want(op.get(base), http.StatusOK, "CP932", "新規", "2025年4月1日", "D 列「購入日」", "令和7年13月1日", "1 行を取り込む", "（取り込まない）", "台帳&lt;x&gt;.csv")
		op.moved(op.post(base+"/columns", "column", "asset_tag", "column", "name", "column", "room", "column", "purchased_on"), base)
		op.want(op.get(base), http.StatusOK, "①病棟", "&lt;b&gt;取込端末")
		op.want(op.post(base+"/columns", "column", "name", "column", "name"), http.StatusUnprocessableEntity, "2 つの列に割り当てられています")
		op.want(op.get(base+"?outcome=refuse"), http.StatusOK, "誤りの行")
		auditor.want(auditor.get(base), http.StatusOK, "新規")
		auditor.want(auditor.post(base+"/start"), http.StatusForbidden)
		for _, b := range []*browser{ward, stranger} {
			b.want(b.get(base), http.StatusNotFound)
		}
		stranger.want(stranger.post(base+"/start"), http.StatusNotFound)
		op.moved(op.post(base+"/start"), base)
		op.want(op.get(base), http.StatusOK, "処理しています")
		run := func() {
			if err := (intake.Deps{DB: db, NowMS: func() int64 { return store.MS(w.clock()) }}).Run(t.Context(), strings.TrimPrefix(base, "/imports/"), nil); err != nil {
				t.Fatal(err)
			}
		}
		run()
		op.want(op.get(base), http.StatusOK, "取り込み済み", "取り込めない", `href="/assets/`, "この取り込みを取り消す")
		op.want(op.get("/assets?q=取込端末"), http.StatusOK, "&lt;b&gt;取込端末")
		op.want(op.get("/imports"), http.StatusOK, "新規 1", "取り込めない 1")
		op.want(op.post(base+"/discard"), http.StatusConflict, "すでに取り込みました")
		stranger.want(stranger.post(base+"/undo"), http.StatusNotFound)
		op.moved(op.post(base+"/undo"), base)
		run()
		op.want(op.get(base), http.StatusOK, "取り消し済み", "台帳から除きました")
		op.want(op.upload("/imports", "x.csv", "", nil), http.StatusUnprocessableEntity)
		op.want(op.upload("/imports", "x.csv", "a,b\nc,\xff\xff\n", nil), http.StatusUnprocessableEntity, "2 行目に、読めない文字")
		again := op.upload("/imports", "x.csv", "見知らぬ,見出し\nx,y\n", nil).to()
		op.want(op.get(again), http.StatusOK, "どの列も項目に割り当てられていません")
		op.moved(op.post(again+"/discard"), "/imports")
		op.want(op.get(again), http.StatusNotFound)
		w.verified()
	})
}

// An operator makes a collection kit and revokes it; its file is handed out once, an
// auditor may only look.
func TestKitPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := w.facility("架空病院")
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("auditor", identity.Grant{Role: identity.Auditor, FacilityID: f})
		op, auditor := w.as("op"), w.as("auditor")
		op.want(op.get("/devices"), http.StatusOK, `href="/devices/kits"`)
		op.want(op.get("/devices/kits"), http.StatusOK, "収集キットはまだありません")
		op.want(op.post("/devices/kits", "name", "", "expires", "30"), http.StatusUnprocessableEntity)
		op.want(op.post("/devices/kits", "name", "x", "expires", "31"), http.StatusUnprocessableEntity)
		made := op.post("/devices/kits", "name", "USB <1>号", "expires", "30")
		if made.status != http.StatusOK || !strings.Contains(made.body, `"signing_key"`) {
			t.Fatalf("kit: %d %s", made.status, made.body)
		}
		op.want(op.get("/devices/kits"), http.StatusOK, "USB &lt;1&gt;号")
		auditor.want(auditor.get("/devices/kits"), http.StatusOK, "USB &lt;1&gt;号")
		auditor.want(auditor.post("/devices/kits", "name", "x", "expires", "30"), http.StatusForbidden)
		revoke := regexp.MustCompile(`/devices/kits/[0-9a-f-]{36}/revoke`).FindString(op.get("/devices/kits").body)
		auditor.want(auditor.post(revoke), http.StatusForbidden)
		op.moved(op.post(revoke), "/devices/kits")
		op.want(op.get("/devices/kits"), http.StatusOK, "無効")
	})
}
