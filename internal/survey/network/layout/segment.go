package layout

import (
	"math"
	"slices"

	"sonae/internal/survey/network"
)

// areaCells is how many boxes stand side by side in a segment.
const areaCells = 2

// areaW is the width of a segment.
const areaW = areaCells*boxW + (areaCells-1)*gapX + 2*areaPad

// without is the key of the area for devices in no segment.
const without = "segment:"

// membersOf sorts the devices into their segments; "" holds those in none. A device
// with addresses in two segments stands in both.
func (s *scene) membersOf() map[string][]*network.Node {
	known := map[string]bool{}
	for _, seg := range s.g.Segments {
		known[seg.ID] = true
	}
	out := map[string][]*network.Node{}
	for _, n := range s.of(roleDevice) {
		placed := false
		for _, id := range slices.Compact(slices.Sorted(slices.Values(n.Segments))) {
			if known[id] {
				out[id] = append(out[id], n)
				placed = true
			}
		}
		if !placed {
			out[""] = append(out[""], n)
		}
	}
	return out
}

// areas makes the frame of each segment with its boxes, places relative to the frame.
func (p *plan) areas() [][]Box {
	members := p.membersOf()
	var out [][]Box
	for _, seg := range p.g.Segments {
		title, sub := p.o.Words.Segment(seg)
		out = append(out, p.area(seg.ID, title, sub, members[seg.ID]))
	}
	if list := members[""]; len(list) > 0 {
		out = append(out, p.area("", p.o.Words.Without, "", list))
	}
	return out
}

// area makes one frame. Its first box is the frame itself.
func (p *plan) area(id, title, sub string, nodes []*network.Node) []Box {
	const em = (areaW - 2*areaPad) / letter
	frame := Box{Key: without + id, Kind: BoxArea, Segment: id, Full: Plain(title), Title: wrap(title, em, titleLines, boldEM), Sub: wrap(sub, em, 1, 1)}
	cells := p.cells("group:"+id, nodes)
	if len(cells) == 0 {
		frame.Sub = append(frame.Sub, wrap(p.o.Words.Empty, em, 1, 1)...)
	}
	y := areaPad + lineH*float64(len(frame.Title)+len(frame.Sub))
	out := []Box{frame}
	for i := 0; i < len(cells); i += areaCells {
		y += gapY * 0.6
		rowH := 0.0
		for j, b := range cells[i:min(i+areaCells, len(cells))] {
			if b.Kind == BoxDevice { // a device in two segments has two boxes
				b.Key = id + "/" + b.Key
			}
			b.In, b.Segment = frame.Key, id
			out = append(out, moved(b, areaPad+float64(j)*(boxW+gapX), y))
			rowH = math.Max(rowH, b.H)
		}
		y += rowH
	}
	out[0].Rect = Rect{0, 0, areaW, y + areaPad}
	return out
}

// segmentColumns is in how many columns segments stand: by their number alone, so that
// a device more moves no segment into another column.
func segmentColumns(n int) int {
	switch {
	case n <= 8:
		return 1
	case n <= 16:
		return 2
	case n <= 36:
		return 3
	}
	return 4
}

// placeSegments draws the segments in columns from x on.
func (p *plan) placeSegments(x float64) {
	areas := p.areas()
	columns := segmentColumns(len(areas))
	each := (len(areas) + columns - 1) / columns
	for c := 0; c*each < len(areas); c++ {
		n := p.newColumn(x, areaW)
		y := margin
		for _, list := range areas[c*each : min((c+1)*each, len(areas))] {
			for _, b := range list {
				p.put(moved(b, b.X+x, b.Y+y), n)
			}
			y += list[0].H + 2*gapY
		}
		x += areaW + channel
	}
}
