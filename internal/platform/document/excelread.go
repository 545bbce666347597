package document

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"sonae/internal/platform/fault"
)

// readExcel reads one sheet of a workbook, row by row.
func readExcel(body []byte, sheet string, l GridLimits) (g Grid, err error) {
	if err := checkPackage(body, l); err != nil {
		return Grid{}, err
	}
	// The library was written for files of people, not of attackers: what it cannot
	// bear is a broken file and nothing more.
	defer func() {
		if r := recover(); r != nil {
			g, err = Grid{}, fault.Invalid("document.error.grid_broken").Because(fmt.Errorf("excel reader: %v", r))
		}
	}()
	file, err := excelize.OpenReader(bytes.NewReader(body), excelize.Options{UnzipSizeLimit: l.UnpackedBytes, UnzipXMLSizeLimit: l.UnpackedBytes})
	if err != nil {
		return Grid{}, fault.Invalid("document.error.grid_broken").Because(err)
	}
	defer func() { _ = file.Close() }()
	names := file.GetSheetList()
	if len(names) > l.Sheets {
		return Grid{}, fault.TooLarge("document.error.grid_sheets", "Max", l.Sheets)
	}
	base := Grid{Format: "xlsx", Sheets: names}
	if props, err := file.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		base.Since1904 = *props.Date1904
	}
	if sheet != "" {
		if !slices.Contains(names, sheet) {
			return Grid{}, fault.Invalid("document.error.grid_no_sheet").At("sheet")
		}
		names = []string{sheet}
	}
	for _, name := range names {
		g = base
		g.Sheet = name
		if err := readSheet(file, name, &g, l); err != nil {
			return Grid{}, err
		}
		if len(g.Rows) > 0 {
			return g, nil
		}
	}
	return Grid{}, fault.Invalid("document.error.grid_empty")
}

// checkPackage looks into the directory of the package before anything is unpacked.
// Go's reader refuses parts that turn out larger than they say.
func checkPackage(body []byte, l GridLimits) error {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return fault.Invalid("document.error.grid_broken").Because(err)
	}
	var total uint64
	book := false
	for _, f := range z.File {
		total += f.UncompressedSize64
		book = book || strings.EqualFold(f.Name, "xl/workbook.xml")
		if f.UncompressedSize64 > 1<<20 && f.UncompressedSize64 > uint64(l.Ratio)*max(f.CompressedSize64, 1) || total > uint64(l.UnpackedBytes) || len(z.File) > maxParts {
			return fault.TooLarge("document.error.grid_bomb", "Max", l.UnpackedBytes>>20).At(clip(f.Name))
		}
	}
	if !book {
		return fault.New(fault.CodeUnsupported, "document.error.grid_not_excel")
	}
	return nil
}

// maxParts bounds the parts of a workbook: sheets, drawings, styles. Real ones have
// some tens.
const maxParts = 5000

func clip(name string) string {
	name = strings.ToValidUTF8(name, "�")
	if r := []rune(name); len(r) > 60 {
		return string(r[:60])
	}
	return name
}

// readSheet walks a sheet twice at once: what cells show, and what they hold.
func readSheet(file *excelize.File, name string, g *Grid, l GridLimits) error {
	shown, err := file.Rows(name)
	if err != nil {
		return fault.Invalid("document.error.grid_broken").Because(err)
	}
	defer func() { _ = shown.Close() }()
	held, err := file.Rows(name)
	if err != nil {
		return fault.Invalid("document.error.grid_broken").Because(err)
	}
	defer func() { _ = held.Close() }()
	var t gridTally
	for number := 1; shown.Next() && held.Next(); number++ {
		cells, err := shown.Columns()
		if err != nil {
			return fault.Invalid("document.error.grid_broken").At(strconv.Itoa(number)).Because(err)
		}
		raw, err := held.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return fault.Invalid("document.error.grid_broken").At(strconv.Itoa(number)).Because(err)
		}
		for i, c := range cells {
			cells[i] = strings.ToValidUTF8(strings.ReplaceAll(c, "\x00", ""), "�")
		}
		if err := t.add(g, GridRow{Number: number, Cells: cells, Raw: raw}, l); err != nil {
			return err
		}
	}
	if err := shown.Error(); err != nil {
		return fault.Invalid("document.error.grid_broken").Because(err)
	}
	return nil
}
