package layout

import (
	"math"

	"sonae/internal/survey/network"
)

// pages fills as many figures as the groups need.
func (s *scene) pages(segmentID string, width, height float64, groups [][]attachment) []Figure {
	p := &pages{scene: s, segment: segmentID, width: math.Max(width, boxW+2*margin+2*areaPad), height: math.Max(height, 300)}
	p.perRow = max(1, int((p.width-2*margin-2*areaPad+gapX)/(boxW+gapX)))
	p.plan = network.NewPlan(s.g.Segments)
	p.next()
	for _, group := range groups {
		p.section(group[0].at, group)
	}
	return p.figs
}

// pages fills figures from top to bottom.
type pages struct {
	*scene
	segment       string
	width, height float64
	perRow        int
	plan          *network.Plan
	figs          []Figure
	x, y          float64 // where the next frame stands
	shelf         float64 // height of the frames that stand beside each other at y; 0 = none
}

func (p *pages) fig() *Figure { return &p.figs[len(p.figs)-1] }

func (p *pages) next() {
	p.figs = append(p.figs, Figure{W: p.width, H: p.height})
	p.x, p.y, p.shelf = margin, margin, 0
}

// clear goes on below the frames that stand beside each other.
func (p *pages) clear() {
	if p.shelf > 0 {
		p.y += p.shelf + gapY
		p.x, p.shelf = margin, 0
	}
}

// section draws what hangs at one device: a heading, then boxes in rows. The heading
// is repeated where it goes on. What fills no row stands beside others.
func (p *pages) section(at string, list []attachment) {
	rows := [][]Box{}
	for i := 0; i < len(list); i += p.perRow {
		var row []Box
		for _, a := range list[i:min(i+p.perRow, len(list))] {
			row = append(row, p.device(a))
		}
		rows = append(rows, row)
	}
	if len(rows) == 1 {
		p.beside(at, rows)
		return
	}
	p.clear()
	for len(rows) > 0 {
		head := lineH + gapY
		if p.y > margin && p.y+head+rowHeight(rows[0])+areaPad > p.height-margin {
			p.next()
		}
		used := p.frame(at, rows, p.width-2*margin)
		p.clear()
		rows = rows[used:]
		if len(rows) > 0 {
			p.next()
		}
	}
}

// beside draws the only row of a section in a frame just as wide, beside the one before
// while both fit.
func (p *pages) beside(at string, rows [][]Box) {
	n := float64(len(rows[0]))
	w := n*boxW + (n-1)*gapX + 2*areaPad
	if p.x+w > p.width-margin {
		p.clear()
	}
	if p.y > margin && p.y+frameHead+rowHeight(rows[0])+areaPad > p.height-margin {
		p.next()
	}
	p.frame(at, rows, w)
}

// frameHead is the room of a frame above its first row.
const frameHead = areaPad + lineH + gapY*0.6

// frame draws as many rows as fit below a heading, in a frame of a width, and says how
// many.
func (p *pages) frame(at string, rows [][]Box, width float64) int {
	name := p.o.Words.NoPort
	if n := p.by[at]; n != nil {
		name = p.name(n)
	}
	frame := Box{Key: "at:" + at, Kind: BoxArea, Segment: p.segment, Full: Plain(name), Title: wrap(name, (width-2*areaPad)/letter, 1, boldEM)}
	y := p.y + areaPad + lineH
	var boxes []Box
	used := 0
	for _, row := range rows {
		h := rowHeight(row)
		if used > 0 && y+gapY*0.6+h+areaPad > p.height-margin {
			break
		}
		y += gapY * 0.6
		for i, b := range row {
			b.In = frame.Key
			boxes = append(boxes, moved(p.key(b), p.x+areaPad+float64(i)*(boxW+gapX), y))
		}
		y += h
		used++
	}
	frame.Rect = Rect{p.x, p.y, width, y + areaPad - p.y}
	p.fig().Boxes = append(append(p.fig().Boxes, frame), boxes...)
	p.x += width + gapX
	p.shelf = math.Max(p.shelf, frame.H)
	p.fig().H = math.Max(p.fig().H, p.y+p.shelf+gapY)
	return used
}

// key makes the key of a box on a sheet unique: a device may hang at two ports.
func (p *pages) key(b Box) Box {
	b.Segment = p.segment
	b.Key = b.In + "/" + b.Key
	return b
}

// device is the box of one device on a sheet: name, address, port.
func (p *pages) device(a attachment) Box {
	b := p.box(a.device)
	var sub []string
	if b.Tone == ToneClash || b.Tone == ToneUnknown || b.Tone == ToneVisitor {
		sub = append(sub, b.Sub...)
	}
	if addr := p.address(a.device); addr != "" {
		sub = append(sub, wrap(addr, textEM, 1, 1)...)
	}
	if a.port != "" {
		sub = append(sub, wrap(p.o.Words.Port("", a.port), textEM, 1, 1)...)
		b.Key += "#" + a.port
	}
	if len(sub) == 0 {
		sub = b.Sub
	}
	b.Sub = sub
	return size(b)
}

// address is the device's first address in the segment, else its first at all.
func (p *pages) address(n *network.Node) string {
	if len(n.Addrs) == 0 {
		return ""
	}
	for _, a := range n.Addrs {
		if s, ok := p.plan.At(a); ok && s.ID == p.segment {
			return a
		}
	}
	return n.Addrs[0]
}

func rowHeight(row []Box) float64 {
	h := 0.0
	for _, b := range row {
		h = math.Max(h, b.H)
	}
	return h
}
