package document

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Limits of the file format (ECMA-376; Microsoft, "Excel specifications and limits").
const (
	maxCellUnits  = 32767 // UTF-16 units in one cell
	maxSheetUnits = 31    // UTF-16 units in a sheet's name
	maxSheetRows  = 1 << 20
)

// Kind is how the values of a column are shown.
type Kind uint8

// The kinds. Text also fits numbers that are names (serial numbers): give strings.
const (
	Text     Kind = iota
	Date          // time.Time as 2026-11-24
	DateTime      // time.Time as 2026-11-24 8:15
	Number        // whole numbers with thousands separated, float64 as it is
)

// SheetColumn is one column of a sheet.
type SheetColumn struct {
	Title      string
	WidthChars float64 // in half-width characters, up to 255; 0: 14
	Kind       Kind
	Key        bool // names the row; the first columns that do stay in sight and are repeated on paper
}

// WorkbookOptions describes a workbook as a whole.
type WorkbookOptions struct {
	Title   string
	Author  string
	Lang    string    // BCP 47
	Created time.Time // stands in the file; equal input with equal Created gives equal bytes
}

// Workbook writes an Excel file (.xlsx) sheet by sheet. Not for concurrent use.
type Workbook struct {
	options WorkbookOptions
	file    *excelize.File
	styles  sheetStyles
	names   map[string]bool
	first   bool
	// Shortened counts cells cut at 32,767 characters, with a visible … at the end.
	Shortened int
}

// sheetStyles are the numbers of the styles in use.
type sheetStyles struct{ header, text, quoted, date, dateTime, number int }

// NewWorkbook starts an empty workbook. Close it when done, written or not.
func NewWorkbook(options WorkbookOptions) (*Workbook, error) {
	w := &Workbook{options: options, file: excelize.NewFile(), names: map[string]bool{}, first: true}
	if err := w.makeStyles(); err != nil {
		return nil, fmt.Errorf("start workbook: %w", err)
	}
	return w, nil
}

// makeStyles registers the styles.
func (w *Workbook) makeStyles() error {
	grid := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		grid = append(grid, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	font := &excelize.Font{Family: "BIZ UDPゴシック", Size: 10}
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	middle := &excelize.Alignment{Vertical: "top", Horizontal: "center"}
	date, dateTime := "yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd\\ h:mm"
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&w.styles.header, excelize.Style{
			Font:   &excelize.Font{Family: font.Family, Size: 10, Bold: true},
			Fill:   excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7E6E6"}},
			Border: grid, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
		}},
		{&w.styles.text, excelize.Style{Font: font, Border: grid, Alignment: top}},
		// A style of its own for text that looks like a formula: see quotePrefix.
		{&w.styles.quoted, excelize.Style{Font: font, Border: grid, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true, Horizontal: "left"}}},
		{&w.styles.date, excelize.Style{Font: font, Border: grid, Alignment: middle, CustomNumFmt: &date}},
		{&w.styles.dateTime, excelize.Style{Font: font, Border: grid, Alignment: middle, CustomNumFmt: &dateTime}},
		{&w.styles.number, excelize.Style{Font: font, Border: grid, Alignment: &excelize.Alignment{Vertical: "top"}, NumFmt: 3}}, // #,##0 (ECMA-376, 18.8.30)
	} {
		id, err := w.file.NewStyle(&s.style)
		if err != nil {
			return err
		}
		*s.id = id
	}
	return nil
}

// Sheet adds a sheet: a frozen header row that every printed page repeats, on A4 (see
// setUpPrint). Values may be string, bool, whole numbers, float64,
// time.Time (its own clock and calendar are shown; zero: empty) and nil. A name that
// Excel would refuse or that is taken is changed. Returns the name used.
func (w *Workbook) Sheet(name string, columns []SheetColumn, rows iter.Seq[[]any]) (string, error) {
	name = w.sheetName(name)
	if err := w.sheet(name, columns, rows); err != nil {
		return name, fmt.Errorf("write sheet %s: %w", name, err)
	}
	return name, nil
}

// sheet writes one sheet under its final name.
func (w *Workbook) sheet(name string, columns []SheetColumn, rows iter.Seq[[]any]) error {
	if err := w.prepare(name, columns); err != nil {
		return err
	}
	out, err := w.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	header := make([]any, len(columns))
	for i, c := range columns {
		if err := out.SetColWidth(i+1, i+1, c.width()); err != nil {
			return err
		}
		header[i] = excelize.Cell{StyleID: w.styles.header, Value: w.cellText(c.Title)}
	}
	if err := out.SetPanes(panes(keyColumns(columns))); err != nil {
		return err
	}
	if err := out.SetRow("A1", header, titleHeight(columns)); err != nil {
		return err
	}
	number := 1
	for row := range rows {
		if number++; number > maxSheetRows {
			return fmt.Errorf("more than %d rows", maxSheetRows)
		}
		if len(row) > len(columns) {
			return fmt.Errorf("row %d has %d values for %d columns", number, len(row), len(columns))
		}
		cells := make([]any, len(row))
		for i, value := range row {
			cells[i] = w.cell(columns[i].Kind, value)
		}
		if err := out.SetRow(fmt.Sprintf("A%d", number), cells, rowHeight(columns, row)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// prepare creates the sheet and its print setup, before its rows are streamed.
func (w *Workbook) prepare(name string, columns []SheetColumn) error {
	if w.first {
		w.first = false
		if err := w.file.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := w.file.NewSheet(name); err != nil {
		return err
	}
	return w.setUpPrint(name, columns)
}

// cell gives a value its type and style.
func (w *Workbook) cell(kind Kind, value any) any {
	style := w.styles.text
	switch v := value.(type) {
	case nil:
		return excelize.Cell{StyleID: style}
	case string:
		if runs(v) {
			style = w.styles.quoted
		}
		return excelize.Cell{StyleID: style, Value: w.cellText(v)}
	case time.Time:
		if v.IsZero() || v.Year() < 1900 || v.Year() > 9999 { // what Excel can count
			return excelize.Cell{StyleID: style}
		}
		if style = w.styles.dateTime; kind == Date {
			style = w.styles.date
			year, month, day := v.Date()
			v = time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		}
		return excelize.Cell{StyleID: style, Value: v}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) { // no such number in a cell
			return excelize.Cell{StyleID: style, Value: fmt.Sprint(v)}
		}
	}
	if _, fraction := value.(float64); kind == Number && !fraction {
		style = w.styles.number
	}
	return excelize.Cell{StyleID: style, Value: value}
}

// cellText makes a text fit for a cell: what XML cannot hold (XML 1.0, 2.2) becomes
// the visible �, and a text that is too long ends with ….
func (w *Workbook) cellText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r // broken UTF-8 arrives here as U+FFFD
	}, text)
	if len(text) <= maxCellUnits {
		return text
	}
	if cut := cutUnits(text, maxCellUnits); cut != text {
		w.Shortened++
		return cutUnits(text, maxCellUnits-1) + "…"
	}
	return text
}

// cutUnits shortens a text to so many UTF-16 units, never inside a character.
func cutUnits(text string, units int) string {
	for i, r := range text {
		if units -= max(1, utf16.RuneLen(r)); units < 0 {
			return text[:i]
		}
	}
	return text
}

// sheetName makes a name that Excel accepts and that is not taken.
func (w *Workbook) sheetName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < ' ' || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimSpace(cutUnits(strings.Trim(strings.TrimSpace(name), "'"), maxSheetUnits))
	if name = strings.TrimRight(name, "'"); name == "" || strings.EqualFold(name, "History") {
		name += "_"
	}
	base := name
	for n := 2; w.names[strings.ToLower(name)]; n++ {
		suffix := fmt.Sprintf(" (%d)", n)
		name = cutUnits(base, maxSheetUnits-len(suffix)) + suffix
	}
	w.names[strings.ToLower(name)] = true
	return name
}

// Write writes the workbook; it needs at least one sheet.
func (w *Workbook) Write(out io.Writer) error {
	if w.first {
		return errors.New("write workbook: it has no sheet")
	}
	stamp := w.options.Created.UTC().Format(time.RFC3339)
	err := w.file.SetDocProps(&excelize.DocProperties{Title: w.options.Title, Creator: w.options.Author, Language: w.options.Lang, Created: stamp, Modified: stamp})
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	w.file.SetZipWriter(func(to io.Writer) excelize.ZipWriter { return newSortedZip(to, w.styles.quoted) })
	if err := w.file.Write(out); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// Close lets go of the workbook and of temporary files of large sheets.
func (w *Workbook) Close() error { return w.file.Close() }
