package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// sample is a drawing with everything in it, and names as hostile machines give them.
func sample(name string) Drawing {
	return Drawing{W: 300, H: 100, Label: name, Items: []Item{
		{Class: "line", Shapes: []Shape{Line{Points: []Point{{10, 10}, {50, 10}, {50, 80}, {90, 80}}, Radius: 8, Paint: Paint{Class: "entry", Stroke: "#8b3200", Width: 3}}}},
		{Key: name, Title: name, Href: "/assets/" + name, Class: name, Shapes: []Shape{
			Rect{X: 1, Y: 2, W: 100, H: 40, Radius: 6, Paint: Paint{Fill: "#ffffff", Stroke: "#666666", Width: 1, Dashed: true}},
			Text{X: 30, Y: 20, Size: 12, Bold: true, Text: name, Colour: "#000000"},
			Icon{X: 5, Y: 5, Size: 20, Name: "server", Colour: "#444444"}, Icon{Name: name},
		}},
	}}
}

func svgOf(t *testing.T, d Drawing, o SVGOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.SVG(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements reads a drawing as XML and counts its elements.
func elements(t *testing.T, text string) map[string]int {
	t.Helper()
	count := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if e, ok := tok.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

func TestTextStaysText(t *testing.T) {
	plain := elements(t, svgOf(t, sample("CORE-01"), SVGOptions{}))
	for _, name := range []string{`</text><script>alert(1)</script>`, `" onload="x`, "a\u202Eb\x00c\ufffe", "\xff\xfe", "電子カルテ"} {
		text := svgOf(t, sample(name), SVGOptions{Inline: true, Class: name})
		if diff := cmp.Diff(plain, elements(t, text)); diff != "" {
			t.Errorf("%q made other elements: %s", name, diff)
		}
		for _, r := range text {
			if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf) {
				t.Errorf("%q lets %U through", name, r)
			}
		}
	}
}

func TestEqualDrawingsAreEqual(t *testing.T) {
	a, b := svgOf(t, sample("x"), SVGOptions{}), svgOf(t, sample("x"), SVGOptions{})
	if a != b {
		t.Error("two drawings differ")
	}
	if strings.Contains(svgOf(t, sample("x"), SVGOptions{Inline: true}), "style=") {
		t.Error("a style attribute, which pages forbid")
	}
}

func TestIconsAreThoseOfTheSprite(t *testing.T) {
	data, err := os.ReadFile("../../edge/web/static/sprite.svg")
	if err != nil {
		t.Fatal(err)
	}
	sprite, err := readSprite(data)
	if err != nil {
		t.Fatal(err)
	}
	for name, paths := range icons() {
		if diff := cmp.Diff(sprite[name], paths); diff != "" {
			t.Errorf("icon %s: %s", name, diff)
		}
		for _, stroke := range (Icon{Size: iconSide, Name: name}).Strokes() {
			for _, p := range stroke {
				if p.X < 0 || p.Y < 0 || p.X > iconSide || p.Y > iconSide {
					t.Errorf("icon %s reaches to %v", name, p)
				}
			}
		}
	}
	// Every icon of the sprite can be drawn, so that others may be added.
	for name, paths := range sprite {
		for _, d := range paths {
			if _, err := flatten(d); err != nil {
				t.Errorf("icon %s: %v", name, err)
			}
		}
	}
}

func TestArcIsRound(t *testing.T) {
	lines, err := flatten("M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0")
	if err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	for _, p := range lines[0] {
		if r := math.Hypot(p.X-12, p.Y-12); math.Abs(r-10) > 0.01 {
			t.Errorf("%v is %f from the middle", p, r)
		}
	}
}

func TestCornersAreRound(t *testing.T) {
	l := Line{Points: []Point{{0, 0}, {10, 0}, {10, 100}}, Radius: 8}
	if got, want := l.path(), "M0 0L5 0Q10 0 10 5L10 100"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := l.Stroke(); got[0] != (Point{0, 0}) || got[len(got)-1] != (Point{10, 100}) || len(got) != curveSteps+3 {
		t.Errorf("got %v", got)
	}
}

func FuzzFlatten(f *testing.F) {
	f.Add("M3 12h4.5l1.5 -6l4 12a2 2 0 1 0 4 0z")
	f.Add("M1e9-.5.5c1 2 3 4 5 6S1 2 3 4A1 1 0 111 1")
	f.Fuzz(func(_ *testing.T, d string) { _, _ = flatten(d) })
}

func FuzzEscape(f *testing.F) {
	f.Add("<&\u202e\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := xml.Unmarshal([]byte("<a>"+Escape(s)+"</a>"), &got); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}
