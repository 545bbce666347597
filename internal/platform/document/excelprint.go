package document

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rivo/uniseg"
	"github.com/xuri/excelize/v2"
)

// What a printed page of a workbook holds. A character is the width of a 0 in the
// file's standard font, Calibri 11 (ECMA-376, 18.3.1.13): 7 pixels of 1/96 inch.
const (
	marginMM    = 10.0
	footMM      = 15.0
	charMM      = 7 * 25.4 / 96
	leastScale  = 75 // percent: letters of 10 pt print at 7.5 pt
	a4          = 9  // ECMA-376, 18.3.1.63
	defaultWide = 14 // characters of a column without a width
)

// pageChars is how many characters lie side by side on a sheet at full size.
func pageChars(p Paper) float64 { return (p.widthMM - 2*marginMM) / charMM }

// Narrow gives columns that are no wider than their widest text: WidthChars is the
// most, half the title the least. It reads rows once.
func Narrow(columns []SheetColumn, rows iter.Seq[[]any]) []SheetColumn {
	widest := make([]float64, len(columns))
	for row := range rows {
		for i, v := range row {
			widest[i] = max(widest[i], valueChars(columns[i].Kind, v))
		}
	}
	out := slices.Clone(columns)
	for i, c := range columns {
		// Bold letters and the edges of a cell need some room of their own.
		title := math.Ceil(float64(uniseg.StringWidth(c.Title))/2) + 3
		out[i].WidthChars = min(c.width(), max(widest[i]+2, title, 7))
	}
	return out
}

// width is the width of a column in characters.
func (c SheetColumn) width() float64 {
	if c.WidthChars == 0 {
		return defaultWide
	}
	return min(c.WidthChars, 255)
}

// valueChars is the width of a value as it is shown, its widest line.
func valueChars(kind Kind, value any) float64 {
	switch v := value.(type) {
	case nil:
		return 0
	case time.Time:
		switch {
		case v.IsZero():
			return 0
		case kind == Date:
			return 10
		}
		return 16
	case string:
		widest := 0
		for line := range strings.Lines(v) {
			widest = max(widest, uniseg.StringWidth(strings.TrimRight(line, "\r\n")))
		}
		return float64(widest)
	case float64:
		return 12
	}
	n := float64(len(fmt.Sprint(value)))
	return n + math.Floor((n-1)/3) // thousands separated
}

// Heights of rows in points. A row says its height because only Excel itself works it
// out when a file without heights is opened; other programs cut the text off.
const (
	lineHeightPt  = 13.5
	rowMarginPt   = 1.5
	mostRowHeight = 409 // Microsoft, "Excel specifications and limits"
)

// rowHeight is the height of a row with its longest text wrapped.
func rowHeight(columns []SheetColumn, row []any) excelize.RowOpts {
	most := 1
	for i, v := range row {
		if text, ok := v.(string); ok {
			most = max(most, wrappedLines(text, columns[i].width()))
		}
	}
	return excelize.RowOpts{Height: min(float64(most)*lineHeightPt+rowMarginPt, mostRowHeight)}
}

// titleHeight is the height of the row of titles, which are bold.
func titleHeight(columns []SheetColumn) excelize.RowOpts {
	titles := make([]any, len(columns))
	narrower := slices.Clone(columns)
	for i, c := range columns {
		titles[i], narrower[i].WidthChars = c.Title, c.width()*0.9
	}
	return rowHeight(narrower, titles)
}

// wrappedLines counts the lines of a text in a column. When it is wrapped, each line
// leaves some room free at its end. Letters of 10 pt are a little narrower than a 0 of
// the standard font, whose size is 11 pt.
func wrappedLines(text string, width float64) int {
	const edges, free, letter = 1.5, 1.08, 0.95
	n, room := 0, max(1, width-edges)
	for line := range strings.Lines(text) {
		n++
		if wide := float64(uniseg.StringWidth(line)) * letter; wide > room {
			n += int(math.Ceil(wide*free/room)) - 1
		}
	}
	return n
}

// setUpPrint makes a sheet print readably on A4: upright when its columns fit so, on
// its side when they fit in letters of at least leastScale, else over several pages
// side by side, on each of which the key columns stand again.
func (w *Workbook) setUpPrint(name string, columns []SheetColumn) error {
	total := 0.0
	for _, c := range columns {
		total += c.width()
	}
	paper, orientation, order := a4, "landscape", "overThenDown"
	fit, wide, high, scale := true, 1, 0, uint(leastScale)
	switch {
	case total <= pageChars(A4Portrait):
		orientation = "portrait"
	case total > pageChars(A4Landscape)*100/leastScale:
		fit = false
	}
	layout := &excelize.PageLayoutOptions{Size: &paper, Orientation: &orientation, PageOrder: &order}
	if fit {
		layout.FitToWidth, layout.FitToHeight = &wide, &high
	} else {
		layout.AdjustTo = &scale
	}
	if err := w.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := w.file.SetPageLayout(name, layout); err != nil {
		return err
	}
	side, foot, footer := marginMM/25.4, footMM/25.4, marginMM/2/25.4
	margins := &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &foot, Bottom: &foot, Header: &footer, Footer: &footer}
	if err := w.file.SetPageMargins(name, margins); err != nil {
		return err
	}
	running := &excelize.HeaderFooterOptions{OddHeader: "&L" + headerText(w.options.Title), OddFooter: "&L&A&R&P / &N"}
	if err := w.file.SetHeaderFooter(name, running); err != nil {
		return err
	}
	keys := 0
	if !fit {
		keys = keyColumns(columns)
	}
	return w.repeat(name, keys)
}

// keyColumns counts the first columns that name the row.
func keyColumns(columns []SheetColumn) int {
	for i, c := range columns {
		if !c.Key {
			return i
		}
	}
	return len(columns)
}

// panes keep the title row and so many columns in sight.
func panes(keys int) *excelize.Panes {
	if keys == 0 {
		return &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	}
	corner, _ := excelize.CoordinatesToCellName(keys+1, 2) // cannot fail: there are fewer columns than a sheet may have
	return &excelize.Panes{Freeze: true, XSplit: keys, YSplit: 1, TopLeftCell: corner, ActivePane: "bottomRight"}
}

// repeat makes every printed page show the title row and so many columns.
func (w *Workbook) repeat(name string, keys int) error {
	quoted := "'" + strings.ReplaceAll(name, "'", "''") + "'!"
	titles := quoted + "$1:$1"
	if keys > 0 {
		last, err := excelize.ColumnNumberToName(keys)
		if err != nil {
			return err
		}
		titles = quoted + "$A:$" + last + "," + titles
	}
	return w.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: titles, Scope: name})
}

// headerText is a text for a running header: & begins a code there, and the whole may
// have 255 characters (ECMA-376, 18.3.1.46).
func headerText(text string) string {
	return strings.ReplaceAll(cutUnits(text, 100), "&", "&&")
}
