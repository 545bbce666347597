package document

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// created is the fixed time of all documents here.
var created = time.Date(2026, 11, 24, 8, 15, 0, 0, time.FixedZone("JST", 9*3600))

// options of most documents here.
func options() PDFOptions {
	return PDFOptions{
		Title: "立入検査パック", Lang: "ja", Author: "Sonae", Created: created,
		HeaderLeft: "架空市立あおば台病院　立入検査パック", HeaderRight: "2026年3月5日 用 ／ 2026年2月16日 8:20 時点",
		FooterLeft: "照合番号 3F9A-71C2-B0E4 ／ Sonae",
	}
}

// render gives the bytes of a document.
func render(t testing.TB, p *PDF) ([]byte, PDFReport) {
	t.Helper()
	var b bytes.Buffer
	report, err := p.Render(&b)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), report
}

// tool finds a program of poppler-utils; without it the test is left out, which on
// CI is a failure.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: install poppler-utils", name)
		}
		t.Skipf("left out: %s is missing (Debian package poppler-utils)", name)
	}
	return path
}

// extract reads the text of a PDF in drawing order, without any white space.
func extract(t testing.TB, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool(t, "pdftotext"), "-raw", "-enc", "UTF-8", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return squeeze(string(out))
}

// squeeze takes out all white space and form feeds.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// pack is a document with every kind of part, modelled on an inspection pack.
func pack() *PDF {
	p := NewPDF(options())
	p.Title("架空市立あおば台病院", "立入検査パック", "サイバーセキュリティの確保（令和7年度）")
	p.Contents("目次")
	p.Label("この冊子について")
	p.Paragraph("回答は、機器とシステムから集めた事実をもとに提案し、担当者が1行ずつ確かめたものです。各ページの日時は、その事実を確かめた時点を示します。")
	p.Signatures("作成　情報システム係", "確認　安全管理責任者", "承認　病院長")
	p.PageBreak()
	p.Heading(1, "1. チェックリスト（医療機関確認用）")
	p.Paragraph("項目名は要約です。番号と順序は厚生労働省の様式に合わせています。")
	rows := [][]Cell{}
	for i, title := range []string{"安全管理責任者の任命", "機器台帳の整備", "遠隔保守を使う機器の把握", "MDS/SDS の入手", "不要なソフト・サービスの停止（サーバ）"} {
		row := Cells(fmt.Sprintf("2%c", '①'+rune(i)), title, "はい・いいえ", "令和7年11月20日", "", "☑ 台帳 842台 (5)")
		row[2].Circle = "はい"
		if i == 3 {
			row[2].Circle = "いいえ"
			row[4].Text = "令和8年3月20日"
			row[5].Text = "☐ 未着3枚、CVE-2024-38063 と CVE-2025-29824 の対応を業者へ問い合わせ中。回答は「来月の保守で入れる」とのこと。"
		}
		rows = append(rows, row)
	}
	p.Table(Table{Columns: []Column{
		{Title: "番号", WidthMM: 12, Align: Center}, {Title: "項目"}, {Title: "回答", WidthMM: 24, Align: Center},
		{Title: "確認日", WidthMM: 29, Align: Center}, {Title: "目標日", WidthMM: 27, Align: Center}, {Title: "根拠（ページ）", WidthMM: 42},
	}, Rows: rows})
	p.Note("はい 13行 ／ いいえ（目標日あり）2行 ／ 未回答 4行")
	p.Heading(2, "1.1 補足")
	p.Paragraph(strings.Repeat("髙橋さんと﨑山さんは、㈱架空メディカルの①番・Ⅱ号機（○は済、△は一部、×は未了）を確認しました。", 4))
	p.SetPaper(A4Landscape)
	p.Heading(1, "2. 機器台帳")
	p.Table(ledger(60))
	return p
}

// ledger is a wide table of n devices.
func ledger(n int) Table {
	t := Table{SizePt: 7.5}
	for _, title := range []string{"管理番号", "種類", "名前", "メーカー", "型番", "製造番号", "場所", "部署", "OS", "IPアドレス", "最終確認", "備考"} {
		t.Columns = append(t.Columns, Column{Title: title})
	}
	t.Columns[11].Weight = 2
	for i := range n {
		t.Rows = append(t.Rows, Cells(fmt.Sprintf("A-%05d", i), "端末PC", fmt.Sprintf("PC-3N-%04d", i), "架空電機㈱", "KD-X1000", fmt.Sprintf("SN%08d", i*7919),
			"3階 北病棟", "看護部", "Windows 11 Pro 24H2", fmt.Sprintf("10.20.%d.%d", i/250, i%250), "2026-11-24 8:15", "保守は年1回。次は令和9年3月。"))
	}
	return t
}

func TestPackShowsEveryCharacter(t *testing.T) {
	data, report := render(t, pack())
	if dir := os.Getenv("SONAE_PDF_DIR"); dir != "" { // to look at
		if err := os.WriteFile(filepath.Join(dir, "pack.pdf"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(report.Missing) != 0 {
		t.Errorf("missing %U", report.Missing)
	}
	got := extract(t, data)
	for _, want := range []string{
		"☑台帳842台(5)", "☐未着3枚、CVE-2024-38063とCVE-2025-29824の対応を業者へ問い合わせ中。回答は「来月の保守で入れる」とのこと。",
		"髙橋さんと﨑山さんは、㈱架空メディカルの①番・Ⅱ号機（○は済、△は一部、×は未了）を確認しました。",
		"2.機器台帳", "A-00059", "作成情報システム係", "不要なソフト・サービスの停止（サーバ）",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the PDF lacks %q", want)
		}
	}
}

func TestEveryCharacterOfTheFontComesBack(t *testing.T) {
	f, err := openFace(fonts, regular)
	if err != nil {
		t.Fatal(err)
	}
	cleaner := newCleaner(f.has)
	var all strings.Builder
	for r := rune(' '); r < 0x30000; r++ {
		if cleaner.shows(r) && !unicode.Is(unicode.Mn, r) && !unicode.In(r, unicode.Hebrew, unicode.Arabic) {
			all.WriteRune(r)
		}
	}
	text := all.String()
	if n := len([]rune(text)); n < 11_000 {
		t.Fatalf("the font shows %d characters only", n)
	}
	p := NewPDF(options())
	p.Paragraph("［" + text + "］")
	data, report := render(t, p)
	if len(report.Missing) > 0 {
		t.Errorf("missing %U", report.Missing)
	}
	sameText(t, text, between(t, data))
}

// between is what stands in ［ ］ of a one-paragraph document over all its pages.
func between(t *testing.T, data []byte) string {
	t.Helper()
	got := extract(t, data)
	for _, running := range []string{options().HeaderLeft, options().HeaderRight, options().FooterLeft} {
		got = strings.ReplaceAll(got, squeeze(running), "")
	}
	got = pageNumber.ReplaceAllString(got, "")
	_, got, _ = strings.Cut(got, "［")
	return got[:strings.LastIndex(got, "］")]
}

// pageNumber is the page number in a document of 2 to 99 pages; the texts here have none.
var pageNumber = regexp.MustCompile(`\b\d{1,2}/\d{1,2}\b`)

// sameText compares without white space and names the first difference.
func sameText(t *testing.T, want, got string) {
	t.Helper()
	w, g := []rune(squeeze(want)), []rune(squeeze(got))
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			t.Fatalf("character %d is %q (%U), want %q (%U)", i, g[i], g[i], w[i], w[i])
		}
	}
	if len(w) != len(g) {
		t.Fatalf("%d characters came back, want %d", len(g), len(w))
	}
}

func TestHardCells(t *testing.T) {
	long := strings.Repeat("院内の機器（髙﨑㈱製①Ⅱ○△×）は、CVE-2024-38063 の対象です。", 11)
	path := `C:\Program Files (x86)\架空電機㈱\監視エージェント\bin\agent-service.exe --config=https://example.invalid/a/b?c=d&e=f`
	digest := strings.Repeat("0123456789abcdef", 16)
	cells := []string{long, path, digest, "か\u3099き\u3099", "ｶﾅ・ﾊﾝｶｸ", "一行\n\n三行", "", " ", "☑済 ☐未 ☒否 ✔", "˜a\u0303"}
	for _, columns := range []int{1, 2, 5, 10} {
		t.Run(fmt.Sprint(columns, " columns"), func(t *testing.T) {
			table := Table{}
			for i := range columns {
				table.Columns = append(table.Columns, Column{Title: fmt.Sprint("列", i)})
			}
			for chunk := range slices.Chunk(cells, columns) {
				table.Rows = append(table.Rows, Cells(chunk...))
			}
			p := NewPDF(PDFOptions{Title: "表", Created: created})
			p.Table(table)
			data, report := render(t, p)
			if len(report.Missing) > 0 {
				t.Errorf("missing %U", report.Missing)
			}
			want := count(strings.Join(cells, ""))
			for r, n := range count("がぎ") { // composed
				want[r] += n
			}
			for r, n := range count("か\u3099き\u3099") {
				want[r] -= n
			}
			for _, c := range table.Columns {
				for r, n := range count(c.Title) {
					want[r] += n * report.Pages // the header row stands on every page
				}
			}
			for n := range report.Pages {
				for r, k := range count(fmt.Sprintf("%d/%d", n+1, report.Pages)) {
					want[r] += k
				}
			}
			maps.DeleteFunc(want, func(_ rune, n int) bool { return n == 0 })
			want['ã'], want['a'] = want['ã']+1, want['a']-1 // a + U+0303 is one character
			delete(want, '\u0303')
			if diff := cmp.Diff(want, count(extract(t, data))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// count says how often each character stands in a text.
func count(s string) map[rune]int {
	n := map[rune]int{}
	for _, r := range squeeze(s) {
		n[r]++
	}
	return n
}

func TestCharactersTheFontLacks(t *testing.T) {
	o := options()
	o.MissingNote = "次の文字はこの書体にありません。"
	p := NewPDF(o)
	p.Paragraph("𠮷野家、葛\U000E0100城、😀、\u0007鳴、\u202e逆、\xff壊、\xed\xa1\x82半、☑\ufe0f済")
	p.Table(Table{Columns: []Column{{Title: "名"}}, Rows: [][]Cell{Cells("𠮷田")}})
	data, report := render(t, p)
	want := []rune{0x07, 0x202e, 0xd842, 0xfe0f, 0xfffd, 0x1f600, 0x20bb7, 0xe0100}
	if diff := cmp.Diff(want, report.Missing); diff != "" {
		t.Error(diff)
	}
	got := extract(t, data)
	for _, want := range []string{"〓〔U+20BB7〕野家、葛〔U+E0100〕城、〓〔U+1F600〕、〓〔U+0007〕鳴、〓〔U+202E〕逆、〓〔U+FFFD〕壊、〓〔U+D842〕半、☑済", "〓〔U+20BB7〕田",
		"次の文字はこの書体にありません。〓:U+0007×1,U+202E×1,U+D842×1,U+FE0F×1,U+FFFD×1,U+1F600×1,U+20BB7×2,U+E0100×1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestEqualDocumentsAreEqualFiles(t *testing.T) {
	first, _ := render(t, pack())
	second, _ := render(t, pack())
	if !bytes.Equal(first, second) {
		t.Error("two documents of equal content differ")
	}
	p := pack()
	render(t, p)
	again, _ := render(t, p)
	if !bytes.Equal(first, again) {
		t.Error("a document rendered twice differs")
	}
}

func TestContentsNameTheRightPages(t *testing.T) {
	p := NewPDF(PDFOptions{Title: "目次の試験", Created: created})
	p.Contents("目次")
	for i := range 60 { // the contents take more than one page
		p.Heading(1+i%2, fmt.Sprintf("見出し%02d号", i))
		p.Paragraph(strings.Repeat("本文です。", 150))
	}
	data, report := render(t, p)
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool(t, "pdftotext"), "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(string(out), "\f")
	if len(pages) != report.Pages+1 {
		t.Fatalf("%d pages, report says %d", len(pages)-1, report.Pages)
	}
	entry := regexp.MustCompile(`見出し(\d\d)号\s+(\d+)`)
	found := entry.FindAllStringSubmatch(string(out), -1)
	if len(found) != 60 {
		t.Fatalf("%d lines of contents", len(found))
	}
	for _, m := range found {
		page, _ := strconv.Atoi(m[2])
		if !strings.Contains(pages[page-1], "見出し"+m[1]+"号") {
			t.Errorf("heading %s is not on page %d", m[1], page)
		}
	}
}

func TestHeadingsStayWithTheirText(t *testing.T) {
	for lines := 20; lines < 60; lines++ {
		p := NewPDF(PDFOptions{Created: created})
		p.Paragraph(strings.TrimSuffix(strings.Repeat("行\n", lines), "\n"))
		p.Heading(1, "見出し")
		p.Heading(2, "小見出し")
		p.Table(ledger(1))
		l, err := newLayout(p)
		if err != nil {
			t.Fatal(err)
		}
		l.run(p.blocks)
		if l.headings[0].page != l.headings[1].page || l.headings[0].page != len(l.sheets) {
			t.Fatalf("after %d lines the headings are on pages %d and %d of %d", lines, l.headings[0].page, l.headings[1].page, len(l.sheets))
		}
	}
}

func TestNothingIsDrawnOutsideThePage(t *testing.T) {
	p := pack()
	p.Table(Table{Columns: []Column{{Title: "広い", WidthMM: 300}, {Title: "列"}}, Rows: [][]Cell{Cells(strings.Repeat("長い本文です。", 900), strings.Repeat("x", 400))}})
	l, err := newLayout(p)
	if err != nil {
		t.Fatal(err)
	}
	l.run(p.blocks)
	l.fillPages()
	for i, s := range l.sheets {
		for _, o := range s.ops {
			right := max(o.x1, o.x2)
			if o.kind == opText {
				right = o.x1 + l.textWidth(o.text, o.face, o.size)
			}
			if o.x1 < marginSideMM*mm-1 || right > s.width-marginSideMM*mm+1 || max(o.y1, o.y2) > s.height-marginBottomMM*mm+1 {
				t.Fatalf("page %d: %+v is outside", i+1, o)
			}
		}
	}
}

// A cell names the page of a place that comes later or came before, and leads there.
func TestCellsNameTheRightPages(t *testing.T) {
	p := NewPDF(PDFOptions{Title: "参照の試験", Created: created})
	p.Place(1, "先頭の章", "first")
	table := Table{Columns: []Column{{Title: "章", WidthMM: 40}, {Title: "左"}, {Title: "中", Align: Center}, {Title: "右", Align: Right}}}
	for i := range 40 {
		name := fmt.Sprintf("place%02d", i)
		table.Rows = append(table.Rows, []Cell{{Text: fmt.Sprintf("第%02d章", i), To: name}, {PageOf: name}, {PageOf: name}, {PageOf: "first"}})
	}
	p.Table(table)
	for i := range 40 {
		p.Place(1+i%2, fmt.Sprintf("見出し%02d号", i), fmt.Sprintf("place%02d", i))
		p.Paragraph(strings.Repeat("本文です。", 10+30*(i%7)))
	}
	data, report := render(t, p)
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool(t, "pdftotext"), "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(string(out), "\f")
	rows := regexp.MustCompile(`第(\d\d)章\s+(\d+)\s+(\d+)\s+(\d+)`).FindAllStringSubmatch(string(out), -1)
	if len(rows) != 40 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, m := range rows {
		page, _ := strconv.Atoi(m[2])
		if m[3] != m[2] || m[4] != "1" || page < 2 || page > report.Pages || !strings.Contains(pages[page-1], "見出し"+m[1]+"号") {
			t.Errorf("row %q names a wrong page", m[0])
		}
	}
	if n := bytes.Count(data, []byte("/Subtype /Link")); n != 4*40 {
		t.Errorf("%d links", n)
	}
}

func TestUnknownPlace(t *testing.T) {
	p := NewPDF(PDFOptions{Created: created})
	p.Table(Table{Columns: []Column{{Title: "章"}}, Rows: [][]Cell{{{PageOf: "nowhere"}}}})
	if _, err := p.Render(&bytes.Buffer{}); !errors.Is(err, ErrNoPlace) {
		t.Errorf("got %v", err)
	}
}
