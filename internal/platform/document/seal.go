package document

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// seal takes the file gopdf wrote apart into its objects and puts it together again
// with what gopdf cannot write: the language, a nested outline with right places on
// pages of any size, links, document information as its own object, a file
// identifier, and tables from glyphs back to characters that are right beyond U+FFFF
// and within the 100 entries a block may have (Adobe Technical Note #5014, 5.3).
func (e *emitter) seal(draft []byte) ([]byte, error) {
	objects, err := split(draft)
	if err != nil {
		return nil, err
	}
	for id, content := range e.cmapIDs {
		objects[id-1] = stream(toUnicode(content))
	}
	for i, s := range e.l.sheets {
		if links := e.links(s); links != "" {
			id := e.pageIDs[i] - 1
			objects[id] = bytes.Replace(objects[id], []byte("/Type /Page\n"), []byte("/Type /Page\n  /Annots ["+links+"]\n"), 1)
		}
	}
	outline := len(objects) + 1
	objects = append(objects, e.outline(outline)...)
	objects = append(objects, e.info())
	objects[0] = e.catalog(outline)
	return join(objects), nil
}

// errDraft says that gopdf wrote something unexpected: a mistake in this package.
var errDraft = errors.New("the draft PDF has an unknown shape")

// split cuts a file of gopdf into the bodies of its objects, in order, by its
// cross-reference table: "N 0 obj\n" body "endobj\n\n".
func split(draft []byte) ([][]byte, error) {
	at := bytes.LastIndex(draft, []byte("startxref\n"))
	table := bytes.LastIndex(draft, []byte("xref\n0 "))
	if at < 0 || table < 0 || table > at {
		return nil, errDraft
	}
	rows := strings.Split(string(draft[table:at]), "\n")
	var offsets []int
	for _, row := range rows[2:] {
		if !strings.HasSuffix(row, " n ") {
			if len(offsets) > 0 {
				break
			}
			continue
		}
		n, err := strconv.Atoi(row[:10])
		if err != nil || n >= table {
			return nil, errDraft
		}
		offsets = append(offsets, n)
	}
	offsets = append(offsets, table)
	var objects [][]byte
	for i := range len(offsets) - 1 {
		body := draft[offsets[i]:offsets[i+1]]
		head := strconv.Itoa(i+1) + " 0 obj\n"
		end := bytes.LastIndex(body, []byte("endobj"))
		if !bytes.HasPrefix(body, []byte(head)) || end < 0 {
			return nil, errDraft
		}
		objects = append(objects, body[len(head):end])
	}
	return objects, nil
}

// join writes the objects as a file; the last one is the document information. The
// identifier is the hash of the content: equal content, equal file.
func join(objects [][]byte) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, body := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n", i+1)
		b.Write(body)
		b.WriteString("endobj\n")
	}
	id := sha256.Sum256(b.Bytes())
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root 1 0 R /Info %d 0 R /ID [<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, len(objects), id[:16], id[:16], table)
	return b.Bytes()
}

// stream is an object with content as it is.
func stream(content string) []byte {
	return fmt.Appendf(nil, "<</Length %d>>\nstream\n%s\nendstream\n", len(content), content)
}

// toUnicode is the table from glyphs to characters of one font.
func toUnicode(used map[uint]rune) string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	for part := range slices.Chunk(slices.Sorted(maps.Keys(used)), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, glyph := range part {
			fmt.Fprintf(&b, "<%04X><%s>\n", glyph, hex16(string(used[glyph])))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
	return b.String()
}

// hex16 writes a text as UTF-16 in hexadecimal.
func hex16(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}

// textString is a PDF string of any text (ISO 32000-1, 7.9.2.2).
func textString(text string) string { return "<FEFF" + hex16(text) + ">" }

// target is a place in the document.
func (e *emitter) target(h *headingBlock) string {
	top := e.l.sheets[h.page-1].height - h.y + 6
	return fmt.Sprintf("[%d 0 R /XYZ null %.2f null]", e.pageIDs[h.page-1], top)
}

// links writes the links of a sheet.
func (e *emitter) links(s *sheet) string {
	var b strings.Builder
	for _, k := range s.links {
		fmt.Fprintf(&b, "<</Type /Annot /Subtype /Link /Rect [%.2f %.2f %.2f %.2f] /Border [0 0 0] /Dest %s>>",
			k.x, s.height-k.y-k.height, k.x+k.width, s.height-k.y, e.target(k.to))
	}
	return b.String()
}

// outline writes the tree of bookmarks; the first object, numbered first, is its root.
func (e *emitter) outline(first int) [][]byte {
	headings := e.l.headings
	n := len(headings)
	parent, prev, next := make([]int, n+1), make([]int, n+1), make([]int, n+1)
	firstChild, lastChild, count := make([]int, n+1), make([]int, n+1), make([]int, n+1)
	open := []int{0} // path from the root to the last heading; 0 is the root
	for i, h := range headings {
		me := i + 1
		for len(open) > 1 && headings[open[len(open)-1]-1].level >= h.level {
			open = open[:len(open)-1]
		}
		up := open[len(open)-1]
		parent[me], prev[me] = up, lastChild[up]
		if lastChild[up] > 0 {
			next[lastChild[up]] = me
		} else {
			firstChild[up] = me
		}
		lastChild[up] = me
		for _, p := range open {
			count[p]++
		}
		open = append(open, me)
	}
	ref := func(key string, node int) string {
		if node == 0 {
			return ""
		}
		return fmt.Sprintf(" /%s %d 0 R", key, first+node)
	}
	objects := [][]byte{fmt.Appendf(nil, "<</Type /Outlines /Count %d%s%s>>\n", count[0], ref("First", firstChild[0]), ref("Last", lastChild[0]))}
	for i, h := range headings {
		me := i + 1
		objects = append(objects, fmt.Appendf(nil, "<</Title %s /Parent %d 0 R%s%s%s%s /Count %d /Dest %s>>\n",
			textString(e.l.cleaned(h.text)), first+parent[me], ref("Prev", prev[me]), ref("Next", next[me]),
			ref("First", firstChild[me]), ref("Last", lastChild[me]), count[me], e.target(h)))
	}
	return objects
}

// catalog is the root of the file.
func (e *emitter) catalog(outline int) []byte {
	b := fmt.Appendf(nil, "<</Type /Catalog /Pages 2 0 R /ViewerPreferences <</DisplayDocTitle true>>")
	if lang := e.l.pdf.options.Lang; lang != "" {
		b = fmt.Appendf(b, " /Lang %s", textString(lang))
	}
	if len(e.l.headings) > 0 {
		b = fmt.Appendf(b, " /PageMode /UseOutlines /Outlines %d 0 R", outline)
	}
	return append(b, ">>\n"...)
}

// info is the document information.
func (e *emitter) info() []byte {
	o := e.l.pdf.options
	b := []byte("<</Producer (Sonae)")
	if o.Title != "" {
		b = fmt.Appendf(b, " /Title %s", textString(o.Title))
	}
	if o.Author != "" {
		b = fmt.Appendf(b, " /Author %s", textString(o.Author))
	}
	if !o.Created.IsZero() {
		b = fmt.Appendf(b, " /CreationDate (%s)", pdfDate(o.Created))
	}
	return append(b, ">>\n"...)
}

// pdfDate writes a time with its offset from UTC (ISO 32000-1, 7.9.4).
func pdfDate(at time.Time) string {
	_, offset := at.Zone()
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("D:%s%c%02d'%02d'", at.Format("20060102150405"), sign, offset/3600, offset/60%60)
}
