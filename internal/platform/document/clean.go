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
// half of a surrogate pair, broken UTF-8) becomes 〓 with its code point after it:
// 〓〔U+20BB7〕. An ideographic variation selector, which chooses the form of the
// kanji before it and may be part of a person's name, becomes its code point alone:
// 葛〔U+E0100〕. One that chooses between text and emoji is left out. All are counted.
func (c *cleaner) clean(text string) string {
	if c.printable(text) {
		return text
	}
	text = compose(text)
	var b strings.Builder
	b.Grow(len(text))
	for i, r := range text {
		if r == utf8.RuneError {
			if half, follows := surrogate(text, i); half != 0 {
				r = half
			} else if follows {
				continue // a further byte of one that is written already
			}
		}
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
			if c.missing[r]++; r >= firstIdeographicSelector {
				codePoint(&b, r)
			}
		case !c.shows(r):
			c.missing[r]++
			b.WriteRune(geta)
			codePoint(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// firstIdeographicSelector begins VS17 to VS256, which stand in the Ideographic
// Variation Database (UTS #37); those before choose text or emoji (UTS #51).
const firstIdeographicSelector = 0xE0100

// codePoint writes a character's number so that it can be read and looked up.
func codePoint(b *strings.Builder, r rune) { fmt.Fprintf(b, "〔U+%04X〕", r) }

// surrogate finds the half of a UTF-16 pair that three bytes of a text stand for:
// ED, A0 to BF, 80 to BF, as programs write that copy UTF-16 unit by unit (WTF-8).
// half is 0 when none begins at i; follows says that i is inside of one.
func surrogate(text string, i int) (half rune, follows bool) {
	at := func(i int) rune {
		if i < 0 || i+2 >= len(text) || text[i] != 0xED || text[i+1] < 0xA0 || text[i+1] > 0xBF || text[i+2]&0xC0 != 0x80 {
			return 0
		}
		return 0xD000 | rune(text[i+1]&0x3F)<<6 | rune(text[i+2]&0x3F)
	}
	return at(i), at(i-1) != 0 || at(i-2) != 0
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
	out := make([]byte, 0, len(text))
	last := utf8.RuneError // the character that a mark may join; none
	for i, size := 0, 0; i < len(text); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(text[i:])
		if last != utf8.RuneError && unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Variation_Selector, r) {
			if joined := []rune(norm.NFC.String(string([]rune{last, r}))); len(joined) == 1 {
				out = utf8.AppendRune(out[:len(out)-utf8.RuneLen(last)], joined[0])
				last = joined[0]
				continue
			}
		}
		out = append(out, text[i:i+size]...) // broken bytes as they are
		last = r
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
