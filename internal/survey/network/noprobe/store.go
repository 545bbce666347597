package noprobe

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// rulesMax bounds the rules of a facility that are in force: every one is compared with
// every packet.
const rulesMax = 5000

const ruleCols = `r.id, r.facility_id, r.kind, r.value, r.reason, r.by_name, r.at_ms, coalesce(r.ended_ms, 0), r.ended_by, r.end_reason, coalesce(s.name, '')`

const ruleFrom = ` FROM network_no_probe r LEFT JOIN network_segment s ON r.kind = 'segment' AND s.id = r.value AND s.facility_id = r.facility_id`

func scanRule(scan func(...any) error) (r Rule, err error) {
	return r, scan(&r.ID, &r.FacilityID, &r.Kind, &r.Value, &r.Reason, &r.By, &r.AtMS, &r.EndedMS, &r.EndedBy, &r.EndReason, &r.Name)
}

// Add puts a rule on the list of its facility. ID and time are filled in. Errors: invalid
// with the place, conflict when the same is there already, not found: the segment.
func Add(ctx context.Context, tx *store.Tx, r Rule, nowMS int64) (Rule, error) {
	if err := r.Check(); err != nil {
		return r, err
	}
	if r.FacilityID == "" {
		return r, fault.Invalid("network.error.facility").At("facility_id")
	}
	if r.Kind == KindSegment {
		err := tx.QueryRow(ctx, `SELECT name FROM network_segment WHERE id = $1 AND facility_id = $2 AND ended_ms IS NULL`, r.Value, r.FacilityID).Scan(&r.Name)
		if errors.Is(err, sql.ErrNoRows) {
			return r, fault.Invalid("noprobe.error.segment").At("value")
		}
		if err != nil {
			return r, fmt.Errorf("look for segment %s: %w", r.Value, err)
		}
	}
	var n int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM network_no_probe WHERE facility_id = $1 AND ended_ms IS NULL`, r.FacilityID).Scan(&n); err != nil {
		return r, fmt.Errorf("count do-not-probe rules: %w", err)
	}
	if n >= rulesMax {
		return r, fault.Invalid("noprobe.error.many", "Max", rulesMax).At("value")
	}
	r.ID, r.AtMS, r.EndedMS, r.EndedBy, r.EndReason = store.NewID(), nowMS, 0, "", ""
	_, err := tx.Exec(ctx, `INSERT INTO network_no_probe (id, facility_id, kind, value, reason, by_name, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		r.ID, r.FacilityID, string(r.Kind), r.Value, r.Reason, r.By, r.AtMS)
	if store.KindOf(err) == store.KindUnique {
		return r, fault.Conflict("noprobe.error.taken", "Value", r.Show()).At("value")
	}
	if err != nil {
		return r, fmt.Errorf("store do-not-probe rule: %w", err)
	}
	return r, nil
}

// End takes a rule off the list; it stays as history. Errors: invalid (no reason), not
// found, conflict (ended already).
func End(ctx context.Context, tx *store.Tx, facilityID, id, by, reason string, nowMS int64) (Rule, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || !fits(reason) {
		return Rule{}, fault.Invalid("noprobe.error.reason", "Max", reasonMax).At("reason")
	}
	r, err := ByID(ctx, tx, id)
	if err != nil {
		return r, err
	}
	if r.FacilityID != facilityID {
		return r, fault.NotFound("noprobe.error.not_found")
	}
	res, err := tx.Exec(ctx, `UPDATE network_no_probe SET ended_ms = $1, ended_by = $2, end_reason = $3 WHERE id = $4 AND ended_ms IS NULL`, nowMS, by, reason, id)
	if err != nil {
		return r, fmt.Errorf("end do-not-probe rule %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return r, fault.Conflict("network.error.changed")
	}
	r.EndedMS, r.EndedBy, r.EndReason = nowMS, by, reason
	return r, nil
}

// ByID reads a rule. Errors: not found.
func ByID(ctx context.Context, q store.Querier, id string) (Rule, error) {
	r, err := scanRule(q.QueryRow(ctx, `SELECT `+ruleCols+ruleFrom+` WHERE r.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fault.NotFound("noprobe.error.not_found")
	}
	if err != nil {
		return r, fmt.Errorf("read do-not-probe rule %s: %w", id, err)
	}
	return r, nil
}

// Rules lists the rules of facilities (nil = all): first those in force, then, with
// ended, those that were lifted, each the newest first.
func Rules(ctx context.Context, q store.Querier, facilityIDs []string, ended bool) ([]Rule, error) {
	var args []any
	where := ` WHERE 1 = 1`
	if facilityIDs != nil {
		where += ` AND ` + store.In("r.facility_id", facilityIDs, &args)
	}
	if !ended {
		where += ` AND r.ended_ms IS NULL`
	}
	query := `SELECT ` + ruleCols + ruleFrom + where + ` ORDER BY coalesce(r.ended_ms, 0) > 0, coalesce(r.ended_ms, 0) DESC, r.at_ms DESC, r.id DESC`
	return read(ctx, q, "do-not-probe rules", query, args, func(rows *sql.Rows) (Rule, error) { return scanRule(rows.Scan) })
}

func read[T any](ctx context.Context, q store.Querier, what, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
