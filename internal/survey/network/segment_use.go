package network

import (
	"cmp"
	"net/netip"
	"slices"

	"sonae/internal/survey/asset"
)

// KindCount is how many devices of the ledger of a kind stand somewhere.
type KindCount struct {
	Kind  asset.Kind
	Count int
}

// KindsIn counts the devices of the ledger in a segment of a map, or in a range that may
// become one, by kind, the most first. A device in a narrower segment within it is not in
// it.
func KindsIn(g Graph, s Segment) []KindCount {
	others := slices.DeleteFunc(slices.Clone(g.Segments), func(o Segment) bool { return o.ID == s.ID || o.CIDR == s.CIDR })
	plan := NewPlan(append(others, s))
	by := map[asset.Kind]int{}
	for _, n := range g.Nodes {
		in := func(a string) bool {
			at, ok := plan.At(a)
			return ok && at.CIDR == s.CIDR
		}
		if n.AssetID != "" && n.Kind != "" && slices.ContainsFunc(n.Addrs, in) {
			by[asset.Kind(n.Kind)]++
		}
	}
	out := make([]KindCount, 0, len(by))
	for k, n := range by {
		out = append(out, KindCount{k, n})
	}
	slices.SortFunc(out, func(a, b KindCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind)) })
	return out
}

// Around finds the narrowest segment of a list that a range lies in; ok is false when
// there is none. The segment itself, and another of the same range, are not around it.
func Around(list []Segment, s Segment) (around Segment, ok bool) {
	inner, err := netip.ParsePrefix(s.CIDR)
	if err != nil {
		return Segment{}, false
	}
	best := -1
	for _, o := range list {
		p, err := netip.ParsePrefix(o.CIDR)
		if err == nil && p.Bits() < inner.Bits() && p.Bits() > best && p.Contains(inner.Addr()) {
			around, best = o, p.Bits()
		}
	}
	return around, best >= 0
}
