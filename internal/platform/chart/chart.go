// Package chart draws: rectangles, lines with rounded corners, text and icons on a
// plane, made by the caller and written as SVG here or as a PDF page by
// platform/document. It knows nothing of the subject.
//
//	d := chart.Drawing{W: 200, H: 60, Label: "構成図"}
//	d.Items = append(d.Items, chart.Item{Title: "CORE-01", Shapes: []chart.Shape{
//		chart.Rect{X: 10, Y: 10, W: 120, H: 40, Radius: 6, Paint: chart.Paint{Fill: "#ffffff", Stroke: "#666666", Width: 1}},
//		chart.Text{X: 20, Y: 34, Size: 12, Text: "CORE-01", Colour: "#000000"},
//	}})
//
// Every text is a text: nothing in it becomes markup, and characters that would turn
// or hide their surroundings are shown by their number. Equal drawings give equal
// bytes.
//
// Lengths are in units of one CSS pixel; y grows downwards.
package chart

import "math"

// Colour is #rrggbb; empty = none.
type Colour string

// Point is a place.
type Point struct{ X, Y float64 }

// Paint is how a shape looks. Class names it for a style sheet, which then overrides
// the colours (pages have themes, files have not).
type Paint struct {
	Class        string
	Fill, Stroke Colour
	Width        float64 // of the stroke
	Dashed       bool
}

// Shape is a Rect, Line, Text or Icon.
type Shape interface{ shape() }

// Rect is a box with round corners.
type Rect struct {
	X, Y, W, H, Radius float64
	Paint
}

// Line joins points; its corners are rounded.
type Line struct {
	Points []Point
	Radius float64
	Paint
}

// Text is one line; X is its left edge and Y its base line.
type Text struct {
	X, Y, Size float64
	Bold       bool
	Text       string
	// Room is the width it may take; where letters are wider they become smaller. SVG
	// leaves that to the caller, who measured. 0 = any.
	Room   float64
	Colour Colour
	Class  string
}

// Icon is an icon of the sprite in a square.
type Icon struct {
	X, Y, Size float64
	Name       string // unknown names draw nothing
	Colour     Colour
	Class      string
}

func (Rect) shape() {}
func (Line) shape() {}
func (Text) shape() {}
func (Icon) shape() {}

// Item is shapes that belong together: one box with its label.
type Item struct {
	Key    string // data-key for scripts; empty = none
	Title  string // whole name, shown when pointed at; empty = none
	Href   string // local address that it leads to; empty = none
	Class  string
	Frame  bool // around other items
	Shapes []Shape
}

// Drawing is a finished picture.
type Drawing struct {
	W, H  float64
	Label string // what it is, for those who do not see it
	Items []Item
}

// corner is how far a rounded corner reaches at most: half of each of its sides.
func corner(radius, before, after float64) float64 { return min(radius, before/2, after/2) }

func distance(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }
