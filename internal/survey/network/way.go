package network

import (
	"cmp"
	"slices"
)

// Step is one device on the way from one to another.
type Step struct {
	Node string // Node.Key
	Link Link   // by which it is reached; the zero Link at the start
}

// Way is the shortest way over links from one device to another, both ends included;
// nil when none is known. Cables and radio come before mere data talks: a talk is only
// used where nothing else leads on. Of ways of equal length the one with the smaller
// keys is taken.
func Way(g Graph, from, to string) []Step {
	if way := walk(g, from, to, func(l Link) bool { return l.Kind != LinkTalk }); way != nil {
		return way
	}
	return walk(g, from, to, func(Link) bool { return true })
}

func walk(g Graph, from, to string, use func(Link) bool) []Step {
	known := nodesByKey(g)
	if known[from] == nil || known[to] == nil {
		return nil
	}
	near := map[string][]Step{}
	for _, l := range g.Links {
		if use(l) && known[l.A] != nil && known[l.B] != nil {
			near[l.A] = append(near[l.A], Step{l.B, l})
			near[l.B] = append(near[l.B], Step{l.A, l})
		}
	}
	came := map[string]Step{from: {}}
	for queue := []string{from}; len(queue) > 0 && queue[0] != to; queue = queue[1:] {
		at := queue[0]
		next := near[at]
		slices.SortStableFunc(next, func(a, b Step) int { return cmp.Compare(a.Node, b.Node) })
		for _, s := range next {
			if _, been := came[s.Node]; !been {
				came[s.Node] = Step{at, s.Link}
				queue = append(queue, s.Node)
			}
		}
	}
	if _, reached := came[to]; !reached {
		return nil
	}
	var way []Step
	for at := to; ; at = came[at].Node {
		way = append(way, Step{at, came[at].Link})
		if at == from {
			break
		}
	}
	slices.Reverse(way)
	return way
}
