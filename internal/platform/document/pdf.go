package document

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// mm is one millimetre in points (1/72 inch), the unit of everything inside a PDF.
const mm = 72.0 / 25.4

// Paper is a sheet as it lies before the reader.
type Paper struct{ widthMM, heightMM float64 }

// The papers in use (ISO 216, JIS P 0138).
var (
	A4Portrait  = Paper{210, 297}
	A4Landscape = Paper{297, 210}
	A3Portrait  = Paper{297, 420}
	A3Landscape = Paper{420, 297}
)

// PDFOptions describes a document as a whole.
type PDFOptions struct {
	Title   string    // shown by viewers as the window title
	Lang    string    // BCP 47 tag of the text, for screen readers: "ja"
	Author  string    // who made it; may be empty
	Created time.Time // stands in the file; equal input with equal Created gives equal bytes
	Paper   Paper     // zero value: A4Portrait

	// Running texts on every page; the page number ("3 / 38") stands at the lower right.
	HeaderLeft, HeaderRight, FooterLeft string

	// MissingNote introduces the list of characters the font lacks, in the reader's
	// language ("〓 は、この書体にない文字です。"). Empty: the list stands alone.
	MissingNote string
}

// PDF collects the parts of a document in reading order and lays them out when
// written. Not for concurrent use. The zero value is not useful; see NewPDF.
type PDF struct {
	options PDFOptions
	blocks  []block
}

// ErrNoPlace says that a cell leads to a place that the document does not have.
var ErrNoPlace = errors.New("no such place in the document")

// PDFReport says what became of the document.
type PDFReport struct {
	Pages     int    // how many pages it has
	SizeBytes int64  // length of the file
	Missing   []rune // characters printed as 〓 or as a code point, sorted; empty when all could be shown
}

// NewPDF starts an empty document.
func NewPDF(options PDFOptions) *PDF {
	if options.Paper == (Paper{}) {
		options.Paper = A4Portrait
	}
	return &PDF{options: options}
}

// Title adds the centred title of a cover: a line above (may be empty), the title
// in large letters, a line below (may be empty).
func (p *PDF) Title(above, title, below string) {
	p.blocks = append(p.blocks, &titleBlock{above, title, below})
}

// Heading adds a heading of level 1 to 3. It becomes a bookmark and a line of the
// table of contents, and never stands alone at the foot of a page.
func (p *PDF) Heading(level int, text string) {
	p.blocks = append(p.blocks, &headingBlock{level: min(max(level, 1), len(headingSizes)), text: text})
}

// Place adds a heading as Heading does and gives it a name that cells lead to
// (Cell.To, Cell.PageOf). A name given twice means the first heading.
func (p *PDF) Place(level int, text, name string) {
	p.Heading(level, text)
	p.blocks[len(p.blocks)-1].(*headingBlock).name = name
}

// Label adds a short bold line that is no heading: no bookmark, not in the contents.
func (p *PDF) Label(text string) {
	p.blocks = append(p.blocks, &headingBlock{level: 3, text: text, silent: true})
}

// Paragraph adds running text; a newline in it begins a new line.
func (p *PDF) Paragraph(text string) {
	p.blocks = append(p.blocks, &paragraphBlock{text: text, sizePt: bodySize})
}

// Note adds a paragraph in small letters.
func (p *PDF) Note(text string) {
	p.blocks = append(p.blocks, &paragraphBlock{text: text, sizePt: noteSize})
}

// Contents adds a table of contents of all headings of level 1 and 2, under a title.
// It may stand before them; page numbers are filled in at the end.
func (p *PDF) Contents(title string) { p.blocks = append(p.blocks, &contentsBlock{title: title}) }

// Signatures adds a row of boxes to sign or stamp in, one for each label.
func (p *PDF) Signatures(labels ...string) {
	if len(labels) > 0 {
		p.blocks = append(p.blocks, &signatureBlock{labels})
	}
}

// PageBreak goes on with a new page, unless the page is still empty.
func (p *PDF) PageBreak() { p.blocks = append(p.blocks, &breakBlock{}) }

// SetPaper goes on with a new page of another paper.
func (p *PDF) SetPaper(paper Paper) { p.blocks = append(p.blocks, &breakBlock{paper: paper}) }

// Render lays the document out and writes it. The document may be written again.
// Errors: ErrNoFont, ErrNoPlace, and those of the writer.
func (p *PDF) Render(w io.Writer) (PDFReport, error) {
	l, err := newLayout(p)
	if err != nil {
		return PDFReport{}, err
	}
	if l.run(p.blocks); l.unknown != "" {
		return PDFReport{}, fmt.Errorf("%w: %s", ErrNoPlace, l.unknown)
	}
	data, err := l.emit()
	if err != nil {
		return PDFReport{}, err
	}
	if _, err := w.Write(data); err != nil {
		return PDFReport{}, err
	}
	return PDFReport{Pages: len(l.sheets), SizeBytes: int64(len(data)), Missing: l.cleaner.list()}, nil
}
