package evidence

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/survey/asset"
)

// classKinds says which kinds of the ledger make up a class of the checklist. A
// virtual machine is a server that happens to have no box; VPN and other remote
// access devices are network devices on the ministry's form.
var classKinds = map[catalog.Target][]asset.Kind{
	catalog.TargetServer:  {asset.KindServer, asset.KindVM},
	catalog.TargetPC:      {asset.KindPC},
	catalog.TargetNetwork: {asset.KindNetwork, asset.KindVPN},
}

// classes are the device classes of the form, in its order.
var classes = []catalog.Target{catalog.TargetServer, catalog.TargetPC, catalog.TargetNetwork}

// kindsOf lists the kinds a target covers; the organisation has no devices.
func kindsOf(t catalog.Target) []asset.Kind {
	var kinds []asset.Kind
	for _, c := range classes {
		if t.Covers(c) {
			kinds = append(kinds, classKinds[c]...)
		}
	}
	return kinds
}

// computersOf is kindsOf without network devices: what an agent can run on.
func computersOf(t catalog.Target) []asset.Kind {
	return slices.DeleteFunc(kindsOf(t), func(k asset.Kind) bool { return slices.Contains(classKinds[catalog.TargetNetwork], k) })
}

// Statuses that checks look at.
var (
	running = []asset.Status{asset.StatusInUse, asset.StatusOnLoan, asset.StatusTrial}
	owned   = []asset.Status{asset.StatusInUse, asset.StatusOnLoan, asset.StatusTrial, asset.StatusSpare, asset.StatusRepair}
)

// query is SQL with its arguments; add numbers them in rising order.
type query struct {
	text strings.Builder
	args []any
}

// add appends text; each ? stands for the next argument.
func (s *query) add(sqlText string, args ...any) *query {
	for _, a := range args {
		before, after, found := strings.Cut(sqlText, "?")
		if !found {
			panic("more arguments than places in " + sqlText)
		}
		s.args = append(s.args, a)
		s.text.WriteString(before + "$" + strconv.Itoa(len(s.args)))
		sqlText = after
	}
	s.text.WriteString(sqlText)
	return s
}

// inList appends a list of values: (?, ?, …). An empty one holds nothing.
func inList[T ~string](s *query, list []T) *query {
	if len(list) == 0 {
		return s.add("(NULL)")
	}
	args := make([]any, len(list))
	for i, v := range list {
		args[i] = string(v)
	}
	return s.add("("+strings.TrimSuffix(strings.Repeat("?, ", len(list)), ", ")+")", args...)
}

// scope begins a query WITH the assets a check looks at: table scope with id,
// kind, label, last_seen_ms and the named columns. Now it reads the ledger's wide
// row, for a past moment the ledger as it was then.
func (i Input) scope(kinds []asset.Kind, statuses []asset.Status, fields ...asset.Field) *query {
	s := &query{}
	var more strings.Builder
	for _, f := range fields {
		more.WriteString(", " + string(f))
	}
	cols := more.String()
	if i.Past == nil {
		s.add(`WITH scope AS (SELECT id, kind, label, last_seen_ms`+cols+` FROM asset_asset WHERE facility_id = ? AND kind IN `, i.FacilityID)
	} else {
		i.Past.with(s)
		s.add(`, scope AS (SELECT id, kind, label, last_seen_ms` + cols + ` FROM past WHERE kind IN `)
	}
	inList(s, kinds).add(` AND status IN `)
	return inList(s, statuses).add(`)`)
}

// open is the condition for rows of a history that were true at the moment.
func (i Input) open(s *query, alias string) *query {
	return s.add(alias+`.first_ms <= ? AND (`+alias+`.gone_ms IS NULL OR `+alias+`.gone_ms > ?)`, i.AsOfMS, i.AsOfMS)
}

// each runs a query and hands every row to scan.
func each(ctx context.Context, q store.Querier, s *query, scan func(*sql.Rows) error) error {
	rows, err := q.Query(ctx, s.text.String(), s.args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one runs a query that answers one row.
func one(ctx context.Context, q store.Querier, s *query, dest ...any) error {
	return q.QueryRow(ctx, s.text.String(), s.args...).Scan(dest...)
}

const dayMS = int64(24 * time.Hour / time.Millisecond)

// day is a moment's calendar day in Japan, 2006-01-02.
func day(ms int64) string { return time.UnixMilli(ms).In(text.Tokyo()).Format(time.DateOnly) }

// today is the calendar day of the moment asked about.
func (i Input) today() string { return day(i.AsOfMS) }

// daysBefore is the day so many days before today.
func (i Input) daysBefore(n int) string { return day(i.AsOfMS - int64(n)*dayMS) }

// capped is a time that is known for now only, as of the moment at most.
func (i Input) capped(ms int64) int64 { return min(ms, i.AsOfMS) }

// count is a figure that counts.
func count(name string, n int64) Figure { return Figure{Name: name, Unit: UnitCount, Number: n} }

// share is a figure of part out of whole in ten-thousandths, rounded down so that
// 100% means all.
func share(name string, part, whole int64) Figure {
	f := Figure{Name: name, Unit: UnitShare}
	if whole > 0 {
		f.Number = part * 10_000 / whole
	}
	return f
}

// onDay is a figure that is a day; empty for never.
func onDay(name, on string) Figure { return Figure{Name: name, Unit: UnitDay, Text: on} }

// days is a figure that is a limit or an age in days.
func days(name string, n int) Figure { return Figure{Name: name, Unit: UnitDays, Number: int64(n)} }

// failIf is the state of a check that counts what must not be.
func failIf(bad bool) State {
	if bad {
		return Fail
	}
	return Pass
}

// failing adds one thing to the list unless it is full, and counts it.
func (o *Outcome) failing(it Item) {
	o.FailingTotal++
	// The list is sorted when the record is written; reading in the order of names
	// keeps the first of a long list.
	if len(o.Failing) < MaxFailing {
		o.Failing = append(o.Failing, it)
	}
}

// ledgerSources says where the scope's rows come from and when they were last
// touched or seen.
func (i Input) ledgerSources(ctx context.Context, q store.Querier, kinds []asset.Kind) ([]SourceAge, error) {
	s := (&query{}).add(`SELECT main_source, count(*), max(CASE WHEN last_seen_ms > updated_ms THEN last_seen_ms ELSE updated_ms END)
		FROM asset_asset WHERE facility_id = ? AND created_ms <= ? AND status <> 'disposed' AND kind IN `, i.FacilityID, i.AsOfMS)
	inList(s, kinds).add(` GROUP BY main_source ORDER BY main_source`)
	return i.ages(ctx, q, s)
}

// ages reads rows of source, count and newest.
func (i Input) ages(ctx context.Context, q store.Querier, s *query) ([]SourceAge, error) {
	var list []SourceAge
	err := each(ctx, q, s, func(rows *sql.Rows) error {
		var a SourceAge
		var newest sql.NullInt64
		if err := rows.Scan(&a.Source, &a.Count, &newest); err != nil {
			return err
		}
		a.NewestMS = i.capped(newest.Int64)
		list = append(list, a)
		return nil
	})
	return list, err
}

// sectionSources says which sources reported a section of the computers in scope.
func (i Input) sectionSources(ctx context.Context, q store.Querier, section string) ([]SourceAge, error) {
	s := i.scope(computersOf(i.Target), running).add(` SELECT s.source, count(*), max(`+sectionSeen+`)
		FROM scope JOIN asset_section e ON e.asset_id = scope.id AND e.section = ?
		JOIN asset_source s ON s.asset_id = e.asset_id AND s.source = e.source GROUP BY s.source ORDER BY s.source`, section)
	return i.ages(ctx, q, s)
}

// sectionSeen is when a section e of source s was last confirmed (migration 0003).
const sectionSeen = `CASE WHEN e.held THEN s.seen_ms ELSE e.seen_ms END`
