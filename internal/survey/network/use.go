package network

import (
	"cmp"
	"context"
	"database/sql"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/platform/store"
)

// SegmentUse is how the addresses of a segment are used.
type SegmentUse struct {
	Segment    Segment
	Size       *big.Int // addresses that devices can have: network and broadcast of IPv4 excluded
	Used       int      // addresses that devices of the map have in it
	Free       *big.Int // Size without Used
	Devices    int      // devices with an address in it
	Duplicates []Duplicate
	DHCP       []string // Node.Key of devices in it that answered as DHCP servers, sorted
	Given      Given    // how its addresses are given to devices
}

// Duplicate is an address that more than one device has.
type Duplicate struct {
	Addr  string
	Nodes []string // Node.Key, sorted
}

// AddressPlan says how each segment is used, in the order of the graph's segments. An
// address in two nested segments counts in the narrower one. servers are the Party keys
// that answered as DHCP servers (see DHCPServers), leases tell how addresses were given
// (see Leases).
func AddressPlan(g Graph, servers []string, leases []Lease) []SegmentUse {
	plan := NewPlan(g.Segments)
	given := given(plan, g.Segments, leases)
	holders := map[string]map[string][]string{} // segment → address → nodes
	devices := map[string]map[string]bool{}
	for _, n := range g.Nodes {
		for _, a := range n.Addrs {
			s, ok := plan.At(a)
			if !ok {
				continue
			}
			if holders[s.ID] == nil {
				holders[s.ID], devices[s.ID] = map[string][]string{}, map[string]bool{}
			}
			if !slices.Contains(holders[s.ID][a], n.Key) {
				holders[s.ID][a] = append(holders[s.ID][a], n.Key)
			}
			devices[s.ID][n.Key] = true
		}
	}
	out := make([]SegmentUse, 0, len(g.Segments))
	for _, s := range g.Segments {
		u := SegmentUse{Segment: s, Size: sizeOf(s.CIDR), Used: len(holders[s.ID]), Devices: len(devices[s.ID]), Given: *given[s.ID]}
		u.Free = new(big.Int).Sub(u.Size, big.NewInt(int64(u.Used)))
		if u.Free.Sign() < 0 {
			u.Free.SetInt64(0)
		}
		u.Duplicates = duplicates(holders[s.ID], g.Clashes, plan, s.ID)
		for _, n := range g.Nodes {
			if slices.Contains(n.Segments, s.ID) && slices.ContainsFunc(n.Keys, func(k string) bool { return slices.Contains(servers, k) }) {
				u.DHCP = append(u.DHCP, n.Key)
			}
		}
		out = append(out, u)
	}
	return out
}

// DHCPServers are the Party keys that answered as DHCP servers until atMS, sorted.
func DHCPServers(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]string, error) {
	const query = `SELECT DISTINCT party_key FROM network_trait WHERE facility_id = $1 AND trait = $2 AND first_ms <= $3 AND last_ms >= $4 ORDER BY party_key`
	return read(ctx, q, "DHCP servers", query, []any{facilityID, TraitDHCPServer, atMS, atMS - StaleAfter.Milliseconds()}, func(rows *sql.Rows) (key string, err error) {
		return key, rows.Scan(&key)
	})
}

// duplicates are the addresses that the map gives to two devices, and those that were
// seen with two hardware addresses.
func duplicates(holders map[string][]string, clashes []Clash, plan *Plan, segmentID string) []Duplicate {
	by := map[string][]string{}
	for a, nodes := range holders {
		if len(nodes) > 1 {
			by[a] = append(by[a], nodes...)
		}
	}
	for _, c := range clashes {
		if s, ok := plan.At(c.Value); c.Kind == ClashAddress && ok && s.ID == segmentID {
			by[c.Value] = append(by[c.Value], c.Nodes...)
		}
	}
	out := make([]Duplicate, 0, len(by))
	for a, nodes := range by {
		slices.Sort(nodes)
		out = append(out, Duplicate{a, slices.Compact(nodes)})
	}
	slices.SortFunc(out, func(a, b Duplicate) int { return cmp.Compare(sortKey(a.Addr), sortKey(b.Addr)) })
	return out
}

func sortKey(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return strings.Repeat("z", 32) + addr
	}
	return AddressKey(a)
}

// sizeOf counts the addresses of a range that devices can have: of an IPv4 range wider
// than /31 (RFC 3021) the first names the network and the last is for broadcast
// (RFC 922, section 7).
func sizeOf(cidr string) *big.Int {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return new(big.Int)
	}
	n := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits())) //nolint:gosec // 0–128
	if p.Addr().Is4() && p.Bits() < 31 {
		n.Sub(n, big.NewInt(2))
	}
	return n
}
