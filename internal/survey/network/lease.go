package network

import (
	"context"
	"database/sql"
	"net/netip"
	"slices"

	"sonae/internal/platform/store"
)

// Lease is how a device got its address.
type Lease struct {
	Addr    netip.Addr
	AssetID string // of the device that said so itself; empty: seen on the wire or in a server's list
	Fixed   bool   // typed in at the device; else given by DHCP
}

// Leases are the addresses that DHCP gave out in the facility and those that devices say
// were typed in, until atMS and confirmed within StaleAfter before it, by address. What
// servers of DHCP are seen with is no lease. Errors: of the database.
func Leases(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]Lease, error) {
	const seen = `SELECT DISTINCT s.seen_address FROM network_sighting s WHERE s.facility_id = $1 AND s.how = $2 AND s.seen_address <> ''
		AND s.first_ms <= $3 AND s.last_ms >= $4 AND NOT EXISTS (SELECT 1 FROM network_trait t WHERE t.facility_id = s.facility_id AND t.trait = $5 AND t.party_key = 'mac:' || s.seen_mac)`
	out, err := read(ctx, q, "leases", seen, []any{facilityID, string(HowDHCP), atMS, atMS - StaleAfter.Milliseconds(), TraitDHCPServer}, func(rows *sql.Rows) (l Lease, err error) {
		var text string
		err = rows.Scan(&text)
		l.Addr, _ = netip.ParseAddr(text)
		return l, err
	})
	if err != nil {
		return nil, err
	}
	args := []any{facilityID}
	told := `SELECT d.address, d.asset_id, n.dhcp FROM network_address d JOIN asset_asset a ON a.id = d.asset_id
		JOIN network_interface n ON n.asset_id = d.asset_id AND n.source = d.source AND n.name = d.interface AND n.dhcp IS NOT NULL
		WHERE a.facility_id = $1 AND ` + openOrAt("d", atMS, &args) + ` AND ` + openOrAt("n", atMS, &args)
	said, err := read(ctx, q, "how addresses were given", told, args, func(rows *sql.Rows) (l Lease, err error) {
		var text string
		var dhcp bool
		err = rows.Scan(&text, &l.AssetID, &dhcp)
		l.Addr, _ = netip.ParseAddr(text)
		l.Fixed = !dhcp
		return l, err
	})
	out = slices.DeleteFunc(append(out, said...), func(l Lease) bool { return !l.Addr.IsValid() || l.Addr.IsLinkLocalUnicast() })
	slices.SortFunc(out, func(a, b Lease) int { return a.Addr.Compare(b.Addr) })
	return out, err
}

// Given is how the addresses of a segment are given to devices.
type Given struct {
	Ranges   []AddressRange // that people say the server gives out; none = nobody said
	Seen     AddressRange   // from the lowest to the highest address that was given out; not valid: none was
	Leased   int            // addresses that were given out
	Astray   []string       // given out although outside of Ranges, rising; empty without Ranges
	Occupied []string       // typed in at a device although inside of Ranges, rising
}

// SeenText is Seen in words, empty when nothing was given out.
func (g Given) SeenText() string {
	if !g.Seen.From.IsValid() {
		return ""
	}
	return g.Seen.String()
}

// given sorts leases into the segments of a plan, by segment ID.
func given(plan *Plan, segments []Segment, leases []Lease) map[string]*Given {
	out := make(map[string]*Given, len(segments))
	for _, s := range segments {
		out[s.ID] = &Given{Ranges: s.Ranges()}
	}
	var last netip.Addr // the same address may be told of twice
	for _, l := range leases {
		s, ok := plan.At(l.Addr.String())
		if !ok {
			continue
		}
		g := out[s.ID]
		inside := slices.ContainsFunc(g.Ranges, func(r AddressRange) bool { return r.Contains(l.Addr) })
		switch {
		case l.Fixed:
			if inside && !slices.Contains(g.Occupied, l.Addr.String()) {
				g.Occupied = append(g.Occupied, l.Addr.String())
			}
			continue
		case l.Addr == last:
			continue
		}
		last = l.Addr
		g.Leased++
		if !g.Seen.From.IsValid() {
			g.Seen.From = l.Addr
		}
		g.Seen.To = l.Addr
		if len(g.Ranges) > 0 && !inside {
			g.Astray = append(g.Astray, l.Addr.String())
		}
	}
	return out
}
