package probe

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// clean makes a line of what a device sent: UTF-8 as it is, else Japanese (code page 932)
// where the whole reads as that, without control and direction characters.
func clean(b []byte, limit int) string {
	if len(b) > 4*limit {
		b = b[:4*limit]
	}
	s := string(b)
	if !utf8.ValidString(s) {
		if j, err := japanese.ShiftJIS.NewDecoder().String(s); err == nil && !strings.ContainsRune(j, utf8.RuneError) {
			s = j
		}
	}
	return cut(s, limit)
}

// cut makes text a line of at most limit bytes.
func cut(s string, limit int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, s))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimSpace(s[:limit])
}
