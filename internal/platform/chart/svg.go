package chart

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SVGOptions say how a drawing is written.
type SVGOptions struct {
	// Inline drawings stand inside of a page: no XML head, no font.
	Inline bool
	// Lang of the texts, BCP 47; may be empty.
	Lang string
	// Class of the svg element.
	Class string
}

// fonts of files: what is likely to be there on Japanese machines.
const fonts = "BIZ UDPGothic, Noto Sans JP, Yu Gothic, Hiragino Sans, sans-serif"

// SVG writes a drawing as SVG 1.1. Errors: those of the writer.
func (d Drawing) SVG(w io.Writer, o SVGOptions) error {
	s := &svg{inline: o.Inline}
	if !o.Inline {
		s.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	}
	s.b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + num(d.W) + ` ` + num(d.H) + `"`)
	if !o.Inline {
		s.attr("width", num(d.W)).attr("height", num(d.H)).attr("font-family", fonts)
	}
	s.attr("class", o.Class).attr("lang", o.Lang).attr("role", "group").attr("aria-label", d.Label)
	s.b.WriteString(">")
	s.icons(d)
	for _, it := range d.Items {
		s.item(it)
	}
	s.b.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.b.String())
	return err
}

type svg struct {
	b      strings.Builder
	inline bool
}

// icons defines each icon in use once.
func (s *svg) icons(d Drawing) {
	var used []string
	for _, it := range d.Items {
		for _, sh := range it.Shapes {
			if i, ok := sh.(Icon); ok && HasIcon(i.Name) && !slices.Contains(used, i.Name) {
				used = append(used, i.Name)
			}
		}
	}
	if len(used) == 0 {
		return
	}
	slices.Sort(used)
	s.b.WriteString("<defs>")
	for _, name := range used {
		s.b.WriteString(`<symbol id="chart-` + name + `" viewBox="0 0 24 24"><path fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"`)
		s.attr("d", IconPath(name))
		s.b.WriteString("/></symbol>")
	}
	s.b.WriteString("</defs>")
}

func (s *svg) item(it Item) {
	tag := "g"
	if it.Href != "" {
		tag = "a"
	}
	s.b.WriteString("<" + tag)
	if it.Href != "" {
		s.attr("href", it.Href)
	}
	s.attr("class", it.Class).attr("data-key", it.Key)
	s.b.WriteString(">")
	if it.Title != "" {
		s.b.WriteString("<title>" + Escape(it.Title) + "</title>")
	}
	for _, sh := range it.Shapes {
		s.shape(sh)
	}
	s.b.WriteString("</" + tag + ">\n")
}

func (s *svg) shape(sh Shape) {
	switch v := sh.(type) {
	case Rect:
		s.b.WriteString("<rect")
		s.attr("x", num(v.X)).attr("y", num(v.Y)).attr("width", num(v.W)).attr("height", num(v.H))
		if v.Radius > 0 {
			s.attr("rx", num(v.Radius))
		}
		s.paint(v.Paint)
		s.b.WriteString("/>")
	case Line:
		s.b.WriteString("<path")
		s.attr("d", v.path())
		s.paint(v.Paint)
		s.b.WriteString("/>")
	case Text:
		s.b.WriteString("<text")
		s.attr("x", num(v.X)).attr("y", num(v.Y)).attr("font-size", num(v.Size))
		if v.Bold {
			s.attr("font-weight", "700")
		}
		s.attr("fill", string(v.Colour)).attr("class", v.Class)
		s.b.WriteString(">" + Escape(v.Text) + "</text>")
	case Icon:
		if HasIcon(v.Name) {
			s.b.WriteString("<use")
			s.attr("href", "#chart-"+v.Name).attr("x", num(v.X)).attr("y", num(v.Y)).attr("width", num(v.Size)).attr("height", num(v.Size))
			s.attr("stroke", string(v.Colour)).attr("class", v.Class)
			s.b.WriteString("/>")
		}
	}
}

func (s *svg) paint(p Paint) {
	fill := string(p.Fill)
	if fill == "" {
		fill = "none"
	}
	s.attr("fill", fill)
	if p.Stroke != "" {
		s.attr("stroke", string(p.Stroke)).attr("stroke-width", num(p.Width))
	}
	if p.Dashed {
		s.attr("stroke-dasharray", "5 3")
	}
	s.attr("class", p.Class)
}

// attr writes an attribute unless it is empty.
func (s *svg) attr(name, value string) *svg {
	if value != "" {
		s.b.WriteString(" " + name + `="` + Escape(value) + `"`)
	}
	return s
}

// ends are where the rounded corner at point i begins and ends.
func (l Line) ends(i int) (a, b Point) {
	p, q, r := l.Points[i-1], l.Points[i], l.Points[i+1]
	d, e := distance(p, q), distance(q, r)
	c := corner(l.Radius, d, e)
	if d == 0 || e == 0 {
		return q, q
	}
	return Point{q.X + (p.X-q.X)*c/d, q.Y + (p.Y-q.Y)*c/d}, Point{q.X + (r.X-q.X)*c/e, q.Y + (r.Y-q.Y)*c/e}
}

func (l Line) path() string {
	var b strings.Builder
	for i, p := range l.Points {
		switch {
		case i == 0:
			b.WriteString("M" + pair(p))
		case i == len(l.Points)-1 || l.Radius <= 0:
			b.WriteString("L" + pair(p))
		default:
			from, to := l.ends(i)
			b.WriteString("L" + pair(from) + "Q" + pair(p) + " " + pair(to))
		}
	}
	return b.String()
}

func pair(p Point) string { return num(p.X) + " " + num(p.Y) }

// num writes a length with at most two digits after the point.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}

// Escape makes a text safe inside of XML, in elements and in attributes. Characters
// that would turn or hide their surroundings, or that XML forbids, are shown by their
// number; broken bytes become �.
func Escape(text string) string {
	var plain strings.Builder
	for _, r := range strings.ToValidUTF8(text, "�") {
		if r != utf8.RuneError && r != '\t' && r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r == 0xFFFE || r == 0xFFFF {
			fmt.Fprintf(&plain, "〔U+%04X〕", r)
			continue
		}
		plain.WriteRune(r)
	}
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(plain.String())); err != nil {
		return "" // a Builder never fails
	}
	return b.String()
}
