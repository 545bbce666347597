package view

import (
	"fmt"
	"strings"
	"time"
)

// Spark is a small line of a figure over days, drawn on the server: it needs no
// script, no style and prints. Made by NewSpark; the words say the same to those who
// do not see it.
type Spark struct {
	Path string // of an SVG of SparkWidth × SparkHeight
	X, Y string // the dot on the last day
}

// SparkPoint is a figure on a day.
type SparkPoint struct {
	Day   string // 2006-01-02
	Count int
}

// Size of the picture in its own units, with room for the line and the dot inside.
const (
	sparkWidth, sparkHeight = 80.0, 28.0
	sparkMargin             = 3.0
)

// NewSpark draws points, oldest first, by their days: a day that is missing leaves a
// gap in the line, since nobody knows what was there. Fewer than two points give nil.
func NewSpark(points []SparkPoint) *Spark {
	if len(points) < 2 {
		return nil
	}
	at := make([]int, len(points))
	low, high := points[0].Count, points[0].Count
	for i, p := range points {
		day, err := time.Parse(time.DateOnly, p.Day)
		if err != nil {
			return nil
		}
		at[i] = int(day.Unix() / 86400)
		low, high = min(low, p.Count), max(high, p.Count)
	}
	first, last := at[0], at[len(at)-1]
	if last <= first {
		return nil
	}
	x := func(i int) string {
		return short(sparkMargin + (sparkWidth-2*sparkMargin)*float64(at[i]-first)/float64(last-first))
	}
	y := func(i int) string {
		if low == high {
			return short(sparkHeight / 2)
		}
		return short(sparkHeight - sparkMargin - (sparkHeight-2*sparkMargin)*float64(points[i].Count-low)/float64(high-low))
	}
	var path strings.Builder
	for i := range points {
		switch {
		case i > 0 && at[i] == at[i-1]+1:
			path.WriteString("L" + x(i) + " " + y(i))
		default: // h0: a day between two gaps is a dot
			path.WriteString("M" + x(i) + " " + y(i) + "h0")
		}
	}
	end := len(points) - 1
	return &Spark{Path: path.String(), X: x(end), Y: y(end)}
}

// short writes a length with one digit after the point.
func short(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}
