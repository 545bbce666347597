package evidence

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// Record is a stored evaluation.
type Record struct {
	ID          string // UUIDv7
	Key         Key
	FacilityID  string
	Suggestion  Suggestion
	AsOfMS      int64 // the facts are those of this moment
	EvaluatedMS int64
	Body        Body
	SHA256      string // of the body as stored, hex
	// ConfirmedAsOfMS is the last moment with the same result, ConfirmedMS when that
	// was found; equal to the first ones when it was found once.
	ConfirmedAsOfMS int64
	ConfirmedMS     int64
	Newest          map[string]int64 // latest word of each source at the last confirmation, Unix ms
	Rule            *catalog.Rule    // set by callers that show it; not stored
}

const recordCols = `id, facility_id, rule_id, target, variant, suggestion, as_of_ms, evaluated_ms, body, sha256, confirmed_as_of_ms, confirmed_ms, newest`

// keep stores a body, or moves the confirmation of the record before it when that
// says the same; stored tells which.
func keep(ctx context.Context, tx *store.Tx, b Body, req Request) (stored bool, err error) {
	same, err := b.sameness()
	if err != nil {
		return false, err
	}
	newest, err := json.Marshal(b.newest())
	if err != nil {
		return false, fmt.Errorf("write ages of sources: %w", err)
	}
	var id, before string
	err = tx.QueryRow(ctx, `SELECT id, same_sha256 FROM evidence_record
		WHERE facility_id = $1 AND rule_id = $2 AND target = $3 AND variant = $4 AND as_of_ms <= $5`+latestOrder(6)+` LIMIT 1`,
		b.Facility, b.Rule, string(b.Target), b.Variant, req.AsOfMS, req.AsOfMS, req.AsOfMS).Scan(&id, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("read evidence of %s: %w", b.Rule, err)
	}
	if err == nil && before == same {
		return false, confirm(ctx, tx, id, string(newest), req)
	}
	data, hash, err := b.canonical()
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO evidence_record (id, facility_id, rule_id, target, variant, rule_version, suggestion, as_of_ms,
		evaluated_ms, body, sha256, same_sha256, confirmed_as_of_ms, confirmed_ms, newest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		store.NewID(), b.Facility, b.Rule, string(b.Target), b.Variant, b.Version, string(b.Suggestion), req.AsOfMS,
		req.NowMS, data, hash, same, req.AsOfMS, req.NowMS, string(newest))
	if err != nil {
		return false, fmt.Errorf("store evidence of %s: %w", b.Rule, err)
	}
	return true, nil
}

// confirm moves the confirmation forward, never back.
func confirm(ctx context.Context, tx *store.Tx, id, newest string, req Request) error {
	_, err := tx.Exec(ctx, `UPDATE evidence_record SET confirmed_as_of_ms = $1, confirmed_ms = $2, newest = $3
		WHERE id = $4 AND confirmed_as_of_ms <= $5`, req.AsOfMS, req.NowMS, newest, id, req.AsOfMS)
	if err != nil {
		return fmt.Errorf("confirm evidence %s: %w", id, err)
	}
	return nil
}

// latestOrder puts the record that speaks for the moment in parameters $n and $n+1
// first: the one confirmed closest to it, of equals the one evaluated last.
func latestOrder(n int) string {
	return fmt.Sprintf(` ORDER BY CASE WHEN confirmed_as_of_ms < $%d THEN confirmed_as_of_ms ELSE $%d END DESC, evaluated_ms DESC, id DESC`, n, n+1)
}

// Latest gives the record that speaks for a moment; a fault with code not_found
// when the rule was never evaluated up to then.
func Latest(ctx context.Context, q store.Querier, facilityID string, key Key, asOfMS int64) (Record, error) {
	row := q.QueryRow(ctx, `SELECT `+recordCols+` FROM evidence_record
		WHERE facility_id = $1 AND rule_id = $2 AND target = $3 AND variant = $4 AND as_of_ms <= $5`+latestOrder(6)+` LIMIT 1`,
		facilityID, key.RuleID, string(key.Target), key.Variant, asOfMS, asOfMS, asOfMS)
	return scanRecord(row)
}

// LatestAll gives the records that speak for a moment, by key.
func LatestAll(ctx context.Context, q store.Querier, facilityID string, asOfMS int64) (map[Key]Record, error) {
	rows, err := q.Query(ctx, `SELECT `+recordCols+` FROM evidence_record WHERE id IN (
		SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY rule_id, target, variant`+latestOrder(1)+`) AS place
			FROM evidence_record WHERE facility_id = $3 AND as_of_ms <= $4) AS ranked WHERE place = 1)`,
		asOfMS, asOfMS, facilityID, asOfMS)
	if err != nil {
		return nil, fmt.Errorf("read evidence of facility %s: %w", facilityID, err)
	}
	defer func() { _ = rows.Close() }()
	found := map[Key]Record{}
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		found[r.Key] = r
	}
	return found, rows.Err()
}

// maxHistory bounds the records of one history page.
const maxHistory = 200

// Page says which part of a history is wanted. The zero value is its beginning.
type Page struct {
	UntilMS int64  // as-of times up to this moment; 0 = all
	AfterMS int64  // as-of time of the last record of the page before; 0 = first page
	AfterID string // its id: records of one day's end share their as-of time
	Limit   int    // 1–200; 0 = 200
}

// History lists the records of a key by as-of time, newest first.
func History(ctx context.Context, q store.Querier, facilityID string, key Key, p Page) ([]Record, error) {
	if p.Limit <= 0 || p.Limit > maxHistory {
		p.Limit = maxHistory
	}
	if p.AfterMS <= 0 {
		p.AfterMS = math.MaxInt64
	}
	rows, err := q.Query(ctx, `SELECT `+recordCols+` FROM evidence_record
		WHERE facility_id = $1 AND rule_id = $2 AND target = $3 AND variant = $4 AND as_of_ms <= $5
			AND (as_of_ms < $6 OR (as_of_ms = $7 AND id < $8))
		ORDER BY as_of_ms DESC, id DESC LIMIT $9`,
		facilityID, key.RuleID, string(key.Target), key.Variant, p.until(), p.AfterMS, p.AfterMS, p.AfterID, p.Limit)
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", key.RuleID, err)
	}
	defer func() { _ = rows.Close() }()
	var list []Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// HistoryCount counts the records of a key up to an as-of time; 0 = all.
func HistoryCount(ctx context.Context, q store.Querier, facilityID string, key Key, untilMS int64) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM evidence_record WHERE facility_id = $1 AND rule_id = $2 AND target = $3 AND variant = $4 AND as_of_ms <= $5`,
		facilityID, key.RuleID, string(key.Target), key.Variant, Page{UntilMS: untilMS}.until()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count history of %s: %w", key.RuleID, err)
	}
	return n, nil
}

// until is the last as-of time that counts.
func (p Page) until() int64 {
	if p.UntilMS <= 0 {
		return math.MaxInt64
	}
	return p.UntilMS
}

// Get reads one record by its id; a fault with code not_found when there is none.
func Get(ctx context.Context, q store.Querier, id string) (Record, error) {
	return scanRecord(q.QueryRow(ctx, `SELECT `+recordCols+` FROM evidence_record WHERE id = $1`, id))
}

type scanner interface{ Scan(dest ...any) error }

func scanRecord(s scanner) (Record, error) {
	var r Record
	var target, suggestion, newest string
	var body []byte
	err := s.Scan(&r.ID, &r.FacilityID, &r.Key.RuleID, &target, &r.Key.Variant, &suggestion, &r.AsOfMS, &r.EvaluatedMS,
		&body, &r.SHA256, &r.ConfirmedAsOfMS, &r.ConfirmedMS, &newest)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, fault.NotFound("evidence.error.none")
	}
	if err != nil {
		return Record{}, fmt.Errorf("read evidence: %w", err)
	}
	r.Key.Target, r.Suggestion = catalog.Target(target), Suggestion(suggestion)
	if err := json.Unmarshal(body, &r.Body); err != nil {
		return Record{}, fmt.Errorf("read body of evidence %s: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(newest), &r.Newest); err != nil {
		return Record{}, fmt.Errorf("read ages of evidence %s: %w", r.ID, err)
	}
	return r, nil
}

// Sources lists the sources of a record with their age at the last confirmation,
// each once.
func (r Record) Sources() []SourceAge {
	var list []SourceAge
	at := map[string]int{}
	for _, c := range r.Body.Checks {
		for _, s := range c.Sources {
			i, ok := at[s.Source]
			if !ok {
				i = len(list)
				at[s.Source] = i
				list = append(list, SourceAge{Source: s.Source})
			}
			list[i].Count = max(list[i].Count, s.Count)
			list[i].NewestMS = max(list[i].NewestMS, s.NewestMS, r.Newest[s.Source])
		}
	}
	return list
}
