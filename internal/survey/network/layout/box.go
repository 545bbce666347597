package layout

import (
	"maps"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// Sizes of boxes and of what is between them.
const (
	letter     = 12.0  // size of letters of a label
	lineH      = 16.0  // distance of its lines
	boxW       = 152.0 // of every device, so that columns stand straight
	padX       = 8.0   // inside of a box
	padY       = 6.0   //
	iconRoom   = 28.0  // from the left edge to the text
	gapY       = 10.0  // between boxes
	gapX       = 12.0  //
	channel    = 36.0  // between columns, where lines run
	margin     = 16.0  // around the figure
	areaPad    = 12.0  // inside of an area
	titleLines = 2     // lines of a name at most
	subLines   = 2     // lines below it at most
	textEM     = (boxW - iconRoom - padX) / letter
	lineSpace  = 4.0 // least distance of a line from a box that it passes
)

// box makes a device's box without a place. Breaking its label takes most of the time of
// a layout, so it is done once.
func (s *scene) box(n *network.Node) Box {
	b, known := s.boxes[n.Key]
	if !known {
		b = size(s.labelled(n, titleLines, subLines))
		s.boxes[n.Key] = b
	}
	return b
}

// labelled makes a device's box without place and size.
func (s *scene) labelled(n *network.Node, title, sub int) Box {
	w := s.o.Words
	name := s.name(n)
	b := Box{Key: n.Key, Kind: BoxDevice, Tone: s.tone(n), Icon: w.Icon(n.Kind), Full: Plain(name), Members: []string{n.Key}, Asset: n.AssetID}
	if n.State == network.StateUnlisted {
		b.Icon = "device-unknown"
	}
	b.Title = wrap(name, textEM, title, boldEM)
	b.Sub = wrap(s.second(n), textEM, sub, 1)
	return b
}

// second is the line under a name: what needs a look, else what it is.
func (s *scene) second(n *network.Node) string {
	w := s.o.Words
	switch {
	case s.clash[n.Key]:
		return w.Clash
	case n.State != network.StateListed:
		return w.State(n.State)
	case n.Model != "":
		return n.Model
	}
	return w.Kind(n.Kind)
}

// group makes the box of several nodes of a kind; one node stays itself.
func (s *scene) group(key, kind string, nodes []*network.Node) Box {
	if len(nodes) == 1 {
		return s.box(nodes[0])
	}
	w := s.o.Words
	b := Box{Key: key, Kind: BoxGroup, Icon: w.Icon(kind), Full: w.Kind(kind) + " " + w.Count(len(nodes))}
	if r := s.roles[nodes[0].Key]; r == roleInfra || r == roleEdge {
		b.Tone = ToneEdge
	}
	for _, n := range nodes {
		b.Members = append(b.Members, n.Key)
	}
	slices.Sort(b.Members)
	b.Title, b.Sub = wrap(w.Kind(kind), textEM, titleLines, boldEM), wrap(w.Count(len(nodes)), textEM, 1, 1)
	return size(b)
}

// size gives a box the room of its label.
func size(b Box) Box {
	b.W, b.H = boxW, 2*padY+lineH*float64(max(len(b.Title)+len(b.Sub), 2))
	return b
}

// aloneMax is up to how many devices that are not in the ledger stand alone in one area:
// more of them say "look at the list", which a box with their number says on one page.
const aloneMax = 12

// cells splits nodes into boxes: first the kinds, each in one box, then those that
// stand alone. prefix makes the keys of the groups.
func (s *scene) cells(prefix string, nodes []*network.Node) []Box {
	kinds, unlisted := map[string][]*network.Node{}, map[string][]*network.Node{}
	var alone []*network.Node
	for _, n := range nodes {
		switch {
		case !s.alone[n.Key]:
			kinds[n.Kind] = append(kinds[n.Kind], n)
		case n.State == network.StateUnlisted && !s.clash[n.Key]:
			unlisted[n.Kind] = append(unlisted[n.Kind], n)
		default:
			alone = append(alone, n)
		}
	}
	var out []Box
	for _, kind := range slices.SortedFunc(maps.Keys(kinds), byKind) {
		out = append(out, s.group(prefix+":"+kind, kind, kinds[kind]))
	}
	for _, kind := range slices.SortedFunc(maps.Keys(unlisted), byKind) {
		if list := unlisted[kind]; len(list) > aloneMax {
			out = append(out, s.crowd(prefix+":unlisted:"+kind, kind, list))
		} else {
			alone = append(alone, list...)
		}
	}
	slices.SortFunc(alone, func(a, b *network.Node) int { return strings.Compare(a.Key, b.Key) })
	for _, n := range alone {
		out = append(out, s.box(n))
	}
	return out
}

// crowd makes the box of many devices that are not in the ledger.
func (s *scene) crowd(key, kind string, nodes []*network.Node) Box {
	b := s.group(key, kind, nodes)
	state := s.o.Words.State(network.StateUnlisted)
	b.Tone, b.Full = ToneUnknown, b.Full+" "+state
	b.Sub = append(b.Sub, wrap(state, textEM, 1, 1)...)
	return size(b)
}

// at moves a box.
func moved(b Box, x, y float64) Box {
	b.X, b.Y = x, y
	return b
}
