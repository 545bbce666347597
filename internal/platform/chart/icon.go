package chart

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"strings"
	"sync"
)

// iconFile holds the icons that drawings use, as they stand in the sprite of the pages
// (Tabler Icons 3.51.0, MIT); a test compares the two.
//
//go:embed icons.svg
var iconFile []byte

// iconSide is the side of an icon's own square.
const iconSide = 24.0

// icons are the paths of each icon by its name.
var icons = sync.OnceValue(func() map[string][]string {
	list, err := readSprite(iconFile)
	if err != nil {
		panic("icons.svg: " + err.Error()) // embedded and tested
	}
	return list
})

// readSprite reads symbols with their paths.
func readSprite(data []byte) (map[string][]string, error) {
	var file struct {
		Symbols []struct {
			ID    string `xml:"id,attr"`
			Paths []struct {
				D string `xml:"d,attr"`
			} `xml:"path"`
		} `xml:"symbol"`
	}
	if err := xml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read sprite: %w", err)
	}
	out := map[string][]string{}
	for _, s := range file.Symbols {
		for _, p := range s.Paths {
			out[s.ID] = append(out[s.ID], p.D)
		}
	}
	return out, nil
}

// HasIcon reports whether drawings know an icon.
func HasIcon(name string) bool { return len(icons()[name]) > 0 }

// IconPath is an icon as one path in its own square of 24 by 24; empty = unknown.
func IconPath(name string) string { return strings.Join(icons()[name], "") }

// Strokes are the lines of an icon, curves as short pieces, where it stands.
func (i Icon) Strokes() [][]Point {
	var out [][]Point
	scale := i.Size / iconSide
	for _, d := range icons()[i.Name] {
		lines, err := flatten(d)
		if err != nil {
			continue // every icon is tested
		}
		for _, l := range lines {
			for k, p := range l {
				l[k] = Point{i.X + p.X*scale, i.Y + p.Y*scale}
			}
			out = append(out, l)
		}
	}
	return out
}

// Stroke is the line with its corners as short pieces.
func (l Line) Stroke() []Point {
	var out []Point
	for i, p := range l.Points {
		if i == 0 || i == len(l.Points)-1 {
			out = append(out, p)
			continue
		}
		a, b := l.ends(i)
		for k := range curveSteps + 1 {
			t := float64(k) / curveSteps
			out = append(out, Point{
				(1-t)*(1-t)*a.X + 2*t*(1-t)*p.X + t*t*b.X,
				(1-t)*(1-t)*a.Y + 2*t*(1-t)*p.Y + t*t*b.Y,
			})
		}
	}
	return out
}
