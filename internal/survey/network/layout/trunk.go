package layout

import "sonae/internal/survey/network"

// Trunks lay out how switches, routers and access points hang together: each with what
// hangs below it and the port there, every link once, on as many figures as it needs when
// each is at most width by height. None, when no link among them is known.
func Trunks(g network.Graph, width, height float64, o Options) []Figure {
	s := newScene(g, nil, o)
	t := s.newTree()
	by, drawn := map[string][]attachment{}, map[[3]string]bool{}
	for _, l := range g.Links {
		if l.Kind == network.LinkTalk || l.A == l.B || s.roles[l.A] != roleInfra || s.roles[l.B] != roleInfra || s.by[l.A] == nil || s.by[l.B] == nil {
			continue
		}
		up, port, down := l.A, l.APort, l.B
		if t.depth[l.A] > t.depth[l.B] { // the one nearer to the boundary is above
			up, port, down = l.B, l.BPort, l.A
		}
		if key := [3]string{up, port, down}; !drawn[key] {
			drawn[key] = true
			by[up] = append(by[up], attachment{device: s.by[down], at: up, port: port})
		}
	}
	if len(by) == 0 {
		return nil
	}
	return s.pages("", width, height, s.grouped(by))
}

// Counted reports whether an overview counts infrastructure in common boxes, so that its
// links are seen on the figures of Trunks only.
func Counted(f Figure) bool {
	for _, b := range f.Boxes {
		if b.Kind == BoxGroup && b.Tone == ToneEdge {
			return true
		}
	}
	return false
}
