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
	Kinds     []string `json:",omitempty"`
	Note      string   // up to 1,000 characters
	Revision  int64    // rises with every change; an update names the one it saw
	CreatedMS int64
	UpdatedMS int64
	EndedMS   int64 // 0 = in use
}

// CreateSegment adds a segment. ID, revision and times are filled in. Errors: invalid
// with the place, conflict when the facility has the same range.
func CreateSegment(ctx context.Context, tx *store.Tx, s Segment, nowMS int64) (Segment, error) {
	low, high, err := s.check()
	if err != nil {
		return s, err
	}
	s.ID, s.Revision, s.CreatedMS, s.UpdatedMS, s.EndedMS = store.NewID(), 1, nowMS, nowMS, 0
	_, err = tx.Exec(ctx, `INSERT INTO network_segment (id, facility_id, cidr, low_key, high_key, name, vlan, purpose, note, kinds, revision, created_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		s.ID, s.FacilityID, s.CIDR, low, high, s.Name, s.VLAN, s.Purpose, s.Note, strings.Join(s.Kinds, ","), s.Revision, nowMS, nowMS)
	return s, segmentError(err, s)
}

// UpdateSegment changes a segment; s.Revision is the one that was seen. Errors:
// invalid, conflict (changed meanwhile, same range), not found.
func UpdateSegment(ctx context.Context, tx *store.Tx, s Segment, nowMS int64) (Segment, error) {
	low, high, err := s.check()
	if err != nil {
		return s, err
	}
	res, err := tx.Exec(ctx, `UPDATE network_segment SET cidr = $1, low_key = $2, high_key = $3, name = $4, vlan = $5, purpose = $6, note = $7, kinds = $8,
		revision = revision + 1, updated_ms = $9 WHERE id = $10 AND facility_id = $11 AND revision = $12 AND ended_ms IS NULL`,
		s.CIDR, low, high, s.Name, s.VLAN, s.Purpose, s.Note, strings.Join(s.Kinds, ","), nowMS, s.ID, s.FacilityID, s.Revision)
	if err != nil {
		return s, segmentError(err, s)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return s, missingOrChanged(ctx, tx, s.ID, s.FacilityID)
	}
	s.Revision, s.UpdatedMS = s.Revision+1, nowMS
	return s, nil
}

// EndSegment takes a segment out of use; the row stays for past days. Errors:
// conflict (changed meanwhile), not found.
func EndSegment(ctx context.Context, tx *store.Tx, facilityID, id string, revision, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE network_segment SET ended_ms = $1, revision = revision + 1, updated_ms = $1
		WHERE id = $2 AND facility_id = $3 AND revision = $4 AND ended_ms IS NULL`, nowMS, id, facilityID, revision)
	if err != nil {
		return fmt.Errorf("end segment %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return missingOrChanged(ctx, tx, id, facilityID)
	}
	return nil
}

func missingOrChanged(ctx context.Context, tx *store.Tx, id, facilityID string) error {
	var n int64
	err := tx.QueryRow(ctx, `SELECT count(*) FROM network_segment WHERE id = $1 AND facility_id = $2 AND ended_ms IS NULL`, id, facilityID).Scan(&n)
	switch {
	case err != nil:
		return fmt.Errorf("look for segment %s: %w", id, err)
	case n == 0:
		return fault.NotFound("network.error.segment_not_found")
	}
	return fault.Conflict("network.error.changed")
}

func segmentError(err error, s Segment) error {
	switch {
	case err == nil:
		return nil
	case store.KindOf(err) == store.KindUnique:
		return fault.Conflict("network.error.cidr_taken", "CIDR", s.CIDR).At("cidr")
	}
	return fmt.Errorf("store segment %s: %w", s.CIDR, err)
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

// Segments lists the segments of a facility by range, now or as of atMS (0 = now).
func Segments(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]Segment, error) {
	args := []any{facilityID}
	where := `facility_id = $1 AND ended_ms IS NULL`
	if atMS != 0 {
		args = append(args, atMS)
		where = `facility_id = $1 AND created_ms <= $2 AND (ended_ms IS NULL OR ended_ms > $2)`
	}
	query := `SELECT id, cidr, name, vlan, purpose, note, kinds, revision, created_ms, updated_ms, coalesce(ended_ms, 0)
		FROM network_segment WHERE ` + where + ` ORDER BY low_key, high_key DESC, id`
	return read(ctx, q, "segments", query, args, func(rows *sql.Rows) (Segment, error) {
		s := Segment{FacilityID: facilityID}
		var kinds string
		err := rows.Scan(&s.ID, &s.CIDR, &s.Name, &s.VLAN, &s.Purpose, &s.Note, &kinds, &s.Revision, &s.CreatedMS, &s.UpdatedMS, &s.EndedMS)
		if kinds != "" {
			s.Kinds = strings.Split(kinds, ",")
		}
		return s, err
	})
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
