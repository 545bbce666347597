package document

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/signintech/gopdf"
)

// emitter turns sheets into a PDF by gopdf, which writes page contents and embeds
// the glyphs in use. What gopdf cannot say is put right afterwards (see seal.go).
type emitter struct {
	l         *layout
	pdf       gopdf.GoPdf
	pageIDs   []int                 // object number of each page
	cmapIDs   map[int]map[uint]rune // object number of a font's table back to characters → its content
	family    string
	size      float64
	lineWidth float64
	grey      float64
}

// emit writes all sheets and gives the finished file.
func (l *layout) emit() ([]byte, error) {
	l.fillPages()
	for i, s := range l.sheets {
		l.running(s, i+1)
	}
	e := &emitter{l: l, cmapIDs: map[int]map[uint]rune{}}
	e.pdf.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	if err := e.addFonts(); err != nil {
		return nil, err
	}
	sheets := l.sheets
	for i, s := range sheets {
		if err := e.sheet(s); err != nil {
			return nil, fmt.Errorf("write page %d: %w", i+1, err)
		}
		s.ops = nil // written; gopdf has its own copy
	}
	var draft bytes.Buffer
	if _, err := e.pdf.WriteTo(&draft); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return e.seal(draft.Bytes())
}

// addFonts gives gopdf every instance of every face. No new one can appear later:
// each text was measured when it was laid out, so all its characters are known.
func (e *emitter) addFonts() error {
	for w, f := range e.l.faces {
		for n, used := range f.copies {
			e.cmapIDs[e.pdf.GetNextObjectID()] = used
			if err := e.pdf.AddTTFFontData(familyName(weight(w), n), f.data); err != nil {
				return fmt.Errorf("embed font: %w", err)
			}
		}
	}
	return nil
}

// familyName names an instance of a face. Six capitals and + mark an embedded part
// of a font (ISO 32000-1, 9.6.4).
func familyName(w weight, n int) string {
	return fmt.Sprintf("SONA%c%c+BIZUDPGothic-%s", 'A'+int(w), 'A'+n%26, [weights]string{"Regular", "Bold"}[w])
}

// sheet writes one page.
func (e *emitter) sheet(s *sheet) error {
	e.pageIDs = append(e.pageIDs, e.pdf.GetNextObjectID())
	e.pdf.AddPageWithOption(gopdf.PageOption{PageSize: &gopdf.Rect{W: s.width, H: s.height}})
	e.lineWidth, e.grey = -1, -1
	// Grounds first, so that they do not cover lines drawn before them.
	for _, o := range s.ops {
		if o.kind == opFill {
			e.pdf.SetGrayFill(o.grey)
			e.pdf.RectFromUpperLeftWithStyle(o.x1, o.y1, o.x2-o.x1, o.y2-o.y1, "F")
		}
	}
	e.pdf.SetGrayFill(ink)
	for _, o := range s.ops {
		if err := e.op(o); err != nil {
			return err
		}
	}
	return nil
}

// op writes one thing.
func (e *emitter) op(o op) error {
	switch o.kind {
	case opRect, opPath:
		return e.painted(o)
	case opText:
		if o.painted != nil {
			e.pdf.SetTextColor(rgb(o.painted.fill))
			defer e.pdf.SetTextColor(0, 0, 0)
		}
		return e.text(o)
	case opLine:
		e.stroke(o.size, o.grey)
		e.pdf.Line(o.x1, o.y1, o.x2, o.y2)
	case opDots:
		e.stroke(o.size, o.grey)
		e.pdf.SetCustomLineType([]float64{o.size, 2}, 0)
		e.pdf.Line(o.x1, o.y1, o.x2, o.y2)
		e.pdf.SetLineType("solid")
	case opOval:
		e.stroke(o.size, o.grey)
		e.pdf.Oval(o.x1, o.y1, o.x2, o.y2)
	}
	return nil
}

// stroke sets width and shade of lines when they change.
func (e *emitter) stroke(width, grey float64) {
	if width != e.lineWidth {
		e.pdf.SetLineWidth(width)
		e.lineWidth = width
	}
	if grey != e.grey {
		e.pdf.SetGrayStroke(grey)
		e.grey = grey
	}
}

// text writes one line in runs of characters from the same instance of the face.
func (e *emitter) text(o op) error {
	f := e.l.faces[o.face]
	var run strings.Builder
	copyNo, x, start := 0, o.x1, o.x1
	flush := func() error {
		if run.Len() == 0 {
			return nil
		}
		defer run.Reset()
		return e.run(familyName(o.face, copyNo), o.size, start, o.y1, run.String())
	}
	for _, r := range o.text {
		g := f.glyph(r)
		if g.copy != copyNo || g.mark != noMark {
			if err := flush(); err != nil {
				return err
			}
			copyNo, start = g.copy, x
		}
		run.WriteRune(g.carrier)
		x += g.em * o.size
		if g.mark != noMark {
			e.markAt(g.mark, x-o.size, o.y1-f.ascent()*o.size, o.size)
			if err := flush(); err != nil {
				return err
			}
			start = x
		}
	}
	return flush()
}

// run writes characters of one font instance.
func (e *emitter) run(family string, size, x, y float64, text string) error {
	if family != e.family || size != e.size {
		if err := e.pdf.SetFont(family, "", size); err != nil {
			return err
		}
		e.family, e.size = family, size
	}
	e.pdf.SetXY(x, y)
	return e.pdf.Text(text)
}

// markAt draws a mark into its square of one em.
func (e *emitter) markAt(m mark, x, y, size float64) {
	e.stroke(size*0.075, ink)
	for _, s := range markLines(m) {
		e.pdf.Line(x+s[0]*size, y+s[1]*size, x+s[2]*size, y+s[3]*size)
	}
}
