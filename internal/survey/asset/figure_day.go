package asset

import (
	"context"
	"fmt"
	"time"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// Figure names a count over the ledger that is kept day by day.
type Figure string

// The figures. All count assets that are not disposed of.
const (
	FigureAssets        Figure = "assets"
	FigureSilent        Figure = "silent"        // a source no longer reports, as package silence judges
	FigureIncomplete    Figure = "incomplete"    // a required field is empty
	FigureContradicting Figure = "contradicting" // sources disagree, nobody has decided
)

// DayFigures is every figure that is kept, in page order.
var DayFigures = []Figure{FigureAssets, FigureSilent, FigureIncomplete, FigureContradicting}

// Filter is the list that the figure counts, so that a page and the job that keeps
// figures can never count differently. Scope and NowMS are the caller's.
func (f Figure) Filter() Filter {
	switch f {
	case FigureSilent:
		return Filter{Silence: []string{"silent"}}
	case FigureIncomplete:
		return Filter{Incomplete: true}
	case FigureContradicting:
		return Filter{Contradicting: true}
	}
	return Filter{}
}

// DayValue is a figure at the end of a day; of the running day, the last count.
type DayValue struct {
	Day   string // 2006-01-02 in Japan
	Count int
}

// JobFigures is the kind of the job that keeps the day's figures.
const JobFigures = "asset.figures"

// FigureJob counts every hour: the last count of a day stays as the day's figure,
// also when the server was off at midnight.
var FigureJob = job.Periodic{Kind: JobFigures, Every: time.Hour}

// figureYears is how long figures are kept: an edition of the checklist, the one
// before and the one it is compared with.
const figureYears = 3

// FigureWorker keeps the figures of the running day, as zone counts days. facilities
// lists every facility, also those without assets: nothing there is a figure, too.
func FigureWorker(db *store.DB, facilities func(context.Context) ([]string, error), now func() time.Time, zone *time.Location) job.Worker {
	return func(ctx context.Context, _ job.Job) error {
		ids, err := facilities(ctx)
		if err != nil {
			return err
		}
		return KeepFigures(ctx, db, ids, now().In(zone))
	}
}

// KeepFigures counts the ledger of each facility and stores it as the figures of
// now's day, in now's zone. An earlier count of the same day is replaced; figures
// older than three years go.
func KeepFigures(ctx context.Context, db *store.DB, facilities []string, now time.Time) error {
	counts := map[Figure]map[string]int{}
	for _, f := range DayFigures {
		found, err := countByFacility(ctx, db, f, store.MS(now))
		if err != nil {
			return err
		}
		counts[f] = found
	}
	day, oldest := now.Format(time.DateOnly), now.AddDate(-figureYears, 0, 0).Format(time.DateOnly)
	for _, id := range facilities {
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, f := range DayFigures {
				if err := keepFigure(ctx, tx, id, f, day, counts[f][id], store.MS(now)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM asset_figure_day WHERE day < $1`, oldest); err != nil {
			return fmt.Errorf("remove old figures: %w", err)
		}
		return nil
	})
}

// keepFigure stores one figure; of two servers that count, the later one stays.
func keepFigure(ctx context.Context, tx *store.Tx, facilityID string, f Figure, day string, count int, nowMS int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO asset_figure_day (facility_id, name, day, value, taken_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (facility_id, name, day) DO UPDATE SET value = excluded.value, taken_ms = excluded.taken_ms
		WHERE asset_figure_day.taken_ms <= excluded.taken_ms`, facilityID, string(f), day, count, nowMS)
	if err != nil {
		return fmt.Errorf("store figure %s of %s: %w", f, day, err)
	}
	return nil
}

// countByFacility counts the list of a figure by facility; one without is absent.
func countByFacility(ctx context.Context, q store.Querier, f Figure, nowMS int64) (map[string]int, error) {
	filter := f.Filter()
	filter.Scope, filter.NowMS = Scope{All: true}, nowMS
	w := where{engine: q.Engine()}
	if err := filter.common(&w); err != nil {
		return nil, err
	}
	filter.choices(&w)
	rows, err := q.Query(ctx, `SELECT a.facility_id, count(*) FROM asset_asset a WHERE `+w.text()+` GROUP BY a.facility_id`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count figure %s: %w", f, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("count figure %s: %w", f, err)
		}
		out[id] = n
	}
	return out, rows.Err()
}

// FigureDays gives the kept figures from a day until another (both included), summed
// over facilities (nil = all), oldest first. A day on which a facility was not
// counted although it had been before is left out: a sum without it would be a
// figure that never was.
func FigureDays(ctx context.Context, q store.Querier, facilities []string, from, until string) (map[Figure][]DayValue, error) {
	begins, err := figureBegins(ctx, q, facilities)
	if err != nil {
		return nil, err
	}
	args := []any{from, until}
	where := `day >= $1 AND day <= $2`
	if facilities != nil {
		where += ` AND ` + store.In("facility_id", facilities, &args)
	}
	rows, err := q.Query(ctx, `SELECT name, day, CAST(sum(value) AS BIGINT), count(*) FROM asset_figure_day WHERE `+where+` GROUP BY name, day ORDER BY name, day`, args...)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[Figure][]DayValue{}
	for rows.Next() {
		var name Figure
		var v DayValue
		var counted int
		if err := rows.Scan(&name, &v.Day, &v.Count, &counted); err != nil {
			return nil, fmt.Errorf("read figures: %w", err)
		}
		wanted := 0
		for _, day := range begins {
			if day <= v.Day {
				wanted++
			}
		}
		if counted == wanted {
			out[name] = append(out[name], v)
		}
	}
	return out, rows.Err()
}

// figureBegins is the first kept day of each facility.
func figureBegins(ctx context.Context, q store.Querier, facilities []string) ([]string, error) {
	args := []any{string(FigureAssets)}
	where := `name = $1`
	if facilities != nil {
		where += ` AND ` + store.In("facility_id", facilities, &args)
	}
	return textColumn(ctx, q, "first figures", `SELECT min(day) FROM asset_figure_day WHERE `+where+` GROUP BY facility_id`, args)
}
