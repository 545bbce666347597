package silence

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// JobJudge is the kind of the job that notes that the server runs and judges every
// source of every machine.
const JobJudge = "silence.judge"

// JudgeJob does so every five minutes.
var JudgeJob = job.Periodic{Kind: JobJudge, Every: beatEvery}

// Worker works on JobJudge. Days are those of the zone.
func Worker(db *store.DB, now func() time.Time, zone *time.Location) job.Worker {
	return func(ctx context.Context, _ job.Job) error {
		if err := Beat(ctx, db, store.MS(now())); err != nil {
			return err
		}
		return JudgeAll(ctx, db, store.MS(now()), zone)
	}
}

// ask orders a judgement after a person changed what is expected.
func ask(ctx context.Context, tx *store.Tx, nowMS int64) error {
	_, err := job.Insert(ctx, tx, JobJudge, struct{}{}, job.InsertOpts{Unique: "changed", Now: store.Time(nowMS)})
	return err
}

// bench is what judging needs beside the contacts.
type bench struct {
	expected   Expectations
	exceptions map[string][]Exception
	calendars  map[string]*calendar
	up         []span
	closed     map[string]map[string]bool
	nowMS      int64
	zone       *time.Location
}

func newBench(ctx context.Context, q store.Querier, assetID string, nowMS int64, zone *time.Location) (*bench, error) {
	b := &bench{calendars: map[string]*calendar{}, closed: map[string]map[string]bool{}, nowMS: nowMS, zone: zone}
	var err error
	if b.expected, err = ReadExpectations(ctx, q, nil); err != nil {
		return nil, err
	}
	if b.up, err = readUp(ctx, q, b.nowMS); err != nil {
		return nil, err
	}
	days, err := ClosedDays(ctx, q, nil)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		if b.closed[d.FacilityID] == nil {
			b.closed[d.FacilityID] = map[string]bool{}
		}
		b.closed[d.FacilityID][d.Day] = true
	}
	b.exceptions, err = Exceptions(ctx, q, assetID, b.calendar("").today())
	return b, err
}

func (b *bench) calendar(facilityID string) *calendar {
	c := b.calendars[facilityID]
	if c == nil {
		c = &calendar{nowMS: b.nowMS, zone: b.zone, up: b.up, closed: b.closed[facilityID]}
		b.calendars[facilityID] = c
	}
	return c
}

func (b *bench) judge(k contact) Line {
	return judge(k, b.expected.Of(k.facilityID, Kind(k.source)), b.calendar(k.facilityID), b.exceptions[k.assetID])
}

// OfAsset judges every source of one machine now, also those that nothing is expected
// of. Days are those of the zone.
func OfAsset(ctx context.Context, q store.Querier, assetID string, nowMS int64, zone *time.Location) ([]Line, error) {
	b, err := newBench(ctx, q, assetID, nowMS, zone)
	if err != nil {
		return nil, err
	}
	var out []Line
	err = readContacts(ctx, q, assetID, func(group []contact) {
		for _, k := range group {
			out = append(out, b.judge(k))
		}
	})
	return out, err
}

// JudgeAll judges every source of every machine and keeps what does not report.
func JudgeAll(ctx context.Context, db *store.DB, nowMS int64, zone *time.Location) error {
	b, err := newBench(ctx, db, "", nowMS, zone)
	if err != nil {
		return err
	}
	var rows []row
	err = readContacts(ctx, db, "", func(group []contact) { rows = append(rows, b.rows(group)...) })
	if err != nil {
		return err
	}
	return keep(ctx, db, "", rows)
}

// JudgeAsset judges one machine anew, after a person changed something about it.
func JudgeAsset(ctx context.Context, tx *store.Tx, assetID string, nowMS int64, zone *time.Location) error {
	b, err := newBench(ctx, tx, assetID, nowMS, zone)
	if err != nil {
		return err
	}
	var rows []row
	if err := readContacts(ctx, tx, assetID, func(group []contact) { rows = append(rows, b.rows(group)...) }); err != nil {
		return err
	}
	kept, err := readKept(ctx, tx, assetID)
	if err != nil {
		return err
	}
	change, gone := differences(kept, rows)
	return write(ctx, tx, change, gone)
}

// row is a line to be kept.
type row struct {
	key
	facilityID, state, reason  string
	seenMS, sinceMS, skippedMS int64
	other                      string
	otherMS                    int64
	refusal, exceptionID       string
}

type key struct{ assetID, source string }

// rows are the lines of a machine that are kept: those that do not report.
func (b *bench) rows(group []contact) []row {
	var out []row
	for _, k := range group {
		if !slices.Contains(judged, k.source) {
			continue
		}
		l := b.judge(k)
		if !slices.Contains(ListStates, l.State) {
			continue
		}
		r := row{key: key{k.assetID, string(k.source)}, facilityID: k.facilityID, state: string(l.State), reason: string(l.Reason), seenMS: l.SeenMS, sinceMS: b.nowMS,
			skippedMS: l.SkippedMS, other: string(l.OtherSource), otherMS: l.OtherMS, refusal: l.Refusal}
		if l.Exception != nil {
			r.exceptionID = l.Exception.ID
		}
		out = append(out, r)
	}
	return out
}

// same reports whether nothing changed that anybody would see. What does not count
// grows all the time: only by the hour is it news.
func (r row) same(o row) bool {
	const hour = 3600_000
	r.sinceMS, o.sinceMS = 0, 0
	r.skippedMS, o.skippedMS = r.skippedMS/hour, o.skippedMS/hour
	return r == o
}

// differences compares what is kept with what was judged. Who stays in a state keeps
// the time since when.
func differences(kept map[key]row, rows []row) (change []row, gone []key) {
	found := map[key]bool{}
	for _, r := range rows {
		old, known := kept[r.key]
		if known && old.state == r.state {
			r.sinceMS = old.sinceMS
		}
		found[r.key] = true
		if !known || !old.same(r) {
			change = append(change, r)
		}
	}
	for k := range kept {
		if !found[k] {
			gone = append(gone, k)
		}
	}
	return change, gone
}

func readKept(ctx context.Context, q store.Querier, assetID string) (map[key]row, error) {
	var args []any
	where := ``
	if assetID != "" {
		args, where = append(args, assetID), ` WHERE asset_id = $1`
	}
	rows, err := q.Query(ctx, `SELECT asset_id, source, facility_id, state, reason, seen_ms, since_ms, skipped_ms, other_source, other_ms, refusal, exception_id FROM silence_state`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read what does not report: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[key]row{}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.assetID, &r.source, &r.facilityID, &r.state, &r.reason, &r.seenMS, &r.sinceMS, &r.skippedMS, &r.other, &r.otherMS, &r.refusal, &r.exceptionID); err != nil {
			return nil, fmt.Errorf("read what does not report: %w", err)
		}
		out[r.key] = r
	}
	return out, rows.Err()
}

// writeBatch is how many rows one transaction changes: reports wait for no more.
const writeBatch = 500

// keep makes the table equal to what was judged. Judging again does no harm: rows are
// written in pieces, each of which is true by itself.
func keep(ctx context.Context, db *store.DB, assetID string, rows []row) error {
	kept, err := readKept(ctx, db, assetID)
	if err != nil {
		return err
	}
	change, gone := differences(kept, rows)
	for len(change)+len(gone) > 0 {
		now, later := change[:min(len(change), writeBatch)], change[min(len(change), writeBatch):]
		nowGone, laterGone := gone[:min(len(gone), writeBatch)], gone[min(len(gone), writeBatch):]
		if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx, now, nowGone) }); err != nil {
			return err
		}
		change, gone = later, laterGone
	}
	return nil
}

var stateCols = []store.Col{{Name: "asset_id", Type: store.Text}, {Name: "source", Type: store.Text}, {Name: "facility_id", Type: store.Text}, {Name: "state", Type: store.Text},
	{Name: "reason", Type: store.Text}, {Name: "seen_ms", Type: store.Int}, {Name: "since_ms", Type: store.Int}, {Name: "skipped_ms", Type: store.Int},
	{Name: "other_source", Type: store.Text}, {Name: "other_ms", Type: store.Int}, {Name: "refusal", Type: store.Text}, {Name: "exception_id", Type: store.Text}}

func write(ctx context.Context, tx *store.Tx, change []row, gone []key) error {
	list := make([][]any, len(change))
	for i, r := range change {
		list[i] = []any{r.assetID, r.source, r.facilityID, r.state, r.reason, r.seenMS, r.sinceMS, r.skippedMS, r.other, r.otherMS, r.refusal, r.exceptionID}
	}
	err := tx.InsertMany(ctx, "silence_state", stateCols, list, `ON CONFLICT (asset_id, source) DO UPDATE SET facility_id = excluded.facility_id, state = excluded.state,
		reason = excluded.reason, seen_ms = excluded.seen_ms, since_ms = excluded.since_ms, skipped_ms = excluded.skipped_ms, other_source = excluded.other_source,
		other_ms = excluded.other_ms, refusal = excluded.refusal, exception_id = excluded.exception_id`)
	if err != nil {
		return err
	}
	for _, k := range gone {
		if _, err := tx.Exec(ctx, `DELETE FROM silence_state WHERE asset_id = $1 AND source = $2`, k.assetID, k.source); err != nil {
			return fmt.Errorf("remove what reports again: %w", err)
		}
	}
	return nil
}
