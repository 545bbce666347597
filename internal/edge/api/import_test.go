package api_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"strings"

	"golang.org/x/text/encoding/japanese"

	"sonae/internal/platform/store"
	"sonae/internal/survey/intake"
)

// listForm makes the form of createImport.
func listForm(facility, name string, content []byte) (body []byte, media string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		panic(err) // a buffer takes everything
	}
	_, _ = part.Write(content)
	_ = w.WriteField("facility_id", facility)
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// imports sends a list in CP932, corrects a column, takes it in and back out.
func (w *world) imports(succeeded map[string]bool) {
	w.t.Helper()
	list, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte("資産番号,名称,変わった見出し,購入日\r\nT-1,取込端末,②病棟,令和7年4月1日\r\nT-2,誤りの行,,令和7年13月1日\r\n"))
	w.must(err)
	send := func(name string, content []byte) answer {
		body, media := listForm(w.a.ID, name, content)
		return w.do(request{method: "POST", path: "/imports", token: w.admin, body: body, media: media})
	}
	made := send("台帳.csv", list)
	if made.status != 201 || made.text(w.t, "state") != "draft" {
		w.t.Fatalf("send a list: %d %s", made.status, made.body)
	}
	path := "/imports/" + made.text(w.t, "id")
	if got := w.send("PATCH", path, map[string]any{"fields": []string{"asset_tag", "name", "room", "purchased_on"}}); !strings.Contains(string(got.body), `"room"`) {
		w.t.Errorf("arranged: %s", got.body)
	}
	rows := w.get(path + "/rows")
	for _, text := range []string{`"outcome":"create"`, `"new":"2025-04-01"`, `"new":"②病棟"`, `"outcome":"refuse"`, `"row":3`, `"column":"D"`, `"heading":"購入日"`} {
		if !strings.Contains(string(rows.body), text) {
			w.t.Errorf("%s is missing: %s", text, rows.body)
		}
	}
	if got := w.get(path + "/rows?outcome=refuse&limit=1"); len(got.items(w.t)) != 1 {
		w.t.Errorf("refused rows: %s", got.body)
	}
	w.send("POST", path+"/start", nil)
	w.carryOut(path)
	if got := w.get(path); got.text(w.t, "state") != "done" || !strings.Contains(string(got.body), `"create":1`) {
		w.t.Errorf("taken in: %s", got.body)
	}
	if got := w.get("/assets?q=取込端末"); len(got.items(w.t)) != 1 {
		w.t.Errorf("the ledger: %s", got.body)
	}
	if got := w.do(request{method: "DELETE", path: path, token: w.admin}); got.status != 409 {
		w.t.Errorf("discard what is done: %d %s", got.status, got.body)
	}
	w.send("POST", path+"/undo", nil)
	w.carryOut(path)
	if got := w.get(path + "/rows"); !strings.Contains(string(got.body), `"taken_back":"removed"`) {
		w.t.Errorf("taken back: %s", got.body)
	}
	if got := w.get("/assets?q=取込端末"); len(got.items(w.t)) != 0 {
		w.t.Errorf("the ledger after undoing: %s", got.body)
	}
	w.bill(send, succeeded)
	for name, c := range map[string]struct {
		body   string
		status int
	}{"nothing": {"", 422}, "a broken workbook": {"PK\x03\x04xx", 422}, "old Excel": {"\xd0\xcf\x11\xe0xxxx", 415}, "wide": {"a,b\n" + strings.Repeat("x,", 10_000) + "x\n", 413}, "no charset": {"a,b\nc,\xff\xff\xff\n", 422}} {
		if got := send("x.csv", []byte(c.body)); got.status != c.status {
			w.t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	draft := send("b.csv", list)
	w.send("DELETE", "/imports/"+draft.text(w.t, "id"), nil)
	if got := w.get("/imports"); len(got.items(w.t)) == 0 {
		w.t.Errorf("history: %s", got.body)
	}
	for _, op := range []string{"createImport", "arrangeImport", "listImportRows", "startImport", "getImport", "undoImport", "discardImport", "listImports"} {
		succeeded[op] = true
	}
}

// bill sends a bill of materials, says which asset it is about, and takes it in.
func (w *world) bill(send func(string, []byte) answer, succeeded map[string]bool) {
	w.t.Helper()
	pump := w.send("POST", "/assets", map[string]any{"facility_id": w.a.ID, "kind": "medical", "values": map[string]string{"name": "輸液ポンプ 7号", "model": "KP-700"}})
	id := pump.text(w.t, "id")
	made := send("pump.json", []byte(`{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"metadata":{"component":{"type":"device","name":"輸液ポンプ KP-700","version":"2"}},
		"components":[{"type":"library","name":"openssl","version":"3.0.13","purl":"pkg:generic/openssl@3.0.13","licenses":[{"license":{"id":"Apache-2.0"}}]}]}`))
	if made.status != 201 || made.text(w.t, "form") != "sbom" || !strings.Contains(string(made.body), "輸液ポンプ KP-700") {
		w.t.Fatalf("send a bill of materials: %d %s", made.status, made.body)
	}
	path := "/imports/" + made.text(w.t, "id")
	if got := w.get(path + "/assets"); !strings.Contains(string(got.body), id) || !strings.Contains(string(got.body), `"reason":"name"`) {
		w.t.Errorf("proposed: %s", got.body)
	}
	if got := w.do(request{method: "POST", path: path + "/start", token: w.admin}); got.status != 422 {
		w.t.Errorf("started for no asset: %d %s", got.status, got.body)
	}
	if got := w.do(request{method: "PUT", path: path + "/asset", token: w.admin, body: map[string]any{"asset_id": store.NewID()}}); got.status != 404 {
		w.t.Errorf("a missing asset: %d %s", got.status, got.body)
	}
	w.send("PUT", path+"/asset", map[string]any{"asset_id": id})
	if got := w.get(path + "/rows"); !strings.Contains(string(got.body), `"licence":"Apache-2.0"`) {
		w.t.Errorf("rows: %s", got.body)
	}
	w.send("POST", path+"/start", nil)
	w.carryOut(path)
	if got := w.get("/assets/" + id + "/software"); !strings.Contains(string(got.body), `"purl":"pkg:generic/openssl@3.0.13"`) {
		w.t.Errorf("software: %s", got.body)
	}
	if got := w.get("/assets/" + id + "/sboms"); !strings.Contains(string(got.body), `"subject_name":"輸液ポンプ KP-700"`) {
		w.t.Errorf("bills: %s", got.body)
	}
	for _, op := range []string{"listImportAssets", "chooseImportAsset", "listAssetBills"} {
		succeeded[op] = true
	}
}

// carryOut does what the job queue of a server would.
func (w *world) carryOut(path string) {
	w.t.Helper()
	deps := intake.Deps{DB: w.db, NowMS: func() int64 { return store.MS(w.clock.now()) }}
	w.must(deps.Run(context.Background(), strings.TrimPrefix(path, "/imports/"), nil))
}
