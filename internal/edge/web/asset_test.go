package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// ledgerPages are the pages of one device.
var ledgerPages = []string{"", "/protection", "/software", "/accounts", "/network", "/documents", "/history", "/edit", "/disposal/new"}

// forbidden are elements that no page of the ledger holds of itself.
var forbidden = regexp.MustCompile(`^(img|iframe|object|embed|style|base)$`)

// checkMarkup parses a page and fails on any element or attribute that only hostile
// data could have brought.
func checkMarkup(t *testing.T, path, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			src := ""
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "href" || a.Key == "action") && strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
					t.Errorf("%s: <%s> has %s=%q", path, n.Data, a.Key, a.Val)
				}
				if a.Key == "src" {
					src = a.Val
				}
			}
			if forbidden.MatchString(n.Data) || n.Data == "script" && !strings.HasPrefix(src, "/static/") {
				t.Errorf("%s: unexpected <%s>", path, n.Data)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
}

func TestHostileMachineOnEveryPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		paths := []string{"/assets", "/assets?q=" + url.QueryEscape(hostile), "/assets?os=" + url.QueryEscape(hostile) + "&room=" + url.QueryEscape(hostile), "/conflicts",
			"/assets?as_of=2026-11-23", "/accounts", "/accounts?show=all", "/accounts?show=unused", "/services?facility=" + l.main, "/services?subject=program&facility=" + l.main}
		for _, p := range ledgerPages {
			paths = append(paths, "/assets/"+l.ids["evil"]+p)
		}
		for _, lang := range []string{"ja", "en"} {
			b.post("/preferences", "lang", lang, "next", "/")
			for _, path := range paths {
				a := b.get(path)
				if a.status != http.StatusOK {
					t.Errorf("%s: %d\n%s", path, a.status, main(a.body))
					continue
				}
				checkMarkup(t, path, a.body)
			}
		}
		if a := b.get("/assets/" + l.ids["evil"]); !strings.Contains(html.UnescapeString(a.body), hostile) {
			t.Error("the hostile text is not shown as it is")
		}
		bulk := b.post("/assets/bulk", "field", "room", "id", l.ids["evil"], "id", l.ids["pc"])
		b.want(bulk, http.StatusOK)
		checkMarkup(t, "/assets/bulk", bulk.body)
	})
}

func TestLedgerOfOthersIsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		for _, who := range []struct{ login, short string }{{"branch", "pc"}, {"ward", "pc"}, {"ward", "other"}} {
			b := l.as(who.login)
			elsewhere, missing := l.ids[who.short], store.NewID()
			for _, p := range append([]string{"/files/" + store.NewID()}, ledgerPages...) {
				if strings.HasPrefix(p, "/disposal") && who.login == "ward" {
					continue // no right to dispose at all: 403 for every address
				}
				got, none := b.get("/assets/"+elsewhere+p), b.get("/assets/"+missing+p)
				if got.status != http.StatusNotFound || none.status != http.StatusNotFound {
					t.Errorf("%s %s: %d, and %d for what does not exist", who.login, p, got.status, none.status)
				}
			}
			for _, p := range []string{"/edit", "/decide", "/systems", "/systems/remove", "/accounts/owner", "/files/" + store.NewID() + "/delete"} {
				if got := b.post("/assets/"+elsewhere+p, "revision", "1", "field", "room", "value", "x", "other", store.NewID()); got.status != http.StatusNotFound {
					t.Errorf("%s POST %s: %d", who.login, p, got.status)
				}
			}
			if got := b.post("/assets/bulk/save", "id", elsewhere, "field", "room", "value", "x"); got.status != http.StatusNotFound {
				t.Errorf("%s bulk: %d", who.login, got.status)
			}
			for _, p := range []string{"/assets", "/accounts?show=all", "/assets/export.csv", "/assets?facility=" + l.main} {
				if got := b.get(p); got.status != http.StatusOK || strings.Contains(got.body, "EMR-3N-07") {
					t.Errorf("%s sees EMR-3N-07 on %s (%d)", who.login, p, got.status)
				}
			}
		}
		b := l.as("ward")
		b.want(b.get("/assets"), http.StatusOK, "MOD-CT-01")
		b.want(b.get("/assets/"+l.ids["ct"]), http.StatusOK, "MOD-CT-01", "放射線科")
		a, err := asset.Get(t.Context(), db, asset.Scope{All: true}, l.ids["pc"])
		if err != nil || a.Values[asset.FieldRoom] != "3階北病棟" {
			t.Errorf("changed from elsewhere: %v %v", a.Values, err)
		}
	})
}

func TestLedgerCreateEditDecide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		b.want(b.get("/assets/new"), http.StatusOK, "はじめに種類を選んでください")
		b.want(b.get("/assets/new?kind=server"), http.StatusOK, "更新を当てる人", "メモリ")
		bad := b.post("/assets", "kind", "server", "facility_id", l.main, "name", "NEW-SV-01", "status", "in_use", "ip", "999.1.1.1", "memory_bytes", "16 GB")
		b.want(bad, http.StatusUnprocessableEntity, "192.0.2.7 のように", `value="999.1.1.1"`, `aria-invalid="true"`)
		made := b.post("/assets", "kind", "server", "facility_id", l.main, "name", "NEW-SV-01", "status", "in_use", "memory_bytes", "16 GB", "patch_owner", "医療情報室", "support_ends_on", "令和9年3月31日", "vendor", "架空メディカル情報株式会社")
		b.want(made, http.StatusSeeOther)
		id := strings.TrimPrefix(made.to(), "/assets/")
		a := l.asset(id)
		if a.Values[asset.FieldMemoryBytes] != "17179869184" || a.Values[asset.FieldSupportEndsOn] != "2027-03-31" || a.Values[asset.FieldVendor] != l.vendor {
			t.Errorf("stored %v", a.Values)
		}
		// Two people edit: the slower one sees both values, and loses nothing of the other's.
		rev := a.Rev
		b.want(b.post("/assets/"+id+"/edit", "revision", itoa(rev), "room", "2階サーバ室", "was_room", "", "custodian", "佐藤", "was_custodian", ""), http.StatusSeeOther)
		clash := b.post("/assets/"+id+"/edit", "revision", itoa(rev), "room", "地下", "was_room", "", "custodian", "", "was_custodian", "")
		b.want(clash, http.StatusConflict, "ほかの人が変えました", "あなたの値", "2階サーバ室", "地下", `name="revision" value="`+itoa(l.asset(id).Rev)+`"`, `name="was_room" value="2階サーバ室"`, `value="佐藤"`)
		b.want(b.post("/assets/"+id+"/edit", "revision", itoa(l.asset(id).Rev), "room", "地下", "was_room", "2階サーバ室", "custodian", "佐藤", "was_custodian", "佐藤"), http.StatusSeeOther)
		if v := l.asset(id).Values; v[asset.FieldRoom] != "地下" || v[asset.FieldCustodian] != "佐藤" {
			t.Errorf("after both: %v", v)
		}
		pc := l.ids["pc"]
		b.want(b.get("/assets/"+pc), http.StatusOK, "ED-M590", "ED-M591", "どちらかに決める", "記入もれ")
		open := l.asset(pc).Contradictions
		b.want(b.post("/assets/"+pc+"/decide", "revision", itoa(l.asset(pc).Rev), "field", "model", "value", "ED-M591"), http.StatusSeeOther)
		if got := l.asset(pc).Values[asset.FieldModel]; got != "ED-M591" {
			t.Errorf("decided model is %q", got)
		}
		if n := l.asset(pc).Contradictions; n != open-1 {
			t.Errorf("%d of %d contradictions after somebody decided", n, open)
		}
		b.want(b.get("/assets/"+pc), http.StatusOK, "が確認済み（", "決め直す")
		b.want(b.get("/assets/"+pc+"/history"), http.StatusOK, "確認のうえ、台帳の値のままに決定")
		b.want(b.post("/assets/"+pc+"/decide", "revision", "1", "field", "model", "value", "ED-M590"), http.StatusConflict)
		b.want(b.post("/assets/"+pc+"/decide", "field", "password", "value", "x"), http.StatusNotFound)
		b.want(b.get("/assets/"+pc+"/history"), http.StatusOK, "ED-M591")
		b.want(b.get("/assets/"+l.ids["vpn"]+"?as_of=2026-11-01"), http.StatusOK, "2026年11月1日 の終わりの内容です")
		b.want(b.get("/assets/"+pc+"?as_of=2026-10-01"), http.StatusNotFound)
		reader := l.as("reader")
		reader.want(reader.post("/assets/"+pc+"/edit", "revision", "1", "room", "x"), http.StatusForbidden)
		l.verified()
	})
}

func TestLedgerFilesAndDisposal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		old := l.ids["old"]
		pdf := "%PDF-1.4 <script>alert(1)</script>"
		b.want(b.upload("/assets/"+old+"/files", `../証明"<b>.pdf`, pdf, nil), http.StatusSeeOther)
		b.want(b.upload("/assets/"+old+"/files", "evil.html", "<script>alert(1)</script>", nil), http.StatusUnsupportedMediaType, "この形式は保存できません")
		files, err := asset.Attachments(t.Context(), db, old)
		if err != nil || len(files) != 1 {
			t.Fatalf("%v %v", files, err)
		}
		got := b.get("/assets/" + old + "/files/" + files[0].ID)
		if got.body != pdf || got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment;") || got.header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("download: %q %v", got.body, got.header)
		}
		if a := b.get("/assets/" + l.ids["pc"] + "/files/" + files[0].ID); a.status != http.StatusNotFound {
			t.Errorf("file of another device: %d", a.status)
		}
		rev := itoa(l.asset(old).Rev)
		b.want(b.upload("/assets/"+old+"/disposal", "", "", map[string]string{"revision": rev, "disposed_on": "2026-11-20"}), http.StatusUnprocessableEntity, "証明がない理由")
		b.want(b.upload("/assets/"+old+"/disposal", "", "", map[string]string{"revision": rev, "disposed_on": "2027-11-20", "disposal_reason": "x"}), http.StatusUnprocessableEntity, "今日までの日")
		b.want(b.upload("/assets/"+old+"/disposal", "proof.pdf", "%PDF-1.7 proof", map[string]string{"revision": rev, "disposed_on": "2026-11-20"}), http.StatusSeeOther)
		a := l.asset(old)
		if a.Status != asset.StatusDisposed || a.Values[asset.FieldDisposalProof] == "" {
			t.Errorf("after disposal: %v %v", a.Status, a.Values)
		}
		b.want(b.post("/assets/"+old+"/files/"+a.Values[asset.FieldDisposalProof]+"/delete"), http.StatusConflict, "廃棄の証明なので外せません")
		b.want(b.post("/assets/"+old+"/files/"+files[0].ID+"/delete"), http.StatusSeeOther)
		if page := b.get("/assets"); strings.Contains(page.body, "EMR-3N-08") {
			t.Error("a disposed device stands in the list")
		}
		l.verified()
	})
}

func TestLedgerBulk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		b.want(b.post("/assets/bulk", "field", "custodian", "query", "kind=pc"), http.StatusSeeOther)
		b.want(b.post("/assets/bulk", "field", "custodian", "id", l.ids["pc"], "id", l.ids["server"]), http.StatusOK, "EMR-3N-07", "EMR-DB-01", "2台を変える")
		b.want(b.post("/assets/bulk/save", "field", "verified_on", "value", "きのう", "id", l.ids["pc"]), http.StatusUnprocessableEntity, `value="きのう"`)
		b.want(b.post("/assets/bulk/save", "field", "status", "value", "disposed", "id", l.ids["pc"]), http.StatusUnprocessableEntity)
		b.want(b.post("/assets/bulk/save", "field", "serial", "value", "x", "id", l.ids["pc"]), http.StatusNotFound)
		b.want(b.post("/assets/bulk/save", "field", "custodian", "value", "臨床工学科", "id", l.ids["pc"], "id", l.ids["server"], "id", l.ids["other"]), http.StatusSeeOther)
		for _, short := range []string{"pc", "server", "other"} {
			if got := l.asset(l.ids[short]).Values[asset.FieldCustodian]; got != "臨床工学科" {
				t.Errorf("%s: %q", short, got)
			}
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE action = 'asset.edit'`).Scan(&n); err != nil || n != 3 {
			t.Errorf("%d entries, want one a device (%v)", n, err)
		}
		l.verified()
	})
}

// Two rows become one and two again, by hand, from the page of the device.
func TestMergeAndSplitPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b, pc, ct := l.as("op"), l.ids["pc"], l.ids["ct"]
		page := "/assets/" + pc + "/merges"
		b.want(b.get(page), http.StatusOK, "ほかの行とまとめる", "行を分ける", "記録はありません")
		b.want(b.get(page+"?q=MOD-CT"), http.StatusOK, "MOD-CT-01")
		b.want(b.get(page+"?q=nothing-like-it"), http.StatusOK, "見つかりませんでした")
		b.want(b.post("/assets/"+pc+"/merge", "other", pc), http.StatusUnprocessableEntity)
		b.want(b.post("/assets/"+pc+"/split"), http.StatusUnprocessableEntity)
		ward := l.as("ward")
		ward.want(ward.post("/assets/"+ct+"/merge", "other", pc), http.StatusNotFound)
		b.want(b.post("/assets/"+pc+"/merge", "other", ct, "note", "取り違え"), http.StatusSeeOther)
		b.want(b.get(page), http.StatusOK, "この行にまとめた", "MOD-CT-01", "取り違え", "元に戻す")
		if a := b.get("/assets/" + ct); a.status != http.StatusSeeOther || a.header.Get("Location") != "/assets/"+pc {
			t.Errorf("the row that went: %d %v", a.status, a.header)
		}
		list, err := asset.MergesOf(t.Context(), db, pc)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v %v", list, err)
		}
		b.want(b.post(page+"/"+store.NewID()+"/undo"), http.StatusNotFound)
		b.want(b.post(page+"/"+list[0].ID+"/undo"), http.StatusSeeOther)
		b.want(b.get("/assets/"+ct), http.StatusOK, "MOD-CT-01")
		b.want(b.post(page+"/"+list[0].ID+"/undo"), http.StatusConflict)
		b.want(b.post("/assets/"+pc+"/split", "part", "snmp", "name", "別の端末"), http.StatusSeeOther)
		b.want(b.get(page), http.StatusOK, "この行から分けた", "別の端末")
		l.verified()
	})
}

func TestConflictsServicesAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		b := l.as("op")
		list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: asset.Scope{All: true}})
		if err != nil || len(list) == 0 {
			t.Fatalf("%v %v", list, err)
		}
		b.want(b.get("/assets/conflicts"), http.StatusMovedPermanently)
		b.want(b.get("/conflicts"), http.StatusOK, "ex59-000003", "見比べる")
		line := "/conflicts/" + list[0].ID
		b.want(b.get(line), http.StatusOK, "手がかりの比較", "TWIN-01", "一致", "別の機器とする")
		b.want(b.post(line+"/close", "note", ""), http.StatusUnprocessableEntity)
		ward := l.as("ward")
		for _, address := range []string{line, "/conflicts/" + store.NewID()} {
			ward.want(ward.get(address), http.StatusNotFound)
			ward.want(ward.post(address+"/close", "note", "x"), http.StatusNotFound)
			ward.want(ward.post(address+"/answer", "outcome", "different"), http.StatusNotFound)
		}
		b.want(b.post(line+"/answer", "outcome", "perhaps"), http.StatusUnprocessableEntity)
		b.want(b.post(line+"/answer", "outcome", "same", "keep", list[0].AssetID), http.StatusUnprocessableEntity, "ほかの施設")
		b.want(b.post(line+"/answer", "outcome", "later"), http.StatusSeeOther)
		if body := b.get("/conflicts").body; strings.Contains(main(body), "TWIN-01") {
			t.Error("put aside, and still listed")
		}
		b.want(b.get("/conflicts?later=1"), http.StatusOK, "TWIN-01", "後回し")
		b.want(b.post(line+"/close", "note", "別の機器だった"), http.StatusSeeOther)
		b.want(b.get("/conflicts?closed=1"), http.StatusOK, "別の機器だった")
		b.want(b.post(line+"/answer", "outcome", "different"), http.StatusConflict)

		b.want(b.get("/services?facility="+l.main), http.StatusOK, "Spooler")
		b.want(b.post("/services/decide", "facility", l.main, "subject", "service", "kind", "pc", "name", "Spooler", "verdict", "unneeded", "reason", "印刷しない", "next", "/services"), http.StatusSeeOther)
		b.want(b.get("/services?show=unneeded&facility="+l.main), http.StatusOK, "Spooler")
		b.want(b.get("/services?show=decided&facility="+l.main), http.StatusOK, "印刷しない")
		branch := l.as("branch")
		branch.want(branch.post("/services/decide", "facility", l.main, "subject", "service", "kind", "pc", "name", "Spooler", "verdict", ""), http.StatusNotFound)
		branch.want(branch.get("/services?facility="+l.main), http.StatusNotFound)
		b.want(b.post("/services/decide", "facility", l.main, "subject", "service", "kind", "pc", "name", "Spooler", "verdict", "", "next", "/services"), http.StatusSeeOther)

		b.want(b.get("/accounts"), http.StatusOK, "emr-svc", "120日 未使用")
		b.want(b.get("/accounts?show=unused"), http.StatusOK, "emr-svc")
		pc := l.ids["pc"]
		b.want(b.post("/assets/"+pc+"/accounts/owner", "account", "emr-svc", "kind", "staff", "owner", "だれか"), http.StatusUnprocessableEntity, "その職員は登録がありません")
		b.want(b.post("/assets/"+pc+"/accounts/owner", "account", "emr-svc", "kind", "staff", "owner", "佐藤 花子"), http.StatusSeeOther)
		b.want(b.get("/assets/"+pc+"/accounts"), http.StatusOK, "佐藤 花子")
		b.want(b.post("/assets/"+pc+"/accounts/owner", "account", "nobody", "kind", "shared"), http.StatusNotFound)
		software := b.get("/assets/" + pc + "/software")
		b.want(software, http.StatusOK, "みほんソフト 000", "130件のうち 100件")
		next := regexp.MustCompile(`href="([^"]*after=[^"]*)"`).FindStringSubmatch(software.body)
		if next == nil {
			t.Fatal("no next page of software")
		}
		b.want(b.get(html.UnescapeString(next[1])), http.StatusOK, "みほんソフト 129")
		b.want(b.get("/assets/"+pc+"/software?q="+url.QueryEscape("ソフト 042")), http.StatusOK, "みほんソフト 042")
		l.verified()
	})
}

func TestGuidelineShowsOnlyWhatIsKnown(t *testing.T) {
	l := newLedger(t, storetest.SQLite(t))
	b := l.as("ward")
	g, _ := l.site.deps.Catalog.Guideline(guidelineEdition)
	for _, part := range g.Parts {
		page := b.get("/guideline?part=" + string(part.Part))
		b.want(page, http.StatusOK, html.EscapeString(part.Title.JA))
		checkMarkup(t, "/guideline", page.body)
		unknown := 0
		for _, item := range part.Items() {
			if !strings.Contains(page.body, `id="`+item.ID+`"`) {
				t.Errorf("%s is not on the page", item.ID)
			}
			if !item.ContentKnown() {
				unknown++
			}
		}
		if n := strings.Count(page.body, "番号だけ分かっています"); n != unknown {
			t.Errorf("%s: %d items marked as unseen, want %d", part.Part, n, unknown)
		}
	}
	b.want(b.get("/guideline?part=nothing"), http.StatusNotFound)
}

func (l *ledger) asset(id string) asset.Asset {
	l.t.Helper()
	a, err := asset.Get(l.t.Context(), l.db, asset.Scope{All: true}, id)
	if err != nil {
		l.t.Fatal(err)
	}
	return a
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// upload sends a form with a file; an empty name sends none.
func (b *browser) upload(path, name, content string, fields map[string]string) answer {
	b.w.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range fields {
		_ = w.WriteField(k, v) // memory never fails
	}
	if name != "" {
		part, _ := w.CreateFormFile("file", name)
		_, _ = part.Write([]byte(content))
	}
	_ = w.Close()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodPost, b.w.url+path, &body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, err := b.client.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, _ := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(data), res.Header}
}

// What was removed shows where and when, for one device or all, inside one's rights.
func TestSoftwareRemoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		pc, now := l.ids["pc"], store.MS(l.clock())
		for i, list := range [][]software.Program{{{Kind: "registry", Name: "遠隔操作ツール", Version: "15"}, {Kind: "registry", Name: "Viewer", Version: "1"}}, {{Kind: "registry", Name: "Viewer", Version: "2"}}} {
			if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, _, err := software.RecordInstalls(ctx, tx, software.NewKnown(), pc, "usb", now+int64(i), list)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		b := l.as("reader")
		page := b.get("/software/removed?asset=" + pc)
		b.want(page, http.StatusOK, "遠隔操作ツール", "/assets/"+pc+"/software")
		if strings.Contains(page.body, ">Viewer<") {
			t.Error("a replaced version counts as removed")
		}
		b.want(b.get("/software/removed?updates=1&q=viewer"), http.StatusOK, "2 に更新")
		b.want(b.get("/software/removed?asset="+store.NewID()), http.StatusNotFound)
		branch := l.as("branch")
		if a := branch.get("/software/removed"); strings.Contains(a.body, "遠隔操作ツール") {
			t.Error("another facility's software is shown")
		}
	})
}
