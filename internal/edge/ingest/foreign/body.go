package foreign

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"sonae/internal/wire"
)

// Packing is how a body is compressed. Agents take answers in the packing they sent;
// OCS takes nothing else.
type Packing string

// Packings.
const (
	Plain   Packing = "plain"
	Zlib    Packing = "zlib"    // RFC 1950
	Gzip    Packing = "gzip"    // RFC 1952
	Deflate Packing = "deflate" // RFC 1951, bare
)

// ratioFree is how much may come out before the ratio counts: short bodies of much
// repetition are honest.
const ratioFree = 1 << 20

// packingOf tells the packing by the first bytes; agents write all sorts of
// Content-Type.
func packingOf(body []byte) Packing {
	text := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
	switch {
	case len(body) > 2 && body[0] == 0x1f && body[1] == 0x8b:
		return Gzip
	case len(body) > 2 && body[0]&0x0f == 8 && (int(body[0])<<8|int(body[1]))%31 == 0: // RFC 1950, 2.2
		return Zlib
	case len(text) > 1 && text[0] == '<' && (text[1] == '?' || text[1] == '!' || text[1]|0x20 >= 'a' && text[1]|0x20 <= 'z'), len(text) > 1 && text[0] == '{':
		return Plain
	}
	return Deflate
}

// Unpack decompresses a body within limits. Errors are *wire.Refusal.
func Unpack(body []byte) ([]byte, Packing, error) {
	if len(body) > wire.MaxWireBytes {
		return nil, Plain, refuse(wire.CodeTooLarge, "", "more than %d bytes on the wire", wire.MaxWireBytes)
	}
	p := packingOf(body)
	var from io.Reader = bytes.NewReader(body)
	var err error
	switch p {
	case Gzip:
		from, err = gzip.NewReader(from)
	case Zlib:
		from, err = zlib.NewReader(from)
	case Deflate:
		from = flate.NewReader(from)
	}
	if err != nil {
		return nil, p, refuse(codePacking, "", "the compressed bytes are damaged")
	}
	most := int64(wire.MaxBodyBytes)
	if p != Plain {
		most = min(most, max(ratioFree, int64(len(body))*wire.MaxRatio))
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(from, most+1))
	switch {
	case n > wire.MaxBodyBytes:
		return nil, p, refuse(wire.CodeTooLarge, "", "more than %d bytes after decompression", wire.MaxBodyBytes)
	case n > most:
		return nil, p, refuse(wire.CodeRatio, "", "decompresses to more than %d times its size", wire.MaxRatio)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, p, refuse(wire.CodeTruncated, "", "the compressed bytes end too early")
	case err != nil:
		return nil, p, refuse(codePacking, "", "the compressed bytes are damaged")
	}
	return out.Bytes(), p, nil
}

// Pack compresses an answer.
func Pack(answer []byte, p Packing) []byte {
	var out bytes.Buffer
	var to io.WriteCloser
	switch p {
	case Zlib:
		to = zlib.NewWriter(&out)
	case Gzip:
		to = gzip.NewWriter(&out)
	case Deflate:
		to, _ = flate.NewWriter(&out, flate.DefaultCompression) // the level is a valid one
	default:
		return answer
	}
	_, _ = to.Write(answer) // into memory
	_ = to.Close()
	return out.Bytes()
}

// readable makes text of a body: UTF-8; else CP932, which Japanese Windows writes; else
// ISO-8859-1, in which every byte is a letter. Control characters, which neither XML
// nor a ledger may hold, become U+FFFD, so that one sees that something was there.
func readable(body []byte) string {
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	text := string(body)
	if !utf8.ValidString(text) {
		text = decoded(body)
	}
	return legible(strings.TrimLeft(text, " \t\r\n"))
}

func legible(text string) string {
	if !strings.ContainsFunc(text, unreadable) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unreadable(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

func decoded(body []byte) string {
	if out, err := japanese.ShiftJIS.NewDecoder().Bytes(body); err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
		return string(out)
	}
	out, err := charmap.ISO8859_1.NewDecoder().Bytes(body)
	if err != nil { // every byte has its letter
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return string(out)
}

// unreadable are control characters beside tab and line ends, and what XML 1.0,
// section 2.2 leaves out.
func unreadable(r rune) bool {
	return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}
