package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Segment is an address range of a facility with a name and a purpose.
type Segment struct {
	ID         string
	FacilityID string
	CIDR       string // canonical, 192.0.2.0/24
	Name       string // 1–100 characters
	VLAN       int64  // 1–4094 (IEEE 802.1Q); 0 = none
	Purpose    string // what it is for, up to 200 characters
	// Kinds are what a person said belongs into it: words of asset.Kind, sorted; none =
	// nobody said.
	Kinds []string `json:",omitempty"`
	// DHCP are the ranges that its DHCP server gives out, as a person said: "from-to",
	// inside of CIDR, rising, up to 16; none = nobody said.
	DHCP      []string `json:",omitempty"`
	Note      string   // up to 1,000 characters
	Revision  int64    // rises with every change; an update names the one it saw
	CreatedMS int64
	UpdatedMS int64
	EndedMS   int64 // 0 = in use; of an earlier state when the next one began
	// By, FromMS and EndedBy say who said it like this since when, and who ended it. They
	// are no facts of the network: prints that compare it leave them out.
	By      string `json:"-"` // empty: entered before anybody was written down
	FromMS  int64  `json:"-"`
	EndedBy string `json:"-"`
}

// check makes the segment canonical and gives the keys of its first and last address.
func (s *Segment) check() (low, high string, err error) {
	s.Name, s.Purpose, s.Note, s.CIDR = strings.TrimSpace(s.Name), strings.TrimSpace(s.Purpose), strings.TrimSpace(s.Note), strings.TrimSpace(s.CIDR)
	p, parseErr := netip.ParsePrefix(s.CIDR)
	switch {
	case parseErr != nil:
		return "", "", fault.Invalid("network.error.cidr").At("cidr")
	case p.Masked() != p:
		return "", "", fault.Invalid("network.error.cidr_host", "CIDR", p.Masked().String()).At("cidr")
	case p.Addr().Is4In6():
		return "", "", fault.Invalid("network.error.cidr").At("cidr")
	case s.Name == "" || !fits(s.Name, 100):
		return "", "", fault.Invalid("network.error.name").At("name")
	case s.VLAN < 0 || s.VLAN > 4094:
		return "", "", fault.Invalid("network.error.vlan").At("vlan")
	case !fits(s.Purpose, 200):
		return "", "", fault.Invalid("network.error.text", "Max", 200).At("purpose")
	case !fits(s.Note, 1000):
		return "", "", fault.Invalid("network.error.text", "Max", 1000).At("note")
	case slices.ContainsFunc(s.Kinds, func(k string) bool { return !slices.Contains(asset.Kinds, asset.Kind(k)) }):
		return "", "", fault.Invalid("form.error.choice").At("kinds")
	case s.FacilityID == "":
		return "", "", fault.Invalid("network.error.facility").At("facility_id")
	}
	if s.DHCP, err = canonicalRanges(s.DHCP, p); err != nil {
		return "", "", err
	}
	s.CIDR, s.Kinds = p.String(), sortUnique(slices.Clone(s.Kinds))
	return AddressKey(p.Addr()), AddressKey(last(p)), nil
}

func fits(text string, maxChars int) bool {
	return utf8.ValidString(text) && !strings.Contains(text, "\x00") && utf8.RuneCountInString(text) <= maxChars
}

// last is the last address of a range.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// Plan finds the segment of an address: the narrowest range that holds it.
type Plan struct {
	ranges []netip.Prefix // narrowest first
	by     map[netip.Prefix]Segment
}

// NewPlan makes a plan from the segments of one facility.
func NewPlan(segments []Segment) *Plan {
	p := &Plan{by: make(map[netip.Prefix]Segment, len(segments))}
	for _, s := range segments {
		if r, err := netip.ParsePrefix(s.CIDR); err == nil {
			p.ranges = append(p.ranges, r)
			p.by[r] = s
		}
	}
	slices.SortStableFunc(p.ranges, func(a, b netip.Prefix) int { return b.Bits() - a.Bits() })
	return p
}

// At gives the segment of an address ("192.0.2.7", with or without prefix length).
func (p *Plan) At(address string) (Segment, bool) {
	a, ok := parsePrefix(address)
	if !ok {
		return Segment{}, false
	}
	for _, r := range p.ranges {
		if r.Contains(a.Addr()) {
			return p.by[r], true
		}
	}
	return Segment{}, false
}

// AssetsIn lists the machines of the segment's facility that have an address in it
// now, narrower segments inside it included. Errors: not found.
func AssetsIn(ctx context.Context, q store.Querier, segmentID string) ([]string, error) {
	var facility, low, high string
	err := q.QueryRow(ctx, `SELECT facility_id, low_key, high_key FROM network_segment WHERE id = $1`, segmentID).Scan(&facility, &low, &high)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NotFound("network.error.segment_not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("read segment %s: %w", segmentID, err)
	}
	const query = `SELECT DISTINCT d.asset_id FROM network_address d JOIN asset_asset a ON a.id = d.asset_id
		WHERE d.gone_ms IS NULL AND d.address_key >= $1 AND d.address_key <= $2 AND a.facility_id = $3 ORDER BY d.asset_id`
	return read(ctx, q, "machines of a segment", query, []any{low, high, facility}, func(rows *sql.Rows) (string, error) {
		var id string
		err := rows.Scan(&id)
		return id, err
	})
}
