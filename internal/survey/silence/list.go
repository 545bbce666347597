package silence

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Row is one source of one machine that does not report.
type Row struct {
	Line
	Name       string // of the machine; may be empty
	Kind       asset.Kind
	FacilityID string
	Department string
}

// Filter says which rows a list holds. Empty parts do not restrict.
type Filter struct {
	Scope       asset.Scope
	FacilityIDs []string // empty = all of the scope
	States      []State
	Sources     []asset.Source
	Departments []string // "" = machines without one
	Reasons     []Reason
	// BeforeMS: last report before this moment; AfterMS: at it or later. 0 = no matter.
	BeforeMS, AfterMS int64
	Limit             int    // 1–500; 0 = 50
	After             string // Next of the page before
}

// where writes the conditions; what has reported since it was judged is left out.
func (f Filter) where(args *[]any) (string, error) {
	next := func(v any) string {
		*args = append(*args, v)
		return "$" + strconv.Itoa(len(*args))
	}
	conds := []string{`(o.seen_ms <= s.seen_ms OR s.reason = ` + next(string(ReasonClock)) + `)`, `a.status <> ` + next(string(asset.StatusDisposed))}
	if !f.Scope.All {
		places := []string{}
		for _, p := range f.Scope.Places {
			var both []string
			if p.FacilityID != "" {
				both = append(both, "a.facility_id = "+next(p.FacilityID))
			}
			if p.Department != "" {
				both = append(both, "a.department = "+next(p.Department))
			}
			if len(both) == 0 {
				both = []string{"1 = 1"}
			}
			places = append(places, "("+strings.Join(both, " AND ")+")")
		}
		if len(places) == 0 {
			places = []string{"1 = 0"}
		}
		conds = append(conds, "("+strings.Join(places, " OR ")+")")
	}
	for _, l := range [][]string{words(f.States), words(f.Sources), f.Departments, words(f.Reasons), f.FacilityIDs} {
		if len(l) > 100 {
			return "", fault.Invalid("silence.error.many", "Max", 100)
		}
	}
	in := func(col string, values []string) {
		if len(values) > 0 {
			conds = append(conds, store.In(col, values, args))
		}
	}
	in("a.facility_id", f.FacilityIDs)
	in("s.state", words(f.States))
	in("s.source", words(f.Sources))
	in("a.department", f.Departments)
	in("s.reason", words(f.Reasons))
	if f.BeforeMS > 0 {
		conds = append(conds, "s.seen_ms < "+next(f.BeforeMS))
	}
	if f.AfterMS > 0 {
		conds = append(conds, "s.seen_ms >= "+next(f.AfterMS))
	}
	return strings.Join(conds, " AND "), nil
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

const stateFrom = ` FROM silence_state s JOIN asset_asset a ON a.id = s.asset_id JOIN asset_source o ON o.asset_id = s.asset_id AND o.source = s.source
	LEFT JOIN silence_exception x ON x.id = s.exception_id WHERE `

// List gives a page of what does not report, that silent for longest first, and how
// many there are in all. next is the After of the following page, empty at the end.
// Errors: invalid limit or cursor.
func List(ctx context.Context, q store.Querier, f Filter) (list []Row, total int, next string, err error) {
	limit := f.Limit
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > 500 {
		return nil, 0, "", fault.Invalid("silence.error.hours", "Max", 500).At("limit")
	}
	var args []any
	where, err := f.where(&args)
	if err != nil {
		return nil, 0, "", err
	}
	if err := q.QueryRow(ctx, `SELECT count(*)`+stateFrom+where, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count what does not report: %w", err)
	}
	if f.After != "" {
		at, err := parseCursor(f.After)
		if err != nil {
			return nil, 0, "", err
		}
		n := len(args)
		args = append(args, at.seenMS, at.assetID, at.source)
		where += fmt.Sprintf(` AND (s.seen_ms, s.asset_id, s.source) > ($%d, $%d, $%d)`, n+1, n+2, n+3)
	}
	args = append(args, limit+1)
	list, err = scanRows(ctx, q, `SELECT s.asset_id, s.source, s.state, s.reason, s.seen_ms, s.since_ms, s.skipped_ms, s.other_source, s.other_ms, s.refusal,
		a.label, a.kind, a.facility_id, a.department, coalesce(x.id, ''), coalesce(x.weekdays, 0), coalesce(x.until_on, ''), coalesce(x.reason, ''), coalesce(x.by_name, '')`+stateFrom+where+
		fmt.Sprintf(` ORDER BY s.seen_ms, s.asset_id, s.source LIMIT $%d`, len(args)), args)
	if err == nil && len(list) > limit {
		list = list[:limit]
		l := list[limit-1]
		next = cursor{l.SeenMS, l.AssetID, string(l.Source)}.text()
	}
	return list, total, next, err
}

func scanRows(ctx context.Context, q store.Querier, query string, args []any) ([]Row, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list what does not report: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Row
	for rows.Next() {
		var r Row
		var x Exception
		if err := rows.Scan(&r.AssetID, &r.Source, &r.State, &r.Reason, &r.SeenMS, &r.SinceMS, &r.SkippedMS, &r.OtherSource, &r.OtherMS, &r.Refusal,
			&r.Name, &r.Kind, &r.FacilityID, &r.Department, &x.ID, &x.Weekdays, &x.UntilOn, &x.Reason, &x.By); err != nil {
			return nil, fmt.Errorf("list what does not report: %w", err)
		}
		if x.ID != "" {
			x.AssetID = r.AssetID
			r.Exception = &x
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// cursor is the key of a row.
type cursor struct {
	seenMS          int64
	assetID, source string
}

func (c cursor) text() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.seenMS, 10) + "/" + c.assetID + "/" + c.source))
}

func parseCursor(text string) (cursor, error) {
	body, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(body), "/")
	if err != nil || len(parts) != 3 || !store.ValidID(parts[1]) {
		return cursor{}, fault.Invalid("silence.error.cursor").At("cursor")
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || len(parts[2]) > 50 || strings.ContainsRune(parts[2], 0) {
		return cursor{}, fault.Invalid("silence.error.cursor").At("cursor")
	}
	return cursor{ms, parts[1], parts[2]}, nil
}

// Counts are how many rows there are, and of how many machines.
type Counts struct {
	ByState    map[State]int
	BySource   map[asset.Source]int // of the states asked for
	ByReason   map[Reason]int       // of the states asked for
	ByDepart   map[string]int       // of the states asked for
	SilentOnes int                  // machines with a silent source
}

// Count counts what a filter finds: by state whatever states it asks for, the rest for
// its states.
func Count(ctx context.Context, q store.Querier, f Filter) (Counts, error) {
	out := Counts{ByState: map[State]int{}, BySource: map[asset.Source]int{}, ByReason: map[Reason]int{}, ByDepart: map[string]int{}}
	asked := map[State]bool{}
	for _, s := range f.States {
		asked[s] = true
	}
	f.States = nil
	var args []any
	where, err := f.where(&args)
	if err != nil {
		return out, err
	}
	rows, err := q.Query(ctx, `SELECT s.state, s.source, s.reason, a.department, count(*)`+stateFrom+where+` GROUP BY s.state, s.source, s.reason, a.department`, args...)
	if err != nil {
		return out, fmt.Errorf("count what does not report: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var state State
		var source asset.Source
		var reason Reason
		var department string
		var n int
		if err := rows.Scan(&state, &source, &reason, &department, &n); err != nil {
			return out, fmt.Errorf("count what does not report: %w", err)
		}
		out.ByState[state] += n
		if len(asked) == 0 || asked[state] {
			out.BySource[source] += n
			out.ByReason[reason] += n
			out.ByDepart[department] += n
		}
	}
	if err := rows.Err(); err != nil {
		return out, err
	}
	args = append(args, string(Silent))
	err = q.QueryRow(ctx, `SELECT count(DISTINCT s.asset_id)`+stateFrom+where+` AND s.state = $`+strconv.Itoa(len(args)), args...).Scan(&out.SilentOnes)
	if err != nil {
		return out, fmt.Errorf("count silent machines: %w", err)
	}
	return out, nil
}

// Worst says how machines stand by their most urgent source that is silent or late;
// who is neither is not in it. It is for one page of the ledger, whose reader may see
// them.
func Worst(ctx context.Context, q store.Querier, assetIDs []string) (map[string]State, error) {
	out := map[string]State{}
	if len(assetIDs) == 0 {
		return out, nil
	}
	f := Filter{Scope: asset.Scope{All: true}, States: []State{Silent, Late}}
	var args []any
	where, err := f.where(&args)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, `SELECT s.asset_id, s.state`+stateFrom+where+` AND `+store.In("s.asset_id", assetIDs, &args), args...)
	if err != nil {
		return nil, fmt.Errorf("read who does not report: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var state State
		if err := rows.Scan(&id, &state); err != nil {
			return nil, fmt.Errorf("read who does not report: %w", err)
		}
		if out[id] != Silent {
			out[id] = state
		}
	}
	return out, rows.Err()
}
