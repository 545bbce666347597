package document

import (
	"strconv"
	"strings"
)

// Sizes of letters in points and of the page in millimetres.
const (
	bodySize   = 10.0
	noteSize   = 8.0
	tableSize  = 8.5
	titleSize  = 20.0
	headerSize = 8.5

	marginSideMM   = 18.0 // room for the two holes of a Japanese binder (JIS S 6041: 12 mm from the edge)
	marginTopMM    = 28.0
	marginBottomMM = 24.0
	headerMM       = 17.0 // base of the running texts, from the edges
)

// leading is the distance of lines in em: wide for reading, tight in tables.
const (
	bodyLeading  = 1.65
	tableLeading = 1.4
)

// Shades of grey: 0 is black. Everything survives a black-and-white copier.
const (
	ink       = 0.0
	gridGrey  = 0.45
	shadeGrey = 0.94
)

// opKind says what an op draws.
type opKind uint8

const (
	opText opKind = iota
	opLine
	opDots
	opFill
	opOval
	opRect // in colour, see paintedOp
	opPath
)

// op is one thing drawn on a sheet, in points from its upper left corner.
type op struct {
	kind           opKind
	face           weight
	x1, y1, x2, y2 float64
	size           float64 // of letters, or width of the stroke
	grey           float64
	text           string
	pageOf         *headingBlock // text is the number of its page; see fillPages
	align          Align         // of that number
	painted        *paintedOp    // of drawings; nil = ink
}

// sheet is one page as it fills.
type sheet struct {
	width, height float64
	ops           []op
	links         []link
}

// link is a place on a sheet that leads to a heading.
type link struct {
	x, y, width, height float64
	to                  *headingBlock
}

// block is a part of the document. head is the least height it needs to begin.
type block interface {
	head(l *layout) float64
	place(l *layout)
}

// layout fills sheets with blocks.
type layout struct {
	pdf      *PDF
	faces    [weights]*face
	cleaner  *cleaner
	paper    Paper
	sheets   []*sheet
	y        float64 // where the next block begins
	headings []*headingBlock
	places   map[string]*headingBlock // headings by name
	unknown  string                   // a name that a cell asked for and no heading has
}

// newLayout opens the fonts and the first page.
func newLayout(p *PDF) (*layout, error) {
	l := &layout{pdf: p, paper: p.options.Paper, places: map[string]*headingBlock{}}
	for w := range weights {
		f, err := openFace(fonts, w)
		if err != nil {
			return nil, err
		}
		l.faces[w] = f
	}
	can := func(r rune) bool { return l.faces[regular].has(r) && l.faces[bold].has(r) }
	l.cleaner = newCleaner(can)
	l.newPage()
	return l, nil
}

// run places all blocks. Headings stay with what follows them.
func (l *layout) run(blocks []block) {
	for _, b := range blocks {
		if h, ok := b.(*headingBlock); ok && !h.silent {
			l.headings = append(l.headings, h)
			if l.places[h.name] == nil && h.name != "" {
				l.places[h.name] = h
			}
		}
	}
	for i, b := range blocks {
		need := b.head(l)
		for j := i; j+1 < len(blocks); j++ {
			if _, ok := blocks[j].(*headingBlock); !ok {
				break
			}
			need += blocks[j+1].head(l)
		}
		if l.y+need > l.bottom() && !l.empty() {
			l.newPage()
		}
		b.place(l)
	}
	if len(l.cleaner.missing) > 0 {
		l.missingNote()
	}
}

// missingNote lists at the very end what could not be printed.
func (l *layout) missingNote() {
	text := strings.TrimSpace(l.pdf.options.MissingNote + " 〓: " + l.cleaner.note())
	note := &paragraphBlock{text: text, sizePt: noteSize}
	if l.y+note.head(l) > l.bottom() {
		l.newPage()
	}
	note.place(l)
}

// newPage begins a sheet of the current paper.
func (l *layout) newPage() {
	l.sheets = append(l.sheets, &sheet{width: l.paper.widthMM * mm, height: l.paper.heightMM * mm})
	l.y = marginTopMM * mm
}

// lookUp finds the heading of a name; nil, and noted, when there is none.
func (l *layout) lookUp(name string) *headingBlock {
	h := l.places[name]
	if h == nil {
		l.unknown = name
	}
	return h
}

// page is the sheet being filled.
func (l *layout) page() *sheet { return l.sheets[len(l.sheets)-1] }

// empty reports whether nothing stands on the current page yet.
func (l *layout) empty() bool { return l.y <= marginTopMM*mm }

// left, right, width and bottom bound the text area of the current page.
func (l *layout) left() float64   { return marginSideMM * mm }
func (l *layout) right() float64  { return l.page().width - marginSideMM*mm }
func (l *layout) width() float64  { return l.right() - l.left() }
func (l *layout) bottom() float64 { return l.page().height - marginBottomMM*mm }

// lines cuts a text for a width and a size of letters.
func (l *layout) lines(text string, w weight, sizePt, width float64) []string {
	f := l.faces[w]
	return breakLines(text, width/sizePt, f.width)
}

// textWidth measures one line without the blanks hanging at its end.
func (l *layout) textWidth(line string, w weight, sizePt float64) float64 {
	return l.faces[w].width(strings.TrimRight(line, " 　\n")) * sizePt
}

// baseline is where letters stand inside a line of the given height.
func (l *layout) baseline(w weight, sizePt, lineHeight float64) float64 {
	return (lineHeight-sizePt)/2 + l.faces[w].ascent()*sizePt
}

// text draws one line with its upper edge at y.
func (l *layout) text(line string, w weight, sizePt, x, y, lineHeight float64) {
	line = strings.TrimRight(line, "\n")
	if line == "" {
		return
	}
	l.page().ops = append(l.page().ops, op{kind: opText, face: w, x1: x, y1: y + l.baseline(w, sizePt, lineHeight), size: sizePt, text: line})
}

// draw adds anything but text to the current page.
func (l *layout) draw(kind opKind, x1, y1, x2, y2, size, grey float64) {
	l.page().ops = append(l.page().ops, op{kind: kind, x1: x1, y1: y1, x2: x2, y2: y2, size: size, grey: grey})
}

// running puts the running texts on a finished sheet.
func (l *layout) running(s *sheet, number int) {
	o := &l.pdf.options
	left, right := marginSideMM*mm, s.width-marginSideMM*mm
	top, foot := headerMM*mm, s.height-headerMM*mm
	s.ops = append(s.ops,
		op{kind: opLine, x1: left, y1: top + 5, x2: right, y2: top + 5, size: 0.6, grey: gridGrey},
		op{kind: opLine, x1: left, y1: foot - 5, x2: right, y2: foot - 5, size: 0.6, grey: gridGrey})
	put := func(text string, alignRight bool, y, room float64) {
		if text == "" {
			return
		}
		text = l.fit(strings.ReplaceAll(l.cleaner.clean(text), "\n", " "), headerSize, room)
		x := left
		if alignRight {
			x = right - l.textWidth(text, regular, headerSize)
		}
		s.ops = append(s.ops, op{kind: opText, x1: x, y1: y, size: headerSize, text: text})
	}
	half := (right - left) / 2
	put(o.HeaderLeft, false, top, half)
	put(o.HeaderRight, true, top, half)
	baseline := foot + headerSize*0.9
	put(o.FooterLeft, false, baseline, half)
	put(strconv.Itoa(number)+" / "+strconv.Itoa(len(l.sheets)), true, baseline, half)
}

// fit shortens a running text that is too long, with a visible ….
func (l *layout) fit(text string, sizePt, room float64) string {
	lines := l.lines(text, regular, sizePt, room)
	if len(lines) == 1 {
		return text
	}
	return strings.TrimRight(l.lines(text, regular, sizePt, room-sizePt)[0], " ") + "…"
}
