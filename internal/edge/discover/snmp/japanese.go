package snmp

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// oneLine makes one line of text of what a device sent: in UTF-8, without control
// signs, cut between two signs at limit bytes.
func oneLine(b []byte, limit int) string {
	return strings.Join(strings.Fields(clean(b, limit, false)), " ")
}

// manyLines keeps line ends.
func manyLines(b []byte, limit int) string {
	return strings.TrimSpace(clean(b, limit, true))
}

func clean(b []byte, limit int, lines bool) string {
	// Twice the limit is enough: no charset read here becomes shorter than half.
	if len(b) > 2*limit {
		b = b[:2*limit]
	}
	text := decode(b)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r == 0 || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	if len(text) > limit {
		text = text[:limit]
		for text != "" && !utf8.ValidString(text[max(0, len(text)-utf8.UTFMax):]) && !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	return text
}

// decode turns bytes into UTF-8. MIBs say DisplayString is ASCII, devices send what was
// typed: UTF-8, Shift_JIS (CP932) or EUC-JP in Japan, Latin letters elsewhere.
func decode(b []byte) string {
	b = bytes.TrimRight(b, "\x00")
	switch {
	case bytes.Contains(b, []byte("\x1b$")): // escape to a double-byte set (RFC 1468)
		if s, ok := through(japanese.ISO2022JP, b); ok {
			return s
		}
	case utf8.Valid(b):
		return string(b)
	}
	// A text that was cut in the middle of a sign is still UTF-8.
	if cut := trimPartial(b); len(cut) < len(b) && utf8.Valid(cut) {
		return string(cut)
	}
	sjis, isSJIS := through(japanese.ShiftJIS, b)
	euc, isEUC := through(japanese.EUCJP, b)
	s, e := 0, 0
	if isSJIS {
		s = japaneseness(sjis)
	}
	if isEUC {
		e = japaneseness(euc)
	}
	switch {
	case e > 0 && e >= s:
		return euc
	case s > 0:
		return sjis
	}
	out, _ := charmap.Windows1252.NewDecoder().Bytes(b) // never fails: every byte has a meaning or U+FFFD
	return string(out)
}

func trimPartial(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func through(e encoding.Encoding, b []byte) (string, bool) {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", false
	}
	return string(out), true
}

// japaneseness tells how much of a text looks like written Japanese; 0 or less: it is
// rather another charset read wrongly. Kana count most. Half-width kana, and kanji
// beyond those of JIS X 0208 level 1, are what EUC-JP and Latin letters turn into.
func japaneseness(text string) int {
	score := 0
	for _, r := range text {
		switch {
		case r >= 0x3041 && r <= 0x30fe: // hiragana, katakana
			score += 6
		case r >= 0xff61 && r <= 0xff9f: // half-width katakana
			score++
		case r >= 0x4e00 && r <= 0x9fff:
			if levelOne(r) {
				score += 4
			} else {
				score--
			}
		case r >= 0x3000 && r <= 0x303f, r >= 0xff01 && r <= 0xff5e: // punctuation, full-width letters
			score += 2
		case r >= utf8.RuneSelf:
			score--
		}
	}
	return score
}

// levelOne reports kanji of JIS X 0208 level 1: rows 16 to 47, lead bytes 0x88 to 0x98
// of Shift_JIS.
func levelOne(r rune) bool {
	b, err := japanese.ShiftJIS.NewEncoder().Bytes(utf8.AppendRune(nil, r))
	return err == nil && len(b) == 2 && (b[0] < 0x98 || b[0] == 0x98 && b[1] <= 0x72)
}
