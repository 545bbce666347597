package document

import (
	"archive/zip"
	"bytes"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// hard are texts that have hurt exports.
var hard = []string{
	"=1+1", "+81-3", "-", "@SUM(A1)", "\tTAB", "\rCR", "=cmd|' /C calc'!A0", "'=quoted", "髙﨑㈱①Ⅱ○△×", "𠮷野家", "<b>&amp;\"'</b>", "_x0041_", " 空白 ", "一行\n二行", "007", "1e5", "TRUE", "2026-11-24", "",
}

// workbook writes one book with the hard texts and one value of each type.
func workbook(t *testing.T) []byte {
	t.Helper()
	w, err := NewWorkbook(WorkbookOptions{Title: "機器台帳", Author: "Sonae", Lang: "ja", Created: created})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var rows [][]any
	for _, text := range hard {
		rows = append(rows, []any{text, nil, nil, nil, nil})
	}
	rows = append(rows, []any{"型", created, created, 1234567, 0.5}, []any{true, time.Time{}, nil, int64(-3), math.NaN()})
	columns := []SheetColumn{{Title: "=名前", WidthChars: 30}, {Title: "日", Kind: Date}, {Title: "時", Kind: DateTime}, {Title: "数", Kind: Number}, {Title: "小数", Kind: Number}}
	for _, name := range []string{"機器台帳", "機器/台帳*?", "機器台帳"} {
		if _, err := w.Sheet(name, columns, slices.Values(rows)); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := w.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbookReadsBack(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(workbook(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff([]string{"機器台帳", "機器_台帳__", "機器台帳 (2)"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	for i, want := range hard {
		cell, _ := excelize.CoordinatesToCellName(1, i+2)
		got, err := f.GetCellValue("機器台帳", cell)
		if err != nil {
			t.Fatal(err)
		}
		if got != strings.ReplaceAll(want, "\r", "\n") && got != want {
			t.Errorf("%s holds %q, want %q", cell, got, want)
		}
		if formula, _ := f.GetCellFormula("機器台帳", cell); formula != "" {
			t.Errorf("%s became the formula %q", cell, formula)
		}
	}
	row := len(hard) + 2
	for column, want := range map[string]string{"B": "2026-11-24", "C": "2026-11-24 8:15", "D": "1,234,567", "E": "0.5"} {
		if got, _ := f.GetCellValue("機器台帳", column+itoa(row)); got != want {
			t.Errorf("%s holds %q, want %q", column, got, want)
		}
	}
	for column, want := range map[string]string{"A": "TRUE", "B": "", "D": "-3", "E": "NaN"} {
		if got, _ := f.GetCellValue("機器台帳", column+itoa(row+1)); got != want {
			t.Errorf("second %s holds %q, want %q", column, got, want)
		}
	}
}

func itoa(n int) string { s, _ := excelize.JoinCellName("A", n); return s[1:] }

func TestWorkbookPrintsAsLedger(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(workbook(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	layout, err := f.GetPageLayout("機器台帳")
	if err != nil {
		t.Fatal(err)
	}
	if *layout.Size != 9 || *layout.Orientation != "portrait" || *layout.FitToWidth != 1 {
		t.Errorf("page layout %d %s %d", *layout.Size, *layout.Orientation, *layout.FitToWidth)
	}
	panes, err := f.GetPanes("機器台帳")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	names := f.GetDefinedName()
	if len(names) != 3 || names[0].Name != "_xlnm.Print_Titles" || names[0].RefersTo != "'機器台帳'!$1:$1" {
		t.Errorf("defined names %+v", names)
	}
}

// Letters stay readable on paper however many columns a sheet has.
func TestWideSheetsPrintReadably(t *testing.T) {
	for _, test := range []struct {
		columns     int
		orientation string
		oneWide     bool
		titles      string
	}{
		{4, "portrait", true, "'a'!$1:$1"},
		{8, "landscape", true, "'a'!$1:$1"},
		{40, "landscape", false, "'a'!$A:$B,'a'!$1:$1"},
	} {
		w, err := NewWorkbook(WorkbookOptions{Title: "A & B", Created: created})
		if err != nil {
			t.Fatal(err)
		}
		columns := make([]SheetColumn, test.columns)
		for i := range columns {
			columns[i] = SheetColumn{Title: "列", WidthChars: 20, Key: i < 2 || i == 5}
		}
		if _, err := w.Sheet("a", columns, slices.Values([][]any{{"x"}})); err != nil {
			t.Fatal(err)
		}
		layout, err := w.file.GetPageLayout("a")
		if err != nil {
			t.Fatal(err)
		}
		props, err := w.file.GetSheetProps("a")
		if err != nil {
			t.Fatal(err)
		}
		names := w.file.GetDefinedName()
		if *layout.Orientation != test.orientation || *props.FitToPage != test.oneWide || names[0].RefersTo != test.titles {
			t.Errorf("%d columns: %s, one page wide %v, repeated %s", test.columns, *layout.Orientation, *props.FitToPage, names[0].RefersTo)
		}
		if !test.oneWide && *layout.AdjustTo != leastScale {
			t.Errorf("%d columns print at %d %%", test.columns, *layout.AdjustTo)
		}
		if running, err := w.file.GetHeaderFooter("a"); err != nil || running.OddHeader != "&LA && B" {
			t.Errorf("header %+v, %v", running, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNarrow(t *testing.T) {
	columns := []SheetColumn{{Title: "名前", WidthChars: 30}, {Title: "空の列", WidthChars: 30}, {Title: "日", Kind: Date, WidthChars: 30}, {Title: "数", Kind: Number}, {Title: "長い題名のついた列です", WidthChars: 40}}
	rows := slices.Values([][]any{{"看護部", nil, created, 1234567}, {strings.Repeat("長", 40) + "\n短", "", nil, 1}})
	var got []float64
	for _, c := range Narrow(columns, rows) {
		got = append(got, c.WidthChars)
	}
	if diff := cmp.Diff([]float64{30, 7, 12, 11, 14}, got); diff != "" {
		t.Error(diff)
	}
	if columns[1].WidthChars != 30 {
		t.Error("Narrow changed its input")
	}
}

// A wrapped text has room for all its lines in every program.
func TestRowsAreHighEnough(t *testing.T) {
	columns := []SheetColumn{{Title: "x", WidthChars: 20}, {Title: "y", WidthChars: 40}}
	for text, want := range map[string]float64{"短い": 1, strings.Repeat("長", 30): 4, "一\n二\n三": 3, strings.Repeat("x", 30_000): 0} {
		got := rowHeight(columns, []any{text, "y"}).Height
		if height := want*lineHeightPt + rowMarginPt; got != height && want > 0 || got > mostRowHeight {
			t.Errorf("%.10q is %v pt high", text, got)
		}
	}
}

// part reads one part of a workbook.
func part(t *testing.T, data []byte, name string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestTextThatLooksLikeAFormulaIsMarked(t *testing.T) {
	data := workbook(t)
	styles := part(t, data, "xl/styles.xml")
	if n := strings.Count(styles, `quotePrefix="1"`); n != 1 {
		t.Fatalf("%d marked styles, want 1", n)
	}
	cells := styles[strings.Index(styles, "<cellXfs"):]
	number := strings.Count(cells[:strings.Index(cells, "quotePrefix")], "<xf ") - 1
	sheet := part(t, data, "xl/worksheets/sheet1.xml")
	if want := `<c r="A2" s="` + itoa(number) + `" t="inlineStr">`; !strings.Contains(sheet, want) {
		t.Errorf("the sheet lacks %s", want)
	}
	if strings.Contains(sheet, "<f>") {
		t.Error("the sheet has a formula")
	}
}

func TestEqualWorkbooksAreEqualFiles(t *testing.T) {
	first := workbook(t)
	for range 5 {
		if !bytes.Equal(first, workbook(t)) {
			t.Fatal("two workbooks of equal content differ")
		}
	}
}

func TestHostileTexts(t *testing.T) {
	w, err := NewWorkbook(WorkbookOptions{Created: created})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	long := strings.Repeat("𠮷", 20_000)
	rows := iter.Seq[[]any](func(yield func([]any) bool) {
		_ = yield([]any{"a\x00b\x1bc\ufffed\xff"}) && yield([]any{long})
	})
	if _, err := w.Sheet("a", []SheetColumn{{Title: "x"}}, rows); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := w.Write(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, _ := f.GetCellValue("a", "A2"); got != "a�b�c�d�" {
		t.Errorf("got %q", got)
	}
	got, _ := f.GetCellValue("a", "A3")
	if want := strings.Repeat("𠮷", 16_383) + "…"; got != want || w.Shortened != 1 {
		t.Errorf("a long text came back with %d characters, %d shortened", len([]rune(got)), w.Shortened)
	}
}

func TestSheetNames(t *testing.T) {
	w, err := NewWorkbook(WorkbookOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, test := range []struct{ in, want string }{
		{"台帳", "台帳"}, {"台帳", "台帳 (2)"}, {"", "_"}, {"'quoted'", "quoted"}, {"History", "History_"}, {"a[b]:c", "a_b__c"},
		{strings.Repeat("あ", 40), strings.Repeat("あ", 31)}, {strings.Repeat("あ", 41), strings.Repeat("あ", 27) + " (2)"}, {"a\x00", "a_"},
	} {
		if got := w.sheetName(test.in); got != test.want {
			t.Errorf("sheetName(%q) = %q, want %q", test.in, got, test.want)
		}
	}
	if err := w.Write(io.Discard); err == nil {
		t.Error("a workbook without sheets was written")
	}
}
