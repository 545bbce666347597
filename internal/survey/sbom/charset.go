package sbom

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"sonae/internal/platform/fault"
)

// declared finds the charset of an XML declaration (XML 1.0, 4.3.3).
var declared = regexp.MustCompile(`^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["'][^>]{0,100}\?>`)

// decode turns a file into UTF-8. JSON (RFC 8259, 8.1) and tag-value (SPDX 2.3, 5) have
// to be UTF-8 and are not guessed at: a wrong guess would store wrong names. UTF-16 with
// its mark is read too, since PowerShell writes it when output goes into a file.
func decode(body []byte, xml bool) ([]byte, string, error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		return decodeAs(body, "utf-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), xml)
	case len(body) > 1 && body[0] != 0 && body[1] == 0:
		return decodeAs(body, "utf-16", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), xml)
	case len(body) > 1 && body[0] == 0 && body[1] != 0:
		return decodeAs(body, "utf-16", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), xml)
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if xml {
		body = bytes.TrimLeft(body, " \t\r\n")
		if m := declared.FindSubmatch(body); m != nil && !strings.EqualFold(string(m[1]), "utf-8") {
			e, err := htmlindex.Get(string(m[1]))
			if err != nil {
				return nil, "", fault.Invalid("sbom.error.charset_name", "Charset", string(m[1])).WithHint("sbom.error.charset.hint")
			}
			return decodeAs(body, strings.ToLower(string(m[1])), e, xml)
		}
	}
	return whole(body, "utf-8", xml)
}

func decodeAs(body []byte, name string, e encoding.Encoding, xml bool) ([]byte, string, error) {
	out, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return nil, "", fault.Invalid("sbom.error.charset", "Line", 1).WithHint("sbom.error.charset.hint").Because(err)
	}
	if at := bytes.IndexRune(out, utf8.RuneError); at >= 0 {
		return nil, "", fault.Invalid("sbom.error.charset", "Line", lineAt(out, int64(at))).WithHint("sbom.error.charset.hint")
	}
	return whole(bytes.TrimPrefix(out, []byte("\xef\xbb\xbf")), name, xml)
}

// whole refuses text that is no UTF-8 or has zero bytes, and takes away the declaration of
// an XML file, which names the charset that it had.
func whole(text []byte, charset string, xml bool) ([]byte, string, error) {
	bad := bytes.IndexByte(text, 0)
	if !utf8.Valid(text) {
		for bad = 0; bad < len(text); {
			r, n := utf8.DecodeRune(text[bad:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			bad += n
		}
	}
	if bad >= 0 {
		return nil, "", fault.Invalid("sbom.error.charset", "Line", lineAt(text, int64(bad))).WithHint("sbom.error.charset.hint")
	}
	if xml && bytes.HasPrefix(text, []byte("<?xml")) {
		if end := bytes.Index(text[:min(len(text), 400)], []byte("?>")); end > 0 {
			blank := bytes.Repeat([]byte(" "), end+2) // places stay true
			text = append(blank, text[end+2:]...)
		}
	}
	return text, charset, nil
}

// lineAt counts lines up to an offset, from 1.
func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(max(offset, 0), int64(len(text)))], []byte("\n"))
}

// columnAt counts bytes since the line began, from 1.
func columnAt(text []byte, offset int64) int {
	upTo := text[:min(max(offset, 0), int64(len(text)))]
	return len(upTo) - bytes.LastIndexByte(upTo, '\n')
}
