package diagram

import (
	"io"

	"sonae/internal/platform/document"
)

// Format is a form of file that a diagram can have.
type Format struct {
	Name   string // as it is asked for: "pdf"
	Ending string // of the file's name, with the dot
	Media  string
	Write  func(*Sheet, io.Writer, document.Paper) error
}

// Formats are all forms, in the order of lists. Only pdf looks at the paper.
var Formats = []Format{
	{"pdf", ".pdf", "application/pdf", func(s *Sheet, w io.Writer, p document.Paper) error { return s.PDF(w, p) }},
	{"svg", ".svg", "image/svg+xml", func(s *Sheet, w io.Writer, _ document.Paper) error { return s.SVG(w) }},
	{"drawio", ".drawio", "application/vnd.jgraph.mxfile", func(s *Sheet, w io.Writer, _ document.Paper) error { return s.DrawIO(w) }},
	{"graphml", ".graphml", "application/graphml+xml", func(s *Sheet, w io.Writer, _ document.Paper) error { return s.GraphML(w) }},
	{"csv", ".csv", "text/csv; charset=utf-8", func(s *Sheet, w io.Writer, _ document.Paper) error { return s.CSV(w) }},
}

// FormatOf finds a form by its name.
func FormatOf(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Papers are the papers that a diagram is printed on, by the name they are asked for.
var Papers = map[string]document.Paper{"a3": document.A3Landscape, "a4": document.A4Landscape}
