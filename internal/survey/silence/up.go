package silence

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// beatEvery is how often the server notes that it runs, upGap from how long a hole on
// it was down: the job may come late on a busy machine.
const (
	beatEvery = 5 * time.Minute
	upGap     = 3 * beatEvery
)

// keepUp is how long the times the server ran are kept: what any limit can reach.
const keepUp = countDays * 24 * time.Hour

// trusted is how long the server has to run by one clock before what other times say is
// thrown away: a clock that is wrong at start is set right within minutes.
const trusted = 6 * time.Hour

// Beat notes that the server runs. Of several servers each may do so: one that runs is
// enough to take reports. One beat alone proves nothing, for its clock may be wrong: what
// it notes does not count before the next one (readUp), and it changes nothing that was
// noted before.
func Beat(ctx context.Context, db *store.DB, nowMS int64) error {
	err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		// The latest run that may go on, and whether later ones are known: then the clock is
		// wrong, or was, and only what it began itself goes on.
		var from, until, later int64
		err := tx.QueryRow(ctx, `SELECT COALESCE(max(from_ms), 0) FROM silence_up WHERE from_ms <= $1 AND until_ms >= $2`, nowMS, nowMS-upGap.Milliseconds()).Scan(&from)
		if err == nil {
			err = tx.QueryRow(ctx, `SELECT COALESCE(max(until_ms), 0), (SELECT count(*) FROM silence_up WHERE from_ms > $1) FROM silence_up WHERE from_ms = $2`, nowMS, from).Scan(&until, &later)
		}
		switch {
		case err != nil || from > 0 && until >= nowMS:
			return err
		case from > 0 && (later == 0 || until == from):
			_, err = tx.Exec(ctx, `UPDATE silence_up SET until_ms = $1 WHERE from_ms = $2 AND until_ms < $3`, nowMS, from, nowMS)
		default:
			_, err = tx.Exec(ctx, `INSERT INTO silence_up (from_ms, until_ms) VALUES ($1, $2) ON CONFLICT (from_ms) DO NOTHING`, nowMS, nowMS)
		}
		if err != nil {
			return err
		}
		return forgetUp(ctx, tx, nowMS)
	})
	if err != nil {
		return fmt.Errorf("note that the server runs: %w", err)
	}
	return nil
}

// forgetUp throws away what is too old to matter, and what lies ahead, once the server has
// run long enough to believe its clock.
func forgetUp(ctx context.Context, tx *store.Tx, nowMS int64) error {
	up, err := readUp(ctx, tx, nowMS)
	if err != nil || len(up) == 0 || up[len(up)-1].until < nowMS || up[len(up)-1].from > nowMS-trusted.Milliseconds() {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM silence_up WHERE from_ms > $1 OR until_ms < $2`, nowMS+upGap.Milliseconds(), nowMS-keepUp.Milliseconds())
	return err
}

// readUp gives the times in which the server ran, up to now: those that two beats prove, in
// order, with no hole below upGap.
func readUp(ctx context.Context, q store.Querier, nowMS int64) ([]span, error) {
	rows, err := q.Query(ctx, `SELECT from_ms, until_ms FROM silence_up WHERE from_ms < until_ms AND from_ms <= $1 ORDER BY from_ms`, nowMS)
	if err != nil {
		return nil, fmt.Errorf("read when the server ran: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []span
	for rows.Next() {
		var s span
		if err := rows.Scan(&s.from, &s.until); err != nil {
			return nil, fmt.Errorf("read when the server ran: %w", err)
		}
		s.until = min(s.until, nowMS)
		if last := len(out) - 1; last >= 0 && s.from <= out[last].until+upGap.Milliseconds() {
			out[last].until = max(out[last].until, s.until)
			continue
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// Outage is a time in which the server did not run.
type Outage struct{ FromMS, UntilMS int64 }

// Outages lists those between two moments, the newest first, at most 20.
func Outages(ctx context.Context, q store.Querier, sinceMS, nowMS int64) ([]Outage, error) {
	up, err := readUp(ctx, q, nowMS)
	if err != nil {
		return nil, err
	}
	var out []Outage
	for i := len(up) - 1; i > 0 && len(out) < 20; i-- {
		if up[i].from >= sinceMS && up[i].from > up[i-1].until {
			out = append(out, Outage{up[i-1].until, up[i].from})
		}
	}
	return out, nil
}

// ClosedDay is a day on which a facility is closed, beside Sundays and public holidays.
type ClosedDay struct {
	FacilityID string
	Day        string // 2006-01-02
	Name       string // 1–100 characters
	By         string
}

// mostClosed bounds the days of one facility.
const mostClosed = 400

// Close adds a day on which a facility is closed. Errors: invalid with its place.
func Close(ctx context.Context, tx *store.Tx, d ClosedDay, nowMS int64) error {
	d.Name = strings.TrimSpace(d.Name)
	if n := utf8.RuneCountInString(d.Name); n == 0 || n > 100 || !utf8.ValidString(d.Name) || strings.ContainsRune(d.Name, 0) {
		return fault.Invalid("silence.error.closed_name", "Max", 100).At("name")
	}
	if at, err := time.Parse(time.DateOnly, d.Day); err != nil || at.Year() < 2000 || at.Year() > 2099 {
		return fault.Invalid("silence.error.day").At("day")
	}
	var held int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM silence_closed WHERE facility_id = $1`, d.FacilityID).Scan(&held); err != nil {
		return fmt.Errorf("count closed days: %w", err)
	}
	if held >= mostClosed {
		return fault.Conflict("silence.error.many", "Max", mostClosed)
	}
	_, err := tx.Exec(ctx, `INSERT INTO silence_closed (facility_id, day, name, by_name) VALUES ($1, $2, $3, $4)
		ON CONFLICT (facility_id, day) DO UPDATE SET name = excluded.name, by_name = excluded.by_name`, d.FacilityID, d.Day, d.Name, d.By)
	if err != nil {
		return fmt.Errorf("store closed day: %w", err)
	}
	return ask(ctx, tx, nowMS)
}

// Reopen takes a closed day away. Errors: not found.
func Reopen(ctx context.Context, tx *store.Tx, facilityID, day string, nowMS int64) error {
	res, err := tx.Exec(ctx, `DELETE FROM silence_closed WHERE facility_id = $1 AND day = $2`, facilityID, day)
	if err != nil {
		return fmt.Errorf("remove closed day: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound("silence.error.closed_unknown")
	}
	return ask(ctx, tx, nowMS)
}

// ClosedDays lists the days of facilities (nil = all), the last first.
func ClosedDays(ctx context.Context, q store.Querier, facilities []string) ([]ClosedDay, error) {
	var args []any
	where := `1 = 1`
	if facilities != nil {
		where = store.In("facility_id", facilities, &args)
	}
	rows, err := q.Query(ctx, `SELECT facility_id, day, name, by_name FROM silence_closed WHERE `+where+` ORDER BY day DESC, facility_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list closed days: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []ClosedDay
	for rows.Next() {
		var d ClosedDay
		if err := rows.Scan(&d.FacilityID, &d.Day, &d.Name, &d.By); err != nil {
			return nil, fmt.Errorf("list closed days: %w", err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}
