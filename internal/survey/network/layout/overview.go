package layout

import (
	"math"

	"sonae/internal/survey/network"
)

// column is a range of x in which boxes stand; lines run in the channels between.
type column struct {
	left, right float64
	boxes       []Rect // obstacles of lines
}

// plan is an overview as it grows.
type plan struct {
	*scene
	fig     Figure
	columns []column
	col     map[string]int // Box.Key → its column
	tree    *tree
	spans   map[[2]int][]span // see blocked
}

// Overview lays out a whole graph.
func Overview(g network.Graph, outside []Outside, o Options) Figure {
	p := &plan{scene: newScene(g, outside, o), col: map[string]int{}, spans: map[[2]int][]span{}}
	p.tree = p.newTree()
	x := p.placeOutside(margin)
	x = p.placeTree(x)
	p.placeSegments(x)
	p.pin()
	p.obstacles()
	p.route()
	p.fig.W, p.fig.H = extent(p.fig)
	return p.fig
}

// put adds a box to the figure.
func (p *plan) put(b Box, column int) {
	p.fig.Boxes = append(p.fig.Boxes, b)
	p.col[b.Key] = column
}

// newColumn opens a column at x.
func (p *plan) newColumn(x, width float64) int {
	p.columns = append(p.columns, column{left: x, right: x + width})
	return len(p.columns) - 1
}

// placeOutside draws the outside and the devices at the boundary, each beside the ways
// that come in by it, and gives the x that follows.
func (p *plan) placeOutside(x float64) float64 {
	edge := p.of(roleEdge)
	cloud := p.cells("group:cloud", p.of(roleCloud))
	if len(p.outside)+len(edge)+len(cloud) == 0 {
		return x
	}
	outCol, top := -1, margin+areaPad+lineH+6
	edgeX := x
	if len(p.outside)+len(cloud) > 0 {
		outCol = p.newColumn(x, boxW+2*areaPad)
		edgeX = x + boxW + 2*areaPad + channel
	}
	edgeCol := -1
	if len(edge) > 0 {
		edgeCol = p.newColumn(edgeX, boxW)
	}
	area := len(p.fig.Boxes)
	if outCol >= 0 {
		p.put(Box{Key: "area:outside", Kind: BoxArea, Title: wrap(p.o.Words.Outside, textEM, 1, boldEM), Full: p.o.Words.Outside, Rect: Rect{x, margin, boxW + 2*areaPad, 0}}, outCol)
	}
	y := p.rows(x+areaPad, edgeX, top, outCol, edgeCol, edge)
	for _, b := range cloud {
		b.In = "area:outside"
		p.put(moved(b, x+areaPad, y), outCol)
		y += b.H + gapY
	}
	if outCol < 0 {
		return edgeX + boxW + channel
	}
	bottom := top
	for _, b := range p.fig.Boxes[area+1:] {
		if b.In == "area:outside" {
			bottom = math.Max(bottom, b.Bottom())
		}
	}
	p.fig.Boxes[area].H = bottom + areaPad - margin
	if edgeCol >= 0 {
		return edgeX + boxW + channel
	}
	return edgeX
}

// rows stacks ways in and boundary devices in common rows.
func (p *plan) rows(outX, edgeX, y float64, outCol, edgeCol int, edge []*network.Node) float64 {
	done := map[string]bool{}
	first := func(o Outside) string {
		for _, k := range o.Via {
			if p.by[k] != nil && p.roles[k] == roleEdge {
				return k
			}
		}
		return ""
	}
	draw := func(o Outside) float64 {
		done[o.Key] = true
		b := p.outsideBox(o)
		p.put(moved(b, outX, y), outCol)
		return b.H
	}
	device := func(n *network.Node, top float64) float64 {
		done[n.Key] = true
		b := p.box(n)
		p.boxOf[n.Key] = b.Key
		p.put(moved(b, edgeX, top), edgeCol)
		return b.H
	}
	for _, o := range p.outside {
		via := first(o)
		if done[o.Key] || via == "" {
			continue
		}
		top := y
		for _, same := range p.outside {
			if !done[same.Key] && first(same) == via {
				y += draw(same) + gapY
			}
		}
		if !done[via] {
			y = math.Max(y, top+device(p.by[via], top)+gapY)
		}
	}
	start := y
	for _, o := range p.outside {
		if !done[o.Key] {
			y += draw(o) + gapY
		}
	}
	down := start
	for _, n := range edge {
		if !done[n.Key] {
			down += device(n, down) + gapY
		}
	}
	return y
}

// outsideBox makes the box of a way in.
func (p *plan) outsideBox(o Outside) Box {
	icon := o.Icon
	if icon == "" {
		icon = "building"
	}
	return size(Box{Key: "outside:" + o.Key, Kind: BoxOutside, Tone: o.Tone, Icon: icon, In: "area:outside", Full: Plain(o.Label),
		Title: wrap(o.Label, textEM, titleLines, boldEM), Sub: wrap(o.Party, textEM, subLines, 1)})
}

// pin moves what a person moved, and with an area what is in it.
func (p *plan) pin() {
	if len(p.o.Pins) == 0 {
		return
	}
	shift := map[string]Point{}
	for i := range p.fig.Boxes {
		b := &p.fig.Boxes[i]
		if to, ok := p.o.Pins[b.Key]; ok && b.In == "" {
			to.X, to.Y = math.Max(to.X, margin), math.Max(to.Y, margin)
			shift[b.Key] = Point{to.X - b.X, to.Y - b.Y}
			b.X, b.Y = to.X, to.Y
		} else if d, ok := shift[b.In]; ok && b.In != "" {
			b.X, b.Y = b.X+d.X, b.Y+d.Y
		}
	}
}

// obstacles tells each column what stands in it: frames as a whole. What was moved by
// hand may reach into other columns.
func (p *plan) obstacles() {
	for _, b := range p.fig.Boxes {
		if b.In != "" {
			continue
		}
		for i := range p.columns {
			c := &p.columns[i]
			if b.X < c.right && c.left < b.Right() {
				c.boxes = append(c.boxes, b.Rect)
			}
		}
	}
}

// extent is the room that a figure needs.
func extent(f Figure) (w, h float64) {
	for _, b := range f.Boxes {
		w, h = math.Max(w, b.Right()), math.Max(h, b.Bottom())
	}
	for _, l := range f.Lines {
		for _, q := range l.Points {
			w, h = math.Max(w, q.X), math.Max(h, q.Y)
		}
	}
	return w + margin, h + margin
}
