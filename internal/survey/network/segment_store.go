package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// CreateSegment adds a segment. ID, revision and times are filled in. Errors: invalid
// with the place, conflict when the facility has the same range.
func CreateSegment(ctx context.Context, tx *store.Tx, s Segment, nowMS int64) (Segment, error) {
	low, high, err := s.check()
	if err != nil {
		return s, err
	}
	s.ID, s.Revision, s.CreatedMS, s.UpdatedMS, s.FromMS, s.EndedMS, s.EndedBy = store.NewID(), 1, nowMS, nowMS, nowMS, 0, ""
	_, err = tx.Exec(ctx, `INSERT INTO network_segment (id, facility_id, cidr, low_key, high_key, name, vlan, purpose, note, kinds, revision, created_ms, updated_ms, by_name, from_ms, dhcp)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		s.ID, s.FacilityID, s.CIDR, low, high, s.Name, s.VLAN, s.Purpose, s.Note, strings.Join(s.Kinds, ","), s.Revision, nowMS, nowMS, s.By, nowMS, strings.Join(s.DHCP, ","))
	return s, segmentError(err, s)
}

// UpdateSegment changes a segment; s.Revision is the one that was seen. What it was
// before stays for past days. Errors: invalid, conflict (changed meanwhile, same range),
// not found.
func UpdateSegment(ctx context.Context, tx *store.Tx, s Segment, nowMS int64) (Segment, error) {
	low, high, err := s.check()
	if err != nil {
		return s, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO network_segment_past (id, revision, facility_id, cidr, low_key, high_key, name, vlan, purpose, note, kinds, dhcp, by_name, created_ms, from_ms, until_ms)
		SELECT id, revision, facility_id, cidr, low_key, high_key, name, vlan, purpose, note, kinds, dhcp, by_name, created_ms, from_ms, CAST($1 AS BIGINT)
		FROM network_segment WHERE id = $2 AND facility_id = $3 AND revision = $4 AND ended_ms IS NULL ON CONFLICT DO NOTHING`, nowMS, s.ID, s.FacilityID, s.Revision)
	if err != nil {
		return s, fmt.Errorf("keep what segment %s was: %w", s.ID, err)
	}
	res, err := tx.Exec(ctx, `UPDATE network_segment SET cidr = $1, low_key = $2, high_key = $3, name = $4, vlan = $5, purpose = $6, note = $7, kinds = $8,
		by_name = $9, revision = revision + 1, updated_ms = $10, from_ms = $10, dhcp = $14 WHERE id = $11 AND facility_id = $12 AND revision = $13 AND ended_ms IS NULL`,
		s.CIDR, low, high, s.Name, s.VLAN, s.Purpose, s.Note, strings.Join(s.Kinds, ","), s.By, nowMS, s.ID, s.FacilityID, s.Revision, strings.Join(s.DHCP, ","))
	if err != nil {
		return s, segmentError(err, s)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return s, missingOrChanged(ctx, tx, s.ID, s.FacilityID)
	}
	s.Revision, s.UpdatedMS, s.FromMS = s.Revision+1, nowMS, nowMS
	return s, nil
}

// EndSegment takes a segment out of use, by whom; the row stays for past days. Errors:
// conflict (changed meanwhile), not found.
func EndSegment(ctx context.Context, tx *store.Tx, facilityID, id, by string, revision, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE network_segment SET ended_ms = $1, ended_by = $2, revision = revision + 1, updated_ms = $1
		WHERE id = $3 AND facility_id = $4 AND revision = $5 AND ended_ms IS NULL`, nowMS, by, id, facilityID, revision)
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

// The columns of a state of a segment: as it is, or as it was last, and as it was before.
const (
	segmentNow  = `SELECT id, facility_id, cidr, name, vlan, purpose, note, kinds, dhcp, revision, created_ms, updated_ms, coalesce(ended_ms, 0), by_name, from_ms, ended_by, low_key, high_key FROM network_segment`
	segmentPast = `SELECT id, facility_id, cidr, name, vlan, purpose, note, kinds, dhcp, revision, created_ms, from_ms, until_ms, by_name, from_ms, '', low_key, high_key FROM network_segment_past`
)

func scanSegment(scan func(...any) error) (s Segment, err error) {
	var kinds, dhcp, low, high string
	err = scan(&s.ID, &s.FacilityID, &s.CIDR, &s.Name, &s.VLAN, &s.Purpose, &s.Note, &kinds, &dhcp, &s.Revision, &s.CreatedMS, &s.UpdatedMS, &s.EndedMS, &s.By, &s.FromMS, &s.EndedBy, &low, &high)
	if kinds != "" {
		s.Kinds = strings.Split(kinds, ",")
	}
	if dhcp != "" {
		s.DHCP = strings.Split(dhcp, ",")
	}
	return s, err
}

// Segments lists the segments of a facility by range, now or as they were said to be at
// atMS (0 = now).
func Segments(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]Segment, error) {
	args := []any{facilityID}
	query := segmentNow + ` WHERE facility_id = $1 AND ended_ms IS NULL`
	if atMS != 0 {
		args = append(args, atMS)
		query = segmentNow + ` WHERE facility_id = $1 AND from_ms <= $2 AND (ended_ms IS NULL OR ended_ms > $2)
			UNION ALL ` + segmentPast + ` WHERE facility_id = $1 AND from_ms <= $2 AND until_ms > $2`
	}
	return read(ctx, q, "segments", query+` ORDER BY low_key, high_key DESC, id`, args, func(rows *sql.Rows) (Segment, error) { return scanSegment(rows.Scan) })
}

// SegmentByID reads a segment as it is, also one that is out of use. Errors: not found.
func SegmentByID(ctx context.Context, q store.Querier, id string) (Segment, error) {
	s, err := scanSegment(q.QueryRow(ctx, segmentNow+` WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fault.NotFound("network.error.segment_not_found")
	}
	if err != nil {
		return s, fmt.Errorf("read segment %s: %w", id, err)
	}
	return s, nil
}

// SegmentHistory lists every state of a segment, the newest first. EndedMS is when a
// state was followed by the next, or the segment was taken out of use.
func SegmentHistory(ctx context.Context, q store.Querier, id string) ([]Segment, error) {
	query := segmentNow + ` WHERE id = $1 UNION ALL ` + segmentPast + ` WHERE id = $1 ORDER BY revision DESC`
	return read(ctx, q, "states of a segment", query, []any{id}, func(rows *sql.Rows) (Segment, error) { return scanSegment(rows.Scan) })
}
