package document

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/signintech/gopdf"
)

// fonts holds BIZ UDPGothic (SIL Open Font License 1.1, licence text beside it). The
// files are fetched, not committed; without them the folder holds .gitignore only.
//
//go:embed all:font
var fonts embed.FS

// ErrNoFont says that the binary was built without the fonts.
var ErrNoFont = errors.New("the PDF fonts are not built in: run `make assets`, then build again")

// weight chooses one of the two faces.
type weight uint8

const (
	regular weight = iota
	bold
	weights // how many there are
)

// fontFiles names the file of each weight.
var fontFiles = [weights]string{"font/BIZUDPGothic-Regular.ttf", "font/BIZUDPGothic-Bold.ttf"}

// geta is printed for a character the font lacks, as Japanese printers always did.
const geta = '〓'

// face is one weight while one document is made. It answers widths and remembers
// which glyph of the file stands for which character. Not for concurrent use.
type face struct {
	data   []byte
	parsed gopdf.SubsetFontObj
	glyphs map[rune]glyph
	// copies are the embedded instances of the face. Two characters that share a
	// glyph cannot live in one, because a PDF maps a glyph back to one character.
	copies []map[uint]rune
}

// glyph is how one character is drawn.
type glyph struct {
	carrier rune    // the character whose glyph is printed
	index   uint    // its number in the font
	copy    int     // which embedded instance of the face it is printed from
	em      float64 // advance width in em
	mark    mark    // drawn over a blank carrier; noMark for nearly all
	missing bool    // the font has no glyph: carrier is geta
}

// openFace reads and parses one weight, about 20 ms and 6 MB. Errors: ErrNoFont.
func openFace(from fs.FS, w weight) (*face, error) {
	data, err := fs.ReadFile(from, fontFiles[w])
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", ErrNoFont, fontFiles[w])
	}
	f := &face{data: data, glyphs: map[rune]glyph{}}
	f.parsed.SetTtfFontOption(gopdf.TtfOption{})
	if err := f.parsed.SetTTFData(data); err != nil {
		return nil, fmt.Errorf("parse font %s: %w", fontFiles[w], err)
	}
	f.glyph(' ') // the blank of the first instance means a blank, not a mark
	return f, nil
}

// lookup finds the glyph of a character in the font file.
func (f *face) lookup(r rune) (uint, bool) {
	index, err := f.parsed.CharCodeToGlyphIndex(r)
	return index, err == nil && index != 0
}

// glyph gives how to draw a character; the answer stays the same for the document.
func (f *face) glyph(r rune) glyph {
	if g, ok := f.glyphs[r]; ok {
		return g
	}
	g := glyph{carrier: r}
	index, ok := f.lookup(r)
	if m, drawn := marks[r]; !ok && drawn {
		// The mark is drawn by lines; a blank glyph under it carries the character.
		g.mark, g.carrier = m, ' '
		index, ok = f.lookup(g.carrier)
	}
	meaning := r
	if !ok {
		g.missing, g.carrier, meaning = true, geta, geta
		index, _ = f.lookup(geta)
	}
	g.index, g.copy = index, f.copyFor(index, meaning)
	g.em = float64(f.parsed.GlyphIndexToPdfWidth(index)) / 1000
	if g.mark != noMark {
		g.em = 1
	}
	f.glyphs[r] = g
	return g
}

// copyFor finds or makes the instance in which a glyph stands for this character.
func (f *face) copyFor(index uint, r rune) int {
	for i, used := range f.copies {
		if had, ok := used[index]; !ok || had == r {
			used[index] = r
			return i
		}
	}
	f.copies = append(f.copies, map[uint]rune{index: r})
	return len(f.copies) - 1
}

// has reports whether a character can be shown as itself.
func (f *face) has(r rune) bool {
	_, ok := f.lookup(r)
	return ok || marks[r] != noMark
}

// width measures a text in em; newlines count nothing.
func (f *face) width(s string) float64 {
	var em float64
	for _, r := range s {
		if r != '\n' {
			em += f.glyph(r).em
		}
	}
	return em
}

// ascent is the height of the face above the base line, in em.
func (f *face) ascent() float64 {
	p := f.parsed.GetTTFParser()
	return float64(p.TypoAscender()) / float64(p.UnitsPerEm())
}
