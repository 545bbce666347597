package document

import (
	"bytes"
	"strconv"
	"strings"

	"sonae/internal/platform/fault"
)

// Grid is a table read from a file of somebody else's making: a ledger in CSV or
// Excel. Cells are text as the file shows them.
type Grid struct {
	Format    string // csv or xlsx
	Charset   string // of CSV: utf-8, utf-16, cp932, euc-jp, iso-2022-jp
	Separator string // of CSV: "," ";" or a tab
	Sheet     string // of Excel: the sheet that was read
	Sheets    []string
	// Since1904: numbers that stand for days count from 1904 (old Excel for Mac).
	Since1904 bool
	Rows      []GridRow // rows with at least one cell that is not blank
}

// GridRow is one row.
type GridRow struct {
	Number int      // in the file, from 1, as a spreadsheet numbers it
	Cells  []string // blank ones at the end are cut off
	// Raw holds Excel's stored values where they differ in form from what is shown
	// (days are numbers); nil in CSV.
	Raw []string
}

// GridLimits bounds a file from outside. Zero fields mean DefaultGridLimits.
type GridLimits struct {
	SizeBytes     int64 // of the file
	UnpackedBytes int64 // of an Excel file, unpacked
	Ratio         int64 // unpacked to packed, for parts over 1 MiB
	Rows          int
	Columns       int
	Cells         int // that are not blank
	CellBytes     int
	Sheets        int
}

// DefaultGridLimits hold the ledger of a large hospital many times over.
var DefaultGridLimits = GridLimits{SizeBytes: 25 << 20, UnpackedBytes: 128 << 20, Ratio: 200, Rows: 50_000, Columns: 300, Cells: 2_000_000, CellBytes: 32 << 10, Sheets: 100}

func (l GridLimits) or(d GridLimits) GridLimits {
	pick := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	pick(&l.Rows, d.Rows)
	pick(&l.Columns, d.Columns)
	pick(&l.Cells, d.Cells)
	pick(&l.CellBytes, d.CellBytes)
	pick(&l.Sheets, d.Sheets)
	if l.SizeBytes == 0 {
		l.SizeBytes = d.SizeBytes
	}
	if l.UnpackedBytes == 0 {
		l.UnpackedBytes = d.UnpackedBytes
	}
	if l.Ratio == 0 {
		l.Ratio = d.Ratio
	}
	return l
}

// ReadGrid reads a whole table; what it is, is found in the content, never in the
// name. sheet chooses a sheet of an Excel file by name; empty is the first one that
// holds something. Faults, each with the row or part as its place: too_large beyond a
// limit, unsupported for formats it does not read, invalid for a broken file.
func ReadGrid(body []byte, sheet string, limits GridLimits) (Grid, error) {
	l := limits.or(DefaultGridLimits)
	switch {
	case int64(len(body)) > l.SizeBytes:
		return Grid{}, fault.TooLarge("document.error.grid_size", "Max", l.SizeBytes>>20)
	case len(bytes.TrimSpace(body)) == 0:
		return Grid{}, fault.Invalid("document.error.grid_empty")
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		return readExcel(body, sheet, l)
	case bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")): // Compound File Binary: .xls, or an encrypted .xlsx ([MS-CFB] 2.2)
		return Grid{}, fault.New(fault.CodeUnsupported, "document.error.grid_old_excel")
	}
	return readCSV(body, l)
}

// readCSV reads text in any charset that Japanese spreadsheets write.
func readCSV(body []byte, l GridLimits) (Grid, error) {
	text, charset, err := decodeText(body)
	if err != nil {
		return Grid{}, err
	}
	g := Grid{Format: "csv", Charset: charset}
	c := NewCSVReader(strings.NewReader(text), CSVLimits{SizeBytes: int64(len(text)) + 1, FieldBytes: l.CellBytes, Columns: maxCSVColumns, Rows: maxSheetRows})
	c.separator = separatorOf(text)
	g.Separator = string(c.separator)
	var t gridTally
	for {
		fields, err := c.Read()
		if fields == nil && err != nil {
			return t.end(g, err)
		}
		if err := t.add(&g, GridRow{Number: c.row, Cells: fields}, l); err != nil {
			return Grid{}, err
		}
	}
}

// maxCSVColumns bounds a row before blank cells at its end are cut off: Excel writes
// as many separators as the sheet was ever wide, 16,384 at most (Microsoft, "Excel
// specifications and limits").
const maxCSVColumns = 16_384

// gridTally counts what a grid holds.
type gridTally struct{ cells int }

// add keeps a row, when it holds something, within the limits.
func (t *gridTally) add(g *Grid, row GridRow, l GridLimits) error {
	n := len(row.Cells)
	for n > 0 && strings.TrimSpace(row.Cells[n-1]) == "" {
		n--
	}
	row.Cells = row.Cells[:n]
	if len(row.Raw) > n {
		row.Raw = row.Raw[:n]
	}
	if n == 0 {
		return nil
	}
	t.cells += n
	place := strconv.Itoa(row.Number)
	switch {
	case n > l.Columns:
		return fault.TooLarge("document.error.grid_columns", "Max", l.Columns, "Row", row.Number).At(place)
	case len(g.Rows) >= l.Rows:
		return fault.TooLarge("document.error.grid_rows", "Max", l.Rows).At(place)
	case t.cells > l.Cells:
		return fault.TooLarge("document.error.grid_cells", "Max", l.Cells).At(place)
	}
	for _, c := range row.Cells {
		if len(c) > l.CellBytes {
			return fault.TooLarge("document.error.grid_cell", "Max", l.CellBytes, "Row", row.Number).At(place)
		}
	}
	g.Rows = append(g.Rows, row)
	return nil
}

// end closes a grid: io.EOF is the good end.
func (t *gridTally) end(g Grid, err error) (Grid, error) {
	if f := fault.Of(err); f.Code != fault.CodeInternal {
		return Grid{}, err
	}
	if len(g.Rows) == 0 {
		return Grid{}, fault.Invalid("document.error.grid_empty")
	}
	return g, nil
}

// separatorOf finds what stands between the fields: the sign that occurs most in the
// first line that has any, outside quotes; a comma when none does.
func separatorOf(text string) byte {
	counts := map[byte]int{}
	open := false
	for i := 0; i < len(text) && i < 64<<10; i++ {
		switch b := text[i]; {
		case b == '"':
			open = !open
		case open:
		case b == ',' || b == ';' || b == '\t':
			counts[b]++
		case b == '\n' && len(counts) > 0:
			return most(counts)
		}
	}
	return most(counts)
}

func most(counts map[byte]int) byte {
	best := byte(',')
	for _, b := range []byte{'\t', ';'} {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return best
}
