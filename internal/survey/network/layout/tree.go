package layout

import (
	"slices"

	"sonae/internal/survey/network"
)

// tree is the infrastructure hung up at its roots.
type tree struct {
	near     map[string][]string // neighbours by trunk, sorted
	parent   map[string]string   // "" = root
	children map[string][]string
	roots    []string
	depth    map[string]int
}

// newTree hangs the infrastructure up by its trunk links: in each connected part the
// device next to the boundary is the root, else the one with most trunks.
func (s *scene) newTree() *tree {
	t := &tree{near: map[string][]string{}, parent: map[string]string{}, children: map[string][]string{}, depth: map[string]int{}}
	edge := map[string]bool{}
	for _, l := range s.g.Links {
		a, b := s.roles[l.A], s.roles[l.B]
		switch {
		case l.Kind == network.LinkTalk || l.A == l.B:
		case a == roleInfra && b == roleInfra:
			t.near[l.A], t.near[l.B] = append(t.near[l.A], l.B), append(t.near[l.B], l.A)
		case a == roleEdge && b == roleInfra:
			edge[l.B] = true
		case a == roleInfra && b == roleEdge:
			edge[l.A] = true
		}
	}
	var nodes []string
	for _, n := range s.of(roleInfra) {
		nodes = append(nodes, n.Key)
		slices.Sort(t.near[n.Key])
		t.near[n.Key] = slices.Compact(t.near[n.Key])
	}
	// Sorted by how fit each is as a root; the first of a part that comes up is it.
	slices.SortStableFunc(nodes, func(a, b string) int {
		if edge[a] != edge[b] {
			if edge[a] {
				return -1
			}
			return 1
		}
		return len(t.near[b]) - len(t.near[a])
	})
	for _, n := range nodes {
		if _, hung := t.parent[n]; !hung {
			t.hang(n)
		}
	}
	return t
}

// hang walks one connected part, breadth first.
func (t *tree) hang(root string) {
	t.roots = append(t.roots, root)
	t.parent[root] = ""
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, n := range t.near[at] {
			if _, hung := t.parent[n]; !hung {
				t.parent[n], t.depth[n] = at, t.depth[at]+1
				t.children[at] = append(t.children[at], n)
				queue = append(queue, n)
			}
		}
	}
}

// common is the lowest device that all of keys hang below (or are); one for each
// connected part, sorted.
func (t *tree) common(keys []string) []string {
	parts := map[string]string{} // root → lowest common so far
	for _, k := range keys {
		r := t.root(k)
		if now, ok := parts[r]; ok {
			parts[r] = t.meet(now, k)
		} else {
			parts[r] = k
		}
	}
	var out []string
	for _, k := range parts {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (t *tree) root(k string) string {
	for t.parent[k] != "" {
		k = t.parent[k]
	}
	return k
}

func (t *tree) meet(a, b string) string {
	for a != b {
		if t.depth[a] >= t.depth[b] {
			a = t.parent[a]
		} else {
			b = t.parent[b]
		}
	}
	return a
}
