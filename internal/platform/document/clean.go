package document

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cleaner makes texts printable and counts what could not be printed.
type cleaner struct {
	can     func(rune) bool // whether the fonts have it
	known   map[rune]bool   // its answers
	missing map[rune]int    // how often each unprintable character was met
}

// newCleaner starts with nothing missing.
func newCleaner(can func(rune) bool) *cleaner {
	return &cleaner{can: can, known: map[rune]bool{}, missing: map[rune]int{}}
}

// clean gives the text as it will be printed. Line ends become \n and tabs blanks.
// A character that cannot be shown (no glyph, control, invisible direction sign,
// broken UTF-8) becomes 〓; a variation selector, which only chooses the form of the
// character before it, is left out. Both are counted by code point.
func (c *cleaner) clean(text string) string {
	if c.printable(text) {
		return text
	}
	text = compose(text)
	var b strings.Builder
	b.Grow(len(text))
	for i, r := range text {
		switch {
		case r == '\n':
			b.WriteByte('\n')
		case r == '\r':
			if !strings.HasPrefix(text[i+1:], "\n") {
				b.WriteByte('\n')
			}
		case r == '\u2028' || r == '\u2029':
			b.WriteByte('\n')
		case r == '\t':
			b.WriteByte(' ')
		case unicode.Is(unicode.Variation_Selector, r):
			c.missing[r]++
		case !c.shows(r):
			c.missing[r]++
			b.WriteRune(geta)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// printable reports whether the text needs no change: nearly every text.
func (c *cleaner) printable(text string) bool {
	for _, r := range text {
		if r != '\n' && (!c.shows(r) || unicode.Is(unicode.Mn, r)) {
			return false
		}
	}
	return true
}

// shows reports whether a character is visible (or a plain blank) and in the fonts.
func (c *cleaner) shows(r rune) bool {
	shown, known := c.known[r]
	if !known {
		hidden := r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
		shown = !hidden && c.can(r)
		c.known[r] = shown
	}
	return shown
}

// compose joins a base character and a combining mark after it into one character
// where Unicode has one (か + ゛ as macOS writes file names). Nothing else is
// normalised: NFC on the whole would turn compatibility ideographs, which people
// have in their names, into other characters.
func compose(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Mn, r) }) {
		return text
	}
	runes := []rune(text)
	out := make([]rune, 0, len(runes))
	for _, r := range runes {
		if n := len(out); n > 0 && unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Variation_Selector, r) {
			if joined := []rune(norm.NFC.String(string([]rune{out[n-1], r}))); len(joined) == 1 {
				out[n-1] = joined[0]
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// list gives the unprintable characters in the order of their code points.
func (c *cleaner) list() []rune {
	var all []rune
	for r := range c.missing {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// note writes the list for paper: U+20BB7 ×2, U+0007 ×1.
func (c *cleaner) note() string {
	var parts []string
	for _, r := range c.list() {
		parts = append(parts, fmt.Sprintf("U+%04X ×%d", r, c.missing[r]))
	}
	return strings.Join(parts, ", ")
}
