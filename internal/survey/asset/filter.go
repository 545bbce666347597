package asset

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/store"
)

// where collects conditions and their parameters.
type where struct {
	engine store.Engine
	conds  []string
	args   []any
}

// facility is the facility column. SQLite without statistics believes that a
// facility holds few rows and looks each up through the index, which costs three
// times a scan; its unary plus keeps the index out of it
// (https://www.sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_).
func (w *where) facility() string {
	if w.engine == store.SQLite {
		return "+a.facility_id"
	}
	return "a.facility_id"
}

// add appends a condition; every ? becomes the next parameter.
func (w *where) add(cond string, args ...any) {
	first := len(w.args) + 1
	w.args = append(w.args, args...)
	w.conds = append(w.conds, numbered(cond, first))
}

// numbered turns every ? into a parameter, counted from first.
func numbered(cond string, first int) string {
	for n := first; strings.Contains(cond, "?"); n++ {
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(n), 1)
	}
	return cond
}

// in restricts a column to values; none means no restriction.
func in[T ~string](w *where, col string, values []T) {
	if len(values) > 0 {
		w.conds = append(w.conds, store.In(col, words(values), &w.args))
	}
}

func (w *where) text() string {
	if len(w.conds) == 0 {
		return "1 = 1"
	}
	return strings.Join(w.conds, " AND ")
}

// scope restricts to what a person may see; it comes first in every list query.
func (w *where) scope(s Scope) {
	if s.All {
		return
	}
	var places where
	places.args = w.args
	for _, p := range s.Places {
		switch {
		case p.FacilityID != "" && p.Department != "":
			places.add("("+w.facility()+" = ? AND a.department = ?)", p.FacilityID, p.Department)
		case p.FacilityID != "":
			places.add(w.facility()+" = ?", p.FacilityID)
		case p.Department != "":
			places.add("a.department = ?", p.Department)
		default:
			return
		}
	}
	w.args = places.args
	if len(places.conds) == 0 {
		places.conds = []string{"1 = 0"}
	}
	w.conds = append(w.conds, "("+strings.Join(places.conds, " OR ")+")")
}

// common adds every condition that is not a choice of a facet.
func (f Filter) common(w *where) error {
	w.scope(f.Scope)
	in(w, w.facility(), f.FacilityIDs)
	for _, word := range searchWords(f.Text) {
		// Both sides are folded to lower case already (fold).
		w.add(`a.search LIKE ? ESCAPE '\'`, store.Like(word))
	}
	if f.SystemID != "" {
		w.add("a.id IN (SELECT device_id FROM asset_member WHERE system_id = ? AND gone_ms IS NULL)", f.SystemID)
	}
	if f.StaleDays > 0 {
		since := f.NowMS - int64(f.StaleDays)*24*time.Hour.Milliseconds()
		w.add("a.last_seen_ms < ? AND a.verified_on < ?", since, store.Time(since).Format(time.DateOnly))
	}
	if len(f.Silence) > 0 {
		w.silence(f.Silence)
	}
	if f.Incomplete {
		w.add("a.missing > 0")
	}
	if f.Contradicting {
		w.add("a.contradictions > 0")
	}
	if f.SwitchedOff {
		w.add("a.switched_off <> ''")
	}
	if f.SupportEndsBy != "" {
		w.add("a.support_ends_on <> '' AND a.support_ends_on <= ?", f.SupportEndsBy)
	}
	unknown(w, "a.remote_maintenance", f.RemoteMaintenance)
	unknown(w, "a.internet_facing", f.InternetFacing)
	unknown(w, "a.patient_data", f.PatientData)
	if f.AssetIDs == nil {
		return nil
	}
	ids, err := json.Marshal(f.AssetIDs)
	if err != nil {
		return fmt.Errorf("list asset ids: %w", err)
	}
	w.add("a.id IN ("+listOf(w.engine)+")", string(ids))
	return nil
}

// silence restricts to machines of which a source stands in one of the states. What has
// reported since it was judged does not count any more (silence.Filter).
func (w *where) silence(states []string) {
	w.args = append(w.args, "clock")
	since := "z.reason = $" + strconv.Itoa(len(w.args))
	w.conds = append(w.conds, `a.id IN (SELECT z.asset_id FROM silence_state z JOIN asset_source zo ON zo.asset_id = z.asset_id AND zo.source = z.source
		WHERE (zo.seen_ms <= z.seen_ms OR `+since+`) AND `+store.In("z.state", states, &w.args)+`)`)
}

// listOf selects the texts of a JSON list in one parameter, for lists too long
// for store.In.
func listOf(engine store.Engine) string {
	if engine == store.Postgres {
		return "SELECT value FROM json_array_elements_text(?::json) AS e(value)"
	}
	return "SELECT value FROM json_each(?)"
}

// limits are the moments that Attention compares with.
func (f Filter) limits() limits { return limitsAt(f.NowMS, f.Zone) }

// unknown restricts a yes/no/unknown column, where no value means unknown.
func unknown(w *where, col string, values []string) {
	if slices.Contains(values, "unknown") {
		values = append(append([]string(nil), values...), "")
	}
	in(w, col, values)
}

// choices adds the conditions that countFacets knows, too: those on facet fields,
// and Attention.
func (f Filter) choices(w *where) {
	if f.Attention {
		w.conds = append(w.conds, w.attention(f.limits()))
	}
	in(w, "a.kind", f.Kinds)
	if len(f.Statuses) == 0 {
		w.add("a.status <> ?", string(StatusDisposed))
	}
	in(w, "a.status", f.Statuses)
	in(w, "a.department", f.Departments)
	in(w, "a.room", f.Rooms)
	in(w, "a.custodian", f.Custodians)
	in(w, "a.os_name", f.OS)
	in(w, "a.main_source", f.Sources)
	in(w, "a.criticality", f.Criticality)
	in(w, "a.vendor", f.Vendors)
}
