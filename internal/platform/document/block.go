package document

import "strconv"

// headingSizes are the letter sizes of heading levels 1 to 3, in points.
var headingSizes = [...]float64{13, 11, 10}

// headingGap is the space under a heading, tableGap that above a table, in points.
const (
	headingGap = 2.0
	tableGap   = 2.0
)

// titleBlock is the title of a cover.
type titleBlock struct{ above, title, below string }

func (b *titleBlock) head(*layout) float64 { return 120 }

func (b *titleBlock) place(l *layout) {
	l.y += 36
	b.line(l, b.above, regular, bodySize+1)
	b.line(l, b.title, bold, titleSize)
	b.line(l, b.below, regular, bodySize+1)
	l.y += 30
}

// line centres one part, over several lines when it is long.
func (b *titleBlock) line(l *layout, text string, w weight, sizePt float64) {
	if text == "" {
		return
	}
	height := sizePt * bodyLeading
	for _, line := range l.lines(l.cleaner.clean(text), w, sizePt, l.width()) {
		x := l.left() + (l.width()-l.textWidth(line, w, sizePt))/2
		l.text(line, w, sizePt, x, l.y, height)
		l.y += height
	}
	l.y += 6
}

// headingBlock is a heading; page and y are known once it is placed.
type headingBlock struct {
	level  int
	name   string // cells lead to it by this; empty: none do
	text   string
	silent bool
	page   int // from 1
	y      float64
}

// before is the space above a heading that is not the first thing on its page.
func (b *headingBlock) before(l *layout) float64 {
	if l.empty() {
		return 0
	}
	return [...]float64{18, 13, 10}[b.level-1]
}

func (b *headingBlock) head(l *layout) float64 {
	size := headingSizes[b.level-1]
	lines := l.lines(l.cleaned(b.text), bold, size, l.width())
	return b.before(l) + float64(len(lines))*size*bodyLeading + headingGap
}

func (b *headingBlock) place(l *layout) {
	l.y += b.before(l)
	size := headingSizes[b.level-1]
	b.page, b.y = len(l.sheets), l.y
	for _, line := range l.lines(l.cleaner.clean(b.text), bold, size, l.width()) {
		l.text(line, bold, size, l.left(), l.y, size*bodyLeading)
		l.y += size * bodyLeading
	}
	l.y += headingGap
}

// cleaned is clean without counting, for measuring ahead.
func (l *layout) cleaned(text string) string {
	quiet := cleaner{can: l.cleaner.can, known: l.cleaner.known, missing: map[rune]int{}}
	return quiet.clean(text)
}

// paragraphBlock is running text.
type paragraphBlock struct {
	text   string
	sizePt float64
}

func (b *paragraphBlock) head(l *layout) float64 {
	lines := l.lines(l.cleaned(b.text), regular, b.sizePt, l.width())
	return float64(min(len(lines), 2)) * b.sizePt * bodyLeading
}

func (b *paragraphBlock) place(l *layout) {
	lines := l.lines(l.cleaner.clean(b.text), regular, b.sizePt, l.width())
	height := b.sizePt * bodyLeading
	for i, line := range lines {
		// Two lines at least stay together at the foot and at the head of a page.
		keep := 1
		if left := len(lines) - i; (left == 2 || i == 0) && left > 1 {
			keep = 2
		}
		if l.y+float64(keep)*height > l.bottom() && !l.empty() {
			l.newPage()
		}
		l.text(line, regular, b.sizePt, l.left(), l.y, height)
		l.y += height
	}
	l.y += b.sizePt * 0.5
}

// contentsBlock is the table of contents.
type contentsBlock struct{ title string }

func (b *contentsBlock) head(*layout) float64 { return 60 }

func (b *contentsBlock) place(l *layout) {
	(&headingBlock{level: 2, text: b.title, silent: true}).place(l)
	for _, h := range l.headings {
		if h.level <= 2 {
			b.entry(l, h)
		}
	}
	l.y += 6
}

// entry writes one line: text, dots, and a place for the page number.
func (b *contentsBlock) entry(l *layout, h *headingBlock) {
	const numberWidth, gap = 24.0, 5.0
	indent := float64(h.level-1) * 14
	height := bodySize * 1.75
	lines := l.lines(l.cleaned(h.text), regular, bodySize, l.width()-indent-numberWidth-20)
	for i, line := range lines {
		if l.y+height > l.bottom() {
			l.newPage()
		}
		x := l.left() + indent
		l.text(line, regular, bodySize, x, l.y, height)
		if i == len(lines)-1 {
			dots := l.y + l.baseline(regular, bodySize, height) - 1
			l.draw(opDots, x+l.textWidth(line, regular, bodySize)+gap, dots, l.right()-numberWidth, dots, 0.7, ink)
			at := l.y + l.baseline(regular, bodySize, height)
			l.page().ops = append(l.page().ops, op{kind: opText, x1: l.right(), y1: at, size: bodySize, pageOf: h, align: Right})
			l.page().links = append(l.page().links, link{x: x, y: l.y, width: l.right() - x, height: height, to: h})
		}
		l.y += height
	}
}

// fillPages writes the page numbers that contents and cells left open: they are
// known once everything is placed. x1 is the middle or the right edge until then.
func (l *layout) fillPages() {
	for _, s := range l.sheets {
		for i := range s.ops {
			o := &s.ops[i]
			if o.pageOf == nil {
				continue
			}
			o.text = strconv.Itoa(o.pageOf.page)
			switch width := l.textWidth(o.text, o.face, o.size); o.align {
			case Center:
				o.x1 -= width / 2
			case Right:
				o.x1 -= width
			}
			o.pageOf = nil
		}
	}
}

// signatureBlock is a row of boxes to sign in, each a third of the page or narrower.
type signatureBlock struct{ labels []string }

// signatureHeight leaves room for a round stamp of 15 mm under the label.
const signatureHeight = 24 * mm

func (b *signatureBlock) head(*layout) float64 { return signatureHeight + 16 }

func (b *signatureBlock) place(l *layout) {
	l.y += 8
	top, width := l.y, l.width()/float64(max(3, len(b.labels)))
	right := l.left() + width*float64(len(b.labels))
	for i, label := range b.labels {
		x := l.left() + float64(i)*width
		for n, line := range l.lines(l.cleaner.clean(label), regular, tableSize, width-8) {
			l.text(line, regular, tableSize, x+4, top+3+float64(n)*tableSize*tableLeading, tableSize*tableLeading)
		}
		l.draw(opLine, x, top, x, top+signatureHeight, 0.6, gridGrey)
	}
	l.draw(opLine, right, top, right, top+signatureHeight, 0.6, gridGrey)
	l.draw(opLine, l.left(), top, right, top, 0.6, gridGrey)
	l.draw(opLine, l.left(), top+signatureHeight, right, top+signatureHeight, 0.6, gridGrey)
	l.y += signatureHeight + 8
}

// breakBlock begins a page, on another paper when one is given.
type breakBlock struct{ paper Paper }

func (b *breakBlock) head(*layout) float64 { return 0 }

func (b *breakBlock) place(l *layout) {
	changed := b.paper != (Paper{}) && b.paper != l.paper
	if changed {
		l.paper = b.paper
	}
	switch {
	case changed && l.empty():
		l.sheets = l.sheets[:len(l.sheets)-1]
		l.newPage()
	case changed || !l.empty():
		l.newPage()
	}
}
