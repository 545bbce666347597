package oldwindows

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// pages are the code pages of consoles and of Windows' own files, by their number
// (https://learn.microsoft.com/windows/win32/intl/code-page-identifiers).
var pages = map[string]encoding.Encoding{
	"932": japanese.ShiftJIS, "936": simplifiedchinese.GBK, "949": korean.EUCKR, "950": traditionalchinese.Big5,
	"437": charmap.CodePage437, "850": charmap.CodePage850, "852": charmap.CodePage852, "855": charmap.CodePage855, "858": charmap.CodePage858,
	"862": charmap.CodePage862, "866": charmap.CodePage866, "1250": charmap.Windows1250, "1251": charmap.Windows1251, "1252": charmap.Windows1252,
	"1253": charmap.Windows1253, "1254": charmap.Windows1254, "1255": charmap.Windows1255, "1256": charmap.Windows1256, "1257": charmap.Windows1257, "1258": charmap.Windows1258,
}

// decode turns an output into UTF-8: by its byte order mark, its zero bytes (wmic through
// a pipe writes UTF-16 without a mark), as UTF-8 when all of it is, else in the code page
// that is told, else in the likeliest. sure is false when signs were lost.
func decode(body []byte, page string) (text string, sure bool) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		body = body[3:]
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		return through(body, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		return through(body, unicode.UTF16(unicode.BigEndian, unicode.UseBOM))
	case zeros(body, 1):
		return through(body, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM))
	case zeros(body, 0):
		return through(body, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM))
	}
	if utf8.Valid(body) {
		return clean(string(body)), true
	}
	if e, ok := pages[page]; ok {
		return through(body, e)
	}
	if text, sure := through(body, japanese.ShiftJIS); sure {
		return text, true
	}
	if cyrillic(body, 0x80, 0xaf) { // А–п of code page 866
		return through(body, charmap.CodePage866)
	}
	if cyrillic(body, 0xc0, 0xff) { // А–я of code page 1251
		return through(body, charmap.Windows1251)
	}
	text, _ = through(body, charmap.CodePage850)
	return text, true
}

// zeros reports text in UTF-16 without a mark: of the first bytes, zeros stand on one
// side only and often.
func zeros(body []byte, side int) bool {
	head := body[:min(len(body), 4096)&^1]
	n := 0
	for i, b := range head {
		if b == 0 {
			if i%2 != side {
				return false
			}
			n++
		}
	}
	return n > 0 && n*4 >= len(head)
}

// cyrillic reports that most bytes beyond ASCII are letters of a code page.
func cyrillic(body []byte, from, to byte) bool {
	high, letters := 0, 0
	for _, b := range body {
		if b < 0x80 {
			continue
		}
		high++
		if b >= from && b <= to || from == 0x80 && b >= 0xe0 && b <= 0xef {
			letters++
		}
	}
	return high > 0 && letters*10 >= high*8
}

func through(body []byte, e encoding.Encoding) (string, bool) {
	out, err := e.NewDecoder().Bytes(body)
	text := string(out)
	return clean(text), err == nil && !strings.ContainsRune(text, utf8.RuneError)
}

func clean(s string) string {
	return strings.ReplaceAll(strings.TrimPrefix(s, "\ufeff"), "\x00", "")
}
