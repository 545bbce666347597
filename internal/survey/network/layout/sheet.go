package layout

import (
	"math"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// attachment is where a device hangs.
type attachment struct {
	device *network.Node
	at     string // Node.Key of what it hangs at; empty = not known
	port   string
}

// Sheets lay out every device of one segment at its switch and port, on as many
// figures as it needs when each is at most width by height. segmentID "" means the
// devices in no segment. There is always at least one figure.
func Sheets(g network.Graph, segmentID string, width, height float64, o Options) []Figure {
	s := newScene(g, nil, o)
	p := &pages{scene: s, segment: segmentID, width: math.Max(width, boxW+2*margin+2*areaPad), height: math.Max(height, 300)}
	p.perRow = max(1, int((p.width-2*margin-2*areaPad+gapX)/(boxW+gapX)))
	p.plan = network.NewPlan(g.Segments)
	p.next()
	for _, group := range s.attachments(segmentID) {
		p.section(group[0].at, group)
	}
	return p.figs
}

// attachments are the devices of a segment by what they hang at, ports in natural
// order; those whose place is not known come last.
func (s *scene) attachments(segmentID string) [][]attachment {
	places := s.places()
	by := map[string][]attachment{}
	for i := range s.g.Nodes {
		n := &s.g.Nodes[i]
		if !s.in(n, segmentID) {
			continue
		}
		list := places[n.Key]
		if len(list) == 0 {
			list = []attachment{{}}
		}
		// Two places are a contradiction or two cables: both are shown.
		for _, a := range list {
			a.device = n
			by[a.at] = append(by[a.at], a)
		}
	}
	var out [][]attachment
	for _, list := range by {
		slices.SortFunc(list, func(a, b attachment) int {
			if d := Natural(a.port, b.port); d != 0 {
				return d
			}
			return strings.Compare(a.device.Key, b.device.Key)
		})
		out = append(out, list)
	}
	slices.SortFunc(out, func(a, b []attachment) int {
		ka, kb := a[0].at, b[0].at
		if (ka == "") != (kb == "") {
			if ka == "" {
				return 1
			}
			return -1
		}
		if ka == kb {
			return 0
		}
		if d := Natural(s.name(s.by[ka]), s.name(s.by[kb])); d != 0 {
			return d
		}
		return strings.Compare(ka, kb)
	})
	return out
}

// in reports whether a node belongs on the sheet of a segment: everything with an
// address in it, the infrastructure too; on the sheet of none, devices only.
func (s *scene) in(n *network.Node, segmentID string) bool {
	if segmentID != "" {
		return slices.Contains(n.Segments, segmentID)
	}
	for _, seg := range s.g.Segments {
		if slices.Contains(n.Segments, seg.ID) {
			return false
		}
	}
	return s.roles[n.Key] == roleDevice
}

// places are where devices hang: at infrastructure, by cable or radio.
func (s *scene) places() map[string][]attachment {
	out := map[string][]attachment{}
	for _, l := range s.g.Links {
		if l.Kind != network.LinkEdge && l.Kind != network.LinkBehind && l.Kind != network.LinkWireless || s.by[l.A] == nil || s.by[l.B] == nil {
			continue
		}
		switch {
		case s.roles[l.A] == roleInfra && s.roles[l.B] != roleInfra:
			out[l.B] = append(out[l.B], attachment{at: l.A, port: l.APort})
		case s.roles[l.B] == roleInfra && s.roles[l.A] != roleInfra:
			out[l.A] = append(out[l.A], attachment{at: l.B, port: l.BPort})
		}
	}
	return out
}

// pages fills figures from top to bottom.
type pages struct {
	*scene
	segment       string
	width, height float64
	perRow        int
	plan          *network.Plan
	figs          []Figure
	y             float64
}

func (p *pages) fig() *Figure { return &p.figs[len(p.figs)-1] }

func (p *pages) next() {
	p.figs = append(p.figs, Figure{W: p.width, H: p.height})
	p.y = margin
}

// section draws what hangs at one device: a heading, then boxes in rows. The heading
// is repeated where it goes on.
func (p *pages) section(at string, list []attachment) {
	rows := [][]Box{}
	for i := 0; i < len(list); i += p.perRow {
		var row []Box
		for _, a := range list[i:min(i+p.perRow, len(list))] {
			row = append(row, p.device(a))
		}
		rows = append(rows, row)
	}
	for len(rows) > 0 {
		head := lineH + gapY
		if p.y > margin && p.y+head+rowHeight(rows[0])+areaPad > p.height-margin {
			p.next()
		}
		used := p.frame(at, rows)
		rows = rows[used:]
		if len(rows) > 0 {
			p.next()
		}
	}
}

// frame draws as many rows as fit below a heading and says how many.
func (p *pages) frame(at string, rows [][]Box) int {
	w := p.o.Words
	name := w.NoPort
	if n := p.by[at]; n != nil {
		name = p.name(n)
	}
	inner := p.width - 2*margin
	frame := Box{Key: "at:" + at, Kind: BoxArea, Segment: p.segment, Full: Plain(name), Title: wrap(name, (inner-2*areaPad)/letter, 1, boldEM)}
	top := p.y
	y := top + areaPad + lineH
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
			boxes = append(boxes, moved(p.key(b), margin+areaPad+float64(i)*(boxW+gapX), y))
		}
		y += h
		used++
	}
	frame.Rect = Rect{margin, top, inner, y + areaPad - top}
	p.fig().Boxes = append(append(p.fig().Boxes, frame), boxes...)
	p.y = y + areaPad + gapY
	p.fig().H = math.Max(p.fig().H, p.y)
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

// Natural compares texts so that numbers in them count as numbers: 1/2 before 1/10.
func Natural(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			if d := strings.Compare(x, y); d != 0 {
				return d
			}
			if na != nb {
				return na - nb
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
