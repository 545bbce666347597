package layout

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// FullPrefix stands before the keys in Options.Pins that belong to the full map, so
// that the overview and the full map each keep their own places.
const FullPrefix = "full/"

// Sizes of the full map.
const (
	fullH     = 2*padY + 2*lineH // of every device: a name and a line below it
	fullGap   = 8.0
	fullLayer = 52.0 // between the rows of the boundary and the infrastructure
	fullLeast = 5.0  // boxes side by side at least, so that a small network fills a window
	// fullShape is how many times as wide as high the map shall be: the
	// part of a 1366×768 window that is left for the map.
	fullShape = 1.7
)

// Full lays out every device on its own, for a map that people move about in: the
// outside along the upper edge, below it the boundary, the infrastructure level by
// level, then each segment with its devices by kind and name. Lines have no Points: they
// run straight from box to box. Places in Options.Pins carry FullPrefix; that of an area
// is where it would stand if nothing in it had been moved.
func Full(g network.Graph, outside []Outside, o Options) Figure {
	p := &full{plan: &plan{scene: newScene(g, outside, o), col: map[string]int{}, spans: map[[2]int][]span{}}}
	p.tree = p.newTree()
	areas := p.segmentAreas()
	p.width = p.packedWidth(areas)
	y := p.edges(margin)
	y = p.infrastructure(y)
	p.shelves(areas, y)
	p.pinFull()
	p.lines()
	p.fig.W, p.fig.H = extent(p.fig)
	return p.fig
}

// full is a full map as it grows.
type full struct {
	*plan
	width float64
}

// small makes the box of a device with one line for its name and one below.
func (p *full) small(n *network.Node) Box {
	b := p.labelled(n, 1, 1)
	b.W, b.H = boxW, fullH
	return b
}

// segmentAreas makes the frame of each segment with its devices, places relative to it.
func (p *full) segmentAreas() [][]Box {
	members := p.membersOf()
	var out [][]Box
	for _, seg := range p.g.Segments {
		title, sub := p.o.Words.Segment(seg)
		out = append(out, p.fullArea(seg.ID, title, sub, members[seg.ID]))
	}
	if list := members[""]; len(list) > 0 {
		out = append(out, p.fullArea("", p.o.Words.Without, "", list))
	}
	return out
}

// fullArea makes one frame. Its first box is the frame itself. Each kind begins a row of
// its own, so that a device more moves only those of its kind that come after it.
func (p *full) fullArea(id, title, sub string, nodes []*network.Node) []Box {
	columns := fullColumns(len(nodes))
	w := float64(columns)*(boxW+fullGap) - fullGap + 2*areaPad
	frame := Box{Key: without + id, Kind: BoxArea, Segment: id, Full: Plain(title), Title: wrap(title, (w-2*areaPad)/letter, 1, boldEM), Sub: wrap(sub, (w-2*areaPad)/letter, 1, 1)}
	if len(nodes) == 0 {
		frame.Sub = append(frame.Sub, wrap(p.o.Words.Empty, (w-2*areaPad)/letter, 1, 1)...)
	}
	slices.SortStableFunc(nodes, func(a, b *network.Node) int {
		return cmp.Or(byKind(a.Kind, b.Kind), Natural(p.name(a), p.name(b)), strings.Compare(a.Key, b.Key))
	})
	out := []Box{frame}
	top := areaPad + lineH*float64(len(frame.Title)+len(frame.Sub)) + fullGap
	row, column, kind := -1, columns, ""
	for i, n := range nodes {
		if column == columns || i > 0 && n.Kind != kind {
			row, column = row+1, 0
		}
		b := p.small(n)
		b.Key, b.In, b.Segment = id+"/"+n.Key, frame.Key, id
		out = append(out, moved(b, areaPad+float64(column)*(boxW+fullGap), top+float64(row)*(fullH+fullGap)))
		column, kind = column+1, n.Kind
	}
	out[0].Rect = Rect{0, 0, w, top + float64(row+1)*(fullH+fullGap) - fullGap + areaPad}
	return out
}

// fullColumns is how many devices stand side by side in a segment: in few steps, so that
// a device more seldom changes it.
func fullColumns(n int) int {
	for _, step := range []int{2, 3, 4, 6, 8, 12, 16, 24} {
		if n <= step*step*5/3 {
			return step
		}
	}
	return 32
}

// packedWidth is how wide the map is to become, so that all of it is fullShape times as
// wide as high: the frames, and above them a row for the outside, one for the boundary and
// one for each level of the infrastructure.
func (p *full) packedWidth(areas [][]Box) float64 {
	deepest := 0
	for _, d := range p.tree.depth {
		deepest = max(deepest, d+1)
	}
	above := float64(deepest+3) * (fullH + fullLayer)
	room, widest := 0.0, 0.0
	for _, a := range areas {
		room += (a[0].W + 2*gapY) * (a[0].H + 2*gapY)
		widest = math.Max(widest, a[0].W)
	}
	want := math.Max(widest, fullShape*(above+math.Sqrt(above*above+4*room/fullShape))/2)
	width := 0.0
	for boxes := fullLeast; width < want; boxes *= math.Sqrt2 { // in steps, so that a device more seldom moves anything
		width = math.Floor(boxes)*(boxW+fullGap) - fullGap + 2*areaPad
	}
	return width
}

// shelves puts the frames in rows below each other, each row in the middle.
func (p *full) shelves(areas [][]Box, y float64) {
	for i := 0; i < len(areas); {
		w, high, end := areas[i][0].W, areas[i][0].H, i+1
		for ; end < len(areas) && w+2*gapY+areas[end][0].W <= p.width; end++ {
			w, high = w+2*gapY+areas[end][0].W, math.Max(high, areas[end][0].H)
		}
		x := margin + (p.width-w)/2
		for _, list := range areas[i:end] {
			for _, b := range list {
				p.put(moved(b, b.X+x, b.Y+y), 0)
			}
			x += list[0].W + 2*gapY
		}
		i, y = end, y+high+2*gapY
	}
}

// row puts boxes side by side, in as many rows as they need, each in the middle, and
// gives the y that follows.
func (p *full) row(list []Box, y, width, left, gap float64) float64 {
	each := max(int((width+gap)/(boxW+gap)), 1)
	for i := 0; i < len(list); i += each {
		part := list[i:min(i+each, len(list))]
		x := left + (width-float64(len(part))*(boxW+gap)+gap)/2
		for _, b := range part {
			p.put(moved(b, x, y), 0)
			x += boxW + gap
		}
		y += rowHeight(part) + gap
	}
	return y - gap
}

// edges draws the outside along the upper edge and the boundary below it.
func (p *full) edges(y float64) float64 {
	var ways, edge []Box
	done := map[string]bool{}
	device := func(n *network.Node) {
		if !done[n.Key] {
			done[n.Key], p.boxOf[n.Key] = true, n.Key
			edge = append(edge, p.small(n))
		}
	}
	for _, o := range p.byDevice() {
		ways = append(ways, p.outsideBox(o))
		for _, k := range o.Via {
			if n := p.by[k]; n != nil && p.roles[k] == roleEdge {
				device(n)
			}
		}
	}
	for _, n := range p.of(roleEdge) {
		device(n)
	}
	for _, n := range p.of(roleCloud) {
		b := p.small(n)
		b.In = "area:outside"
		ways = append(ways, b)
	}
	if len(ways) > 0 {
		title := wrap(p.o.Words.Outside, textEM, 1, boldEM)
		area := len(p.fig.Boxes)
		p.put(Box{Key: "area:outside", Kind: BoxArea, Title: title, Full: p.o.Words.Outside}, 0)
		bottom := p.row(ways, y+areaPad+lineH+fullGap, p.width-2*areaPad, margin+areaPad, fullGap)
		p.fig.Boxes[area].Rect = Rect{margin, y, p.width, bottom + areaPad - y}
		y = bottom + areaPad + fullLayer
	}
	if len(edge) > 0 {
		y = p.row(edge, y, p.width, margin, 2*fullGap) + fullLayer
	}
	return y
}

// byDevice are the ways in, those by one device beside each other, those by none last.
func (p *full) byDevice() []Outside {
	at := map[string]int{}
	place := func(o Outside) int {
		for _, k := range o.Via {
			if p.roles[k] == roleEdge {
				if _, ok := at[k]; !ok {
					at[k] = len(at)
				}
				return at[k]
			}
		}
		return len(p.outside)
	}
	out := slices.Clone(p.outside)
	for _, o := range out {
		place(o)
	}
	slices.SortStableFunc(out, func(a, b Outside) int { return cmp.Compare(place(a), place(b)) })
	return out
}

// infrastructure draws the devices that forward, a row or more for each level.
func (p *full) infrastructure(y float64) float64 {
	for level := slices.Clone(p.tree.roots); len(level) > 0; {
		var boxes []Box
		var below []string
		for _, k := range level {
			p.boxOf[k] = k
			boxes = append(boxes, p.small(p.by[k]))
			children := slices.Clone(p.tree.children[k])
			slices.SortStableFunc(children, func(a, b string) int { return cmp.Or(Natural(p.name(p.by[a]), p.name(p.by[b])), strings.Compare(a, b)) })
			below = append(below, children...)
		}
		y = p.row(boxes, y, p.width, margin, fullGap) + fullLayer
		level = below
	}
	return y
}

// pinFull moves what a person moved: an area with what is in it, then single boxes.
// Frames reach around what is in them.
func (p *full) pinFull() {
	shift, loose := map[string]Point{}, map[string]bool{}
	for i := range p.fig.Boxes {
		b := &p.fig.Boxes[i]
		to, pinned := p.o.Pins[FullPrefix+b.Key]
		d := shift[b.In]
		switch {
		case pinned && b.Kind == BoxArea:
			shift[b.Key] = Point{to.X - b.X, to.Y - b.Y}
			b.X, b.Y = to.X, to.Y
		case pinned:
			b.X, b.Y, loose[b.In] = to.X, to.Y, true
		default:
			b.X, b.Y = b.X+d.X, b.Y+d.Y
		}
	}
	p.embrace(loose)
}

// embrace draws the frames in which something was moved around what is in them.
func (p *full) embrace(loose map[string]bool) {
	inner := map[string]Rect{}
	for _, b := range p.fig.Boxes {
		if r, ok := inner[b.In]; ok {
			x, y := math.Min(r.X, b.X), math.Min(r.Y, b.Y)
			inner[b.In] = Rect{x, y, math.Max(r.Right(), b.Right()) - x, math.Max(r.Bottom(), b.Bottom()) - y}
		} else if b.In != "" {
			inner[b.In] = b.Rect
		}
	}
	for i := range p.fig.Boxes {
		b := &p.fig.Boxes[i]
		if r, ok := inner[b.Key]; ok && b.Kind == BoxArea && loose[b.Key] {
			head := areaPad + lineH*float64(len(b.Title)+len(b.Sub)) + fullGap
			b.Rect = Rect{r.X - areaPad, r.Y - head, r.W + 2*areaPad, r.H + head + areaPad}
		}
	}
}

// lines joins the boxes as the overview does, and ways in to the very devices they come
// in by.
func (p *full) lines() {
	boxes := map[string]bool{}
	for _, b := range p.fig.Boxes {
		boxes[b.Key] = true
		if b.Kind == BoxDevice && b.In != "" && p.boxOf[b.Members[0]] == "" && p.entered(b.Members[0]) {
			p.boxOf[b.Members[0]] = b.Key
		}
	}
	joints, stale := p.joints()
	for _, j := range joints {
		if boxes[j.from] && boxes[j.to] && j.from != j.to {
			p.fig.Lines = append(p.fig.Lines, Line{From: j.from, To: j.to, Kind: j.kind, Stale: stale[j]})
		}
	}
}

// fewDevices is up to how many devices a way in is joined to each of them; of more, to
// their segments.
const fewDevices = 3

// entered reports whether a way in comes in by a device.
func (p *full) entered(key string) bool {
	return slices.ContainsFunc(p.outside, func(o Outside) bool { return len(o.Via) <= fewDevices && slices.Contains(o.Via, key) })
}
