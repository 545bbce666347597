package diagram

import (
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
	for _, r := range solid(d) {
		across, down = append(across, reach{r.X, r.X + r.W}), append(down, reach{r.Y, r.Y + r.H})
	}
	var out []chart.Drawing
	rows, columns := cuts(d.H, h, down), cuts(d.W, w, across)
	for i := 1; i < len(rows); i++ {
		for j := 1; j < len(columns); j++ {
			part := chart.Rect{X: columns[j-1], Y: rows[i-1], W: columns[j] - columns[j-1], H: rows[i] - rows[i-1]}
			if got := window(d, part); len(got.Items) > 0 {
				out = append(out, got)
			}
		}
	}
	return out
}

// solid are the boxes that no cut may go through: all but frames, which have others in
// them and are drawn on each of their pages.
func solid(d chart.Drawing) []chart.Rect {
	var out []chart.Rect
	for _, it := range d.Items {
		if r, ok := boxOf(it); ok && !it.Frame {
			out = append(out, r)
		}
	}
	return out
}

func boxOf(it chart.Item) (chart.Rect, bool) {
	for _, sh := range it.Shapes {
		if r, ok := sh.(chart.Rect); ok {
			return r, true
		}
	}
	return chart.Rect{}, false
}

// reach is where a box begins and ends along one side.
type reach struct{ from, to float64 }

// cuts finds where to cut a length into pieces so that each box ends at most most after
// the cut before it: window then shows it whole on the page where it begins.
func cuts(length, most float64, boxes []reach) []float64 {
	out := []float64{0}
	for at := 0.0; at+most < length; {
		next := at + most
		for _, r := range boxes {
			// What would end beyond this page begins the next; what is larger than a page
			// cannot be helped.
			if r.from > at && r.from < next && r.to > at+most {
				next = r.from
			}
		}
		out = append(out, next)
		at = next
	}
	return append(out, length)
}

// window is the part of a drawing in a rectangle: boxes whole, on the page of their upper
// left corner, so that none is cut and none is missing; frames on every page, their title
// on the first; lines end at the edge.
func window(d chart.Drawing, part chart.Rect) chart.Drawing {
	seen := part
	for _, r := range solid(d) { // boxes may reach beyond the cut: the page has the room
		if within(part, r) {
			seen.W, seen.H = max(seen.W, r.X+r.W-part.X+1), max(seen.H, r.Y+r.H-part.Y+1)
		}
	}
	out := chart.Drawing{W: seen.W, H: seen.H, Label: d.Label}
	for _, it := range d.Items {
		got := chart.Item{Key: it.Key, Title: it.Title, Frame: it.Frame}
		r, box := boxOf(it)
		here := box && within(part, r)
		for _, sh := range it.Shapes {
			switch v := sh.(type) {
			case chart.Rect:
				if it.Frame {
					v = overlap(seen, v)
				}
				if v.W > 0 && v.H > 0 && (here || it.Frame) {
					v.X, v.Y = v.X-part.X, v.Y-part.Y
					got.Shapes = append(got.Shapes, v)
				}
			case chart.Text:
				if here {
					v.X, v.Y = v.X-part.X, v.Y-part.Y
					got.Shapes = append(got.Shapes, v)
				}
			case chart.Icon:
				if here {
					v.X, v.Y = v.X-part.X, v.Y-part.Y
					got.Shapes = append(got.Shapes, v)
				}
			case chart.Line:
				for _, l := range clip(v, seen.X, seen.Y, seen.W, seen.H) {
					got.Shapes = append(got.Shapes, l)
				}
			}
		}
		if len(got.Shapes) > 0 {
			out.Items = append(out.Items, got)
		}
	}
	return out
}

// within reports whether the upper left corner of r is in part.
func within(part, r chart.Rect) bool {
	return r.X >= part.X && r.X < part.X+part.W && r.Y >= part.Y && r.Y < part.Y+part.H
}

// overlap is what of r lies in part.
func overlap(part, r chart.Rect) chart.Rect {
	right, low := min(r.X+r.W, part.X+part.W), min(r.Y+r.H, part.Y+part.H)
	r.X, r.Y = max(r.X, part.X), max(r.Y, part.Y)
	r.W, r.H = right-r.X, low-r.Y
	return r
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
