package organisation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const recordColumns = `id, facility_id, kind, title, held_on, period_from, period_until, held_by, note, coalesce(document_id, ''), revision,
	created_by, created_ms, updated_ms, coalesce(withdrawn_ms, 0), withdrawn_by, withdrawn_why`

func scanRecord(row interface{ Scan(...any) error }) (r Record, err error) {
	err = row.Scan(&r.ID, &r.FacilityID, &r.Kind, &r.Title, &r.HeldOn, &r.PeriodFrom, &r.PeriodUntil, &r.HeldBy, &r.Note, &r.DocumentID, &r.Revision,
		&r.CreatedBy, &r.CreatedMS, &r.UpdatedMS, &r.WithdrawnMS, &r.WithdrawnBy, &r.WithdrawnWhy)
	return r, err
}

func (r *Record) check() error {
	var c check
	if !slices.Contains(Kinds, r.Kind) {
		c.fail("kind", "organisation.error.kind")
	}
	c.text("title", &r.Title, true, 200, false)
	c.day("held_on", r.HeldOn, true)
	c.day("period_from", r.PeriodFrom, false)
	c.day("period_until", r.PeriodUntil, false)
	c.order("period_until", r.PeriodFrom, r.PeriodUntil)
	c.text("held_by", &r.HeldBy, true, 200, false)
	c.text("note", &r.Note, false, 4000, true)
	c.text("document_id", &r.DocumentID, false, 100, false)
	c.facility(r.FacilityID)
	return c.err
}

// AddRecord stores a dated record; r.CreatedBy is who entered it. ID, revision and
// times are filled in. Errors: invalid with the place.
func AddRecord(ctx context.Context, tx *store.Tx, r Record, nowMS int64) (Record, error) {
	if err := r.check(); err != nil {
		return r, err
	}
	r.ID, r.Revision, r.CreatedMS, r.UpdatedMS = store.NewID(), 1, nowMS, nowMS
	r.WithdrawnMS, r.WithdrawnBy, r.WithdrawnWhy = 0, "", ""
	_, err := tx.Exec(ctx, `INSERT INTO organisation_record (id, facility_id, kind, title, held_on, period_from, period_until, held_by, note, document_id,
		revision, created_by, created_ms, updated_ms, withdrawn_by, withdrawn_why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', '')`,
		r.ID, r.FacilityID, string(r.Kind), r.Title, r.HeldOn, r.PeriodFrom, r.PeriodUntil, r.HeldBy, r.Note, orNull(r.DocumentID), r.Revision, r.CreatedBy, nowMS, nowMS)
	if err != nil {
		return r, fmt.Errorf("store record: %w", err)
	}
	return r, nil
}

// UpdateRecord corrects a record that counts; r.Revision is the one that was seen.
// Errors: invalid, conflict (changed meanwhile, withdrawn), not found.
func UpdateRecord(ctx context.Context, tx *store.Tx, r Record, nowMS int64) (Record, error) {
	if err := r.check(); err != nil {
		return r, err
	}
	res, err := tx.Exec(ctx, `UPDATE organisation_record SET kind = $1, title = $2, held_on = $3, period_from = $4, period_until = $5, held_by = $6,
		note = $7, document_id = $8, revision = revision + 1, updated_ms = $9 WHERE id = $10 AND facility_id = $11 AND revision = $12 AND withdrawn_ms IS NULL`,
		string(r.Kind), r.Title, r.HeldOn, r.PeriodFrom, r.PeriodUntil, r.HeldBy, r.Note, orNull(r.DocumentID), nowMS, r.ID, r.FacilityID, r.Revision)
	if err != nil {
		return r, fmt.Errorf("store record %s: %w", r.ID, err)
	}
	if err := changed(ctx, tx, res, "organisation_record", r.ID, r.FacilityID); err != nil {
		return r, err
	}
	r.Revision, r.UpdatedMS = r.Revision+1, nowMS
	return r, nil
}

// WithdrawRecord says that a record does not count, by whom and why; it stays
// readable. Errors: invalid (no reason), conflict, not found.
func WithdrawRecord(ctx context.Context, tx *store.Tx, facilityID, id string, revision int64, by, why string, nowMS int64) error {
	var c check
	c.text("why", &why, true, 1000, true)
	if c.err != nil {
		return c.err
	}
	res, err := tx.Exec(ctx, `UPDATE organisation_record SET withdrawn_ms = $1, withdrawn_by = $2, withdrawn_why = $3, revision = revision + 1, updated_ms = $4
		WHERE id = $5 AND facility_id = $6 AND revision = $7 AND withdrawn_ms IS NULL`, nowMS, by, why, nowMS, id, facilityID, revision)
	if err != nil {
		return fmt.Errorf("withdraw record %s: %w", id, err)
	}
	return changed(ctx, tx, res, "organisation_record", id, facilityID)
}

// RecordByID reads a record, withdrawn or not. Errors: not found.
func RecordByID(ctx context.Context, q store.Querier, id string) (Record, error) {
	r, err := scanRecord(q.QueryRow(ctx, `SELECT `+recordColumns+` FROM organisation_record WHERE id = $1`, id))
	return r, found(err, "record "+id)
}

// RecordFilter says which records are wanted. Fields left at zero do not filter.
type RecordFilter struct {
	Facilities []string // nil = all, empty = none
	Kind       Kind
	From       string // held on this day or later, 2006-01-02
	Until      string // held on this day or earlier
	Withdrawn  bool   // also withdrawn ones
	AtMS       int64  // entered, and not yet withdrawn, at this time; 0 = now
	After      string // Next of the page before
	Limit      int    // 1–1000; 0 = 100
}

// Records lists records, the latest first. next is the After of the following page,
// empty at the end.
func Records(ctx context.Context, q store.Querier, f RecordFilter) (list []Record, next string, err error) {
	where, args := f.where()
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if id, day, ok := strings.Cut(f.After, "/"); ok {
		d, i := param(day), param(id)
		where += ` AND (held_on, id) < (` + d + `, ` + i + `)`
	}
	limit := pageLimit(f.Limit)
	query := `SELECT ` + recordColumns + ` FROM organisation_record WHERE ` + where + ` ORDER BY held_on DESC, id DESC LIMIT ` + param(limit+1)
	list, err = read(ctx, q, "records", query, args, scanRecord)
	if err == nil && len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID + "/" + list[limit-1].HeldOn
	}
	return list, next, err
}

// RecordCount counts the records that Records lists on all pages.
func RecordCount(ctx context.Context, q store.Querier, f RecordFilter) (n int, err error) {
	where, args := f.where()
	if err := q.QueryRow(ctx, `SELECT count(*) FROM organisation_record WHERE `+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count records: %w", err)
	}
	return n, nil
}

// where is the condition of a filter, without After.
func (f RecordFilter) where() (string, []any) {
	var args []any
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	where := `true`
	if f.Facilities != nil {
		where += ` AND ` + store.In("facility_id", f.Facilities, &args)
	}
	if f.Kind != "" {
		where += ` AND kind = ` + param(string(f.Kind))
	}
	if f.From != "" {
		where += ` AND held_on >= ` + param(f.From)
	}
	if f.Until != "" {
		where += ` AND held_on <= ` + param(f.Until)
	}
	if f.AtMS != 0 {
		at := param(f.AtMS)
		where += ` AND created_ms <= ` + at + ` AND (withdrawn_ms IS NULL OR withdrawn_ms > ` + at + `)`
	} else if !f.Withdrawn {
		where += ` AND withdrawn_ms IS NULL`
	}
	return where, args
}

// LatestRecord finds the last record of a kind held up to day (2006-01-02), as it
// counted at atMS (0 = now). Errors: not found.
func LatestRecord(ctx context.Context, q store.Querier, facilityID string, kind Kind, day string, atMS int64) (Record, error) {
	list, _, err := Records(ctx, q, RecordFilter{Facilities: []string{facilityID}, Kind: kind, Until: day, AtMS: atMS, Limit: 1})
	if err != nil {
		return Record{}, err
	}
	if len(list) == 0 {
		return Record{}, fault.NotFound("organisation.error.not_found")
	}
	return list[0], nil
}
