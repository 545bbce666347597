package document

import (
	"strconv"

	"sonae/internal/platform/chart"
)

// paintedOp is what a drawing adds to an op: colours. nil is ink.
type paintedOp struct {
	fill, stroke chart.Colour
	points       []chart.Point // of a line, in points of the page
	radius       float64
	dashed       bool
}

// drawingBlock is a drawing as large as the text area allows.
type drawingBlock struct {
	drawing chart.Drawing
	most    float64 // points of the page that one unit of the drawing takes at most
}

// Drawing adds a drawing, scaled down to the text area; it never grows beyond 1 unit =
// maxScale points of the page. It stands on a page of its own when it needs the room.
// Its texts are searchable like all others.
func (p *PDF) Drawing(d chart.Drawing, maxScale float64) {
	p.blocks = append(p.blocks, &drawingBlock{d, maxScale})
}

// Scale is how many points of the page one unit of a drawing takes on a paper: for
// callers that want to know whether its letters can be read.
func Scale(paper Paper, d chart.Drawing, maxScale float64) float64 {
	w := paper.widthMM*mm - 2*marginSideMM*mm
	h := paper.heightMM*mm - (marginTopMM+marginBottomMM)*mm
	return min(maxScale, w/d.W, h/d.H)
}

// Area is the text area of a paper in points.
func Area(paper Paper) (width, height float64) {
	return paper.widthMM*mm - 2*marginSideMM*mm, paper.heightMM*mm - (marginTopMM+marginBottomMM)*mm
}

func (b *drawingBlock) scale(l *layout) float64 {
	return min(b.most, l.width()/b.drawing.W, (l.bottom()-marginTopMM*mm)/b.drawing.H)
}

// head is the whole height: a drawing is not cut. What stands above on the page may
// leave less room than a whole page, down to half; it then shrinks to that.
func (b *drawingBlock) head(l *layout) float64 {
	return min(b.scale(l)*b.drawing.H, (l.bottom()-marginTopMM*mm)/2)
}

func (b *drawingBlock) place(l *layout) {
	scale := min(b.scale(l), (l.bottom()-l.y)/b.drawing.H)
	x := l.left() + (l.width()-scale*b.drawing.W)/2
	for _, it := range b.drawing.Items {
		for _, sh := range it.Shapes {
			b.shape(l, sh, x, l.y, scale)
		}
	}
	l.y += scale * b.drawing.H
}

// shape turns one shape into ops.
func (b *drawingBlock) shape(l *layout, sh chart.Shape, x, y, scale float64) {
	add := func(o op) { l.page().ops = append(l.page().ops, o) }
	at := func(list []chart.Point) []chart.Point {
		out := make([]chart.Point, len(list))
		for i, p := range list {
			out[i] = chart.Point{X: x + p.X*scale, Y: y + p.Y*scale}
		}
		return out
	}
	switch v := sh.(type) {
	case chart.Rect:
		add(op{kind: opRect, x1: x + v.X*scale, y1: y + v.Y*scale, x2: x + (v.X+v.W)*scale, y2: y + (v.Y+v.H)*scale, size: v.Width * scale,
			painted: &paintedOp{fill: v.Fill, stroke: v.Stroke, radius: v.Radius * scale, dashed: v.Dashed}})
	case chart.Line:
		add(op{kind: opPath, size: v.Width * scale, painted: &paintedOp{stroke: v.Paint.Stroke, points: at(v.Stroke()), dashed: v.Dashed}})
	case chart.Icon:
		for _, stroke := range v.Strokes() {
			add(op{kind: opPath, size: v.Size / 12 * scale, painted: &paintedOp{stroke: v.Colour, points: at(stroke)}})
		}
	case chart.Text:
		face := regular
		if v.Bold {
			face = bold
		}
		text := l.cleaner.clean(v.Text)
		size := v.Size * scale
		// A character that the font lacks is written as its number, which is longer.
		if w := l.textWidth(text, face, size); v.Room > 0 && w > v.Room*scale {
			size *= v.Room * scale / w
		}
		add(op{kind: opText, face: face, x1: x + v.X*scale, y1: y + v.Y*scale, size: size, text: text, painted: &paintedOp{fill: v.Colour}})
	}
}

// rgb splits a colour; anything but #rrggbb is black.
func rgb(c chart.Colour) (r, g, b uint8) {
	if len(c) != 7 || c[0] != '#' {
		return 0, 0, 0
	}
	v, err := strconv.ParseUint(string(c[1:]), 16, 24)
	if err != nil {
		return 0, 0, 0
	}
	return uint8(v >> 16), uint8(v >> 8 & 0xff), uint8(v & 0xff) //nolint:gosec // 24 bits in three bytes
}

// painted writes a rectangle or a line in colours.
func (e *emitter) painted(o op) error {
	p := o.painted
	e.pdf.SetLineWidth(o.size)
	e.pdf.SetStrokeColor(rgb(p.stroke))
	e.lineWidth, e.grey = -1, -1
	if p.dashed {
		e.pdf.SetCustomLineType([]float64{5 * o.size, 3 * o.size}, 0)
		defer e.pdf.SetLineType("solid")
	}
	if o.kind == opPath {
		for i := 1; i < len(p.points); i++ {
			a, b := p.points[i-1], p.points[i]
			if a == b { // a dot: gopdf's lines end bluntly
				b.X += o.size
			}
			e.pdf.Line(a.X, a.Y, b.X, b.Y)
		}
		return nil
	}
	style := ""
	if p.fill != "" {
		e.pdf.SetFillColor(rgb(p.fill))
		style = "F"
	}
	if p.stroke != "" {
		style += "D"
	}
	if style == "" || o.x2 <= o.x1 || o.y2 <= o.y1 {
		return nil
	}
	return e.pdf.Rectangle(o.x1, o.y1, o.x2, o.y2, style, min(p.radius, (o.x2-o.x1)/2, (o.y2-o.y1)/2), 3)
}
