package document

// mark is a sign that the font lacks and lines replace.
type mark uint8

const (
	noMark mark = iota
	boxMark
	boxCheckMark
	boxCrossMark
	checkMark
)

// marks are the signs drawn instead of printed: people type them into forms.
var marks = map[rune]mark{'☐': boxMark, '☑': boxCheckMark, '☒': boxCrossMark, '✔': checkMark}

// markLines gives the strokes of a mark in em, from the upper left of its square:
// x1, y1, x2, y2.
func markLines(m mark) [][4]float64 {
	const l, t, r, b = 0.12, 0.10, 0.88, 0.86
	box := [][4]float64{{l, t, r, t}, {r, t, r, b}, {r, b, l, b}, {l, b, l, t}}
	check := [][4]float64{{0.26, 0.48, 0.44, 0.68}, {0.44, 0.68, 0.76, 0.26}}
	switch m {
	case boxMark:
		return box
	case boxCheckMark:
		return append(box, check...)
	case boxCrossMark:
		return append(box, [][4]float64{{0.28, 0.26, 0.72, 0.70}, {0.72, 0.26, 0.28, 0.70}}...)
	case checkMark:
		return check
	}
	return nil
}
