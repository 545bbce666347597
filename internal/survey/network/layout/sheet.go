package layout

import (
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
	return s.pages(segmentID, width, height, s.attachments(segmentID))
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
	return s.grouped(by)
}

// grouped orders attachments by the name of what they hang at and by port.
func (s *scene) grouped(by map[string][]attachment) [][]attachment {
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
