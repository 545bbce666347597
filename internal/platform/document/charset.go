package document

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"sonae/internal/platform/fault"
)

// DecodeText turns a text file into UTF-8 without a byte order mark, and names the
// charset it had: utf-8, utf-16, iso-2022-jp, cp932 or euc-jp. Faults: invalid for a file
// that fits none, with the line of the first wrong byte as its place.
func DecodeText(body []byte) (text, charset string, err error) { return decodeText(body) }

// decodeText turns a text file into UTF-8 without a byte order mark. The charset is
// found in the bytes: a mark, else UTF-16 by its zero bytes, else UTF-8 when the whole
// is valid, else the Japanese charset that reads the whole without a hole. A file that
// fits none is refused with the line of the first wrong byte: half-read text in a
// ledger is worse than none.
func decodeText(body []byte) (text, charset string, err error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		body = body[3:]
		if !utf8.Valid(body) {
			return "", "", charsetFault(body)
		}
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		return decodeAs(body, "utf-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))
	case zeroBytes(body, 1):
		return decodeAs(body, "utf-16", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM))
	case zeroBytes(body, 0):
		return decodeAs(body, "utf-16", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM))
	case bytes.Contains(body, []byte("\x1b$")): // escape to a double-byte set (RFC 1468)
		return decodeAs(body, "iso-2022-jp", japanese.ISO2022JP)
	case !utf8.Valid(body):
		return decodeJapanese(body)
	}
	return whole(string(body), "utf-8")
}

// zeroBytes reports text in UTF-16 without a mark: of the ASCII signs in it (line
// ends, separators), the zero bytes stand all on one side.
func zeroBytes(body []byte, side int) bool {
	if len(body)%2 != 0 || bytes.IndexByte(body, 0) < 0 {
		return false
	}
	n := 0
	for i, b := range body {
		if b == 0 {
			if i%2 != side {
				return false
			}
			n++
		}
	}
	return n*20 >= len(body) // at least every tenth sign is ASCII
}

// decodeJapanese tells CP932 from EUC-JP: where both read the whole, the one that
// gives fewer half-width kana, which EUC-JP read as CP932 is full of.
func decodeJapanese(body []byte) (text, charset string, err error) {
	sjis, _, sjisErr := decodeAs(body, "cp932", japanese.ShiftJIS)
	euc, _, eucErr := decodeAs(body, "euc-jp", japanese.EUCJP)
	switch {
	case sjisErr == nil && (eucErr != nil || halfKana(sjis) <= halfKana(euc)):
		return sjis, "cp932", nil
	case eucErr == nil:
		return euc, "euc-jp", nil
	}
	return "", "", sjisErr
}

func halfKana(s string) int {
	n := 0
	for _, r := range s {
		if r >= 0xff61 && r <= 0xff9f {
			n++
		}
	}
	return n
}

// decodeAs decodes the whole or nothing. ShiftJIS of golang.org/x/text is the table of
// the WHATWG Encoding Standard, that is Windows' code page 932 with its extensions.
func decodeAs(body []byte, name string, e encoding.Encoding) (text, charset string, err error) {
	out, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return "", "", charsetFault(body).Because(err)
	}
	return whole(string(out), name)
}

// whole refuses text with a hole in it.
func whole(text, charset string) (string, string, error) {
	text = strings.TrimPrefix(text, byteOrderMark)
	bad := strings.IndexRune(text, utf8.RuneError)
	if zero := strings.IndexByte(text, 0); zero >= 0 && (bad < 0 || zero < bad) {
		bad = zero
	}
	if bad >= 0 {
		line := 1 + strings.Count(text[:bad], "\n")
		return "", "", fault.Invalid("document.error.grid_charset", "Line", line)
	}
	return text, charset, nil
}

// charsetFault names the line of the first byte that is no UTF-8.
func charsetFault(body []byte) *fault.Error {
	line := 1
	for len(body) > 0 {
		r, n := utf8.DecodeRune(body)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		body = body[n:]
	}
	return fault.Invalid("document.error.grid_charset", "Line", line)
}
