package document

import "strings"

// Align is where a text stands in its cell.
type Align uint8

// The alignments.
const (
	Left Align = iota
	Center
	Right
)

// Column is one column of a table.
type Column struct {
	Title   string
	WidthMM float64 // fixed width; 0: fitted to the texts in it
	Weight  float64 // how much of the spare room a fitted column takes, compared with the others; 0 counts as 1
	Align   Align   // of the title and the cells
}

// Cell is one cell. The zero value is an empty cell.
type Cell struct {
	Text   string
	Bold   bool
	Shade  bool   // light grey behind it
	Circle string // part of Text to draw a ring around, as one answers on paper: はい・いいえ
	To     string // name of a place (PDF.Place) that a click on the cell leads to
	PageOf string // name of a place whose page number stands in the cell, and where a click leads; Text is not used
}

// Table is a grid with one header row, which every page repeats.
type Table struct {
	Columns []Column
	Rows    [][]Cell // a short row is filled up with empty cells; cells beyond the columns are an error of the caller and panic
	SizePt  float64  // letter size; 0: 8.5
}

// Cells makes a row of plain texts.
func Cells(texts ...string) []Cell {
	row := make([]Cell, len(texts))
	for i, text := range texts {
		row[i].Text = text
	}
	return row
}

// Table adds a table. Rows keep together; one that is taller than a third of the
// page goes on over the next pages.
func (p *PDF) Table(t Table) {
	if t.SizePt == 0 {
		t.SizePt = tableSize
	}
	if len(t.Columns) > 0 {
		p.blocks = append(p.blocks, &tableBlock{Table: t})
	}
}

// Inner distances of a cell in points.
const (
	padSide = 4.0
	padTop  = 3.0
)

// tableBlock lays a table out.
type tableBlock struct {
	Table
	edges []float64 // left edge of each column and the right edge of the last
	room  float64   // width of the page that edges were made for
	top   float64   // where the grid on this page begins
}

func (b *tableBlock) head(l *layout) float64 {
	b.measure(l)
	need := tableGap + b.height(b.wrap(l, b.header(), l.cleaned))
	if len(b.Rows) > 0 {
		need += min(b.height(b.wrap(l, b.Rows[0], l.cleaned)), l.third())
	}
	return need
}

// third is the height from which a row may be divided between pages.
func (l *layout) third() float64 { return (l.bottom() - marginTopMM*mm) / 3 }

// header is the row of titles.
func (b *tableBlock) header() []Cell {
	row := make([]Cell, len(b.Columns))
	for i, c := range b.Columns {
		row[i] = Cell{Text: c.Title, Bold: true, Shade: true}
	}
	return row
}

// wrapped is a row cut into lines, one list a cell.
type wrapped struct {
	cells []Cell
	lines [][]string
}

// wrap cuts every cell of a row for its column.
func (b *tableBlock) wrap(l *layout, row []Cell, clean func(string) string) wrapped {
	w := wrapped{cells: row, lines: make([][]string, len(row))}
	for i, cell := range row {
		face := regular
		if cell.Bold {
			face = bold
		}
		w.lines[i] = l.lines(clean(cell.Text), face, b.SizePt, b.edges[i+1]-b.edges[i]-2*padSide)
	}
	return w
}

// lineHeight is the distance of lines in the table.
func (b *tableBlock) lineHeight() float64 { return b.SizePt * tableLeading }

// height of a row with all its lines.
func (b *tableBlock) height(w wrapped) float64 {
	most := 1
	for _, lines := range w.lines {
		most = max(most, len(lines))
	}
	return float64(most)*b.lineHeight() + 2*padTop
}

func (b *tableBlock) place(l *layout) {
	b.measure(l)
	l.y += tableGap
	header := b.wrap(l, b.header(), l.cleaner.clean)
	b.begin(l, header)
	for _, row := range b.Rows {
		w := b.wrap(l, row, l.cleaner.clean)
		for height := b.height(w); l.y+height > l.bottom(); height = b.height(w) {
			fit := int((l.bottom() - l.y - 2*padTop) / b.lineHeight())
			if height > l.third() && fit >= 2 {
				var part wrapped
				part, w = w.split(fit)
				b.row(l, part)
			}
			b.end(l)
			l.newPage()
			b.begin(l, header)
		}
		b.row(l, w)
	}
	b.end(l)
	l.y += 8
}

// split divides a row after a number of lines.
func (w wrapped) split(after int) (first, rest wrapped) {
	first, rest = wrapped{cells: w.cells}, wrapped{cells: w.cells}
	for _, lines := range w.lines {
		n := min(after, len(lines))
		first.lines = append(first.lines, lines[:n])
		rest.lines = append(rest.lines, lines[n:])
	}
	return first, rest
}

// begin opens the grid on a page with the header row.
func (b *tableBlock) begin(l *layout, header wrapped) {
	b.top = l.y
	b.rule(l, l.y)
	b.row(l, header)
}

// rule draws a level line of the grid; its ends cover the corners.
func (b *tableBlock) rule(l *layout, y float64) {
	l.draw(opLine, b.edges[0]-0.3, y, b.edges[len(b.edges)-1]+0.3, y, 0.6, gridGrey)
}

// end closes the grid with the upright lines of this page.
func (b *tableBlock) end(l *layout) {
	for _, x := range b.edges {
		l.draw(opLine, x, b.top, x, l.y, 0.6, gridGrey)
	}
}

// row draws one row and the line under it.
func (b *tableBlock) row(l *layout, w wrapped) {
	bottom := l.y + b.height(w)
	for i, cell := range w.cells {
		if cell.Shade {
			l.draw(opFill, b.edges[i], l.y, b.edges[i+1], bottom, 0, shadeGrey)
		}
		b.cell(l, i, cell, w.lines[i])
		b.lead(l, i, cell, bottom)
	}
	b.rule(l, bottom)
	l.y = bottom
}

// cell writes the lines of one cell.
func (b *tableBlock) cell(l *layout, column int, cell Cell, lines []string) {
	face := regular
	if cell.Bold {
		face = bold
	}
	left, right := b.edges[column]+padSide, b.edges[column+1]-padSide
	y := l.y + padTop
	for _, line := range lines {
		x := left
		switch width := l.textWidth(line, face, b.SizePt); b.Columns[column].Align {
		case Center:
			x = left + (right-left-width)/2
		case Right:
			x = right - width
		}
		l.text(line, face, b.SizePt, x, y, b.lineHeight())
		if before, _, found := strings.Cut(line, cell.Circle); found && cell.Circle != "" {
			b.circle(l, x+l.faces[face].width(before)*b.SizePt, l.faces[face].width(cell.Circle)*b.SizePt, y)
			cell.Circle = ""
		}
		y += b.lineHeight()
	}
}

// lead makes a cell that ends at bottom lead to its place.
func (b *tableBlock) lead(l *layout, column int, cell Cell, bottom float64) {
	name := cell.To
	if cell.PageOf != "" {
		name = cell.PageOf
	}
	if name == "" {
		return
	}
	to := l.lookUp(name)
	if to == nil {
		return
	}
	left, right := b.edges[column], b.edges[column+1]
	page := l.page()
	page.links = append(page.links, link{x: left, y: l.y, width: right - left, height: bottom - l.y, to: to})
	if cell.PageOf == "" {
		return
	}
	align := b.Columns[column].Align
	x := map[Align]float64{Left: left + padSide, Center: (left + right) / 2, Right: right - padSide}[align]
	y := l.y + padTop + l.baseline(regular, b.SizePt, b.lineHeight())
	page.ops = append(page.ops, op{kind: opText, x1: x, y1: y, size: b.SizePt, pageOf: to, align: align})
}

// circle draws a ring around a piece of a line.
func (b *tableBlock) circle(l *layout, x, width, y float64) {
	middle, rx, ry := y+b.lineHeight()/2, width/2+1.8, b.SizePt*0.72
	l.draw(opOval, x+width/2-rx, middle-ry, x+width/2+rx, middle+ry, 0.8, ink)
}
