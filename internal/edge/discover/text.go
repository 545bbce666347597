package discover

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// nameMax is the length in bytes of a name (see network.Party).
const nameMax = 255

// Clean makes a line of plain text of bytes from outside: see clean. limit is in bytes.
func Clean(text string, limit int) string { return clean([]byte(text), limit) }

// clean makes text of bytes from the network: UTF-8 as it is; else Japanese where the
// whole reads as ISO-2022-JP or code page 932 (what older Windows and Japanese devices
// send); else what is valid of it, with U+FFFD for the rest. Control characters and those
// that only change the direction or look of text are left out. It is cut to limit bytes.
func clean(b []byte, limit int) string {
	b = bytes.TrimRight(b, "\x00")
	if len(b) > 4*limit {
		b = b[:4*limit]
	}
	s := decode(b)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, s)
	return cut(strings.TrimSpace(s), limit)
}

func decode(b []byte) string {
	switch {
	case bytes.Contains(b, []byte("\x1b$")): // escape to a double-byte set (RFC 1468)
		if s, ok := decodeAs(b, japanese.ISO2022JP); ok {
			return s
		}
	case utf8.Valid(b):
		return string(b)
	}
	// The table of the WHATWG Encoding Standard is Windows' code page 932.
	if s, ok := decodeAs(b, japanese.ShiftJIS); ok {
		return s
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func decodeAs(b []byte, e encoding.Encoding) (string, bool) {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", false
	}
	return string(out), true
}

// cut shortens s to at most limit bytes without splitting a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimSpace(s[:limit])
}
