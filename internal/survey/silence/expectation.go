package silence

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Expectation is how often a source is expected. All numbers are hours.
type Expectation struct {
	EveryHours  int64 // interval: a report each
	GraceHours  int64 // late when interval and grace have passed
	SilentHours int64 // not reporting when these have passed
	SkipClosed  bool  // days on which the facility is closed do not count
	Off         bool  // nothing is expected
	By          string
	UpdatedMS   int64 // 0 = the standard
}

const day = 24 // hours

// standards are the expectations where nobody set others.
var standards = map[Kind]Expectation{
	// The agent reports every hour (agent.DefaultInterval). Three days of grace: a PC
	// switched off on Friday evening and not used on Monday is no news. A week until
	// silent, asset.SilentAgentDays: somebody was away.
	Kind(asset.SourceAgent): {EveryHours: 1, GraceHours: 3 * day, SilentHours: asset.SilentAgentDays * day, SkipClosed: true},
	// Entries ask agents of other makers for a report a day (ingest/foreign, everyHours);
	// else as our own agent.
	Kind(asset.SourceGLPI):   {EveryHours: day, GraceHours: 3 * day, SilentHours: (asset.SilentAgentDays + 1) * day, SkipClosed: true},
	Kind(asset.SourceFusion): {EveryHours: day, GraceHours: 3 * day, SilentHours: (asset.SilentAgentDays + 1) * day, SkipClosed: true},
	Kind(asset.SourceOCS):    {EveryHours: day, GraceHours: 3 * day, SilentHours: (asset.SilentAgentDays + 1) * day, SkipClosed: true},
	// A schedule writes once a day to a share, and somebody takes the folder in about
	// once a week: two weeks are one round missed.
	KindScript: {EveryHours: 7 * day, GraceHours: 3 * day, SilentHours: 14 * day, SkipClosed: true},
	// Carried around about once a month; 90 days are the limit of the evidence rule
	// AE-INV-01 (asset.SilentDays).
	Kind(asset.SourceUSB): {EveryHours: 30 * day, GraceHours: 15 * day, SilentHours: asset.SilentDays * day},
	// Devices of the network run day and night and are asked every day.
	Kind(asset.SourceSNMP): {EveryHours: day, GraceHours: day, SilentHours: 7 * day},
	// Listening hears of a machine when it happens to speak: a month is its pace.
	Kind(asset.SourcePassive): {EveryHours: 7 * day, GraceHours: 7 * day, SilentHours: 30 * day},
	// A list is taken in once, for most. Who gets one regularly sets the interval; a
	// month is what the form proposes.
	Kind(asset.SourceCSV): {EveryHours: 30 * day, GraceHours: 7 * day, SilentHours: 60 * day, Off: true},
	// A directory has an interval of its own (a quarter of an hour to a week); a day
	// without it is a day of unnoticed new accounts.
	Kind(asset.SourceDirectory): {EveryHours: 1, GraceHours: 6, SilentHours: day},
	// Lists of weaknesses appear daily; JVN and KEV are published on workdays.
	Kind(asset.SourceFeed): {EveryHours: day, GraceHours: 2 * day, SilentHours: 7 * day},
	// Some machine behind a door reports every day that the facility is open; three such
	// days without any are no accident of single machines.
	KindWhole: {EveryHours: day, GraceHours: day, SilentHours: 3 * day, SkipClosed: true},
}

// Standard is the expectation of a kind where nobody set another; unknown kinds are
// not expected.
func Standard(k Kind) Expectation {
	if e, ok := standards[k]; ok {
		return e
	}
	return Expectation{Off: true}
}

// asked is the expectation of an agent that a policy asks to report only so often: late
// and not reporting come later by the same time. That it was asked to report more
// often is no reason to miss it earlier.
func (e Expectation) asked(everyHours int64) Expectation {
	if more := everyHours - e.EveryHours; more > 0 {
		e.EveryHours += more
		e.SilentHours += more
	}
	return e
}

// mostHours is the longest interval that may be set: two years, beyond which an
// inspection would not find it.
const mostHours = 2 * 365 * day

// Expectations holds what is expected, by facility and kind.
type Expectations map[string]map[Kind]Expectation

// Of is what is expected of a kind at a facility.
func (x Expectations) Of(facilityID string, k Kind) Expectation {
	if e, ok := x[facilityID][k]; ok {
		return e
	}
	return Standard(k)
}

// ReadExpectations reads what was set at facilities (nil = all).
func ReadExpectations(ctx context.Context, q store.Querier, facilities []string) (Expectations, error) {
	var args []any
	where := `1 = 1`
	if facilities != nil {
		where = store.In("facility_id", facilities, &args)
	}
	rows, err := q.Query(ctx, `SELECT facility_id, kind, every_hours, grace_hours, silent_hours, skip_closed, off, by_name, updated_ms FROM silence_expectation WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read expected intervals: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := Expectations{}
	for rows.Next() {
		var facility string
		var kind Kind
		var e Expectation
		if err := rows.Scan(&facility, &kind, &e.EveryHours, &e.GraceHours, &e.SilentHours, &e.SkipClosed, &e.Off, &e.By, &e.UpdatedMS); err != nil {
			return nil, fmt.Errorf("read expected intervals: %w", err)
		}
		if out[facility] == nil {
			out[facility] = map[Kind]Expectation{}
		}
		out[facility][kind] = e
	}
	return out, rows.Err()
}

// SetExpectation sets what is expected of a kind at a facility. Errors: invalid, with
// its place.
func SetExpectation(ctx context.Context, tx *store.Tx, facilityID string, k Kind, e Expectation, by string, nowMS int64) error {
	if !slices.Contains(Kinds, k) {
		return fault.Invalid("silence.error.kind").At("kind")
	}
	for place, n := range map[string]int64{"every_hours": e.EveryHours, "silent_hours": e.SilentHours, "grace_hours": e.GraceHours + 1} {
		if n < 1 || n > mostHours {
			return fault.Invalid("silence.error.hours", "Max", mostHours).At(place)
		}
	}
	if e.SilentHours <= e.EveryHours+e.GraceHours {
		return fault.Invalid("silence.error.order").At("silent_hours")
	}
	_, err := tx.Exec(ctx, `INSERT INTO silence_expectation (facility_id, kind, every_hours, grace_hours, silent_hours, skip_closed, off, by_name, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (facility_id, kind) DO UPDATE SET every_hours = excluded.every_hours, grace_hours = excluded.grace_hours,
		silent_hours = excluded.silent_hours, skip_closed = excluded.skip_closed, off = excluded.off, by_name = excluded.by_name, updated_ms = excluded.updated_ms`,
		facilityID, string(k), e.EveryHours, e.GraceHours, e.SilentHours, e.SkipClosed, e.Off, by, nowMS)
	if err != nil {
		return fmt.Errorf("store expected interval: %w", err)
	}
	return ask(ctx, tx, nowMS)
}

// ResetExpectation goes back to the standard.
func ResetExpectation(ctx context.Context, tx *store.Tx, facilityID string, k Kind, nowMS int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM silence_expectation WHERE facility_id = $1 AND kind = $2`, facilityID, string(k)); err != nil {
		return fmt.Errorf("remove expected interval: %w", err)
	}
	return ask(ctx, tx, nowMS)
}
