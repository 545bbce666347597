package document

import "strings"

// fit says how wide a column wants to be, in points with its inner distances.
type fit struct {
	least float64 // its widest unbreakable piece
	best  float64 // its widest text in one line
}

// wholeEM is the width in em up to which a text is not broken at all (番号, 看護部):
// one character alone on a line reads badly.
const wholeEM = 4.0

// maxLeast bounds what one long word may claim, as a share of the page.
const maxLeast = 0.3

// measure gives every column its place: fixed widths as they are, the others fitted
// to their texts over the rest of the page.
func (b *tableBlock) measure(l *layout) {
	if b.room == l.width() {
		return
	}
	b.room = l.width()
	widths := make([]float64, len(b.Columns))
	room := b.room
	var fitted []int
	for i, c := range b.Columns {
		if widths[i] = c.WidthMM * mm; c.WidthMM == 0 {
			fitted = append(fitted, i)
		}
		room -= widths[i]
	}
	b.fitColumns(l, widths, fitted, room)
	total := 0.0
	for _, w := range widths {
		total += w
	}
	x := l.left()
	b.edges = append(b.edges[:0], x)
	for _, w := range widths {
		if len(fitted) > 0 || total > b.room {
			w *= b.room / total // exactly to the right edge
		}
		x += w
		b.edges = append(b.edges, x)
	}
}

// fitColumns spreads room over columns: enough for every text in one line if
// possible, else at least for every word; spare room goes by weight.
func (b *tableBlock) fitColumns(l *layout, widths []float64, columns []int, room float64) {
	var least, best, weights float64
	fits := make([]fit, len(b.Columns))
	for _, i := range columns {
		fits[i] = b.fit(l, i)
		least += fits[i].least
		best += fits[i].best
		weights += b.Columns[i].weight()
	}
	spread := 0.0
	for _, i := range columns {
		spread += (fits[i].best - fits[i].least) * b.Columns[i].weight()
	}
	for _, i := range columns {
		switch weight := b.Columns[i].weight(); {
		case best <= room:
			widths[i] = fits[i].best + (room-best)*weight/weights
		case least <= room && spread > 0:
			widths[i] = fits[i].least + (room-least)*(fits[i].best-fits[i].least)*weight/spread
		default:
			widths[i] = fits[i].least
		}
	}
}

// fit measures the texts of one column; equal texts are measured once.
func (b *tableBlock) fit(l *layout, column int) fit {
	seen := map[string]bool{}
	f := b.fitCell(l, Cell{Text: b.Columns[column].Title, Bold: true})
	for _, row := range b.Rows {
		if column >= len(row) || seen[row[column].Text] {
			continue
		}
		seen[row[column].Text] = true
		one := b.fitCell(l, row[column])
		f.least, f.best = max(f.least, one.least), max(f.best, one.best)
	}
	f.least = min(f.least, maxLeast*b.room)
	return f
}

// fitCell measures one text.
func (b *tableBlock) fitCell(l *layout, cell Cell) fit {
	face := l.faces[regular]
	if cell.Bold {
		face = l.faces[bold]
	}
	text := l.cleaned(cell.Text)
	best := 0.0
	for line := range strings.Lines(text) {
		best = max(best, face.width(line))
	}
	least := best
	if best > wholeEM {
		least = max(wholeEM, widestPiece(text, face.width))
	}
	const sides = 2*padSide + 0.1 // a hair, so that rounding does not break a line
	return fit{least: least*b.SizePt + sides, best: best*b.SizePt + sides}
}

// weight of a column in the spare room.
func (c Column) weight() float64 {
	if c.Weight == 0 {
		return 1
	}
	return c.Weight
}
