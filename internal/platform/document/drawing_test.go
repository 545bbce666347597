package document

import (
	"bytes"
	"strings"
	"testing"

	"sonae/internal/platform/chart"
)

func TestDrawingIsAPage(t *testing.T) {
	d := chart.Drawing{W: 900, H: 500, Items: []chart.Item{
		{Shapes: []chart.Shape{chart.Line{Points: []chart.Point{{X: 10, Y: 10}, {X: 400, Y: 10}, {X: 400, Y: 300}}, Radius: 8, Paint: chart.Paint{Stroke: "#8b3200", Width: 3, Dashed: true}}}},
		{Shapes: []chart.Shape{
			chart.Rect{X: 20, Y: 30, W: 300, H: 60, Radius: 8, Paint: chart.Paint{Fill: "#ffeee2", Stroke: "#8b3200", Width: 2}},
			chart.Icon{X: 30, Y: 40, Size: 20, Name: "server", Colour: "#444444"},
			chart.Text{X: 60, Y: 60, Size: 12, Bold: true, Text: "電子カルテ業者 𠮷 \u202e", Colour: "#8b3200"},
		}},
	}}
	make := func() ([]byte, PDFReport) {
		o := options()
		o.Paper = A3Landscape
		p := NewPDF(o)
		p.Heading(1, "ネットワーク構成図")
		p.Drawing(d, 1)
		p.PageBreak()
		p.Drawing(d, 1)
		return render(t, p)
	}
	a, report := make()
	if report.Pages != 2 {
		t.Errorf("%d pages", report.Pages)
	}
	if b, _ := make(); !bytes.Equal(a, b) {
		t.Error("two prints differ")
	}
	if text := extract(t, a); !strings.Contains(squeeze(text), squeeze("電子カルテ業者 〓〔U+20BB7〕 〓〔U+202E〕")) {
		t.Errorf("paper says %q", text)
	}
}

func TestColours(t *testing.T) {
	for c, want := range map[chart.Colour][3]uint8{"#8b3200": {0x8b, 0x32, 0}, "": {}, "red": {}, "#zzzzzz": {}} {
		r, g, b := rgb(c)
		if got := [3]uint8{r, g, b}; got != want {
			t.Errorf("%q gives %v", c, got)
		}
	}
}
