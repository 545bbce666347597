package diagram

import (
	"slices"

	"sonae/internal/platform/chart"
	"sonae/internal/platform/document"
)

// slice cuts a drawing that would be too small to read on one page into pages side by
// side and below each other; each shows the whole width while that can be read.
func slice(d chart.Drawing, paper document.Paper) []chart.Drawing {
	if document.Scale(paper, d, maxScale) >= leastScale {
		return []chart.Drawing{d}
	}
	width, height := document.Area(paper)
	w, h := min(d.W, width/leastScale), (height-30)/leastScale
	if d.W <= width/leastScale {
		h = (height - 30) / (width / d.W)
	}
	var across, down []reach
	for _, it := range d.Items {
		for _, sh := range it.Shapes {
			if r, ok := sh.(chart.Rect); ok {
				across, down = append(across, reach{r.X, r.X + r.W}), append(down, reach{r.Y, r.Y + r.H})
			}
		}
	}
	var out []chart.Drawing
	rows, columns := cuts(d.H, h, down), cuts(d.W, w, across)
	for i := 1; i < len(rows); i++ {
		for j := 1; j < len(columns); j++ {
			if part := window(d, columns[j-1], rows[i-1], columns[j]-columns[j-1], rows[i]-rows[i-1]); len(part.Items) > 0 {
				out = append(out, part)
			}
		}
	}
	return out
}

// reach is where a box begins and ends along one side.
type reach struct{ from, to float64 }

// cuts finds where to cut a length into pieces of at most most, between boxes where
// that leaves at least half a piece.
func cuts(length, most float64, boxes []reach) []float64 {
	out := []float64{0}
	for at := 0.0; at+most < length; {
		next := at + most
		for next > at+most/2 && slices.ContainsFunc(boxes, func(r reach) bool { return r.from < next && next < r.to }) {
			next--
		}
		if next <= at+most/2 {
			next = at + most
		}
		out = append(out, next)
		at = next
	}
	return append(out, length)
}

// window is the part of a drawing in a rectangle. Boxes stand on the page of their
// upper left corner, so none is cut and none is missing; lines end at the edge.
func window(d chart.Drawing, x, y, w, h float64) chart.Drawing {
	out := chart.Drawing{W: w, H: h, Label: d.Label}
	for _, it := range d.Items {
		moved := chart.Item{Key: it.Key, Title: it.Title}
		here := false // its box stands in the part
		for _, sh := range it.Shapes {
			switch v := sh.(type) {
			case chart.Rect:
				if v.X < x || v.X >= x+w || v.Y < y || v.Y >= y+h {
					continue
				}
				v.X, v.Y = v.X-x, v.Y-y
				v.W, v.H = min(v.W, w-v.X), min(v.H, h-v.Y)
				moved.Shapes, here = append(moved.Shapes, v), true
			case chart.Text:
				if here {
					v.X, v.Y = v.X-x, v.Y-y
					moved.Shapes = append(moved.Shapes, v)
				}
			case chart.Icon:
				if here {
					v.X, v.Y = v.X-x, v.Y-y
					moved.Shapes = append(moved.Shapes, v)
				}
			case chart.Line:
				for _, l := range clip(v, x, y, w, h) {
					moved.Shapes = append(moved.Shapes, l)
				}
			}
		}
		if len(moved.Shapes) > 0 {
			out.Items = append(out.Items, moved)
		}
	}
	return out
}

// clip cuts a line of horizontal and vertical parts at the edges of a rectangle.
func clip(l chart.Line, x, y, w, h float64) []chart.Line {
	var out []chart.Line
	hold := func(v, low, size float64) float64 { return max(low, min(low+size, v)) }
	for i := 1; i < len(l.Points); i++ {
		a, b := l.Points[i-1], l.Points[i]
		if max(a.X, b.X) < x || min(a.X, b.X) > x+w || max(a.Y, b.Y) < y || min(a.Y, b.Y) > y+h {
			continue
		}
		out = append(out, chart.Line{Paint: l.Paint, Points: []chart.Point{
			{X: hold(a.X, x, w) - x, Y: hold(a.Y, y, h) - y}, {X: hold(b.X, x, w) - x, Y: hold(b.Y, y, h) - y}}})
	}
	return out
}
