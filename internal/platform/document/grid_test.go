package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"sonae/internal/platform/fault"
)

func TestCharsets(t *testing.T) {
	const text = "管理番号,品名\r\nA-1,①㈱髙端末\r\n"
	plain := "管理番号,品名\r\nA-1,端末カナ\r\n"
	encode := func(e encoding.Encoding, s string) []byte {
		out, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct {
		body          []byte
		charset, want string
	}{
		"UTF-8":             {[]byte(text), "utf-8", text},
		"UTF-8 with mark":   {[]byte("\xef\xbb\xbf" + text), "utf-8", text},
		"UTF-16LE, mark":    {encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text), "utf-16", text},
		"UTF-16BE, mark":    {encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), text), "utf-16", text},
		"UTF-16LE, no mark": {encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), text), "utf-16", text},
		"UTF-16BE, no mark": {encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), text), "utf-16", text},
		"CP932":             {encode(japanese.ShiftJIS, text), "cp932", text},
		"EUC-JP":            {encode(japanese.EUCJP, plain), "euc-jp", plain},
		"ISO-2022-JP":       {encode(japanese.ISO2022JP, plain), "iso-2022-jp", plain},
	} {
		got, charset, err := decodeText(c.body)
		if err != nil || charset != c.charset || got != c.want {
			t.Errorf("%s: %q %s %v", name, got, charset, err)
		}
	}
	for name, body := range map[string]string{"a hole": "a,b\r\nc,\xff\xff\r\n", "half a sign": "a,b\r\nc,\x88", "a zero": "a,b\r\nc\x00,d\r\n"} {
		var f *fault.Error
		if _, _, err := decodeText([]byte(body)); !errors.As(err, &f) || f.Key != "document.error.grid_charset" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSeparators(t *testing.T) {
	for text, want := range map[string][]string{
		"a,b;c\n1,2\n":            {"a", "b;c"},
		"a;b;c,d\n":               {"a", "b", "c,d"},
		"a\tb\n":                  {"a", "b"},
		"\"a;b;c\",d\n":           {"a;b;c", "d"},
		"\"a\r\nb\",c\r\n1,2\r\n": {"a\r\nb", "c"},
	} {
		g, err := ReadGrid([]byte(text), "", GridLimits{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, g.Rows[0].Cells); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

// bookOf makes an Excel file from rows.
func bookOf(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, sheet, cell string, v any) {
	t.Helper()
	if err := f.SetCellValue(sheet, cell, v); err != nil {
		t.Fatal(err)
	}
}

func TestExcel(t *testing.T) {
	body := bookOf(t, func(f *excelize.File) {
		if _, err := f.NewSheet("台帳"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "台帳", "A2", "管理番号")
		set(t, f, "台帳", "B2", "購入日")
		set(t, f, "台帳", "A4", 123)
		padded := "00000"
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &padded})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("台帳", "A4", "A4", style); err != nil {
			t.Fatal(err)
		}
		day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			t.Fatal(err)
		}
		set(t, f, "台帳", "B4", 45748)
		if err := f.SetCellStyle("台帳", "B4", "B4", day); err != nil {
			t.Fatal(err)
		}
	})
	g, err := ReadGrid(body, "", GridLimits{})
	if err != nil {
		t.Fatal(err)
	}
	if g.Sheet != "台帳" || len(g.Rows) != 2 || g.Rows[1].Number != 4 {
		t.Fatalf("read %+v", g)
	}
	if got := g.Rows[1]; got.Cells[0] != "00123" || got.Raw[1] != "45748" {
		t.Errorf("row %+v", got)
	}
	if _, err := ReadGrid(body, "ない", GridLimits{}); fault.Of(err).Key != "document.error.grid_no_sheet" {
		t.Errorf("another sheet: %v", err)
	}
}

// excelBomb is a workbook whose sheet unpacks to a size.
func excelBomb(t testing.TB, size int) []byte {
	t.Helper()
	good := bookOf(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", "x") })
	in, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "xl/worksheets/sheet1.xml" {
			_, err = io.WriteString(w, "<worksheet><sheetData>"+strings.Repeat(" ", size)+"</sheetData></worksheet>")
		} else {
			var r io.ReadCloser
			if r, err = f.Open(); err == nil {
				_, err = io.Copy(w, r)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileGrids(t *testing.T) {
	wide := bookOf(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", "a"); set(t, f, "Sheet1", "XFD2", "far") })
	deep := bookOf(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", "a"); set(t, f, "Sheet1", "A1048576", "far") })
	for name, c := range map[string]struct {
		body []byte
		l    GridLimits
		key  string
	}{
		"a ZIP bomb":      {excelBomb(t, 30<<20), GridLimits{}, "document.error.grid_bomb"},
		"16,384 columns":  {wide, GridLimits{}, "document.error.grid_columns"},
		"cut off":         {wide[:len(wide)/2], GridLimits{}, "document.error.grid_broken"},
		"too many rows":   {[]byte("a\nb\nc\n"), GridLimits{Rows: 2}, "document.error.grid_rows"},
		"too many cells":  {[]byte("a,b\nc,d\n"), GridLimits{Cells: 3}, "document.error.grid_cells"},
		"a long cell":     {[]byte("a," + strings.Repeat("x", 100) + "\n"), GridLimits{CellBytes: 50}, "document.error.csv_field"},
		"a large file":    {[]byte("a,b\n"), GridLimits{SizeBytes: 2}, "document.error.grid_size"},
		"another package": {onePart(t, "word/document.xml"), GridLimits{}, "document.error.grid_not_excel"},
	} {
		if _, err := ReadGrid(c.body, "", c.l); err == nil || fault.Of(err).Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	if g, err := ReadGrid(deep, "", GridLimits{}); err != nil || len(g.Rows) != 2 || g.Rows[1].Number != 1_048_576 {
		t.Errorf("a far row: %v", err)
	}
}

func onePart(t testing.TB, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create(name); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzReadGrid(f *testing.F) {
	f.Add([]byte("管理番号,名称\r\nA-1,\"x\r\ny\"\r\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"))
	f.Add([]byte("\x8a\xc7\x97\x9d,\x94\xd4\x8d\x86\n"))
	f.Add(bookOf(f, func(x *excelize.File) { set(f, x, "Sheet1", "A1", "x"); set(f, x, "Sheet1", "B2", 45748) }))
	f.Fuzz(func(t *testing.T, body []byte) {
		l := GridLimits{UnpackedBytes: 8 << 20, Rows: 1000}
		g, err := ReadGrid(body, "", l)
		if err != nil {
			if fault.Of(err).Code == fault.CodeInternal {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		if len(g.Rows) == 0 || len(g.Rows) > 1000 {
			t.Fatalf("%d rows", len(g.Rows))
		}
		for _, r := range g.Rows {
			if len(r.Cells) == 0 || len(r.Cells) > DefaultGridLimits.Columns {
				t.Fatalf("row %d has %d cells", r.Number, len(r.Cells))
			}
		}
	})
}
