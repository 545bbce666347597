package layout

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"sonae/internal/platform/document"
)

// maxLabel bounds a name in characters before it is measured: names come from
// machines, and a label shows far less.
const maxLabel = 200

// boldEM is how much wider strong letters run than plain ones.
const boldEM = 1.06

// Width is the least room in em that a line of text needs in any of the faces in use
// (Noto Sans JP on pages, BIZ UDPGothic on paper): full-width characters take one em
// (UAX #11, East Asian Width), Latin letters their widest drawing of the two.
func Width(s string) float64 {
	em := 0.0
	for _, r := range s {
		em += runeWidth(r)
	}
	return em
}

func runeWidth(r rune) float64 {
	switch {
	case strings.ContainsRune("MW@%mw—…", r):
		return 1
	case strings.ContainsRune("ijl.,:;'|!I ", r):
		return 0.38
	case r >= 'A' && r <= 'Z':
		return 0.76
	case r < 0x7f:
		return 0.61
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianHalfwidth:
		return 0.6
	case width.Neutral, width.EastAsianNarrow:
		return 0.9
	}
	return 1
}

// Plain makes a text from outside safe to place: line ends and tabs become blanks,
// characters that would turn or hide what is around them (Unicode Cc, Cf, Co, Cs) are
// shown by their number, broken bytes as �, and what is too long ends in ….
func Plain(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxLabel {
			b.WriteRune('…')
			break
		}
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteRune(' ')
		case r != utf8.RuneError && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, "〔U+%04X〕", r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// wrap breaks a text into at most most lines of a width in em; a text that needs more
// ends in …. scale is 1 for plain letters, boldEM for strong ones.
func wrap(s string, em float64, most int, scale float64) []string {
	s = Plain(s)
	if s == "" {
		return nil
	}
	measure := func(t string) float64 { return Width(t) * scale }
	lines := document.BreakLines(s, em, func(t string) float64 { return measure(strings.TrimRight(t, " ")) })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	cut := len(lines) > most
	if cut {
		lines = lines[:most]
	}
	for i, l := range lines {
		more := cut && i == most-1
		lines[i] = shorten(l, em, measure, more)
	}
	return lines
}

// shorten cuts a line to its room; more says that text goes on after it.
func shorten(l string, em float64, measure func(string) float64, more bool) string {
	if !more && measure(l) <= em {
		return l
	}
	for l != "" && measure(l+"…") > em {
		_, size := utf8.DecodeLastRuneInString(l)
		l = l[:len(l)-size]
	}
	return strings.TrimRight(l, " ") + "…"
}
