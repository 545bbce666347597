package layout

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// joint is a line to be drawn between two boxes.
type joint struct {
	from, to string
	kind     LineKind
}

// route draws all lines.
func (p *plan) route() {
	joints, stale := p.joints()
	byKey := make(map[string]Box, len(p.fig.Boxes))
	for _, b := range p.fig.Boxes {
		byKey[b.Key] = b
	}
	for _, j := range joints {
		a, okA := byKey[j.from]
		b, okB := byKey[j.to]
		if okA && okB && a.Key != b.Key {
			p.fig.Lines = append(p.fig.Lines, Line{From: a.Key, To: b.Key, Kind: j.kind, Stale: stale[j], Points: p.path(a, b)})
		}
	}
}

// joints collects what is to be joined, each pair once, ways in last so that they lie
// on top.
func (p *plan) joints() (list []joint, stale map[joint]bool) {
	stale = map[joint]bool{}
	fresh := map[joint]bool{}
	add := func(j joint, old bool) {
		if _, known := stale[j]; !known {
			list = append(list, j)
		}
		fresh[j] = fresh[j] || !old
		stale[j] = !fresh[j]
	}
	serving := map[string][]string{}
	reached := map[string]bool{} // boundary devices that some infrastructure is joined to
	for _, l := range p.g.Links {
		if l.Kind == network.LinkTalk {
			continue
		}
		a, b := p.boxOf[l.A], p.boxOf[l.B]
		switch {
		case a != "" && b != "":
			if p.col[a] > p.col[b] || p.col[a] == p.col[b] && a > b {
				a, b = b, a
			}
			add(joint{a, b, LineInside}, l.Stale)
			reached[l.A], reached[l.B] = true, true
		case a != "" && p.roles[l.A] == roleInfra:
			p.serve(serving, l.B, l.A)
		case b != "" && p.roles[l.B] == roleInfra:
			p.serve(serving, l.A, l.B)
		}
	}
	for _, seg := range p.g.Segments {
		for _, k := range p.tree.common(serving[seg.ID]) {
			add(joint{p.boxOf[k], without + seg.ID, LineServes}, false)
		}
	}
	for _, n := range p.of(roleEdge) {
		if !reached[n.Key] {
			p.edgeToSegments(n, add)
		}
	}
	for _, o := range p.outside {
		for _, k := range o.Via {
			p.edgeTo(o, k, add)
		}
	}
	slices.SortStableFunc(list, func(a, b joint) int { return rank(a.kind) - rank(b.kind) })
	return list, stale
}

// edgeTo joins a way to a device it comes in by, or to the segments of a device that
// has no box of its own.
func (p *plan) edgeTo(o Outside, key string, add func(joint, bool)) {
	n := p.by[key]
	switch {
	case n == nil:
	case p.boxOf[key] != "":
		add(joint{"outside:" + o.Key, p.boxOf[key], outsideLine(o)}, false)
	case len(n.Segments) == 0:
		add(joint{"outside:" + o.Key, without, outsideLine(o)}, false)
	default:
		for _, id := range n.Segments {
			add(joint{"outside:" + o.Key, without + id, outsideLine(o)}, false)
		}
	}
}

// serve notes that a device of some segments hangs at an infrastructure device.
func (p *plan) serve(serving map[string][]string, device, infra string) {
	if n := p.by[device]; n != nil {
		for _, id := range n.Segments {
			serving[id] = append(serving[id], infra)
		}
	}
}

// edgeToSegments joins a boundary device that hangs at no known infrastructure to the
// segments in which it has an address: that is a fact, too.
func (p *plan) edgeToSegments(n *network.Node, add func(joint, bool)) {
	kind := LineInside
	for _, o := range p.outside {
		if k := outsideLine(o); slices.Contains(o.Via, n.Key) && rank(k) > rank(kind) {
			kind = k
		}
	}
	for _, id := range n.Segments {
		add(joint{n.Key, without + id, kind}, false)
	}
}

func rank(k LineKind) int {
	return strings.Index("serves inside proposed entry", string(k))
}

// outsideLine is the line from a way in to the devices it comes in by.
func outsideLine(o Outside) LineKind {
	switch o.Tone {
	case ToneEntry:
		return LineEntry
	case ToneProposed:
		return LineProposed
	}
	return LineInside
}

// path runs from the right edge of a to the left edge of b in horizontal and vertical
// parts, around what stands between.
func (p *plan) path(a, b Box) []Point {
	ca, cb := p.col[a.Key], p.col[b.Key]
	ya, yb := middle(a), middle(b)
	if ca == cb || a.Right() > b.X { // beside each other in a column, or moved by hand
		x := math.Max(a.Right(), b.Right()) + channel/3
		return tidy([]Point{{a.Right(), ya}, {x, ya}, {x, yb}, {b.Right(), yb}})
	}
	leave, arrive := p.channelAfter(ca, a.Right()), p.channelBefore(cb, b.X)
	if cb-ca <= 1 || leave >= arrive {
		x := p.channelBefore(cb, b.X)
		return tidy([]Point{{a.Right(), ya}, {x, ya}, {x, yb}, {b.X, yb}})
	}
	y := p.free(ca+1, cb-1, ya, yb)
	return tidy([]Point{{a.Right(), ya}, {leave, ya}, {leave, y}, {arrive, y}, {arrive, yb}, {b.X, yb}})
}

// middle is where lines meet a box; an area is met at its title.
func middle(b Box) float64 {
	if b.Kind == BoxArea {
		return b.Y + areaPad + lineH/2
	}
	return b.Y + b.H/2
}

func (p *plan) channelAfter(col int, edge float64) float64 {
	return math.Max(p.columns[col].right, edge) + channel/2
}

func (p *plan) channelBefore(col int, edge float64) float64 {
	return math.Min(p.columns[col].left, edge) - channel/2
}

// span is a range of heights that lines may not use.
type span struct{ from, to float64 }

// blocked are the heights at which something stands in the columns from first to last,
// joined and sorted.
func (p *plan) blocked(first, last int) []span {
	key := [2]int{first, last}
	if known, ok := p.spans[key]; ok {
		return known
	}
	var all, out []span
	for c := first; c <= last; c++ {
		for _, r := range p.columns[c].boxes {
			all = append(all, span{r.Y - lineSpace, r.Bottom() + lineSpace})
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for _, s := range all {
		if n := len(out); n > 0 && s.from < out[n-1].to {
			out[n-1].to = math.Max(out[n-1].to, s.to)
		} else {
			out = append(out, s)
		}
	}
	p.spans[key] = out
	return out
}

// free finds the height nearest to the way from ya to yb at which nothing stands in
// the columns from first to last.
func (p *plan) free(first, last int, ya, yb float64) float64 {
	spans := p.blocked(first, last)
	best, cost := 0.0, math.Inf(1)
	for _, y := range []float64{ya, yb} {
		choices := []float64{y, y}
		i, _ := slices.BinarySearchFunc(spans, y, func(s span, y float64) int { return cmp.Compare(s.to, y) })
		if i < len(spans) && spans[i].from < y {
			choices = []float64{spans[i].from, spans[i].to}
		}
		for _, y := range choices {
			if c := math.Abs(y-ya) + math.Abs(y-yb); c < cost && y > 0 {
				best, cost = y, c
			}
		}
	}
	return best
}

// tidy leaves out points that lie on the way between their neighbours.
func tidy(list []Point) []Point {
	out := list[:1:1]
	for i := 1; i < len(list); i++ {
		if list[i] == out[len(out)-1] {
			continue
		}
		if i+1 < len(list) {
			a, b, c := out[len(out)-1], list[i], list[i+1]
			if a.X == b.X && b.X == c.X || a.Y == b.Y && b.Y == c.Y {
				continue
			}
		}
		out = append(out, list[i])
	}
	return out
}
