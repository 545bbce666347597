package diagram

import (
	"sonae/internal/platform/chart"
	"sonae/internal/survey/network/layout"
)

// look is how a box of a tone looks on paper; pages override it by class. The colours
// are those of the pages' light theme.
type look struct {
	class              string
	fill, stroke, text chart.Colour
	width              float64
	dashed             bool
}

var looks = map[layout.Tone]look{
	layout.TonePlain:    {"m-plain", "#ffffff", "#999999", "#1a1a1c", 1, false},
	layout.ToneEdge:     {"m-edge", "#ffffff", "#4d4d4d", "#1a1a1c", 1.25, false},
	layout.ToneEntry:    {"m-entry", "#ffeee2", "#8b3200", "#1a1a1c", 2, false},
	layout.ToneProposed: {"m-proposed", "#ffffff", "#8b3200", "#1a1a1c", 1.5, true},
	layout.ToneUnknown:  {"m-unknown", "#fdeeee", "#ec0000", "#a90000", 2, true},
	layout.ToneVisitor:  {"m-visitor", "#f1eafa", "#8843e1", "#41048e", 1.5, true},
	layout.ToneClash:    {"m-clash", "#fbf5e0", "#b78f00", "#604b00", 2, false},
}

var areaLook = look{"m-area", "#f5f5f5", "#cccccc", "#1a1a1c", 1, false}

// lineLooks are how lines look.
var lineLooks = map[layout.LineKind]look{
	layout.LineEntry:    {class: "m-line-entry", stroke: "#8b3200", width: 3},
	layout.LineProposed: {class: "m-line-proposed", stroke: "#8b3200", width: 2, dashed: true},
	layout.LineInside:   {class: "m-line", stroke: "#666666", width: 1.5},
	layout.LineServes:   {class: "m-line", stroke: "#666666", width: 1.5},
}

// Geometry of labels inside of boxes; layout measured for it.
const (
	letterSize = 12.0
	lineHeight = 16.0
	radius     = 6.0
)

// Linker gives the address that a box leads to; empty = none.
type Linker func(layout.Box) string

// Draw turns a figure into a drawing. to may be nil.
func (s *Sheet) Draw(f layout.Figure, label string, to Linker) chart.Drawing {
	d := chart.Drawing{W: f.W, H: f.H, Label: label}
	for _, b := range f.Boxes {
		if b.Kind == layout.BoxArea {
			d.Items = append(d.Items, item(b, to))
		}
	}
	for _, l := range f.Lines {
		k := lineLooks[l.Kind]
		p := chart.Paint{Class: k.class, Stroke: k.stroke, Width: k.width, Dashed: k.dashed}
		if l.Stale {
			p.Dashed, p.Stroke, p.Class = true, "#999999", "m-line-stale"
		}
		points := make([]chart.Point, len(l.Points))
		for i, q := range l.Points {
			points[i] = chart.Point(q)
		}
		d.Items = append(d.Items, chart.Item{Key: l.From + " " + l.To, Shapes: []chart.Shape{chart.Line{Points: points, Radius: 8, Paint: p}}})
	}
	for _, b := range f.Boxes {
		if b.Kind != layout.BoxArea {
			d.Items = append(d.Items, item(b, to))
		}
	}
	return d
}

// item draws one box.
func item(b layout.Box, to Linker) chart.Item {
	k := looks[b.Tone]
	if b.Kind == layout.BoxArea {
		k = areaLook
	}
	it := chart.Item{Key: b.Key, Title: b.Full, Class: "m-box", Frame: b.Kind == layout.BoxArea}
	if to != nil {
		it.Href = to(b)
	}
	it.Shapes = append(it.Shapes, chart.Rect{X: b.X, Y: b.Y, W: b.W, H: b.H, Radius: radius,
		Paint: chart.Paint{Class: k.class, Fill: k.fill, Stroke: k.stroke, Width: k.width, Dashed: k.dashed}})
	left, lines := b.X+12, len(b.Title)+len(b.Sub)
	y := b.Y + (b.H-lineHeight*float64(lines))/2 + 12
	if b.Kind == layout.BoxArea {
		y = b.Y + 10 + 12
	} else {
		left = b.X + 28
		it.Shapes = append(it.Shapes, chart.Icon{X: b.X + 6, Y: b.Y + (b.H-18)/2, Size: 18, Name: b.Icon, Colour: k.stroke, Class: k.class + "-i"})
	}
	room := b.Right() - 6 - left
	for i, t := range append(append([]string(nil), b.Title...), b.Sub...) {
		strong := i < len(b.Title)
		class := k.class + "-t"
		if !strong {
			class = k.class + "-s"
		}
		it.Shapes = append(it.Shapes, chart.Text{X: left, Y: y + lineHeight*float64(i), Size: letterSize, Bold: strong, Text: t, Room: room, Colour: k.text, Class: class})
	}
	return it
}
