package diagram

import (
	"io"
	"strings"

	"sonae/internal/platform/chart"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network/layout"
)

// sheetScale is how many points of paper one unit of a segment's sheet takes: letters
// of 12 units become 8 points.
const sheetScale = 8.0 / letterSize

// leastScale is the smallest scale of the overview: letters of 4.2 points, which can
// still be read on a good print. A larger site is cut over several pages.
const leastScale = 0.35

// maxScale lets a small site not grow beyond letters of 9 points.
const maxScale = 0.75

// headPt is the room of a sheet's heading and the distance below it, in points.
const headPt = 40.0

// PDF writes the diagram: the overview with its legend, how the infrastructure hangs
// together where the overview only counts it, then a sheet for each segment.
func (s *Sheet) PDF(w io.Writer, paper document.Paper) error {
	p := document.NewPDF(document.PDFOptions{
		Title: s.Facility + " " + s.title(), Lang: s.tr.Lang(), Created: store.Time(s.AtMS), Paper: paper,
		HeaderLeft: s.Facility + "　" + s.title(), HeaderRight: s.tr.T("map.as_of", "Time", s.AsOf()),
		FooterLeft: s.Mark(), MissingNote: s.tr.T("pack.missing_glyphs"),
	})
	fig := s.Overview()
	p.Heading(1, s.tr.T("map.overview"))
	p.Note(s.Counts() + "\n" + s.Mark() + s.persons())
	p.Drawing(s.legend(), maxScale)
	for i, part := range slice(s.Draw(fig, s.title(), nil), paper) {
		if i > 0 {
			p.PageBreak()
		}
		p.Drawing(part, maxScale)
	}
	width, height := document.Area(paper)
	if layout.Counted(fig) {
		s.sheets(p, s.tr.T("map.trunks"), layout.Trunks(s.Graph, width/sheetScale, (height-headPt)/sheetScale, s.options()))
	}
	for _, seg := range s.Graph.Segments {
		s.segmentPages(p, seg.ID, width, height)
	}
	if _, ok := fig.Box("segment:"); ok {
		s.segmentPages(p, "", width, height)
	}
	_, err := p.Render(w)
	return err
}

// segmentPages adds the sheets of one segment.
func (s *Sheet) segmentPages(p *document.PDF, id string, width, height float64) {
	title := s.tr.T("map.without")
	for _, g := range s.Graph.Segments {
		if g.ID == id {
			name, sub := s.SegmentWords(g)
			title = layout.Plain(name) + "　" + layout.Plain(sub)
		}
	}
	s.sheets(p, title, layout.Sheets(s.Graph, id, width/sheetScale, (height-headPt)/sheetScale, s.options()))
}

// sheets adds figures under a heading, which is repeated on each page.
func (s *Sheet) sheets(p *document.PDF, title string, figs []layout.Figure) {
	for i, f := range figs {
		if len(f.Boxes) == 0 {
			continue
		}
		p.PageBreak()
		if i == 0 {
			p.Heading(1, title)
		} else {
			p.Label(s.tr.T("map.continued", "Title", title, "Page", i+1, "Pages", len(figs)))
		}
		p.Drawing(s.Draw(f, title, nil), sheetScale)
	}
}

// persons names those who answer for the systems, for the foot of every page.
func (s *Sheet) persons() string {
	var b strings.Builder
	for _, p := range s.Persons {
		b.WriteString("　" + s.tr.T("map.person", "Role", p.Role, "Name", layout.Plain(p.Name)))
	}
	return b.String()
}

// Counts says in one line how much is drawn.
func (s *Sheet) Counts() string {
	unlisted := 0
	for _, n := range s.Graph.Nodes {
		if n.State == "unlisted" {
			unlisted++
		}
	}
	ways := 0
	for _, w := range s.Outside {
		if w.Entry() {
			ways++
		}
	}
	return s.tr.T("map.counts", "Devices", len(s.Graph.Nodes), "Segments", len(s.Graph.Segments), "Ways", ways, "Unlisted", unlisted, "Clashes", len(s.Graph.Clashes))
}

// legend explains the signs in one row.
func (s *Sheet) legend() chart.Drawing {
	d := chart.Drawing{W: 1400, H: 24, Label: s.tr.T("map.legend")}
	x := 8.0
	add := func(key string, draw func(x float64) chart.Shape) {
		words := s.tr.T(key)
		d.Items = append(d.Items, chart.Item{Shapes: []chart.Shape{draw(x), chart.Text{X: x + 36, Y: 16, Size: letterSize, Text: words, Colour: "#1a1a1c"}}})
		x += 36 + layout.Width(words)*letterSize + 20
	}
	line := func(k look, stale bool) func(float64) chart.Shape {
		return func(x float64) chart.Shape {
			return chart.Line{Points: []chart.Point{{X: x, Y: 12}, {X: x + 28, Y: 12}}, Paint: chart.Paint{Stroke: k.stroke, Width: k.width, Dashed: stale || k.dashed}}
		}
	}
	box := func(t layout.Tone) func(float64) chart.Shape {
		k := looks[t]
		return func(x float64) chart.Shape {
			return chart.Rect{X: x, Y: 5, W: 28, H: 14, Radius: 3, Paint: chart.Paint{Fill: k.fill, Stroke: k.stroke, Width: k.width, Dashed: k.dashed}}
		}
	}
	add("map.legend.entry", line(lineLooks[layout.LineEntry], false))
	add("map.legend.proposed", line(lineLooks[layout.LineProposed], false))
	add("map.legend.inside", line(lineLooks[layout.LineInside], false))
	add("map.legend.stale", line(look{stroke: "#999999", width: 1.5}, true))
	add("network.state.unlisted", box(layout.ToneUnknown))
	add("network.state.visitor", box(layout.ToneVisitor))
	add("map.clash", box(layout.ToneClash))
	d.W = x
	return d
}

// SVG writes the overview as a picture.
func (s *Sheet) SVG(w io.Writer) error {
	return s.Draw(s.Overview(), s.Facility+" "+s.title()+" "+s.AsOf(), nil).SVG(w, chart.SVGOptions{Lang: s.tr.Lang()})
}
