package silence

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Whole is a source as a whole: a directory, an entry for agents of another maker, all
// agents of a facility, the lists that come regularly.
type Whole struct {
	Kind       Kind         // directory, agent, glpi, fusioninventory, ocs, csv
	Source     asset.Source // what its machines say in the ledger
	ID         string       // of the directory or entry; empty for the others
	Name       string       // of the directory, note of the entry; may be empty
	FacilityID string
	State      State
	Reason     Reason
	LastMS     int64 // last that came; 0 = nothing yet
	SinceMS    int64 // what is counted from: LastMS, or when it was set up
	SkippedMS  int64
	DownMS     int64
	// FailingMS is since when readings of a directory fail; 0 = they do not.
	FailingMS   int64
	Expectation Expectation
	Machines    int // behind it
}

// Wholes judges every source of facilities (nil = all) as a whole now: those that do
// not report first. A source that was never set up is not there.
func Wholes(ctx context.Context, q store.Querier, facilities []string, nowMS int64, zone *time.Location) ([]Whole, error) {
	b, err := newBench(ctx, q, "", nowMS, zone)
	if err != nil {
		return nil, err
	}
	var out []Whole
	for _, read := range []func(context.Context, store.Querier, []string) ([]Whole, error){wholeDirectories, wholeEntries, wholeAgents, b.wholeLists} {
		list, err := read(ctx, q, facilities)
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			b.judgeWhole(&w)
			if w.State != Unset {
				out = append(out, w)
			}
		}
	}
	rank := func(w Whole) int { return slices.Index([]State{Silent, Late, Excepted, Reporting}, w.State) }
	slices.SortStableFunc(out, func(a, b Whole) int { return rank(a) - rank(b) })
	return out, nil
}

func (b *bench) judgeWhole(w *Whole) {
	e := w.Expectation
	switch w.Kind {
	case Kind(asset.SourceDirectory): // its interval is its own
		every := e.EveryHours
		e = b.expected.Of(w.FacilityID, w.Kind)
		e.SilentHours += max(every-e.EveryHours, 0)
		e.EveryHours = max(every, 1)
	case Kind(asset.SourceCSV):
		e = b.expected.Of(w.FacilityID, w.Kind)
	default:
		e = b.expected.Of(w.FacilityID, KindWhole)
	}
	w.Expectation = e
	if w.State == Excepted {
		return
	}
	if e.Off {
		w.State = Unset
		return
	}
	cal := b.calendar(w.FacilityID)
	l := Line{SeenMS: min(w.SinceMS, b.nowMS)}
	w.State = l.pace(e, cal, 0)
	w.SkippedMS, w.DownMS = l.SkippedMS, l.DownMS
	if w.SinceMS > b.nowMS+clockSlack.Milliseconds() {
		w.State, w.Reason = Late, ReasonClock
	}
	switch {
	case w.FailingMS > 0:
		w.Reason = ReasonFailing
		if w.State == Reporting {
			w.State = Late // it does not answer now
		}
	case w.State != Reporting && w.Kind == Kind(asset.SourceCSV):
		w.Reason = ReasonOverdue
	}
}

// facilityIn restricts a query to facilities.
func facilityIn(col string, facilities []string, args *[]any) string {
	if facilities == nil {
		return "1 = 1"
	}
	return store.In(col, facilities, args)
}

func scanWholes(ctx context.Context, q store.Querier, query string, args []any, scan func(func(...any) error, *Whole) error) ([]Whole, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Whole
	for rows.Next() {
		var w Whole
		if err := scan(rows.Scan, &w); err != nil {
			return nil, fmt.Errorf("read sources: %w", err)
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

func wholeDirectories(ctx context.Context, q store.Querier, facilities []string) ([]Whole, error) {
	var args []any
	query := `SELECT id, name, facility_id, every_minutes, paused, good_ms, failing_ms, created_ms, computers FROM directory_source WHERE ` + facilityIn("facility_id", facilities, &args) + ` ORDER BY name, id`
	return scanWholes(ctx, q, query, args, func(scan func(...any) error, w *Whole) error {
		var minutes, created int64
		var paused bool
		err := scan(&w.ID, &w.Name, &w.FacilityID, &minutes, &paused, &w.LastMS, &w.FailingMS, &created, &w.Machines)
		w.Kind, w.Source = Kind(asset.SourceDirectory), asset.SourceDirectory
		w.Expectation.EveryHours = (minutes + 59) / 60
		w.SinceMS = max(w.LastMS, created)
		if w.LastMS > 0 {
			w.SinceMS = w.LastMS
		}
		if paused {
			w.State, w.Reason = Excepted, ReasonPaused
		}
		return err
	})
}

func wholeEntries(ctx context.Context, q store.Querier, facilities []string) ([]Whole, error) {
	var args []any
	query := `SELECT e.id, e.protocol, e.note, e.facility_id, e.created_ms, coalesce(e.last_used_ms, 0), (SELECT count(*) FROM asset_source o JOIN asset_asset a ON a.id = o.asset_id
		WHERE o.source = e.protocol AND a.facility_id = e.facility_id) FROM identity_entry e WHERE e.closed_ms IS NULL AND ` + facilityIn("e.facility_id", facilities, &args) + ` ORDER BY e.id`
	return scanWholes(ctx, q, query, args, func(scan func(...any) error, w *Whole) error {
		var protocol string
		var created int64
		err := scan(&w.ID, &protocol, &w.Name, &w.FacilityID, &created, &w.LastMS, &w.Machines)
		w.Kind, w.Source = Kind(protocol), asset.Source(protocol)
		w.SinceMS = max(w.LastMS, created)
		return err
	})
}

func wholeAgents(ctx context.Context, q store.Querier, facilities []string) ([]Whole, error) {
	var args []any
	query := `SELECT facility_id, max(coalesce(last_seen_ms, 0)), min(enrolled_ms), count(*) FROM identity_device WHERE revoked_ms IS NULL AND ` +
		facilityIn("facility_id", facilities, &args) + ` GROUP BY facility_id ORDER BY facility_id`
	return scanWholes(ctx, q, query, args, func(scan func(...any) error, w *Whole) error {
		var enrolled int64
		err := scan(&w.FacilityID, &w.LastMS, &enrolled, &w.Machines)
		w.Kind, w.Source = Kind(asset.SourceAgent), asset.SourceAgent
		w.SinceMS = max(w.LastMS, enrolled)
		return err
	})
}

// wholeLists are the facilities where lists are expected, with the last one taken in.
func (b *bench) wholeLists(ctx context.Context, q store.Querier, facilities []string) ([]Whole, error) {
	var out []Whole
	for facility, kinds := range b.expected {
		e, ok := kinds[Kind(asset.SourceCSV)]
		if !ok || e.Off || facilities != nil && !slices.Contains(facilities, facility) {
			continue
		}
		w := Whole{Kind: Kind(asset.SourceCSV), Source: asset.SourceCSV, FacilityID: facility}
		err := q.QueryRow(ctx, `SELECT coalesce(max(finished_ms), 0) FROM intake_import WHERE facility_id = $1 AND state = 'done' AND form = 'list'`, facility).Scan(&w.LastMS)
		if err != nil {
			return nil, fmt.Errorf("look for the last list: %w", err)
		}
		if w.SinceMS = e.UpdatedMS; w.LastMS > 0 {
			w.SinceMS = w.LastMS
		}
		if err := q.QueryRow(ctx, `SELECT count(*) FROM asset_source o JOIN asset_asset a ON a.id = o.asset_id WHERE o.source = $1 AND a.facility_id = $2`,
			string(asset.SourceCSV), facility).Scan(&w.Machines); err != nil {
			return nil, fmt.Errorf("count machines of lists: %w", err)
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Whole) int {
		if a.FacilityID < b.FacilityID {
			return -1
		}
		return 1
	})
	return out, nil
}
