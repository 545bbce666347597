package network

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Strangers are the devices of a map in one of the states, those that came last first.
// What is in the ledger is none, whatever is asked for.
func (g Graph) Strangers(states ...NodeState) []Node {
	var out []Node
	for _, n := range g.Nodes {
		if n.State != StateListed && slices.Contains(states, n.State) {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b Node) int { return cmp.Compare(b.FirstMS, a.FirstMS) })
	return out
}

// Matches reports whether every word of q stands in one of the texts, whatever its case.
func Matches(q string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(q)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// Node finds a device by any key under which it was seen. Errors: not found.
func (g Graph) Node(key string) (Node, error) {
	n, ok := g.NodeByKey(key)
	if !ok {
		return n, fault.NotFound("network.error.device_not_found")
	}
	return n, nil
}

// MarkVisitor says that a device is a visitor's until a time. Errors: conflict when it is
// in the ledger, invalid with the place (note, until).
func MarkVisitor(ctx context.Context, tx *store.Tx, n Node, m Mark, nowMS int64) (Mark, error) {
	if n.AssetID != "" {
		return m, fault.Conflict("network.error.listed")
	}
	m.PartyKey = n.Key
	return SetMark(ctx, tx, m, nowMS)
}

// UnmarkVisitor takes back what was said of a device, under whatever key.
func UnmarkVisitor(ctx context.Context, tx *store.Tx, facilityID string, n Node, nowMS int64) error {
	for _, k := range n.Keys {
		if err := EndMark(ctx, tx, facilityID, k, nowMS); err != nil {
			return err
		}
	}
	return nil
}

// MarkOf finds what is said of a device at present; ok is false when nothing is.
func MarkOf(ctx context.Context, q store.Querier, facilityID string, n Node, nowMS int64) (m Mark, ok bool, err error) {
	if n.UntilMS == 0 {
		return Mark{}, false, nil
	}
	marks, err := Marks(ctx, q, facilityID, nowMS)
	for _, one := range marks {
		if slices.Contains(n.Keys, one.PartyKey) {
			m, ok = one, true
		}
	}
	return m, ok, err
}

// FindingByKey finds one of a list. Errors: not found, when nothing is wrong any more.
func FindingByKey(list []Finding, key string) (Finding, error) {
	at := slices.IndexFunc(list, func(f Finding) bool { return f.Key == key })
	if at < 0 {
		return Finding{}, fault.NotFound("finding.error.gone")
	}
	return list[at], nil
}
