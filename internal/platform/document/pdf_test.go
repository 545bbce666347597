package document

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	_ = cmp.Diff
}
