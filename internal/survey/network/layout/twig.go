package layout

import (
	"math"
	"slices"

	"sonae/internal/survey/network"
)

// leavesApart is how many leaves of the tree under one device are drawn one by one;
// more are counted in one box.
const leavesApart = 4

// treeRows is how many boxes the tree of the overview may stand high, so that it can be
// read on one sheet of A3 (24 rows are 1,300 units: letters of some 6 points). A higher
// tree counts its lower levels; Trunks shows every device of them.
const treeRows = 24

// twig is a box of the tree with the boxes below it.
type twig struct {
	box   Box
	below []*twig
}

// rows is how many boxes twigs stand high.
func rows(list []*twig) int {
	n := 0
	for _, w := range list {
		n += max(1, rows(w.below))
	}
	return n
}

// tidyTwigs makes the boxes of the whole tree: level by level from below, infrastructure
// is counted until what is left can be read.
func (s *scene) tidyTwigs(t *tree) []*twig {
	fold := 1
	for _, d := range t.depth {
		fold = max(fold, d+1)
	}
	out := s.twigs(t, "", t.roots, fold)
	for fold > 1 && rows(out) > treeRows {
		fold--
		out = s.twigs(t, "", t.roots, fold)
	}
	return out
}

// twigs turns siblings into boxes: those with something below them or that stand alone
// one by one, leaves one by one while they are few, else counted by kind. From the depth
// fold on everything is counted but what stands alone.
func (s *scene) twigs(t *tree, under string, siblings []string, fold int) []*twig {
	var single []string
	var leaves []*network.Node
	var out []*twig
	if len(siblings) > 0 && t.depth[siblings[0]] >= fold {
		out = s.folded(t, under, siblings)
		siblings = nil
	}
	for _, k := range siblings {
		if len(t.children[k]) == 0 && !s.alone[k] {
			leaves = append(leaves, s.by[k])
		} else {
			single = append(single, k)
		}
	}
	if len(leaves) <= leavesApart {
		for _, n := range leaves {
			single = append(single, n.Key)
		}
		leaves = nil
	}
	for _, k := range single {
		out = append(out, &twig{box: s.box(s.by[k]), below: s.twigs(t, k, t.children[k], fold)})
	}
	for _, b := range s.cells("group:infra:"+under, leaves) {
		out = append(out, &twig{box: b})
	}
	for _, w := range out {
		for _, m := range w.box.Members {
			s.boxOf[m] = w.box.Key
		}
	}
	return out
}

// folded counts siblings with all that hangs below them. What stands alone hangs at the
// box that counts what it hangs at.
func (s *scene) folded(t *tree, under string, siblings []string) []*twig {
	var plain, alone []*network.Node
	queue := slices.Clone(siblings)
	for i := 0; i < len(queue); i++ {
		k := queue[i]
		if s.alone[k] {
			alone = append(alone, s.by[k])
		} else {
			plain = append(plain, s.by[k])
		}
		queue = append(queue, t.children[k]...)
	}
	var out []*twig
	at := map[string]*twig{}
	hang := func(w *twig, parent string) {
		for _, m := range w.box.Members {
			at[m], s.boxOf[m] = w, w.box.Key
		}
		if up := at[parent]; up != nil {
			up.below = append(up.below, w)
		} else {
			out = append(out, w)
		}
	}
	for _, b := range s.cells("group:infra:"+under, plain) {
		hang(&twig{box: b}, under)
	}
	boxes := map[string]Box{} // by its first member; a crowd has many
	for _, b := range s.cells("group:infra:"+under, alone) {
		boxes[b.Members[0]] = b
	}
	for _, n := range alone { // parents come before what hangs at them
		if b, ok := boxes[n.Key]; ok {
			hang(&twig{box: b}, t.parent[n.Key])
		}
	}
	return out
}

// placeTree draws the infrastructure, a column for each level, and gives the x that
// follows.
func (p *plan) placeTree(x float64) float64 {
	top := p.tidyTwigs(p.tree)
	if len(top) == 0 {
		return x
	}
	rowH := 0.0
	var walk func(list []*twig, f func(*twig, int), depth int)
	walk = func(list []*twig, f func(*twig, int), depth int) {
		for _, w := range list {
			f(w, depth)
			walk(w.below, f, depth+1)
		}
	}
	deepest := 0
	walk(top, func(w *twig, d int) { rowH, deepest = math.Max(rowH, w.box.H), max(deepest, d) }, 0)
	first := len(p.columns)
	for d := range deepest + 1 {
		p.newColumn(x+float64(d)*(boxW+channel), boxW)
	}
	rowH += gapY
	y := margin + areaPad + lineH + 6
	var place func(w *twig, depth int) float64
	place = func(w *twig, depth int) float64 {
		mid := y
		if len(w.below) == 0 {
			y += rowH
		} else {
			up := place(w.below[0], depth+1)
			down := up
			for _, b := range w.below[1:] {
				down = place(b, depth+1)
			}
			mid = (up + down) / 2
		}
		p.put(moved(w.box, x+float64(depth)*(boxW+channel), mid), first+depth)
		return mid
	}
	for _, w := range top {
		place(w, 0)
	}
	return x + float64(deepest+1)*(boxW+channel)
}
