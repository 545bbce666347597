package chart

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// curveSteps is in how many straight pieces a curve is drawn where curves are not known.
const curveSteps = 8

// errPath says that a path is not one of SVG 1.1, section 8.3.
var errPath = errors.New("not a path")

// pathReader walks through path data and collects straight pieces.
type pathReader struct {
	rest  string
	lines [][]Point
	at    Point
	start Point // of the part being drawn
	last  Point // control point of the last curve, for S
	curve bool  // the last command was a curve
}

// flatten turns path data (M L H V C S A Z, absolute and relative) into straight
// pieces. Errors: errPath with the place.
func flatten(d string) ([][]Point, error) {
	p := &pathReader{rest: d}
	var command byte
	for {
		p.blank()
		if p.rest == "" {
			return p.lines, nil
		}
		if c := p.rest[0]; c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			command = c
			p.rest = p.rest[1:]
		} else if command == 0 || command == 'Z' || command == 'z' {
			return nil, fmt.Errorf("%w at %q", errPath, p.rest)
		}
		if err := p.step(command); err != nil {
			return nil, err
		}
		switch command { // what follows a move without a letter are lines
		case 'M':
			command = 'L'
		case 'm':
			command = 'l'
		}
	}
}

// counts is how many numbers each command takes.
var counts = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4, 'a': 7, 'z': 0}

func (p *pathReader) step(command byte) error {
	lower := command | 0x20
	n, known := counts[lower]
	if !known {
		return fmt.Errorf("%w: %c", errPath, command)
	}
	v := make([]float64, n)
	for i := range v {
		var err error
		flag := lower == 'a' && (i == 3 || i == 4)
		if v[i], err = p.number(flag); err != nil {
			return err
		}
	}
	from := Point{}
	if command == lower {
		from = p.at
	}
	pt := func(i int) Point { return Point{from.X + v[i], from.Y + v[i+1]} }
	curve := false
	switch lower {
	case 'm':
		p.at = pt(0)
		p.start = p.at
		p.lines = append(p.lines, []Point{p.at})
	case 'l':
		p.to(pt(0))
	case 'h':
		p.to(Point{from.X + v[0], p.at.Y})
	case 'v':
		p.to(Point{p.at.X, from.Y + v[0]})
	case 'c':
		p.cubic(pt(0), pt(2), pt(4))
		curve = true
	case 's':
		c := p.at
		if p.curve {
			c = Point{2*p.at.X - p.last.X, 2*p.at.Y - p.last.Y}
		}
		p.cubic(c, pt(0), pt(2))
		curve = true
	case 'a':
		p.arc(v[0], v[1], v[2], v[3] != 0, v[4] != 0, pt(5))
	case 'z':
		p.to(p.start)
	}
	p.curve = curve
	return nil
}

// to draws a straight piece.
func (p *pathReader) to(q Point) {
	if len(p.lines) == 0 {
		p.lines = append(p.lines, []Point{p.at})
	}
	n := len(p.lines) - 1
	p.lines[n] = append(p.lines[n], q)
	p.at = q
}

func (p *pathReader) cubic(b, c, d Point) {
	a := p.at
	for k := 1; k <= curveSteps; k++ {
		t := float64(k) / curveSteps
		u := 1 - t
		p.to(Point{u*u*u*a.X + 3*u*u*t*b.X + 3*u*t*t*c.X + t*t*t*d.X, u*u*u*a.Y + 3*u*u*t*b.Y + 3*u*t*t*c.Y + t*t*t*d.Y})
	}
	p.last = c
}

// arc draws a piece of an ellipse: SVG 1.1, appendix F.6.5 and F.6.6.
func (p *pathReader) arc(rx, ry, turn float64, large, sweep bool, to Point) {
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || p.at == to {
		p.to(to)
		return
	}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	dx, dy := (p.at.X-to.X)/2, (p.at.Y-to.Y)/2
	x, y := cos*dx+sin*dy, -sin*dx+cos*dy
	if l := x*x/(rx*rx) + y*y/(ry*ry); l > 1 {
		rx, ry = rx*math.Sqrt(l), ry*math.Sqrt(l)
	}
	f := math.Sqrt(math.Max(0, (rx*rx*ry*ry-rx*rx*y*y-ry*ry*x*x)/(rx*rx*y*y+ry*ry*x*x)))
	if large == sweep {
		f = -f
	}
	cx, cy := f*rx*y/ry, -f*ry*x/rx
	mid := Point{cos*cx - sin*cy + (p.at.X+to.X)/2, sin*cx + cos*cy + (p.at.Y+to.Y)/2}
	a := math.Atan2((y-cy)/ry, (x-cx)/rx)
	b := math.Atan2((-y-cy)/ry, (-x-cx)/rx)
	switch {
	case sweep && b < a:
		b += 2 * math.Pi
	case !sweep && b > a:
		b -= 2 * math.Pi
	}
	for k := 1; k < curveSteps; k++ {
		s, c := math.Sincos(a + (b-a)*float64(k)/curveSteps)
		p.to(Point{mid.X + cos*rx*c - sin*ry*s, mid.Y + sin*rx*c + cos*ry*s})
	}
	p.to(to)
}

func (p *pathReader) blank() {
	for p.rest != "" && (p.rest[0] == ' ' || p.rest[0] == ',' || p.rest[0] == '\n' || p.rest[0] == '\t') {
		p.rest = p.rest[1:]
	}
}

// number reads one number; a flag is a single digit that may stand without a blank.
func (p *pathReader) number(flag bool) (float64, error) {
	p.blank()
	n := 0
	for n < len(p.rest) {
		c := p.rest[n]
		sign := (c == '-' || c == '+') && (n == 0 || p.rest[n-1]|0x20 == 'e')
		dot := c == '.' && !strings.Contains(p.rest[:n], ".")
		if c >= '0' && c <= '9' || sign || dot || c|0x20 == 'e' && n > 0 {
			n++
			if flag {
				break
			}
			continue
		}
		break
	}
	v, err := strconv.ParseFloat(p.rest[:n], 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%w at %q", errPath, p.rest)
	}
	p.rest = p.rest[n:]
	return v, nil
}
