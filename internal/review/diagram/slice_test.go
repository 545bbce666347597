package diagram

import (
	"fmt"
	"testing"

	"sonae/internal/platform/chart"
	"sonae/internal/platform/document"
)

// A drawing that is cut over several pages shows each box once and whole, wherever rows of
// neighbouring columns begin, and a frame on every page that it reaches into.
func TestSliceCutsNoBox(t *testing.T) {
	d := chart.Drawing{W: 3000, H: 9000}
	d.Items = append(d.Items, chart.Item{Key: "frame", Frame: true, Shapes: []chart.Shape{chart.Rect{X: 5, Y: 5, W: 2000, H: 8000}, chart.Text{X: 9, Y: 20, Text: "frame"}}})
	boxes := 0
	for column := range 15 {
		for y := 10.0 + 13*float64(column); y+61 < d.H; y += 67 - float64(column) {
			boxes++
			d.Items = append(d.Items, chart.Item{Key: fmt.Sprint("box ", boxes), Shapes: []chart.Shape{chart.Rect{X: 10 + 195*float64(column), Y: y, W: 152, H: 44}, chart.Text{X: 20 + 195*float64(column), Y: y + 20, Text: "x"}}})
		}
	}
	pages := slice(d, document.A4Landscape)
	if len(pages) < 4 {
		t.Fatalf("%d pages", len(pages))
	}
	seen, framed, titles := map[string]int{}, 0, 0
	for _, p := range pages {
		if document.Scale(document.A4Landscape, p, maxScale) < leastScale*0.98 {
			t.Errorf("a page of %.0f × %.0f is too small to read", p.W, p.H)
		}
		for _, it := range p.Items {
			r, _ := boxOf(it)
			if r.X < 0 || r.Y < 0 || r.X+r.W > p.W || r.Y+r.H > p.H {
				t.Errorf("%s leaves its page: %+v of %.0f × %.0f", it.Key, r, p.W, p.H)
			}
			if it.Frame {
				framed, titles = framed+1, titles+len(it.Shapes)-1
				continue
			}
			seen[it.Key]++
			if r.W != 152 || r.H != 44 || len(it.Shapes) != 2 {
				t.Errorf("%s is not whole: %+v", it.Key, it.Shapes)
			}
		}
	}
	if len(seen) != boxes {
		t.Errorf("%d of %d boxes are shown", len(seen), boxes)
	}
	for k, n := range seen {
		if n != 1 {
			t.Errorf("%s is shown %d times", k, n)
		}
	}
	if framed < 2 || titles != 1 {
		t.Errorf("the frame is on %d of %d pages, its title %d times", framed, len(pages), titles)
	}
}
