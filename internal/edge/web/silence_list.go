package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

const (
	silencePath = "/silence"
	silencePage = 50 // rows a page
)

// silenceKinds are the colours of the states.
var silenceKinds = map[silence.State]string{silence.Reporting: "ok", silence.Late: "warn", silence.Silent: "silent", silence.Excepted: "exc", silence.Ended: "none", silence.Unset: "none"}

// silenceSince are the choices of how long something has not reported, in days.
var silenceSince = []struct {
	word         string
	least, below int
}{{"week", 0, 7}, {"month", 7, 30}, {"quarter", 30, 90}, {"older", 90, 0}}

// silenceQuery is what the address of the page asks for.
type silenceQuery struct {
	filter silence.Filter
	values url.Values // canonical, without the cursor
	state  silence.State
}

// silenceQueryOf reads the address; what it does not know is left out.
func (c *call) silenceQueryOf(action identity.Action) silenceQuery {
	query := c.r.URL.Query()
	q := silenceQuery{values: url.Values{}, state: silence.Silent}
	if s := silence.State(query.Get("state")); slices.Contains(silence.ListStates, s) {
		q.state = s
		q.values.Set("state", string(s))
	}
	f := silence.Filter{Scope: c.assetScope(action), States: []silence.State{q.state}, After: query.Get("after"), Limit: silencePage}
	if now := c.facility(); now != "" {
		f.FacilityIDs = []string{now}
	}
	for _, v := range query["source"] {
		if slices.Contains(asset.Sources, asset.Source(v)) {
			f.Sources = append(f.Sources, asset.Source(v))
			q.values.Add("source", v)
		}
	}
	for _, v := range query["department"][:min(len(query["department"]), 50)] {
		v = clean(v, 100)
		f.Departments = append(f.Departments, v)
		q.values.Add("department", v)
	}
	for _, v := range query["reason"] {
		if v == "none" {
			f.Reasons = append(f.Reasons, silence.ReasonUnknown)
			q.values.Add("reason", v)
		} else if v != "" && c.tr.Has("silence.cause."+v) {
			f.Reasons = append(f.Reasons, silence.Reason(v))
			q.values.Add("reason", v)
		}
	}
	for _, s := range silenceSince {
		if s.word == query.Get("since") {
			q.values.Set("since", s.word)
			if s.least > 0 {
				f.BeforeMS = c.nowMS() - int64(s.least)*dayMS + 1
			}
			if s.below > 0 {
				f.AfterMS = c.nowMS() - int64(s.below)*dayMS + 1
			}
		}
	}
	q.filter = f
	return q
}

// silenceList shows what does not report: sources as a whole, then machines.
func silenceList(s *site, c *call) error {
	page, err := c.page(c.tr.T("silence.title"))
	if err != nil {
		return err
	}
	q := c.silenceQueryOf(identity.AssetRead)
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	ctx, db := c.r.Context(), s.deps.DB
	rows, total, next, err := silence.List(ctx, db, q.filter)
	if err != nil {
		return err
	}
	counts, err := silence.Count(ctx, db, q.filter)
	if err != nil {
		return err
	}
	v := &view.SilenceList{Page: page, Many: len(q.filter.FacilityIDs) == 0 && len(names) > 1, Settings: c.who.Can(identity.SilenceManage)}
	for _, r := range rows {
		v.Rows = append(v.Rows, c.silenceRow(r, names))
	}
	if err := c.silenceWholes(v, names); err != nil {
		return err
	}
	c.silenceMenus(v, q, counts)
	if c.who.Can(identity.AssetExport) {
		v.ExportCSV = address(silencePath+"/export.csv", q.values)
	}
	v.Pager = pagerOf(c, &v.Page, silencePath, q.values, len(rows), int64(total), next)
	return c.render(v)
}

// wholeFacilities are the facilities of which the person sees everything: a source as
// a whole is not a department's.
func (c *call) wholeFacilities() ([]string, error) {
	names, err := c.facilityNames()
	if err != nil {
		return nil, err
	}
	seen, out := c.seen(identity.AssetRead), []string{}
	for id := range names {
		if c.who.CanAt(identity.AssetRead, id, "") && (seen == nil || slices.Contains(seen, id)) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}

// silenceWholes fills in the sources as a whole, and when the server was down.
func (c *call) silenceWholes(v *view.SilenceList, names map[string]string) error {
	facilities, err := c.wholeFacilities()
	if err != nil {
		return err
	}
	list, err := silence.Wholes(c.r.Context(), c.s.deps.DB, facilities, c.nowMS(), text.Tokyo())
	if err != nil {
		return err
	}
	for _, w := range list {
		if w.State == silence.Reporting {
			v.WholesWell++
			continue
		}
		row := view.SilenceWhole{Name: c.tr.T("silence.whole." + string(w.Kind)), Detail: w.Name, StateKind: silenceKinds[w.State], State: c.tr.T("silence.state." + string(w.State)), LastMS: w.LastMS,
			Machines: w.Machines, Every: c.hours(w.Expectation.EveryHours), Reason: c.silenceReason(w.Reason, "")}
		if v.Many {
			row.Facility = names[w.FacilityID]
		}
		switch w.Kind {
		case silence.Kind(asset.SourceDirectory):
			if c.who.CanAt(identity.DirectoryRead, w.FacilityID, "") {
				row.Href = "/directories/" + w.ID
			}
		case silence.Kind(asset.SourceCSV):
			row.Href = importPath
		default:
			if c.who.CanAt(identity.DeviceRead, w.FacilityID, "") {
				row.Href = "/devices"
			}
		}
		v.Wholes = append(v.Wholes, row)
	}
	out, err := silence.Outages(c.r.Context(), c.s.deps.DB, c.nowMS()-30*dayMS, c.nowMS())
	for _, o := range out[:min(len(out), 3)] {
		v.Outages = append(v.Outages, view.Outage{FromMS: o.FromMS, UntilMS: o.UntilMS})
	}
	return err
}

// silenceRow puts a row into words.
func (c *call) silenceRow(r silence.Row, facilities map[string]string) view.SilenceRow {
	out := view.SilenceRow{AssetID: r.AssetID, Name: orSame(r.Name, c.tr.T("asset.nameless")), Icon: kindIcon(r.Kind), Facility: facilities[r.FacilityID], Department: r.Department,
		Source: string(r.Source), SourceText: c.known("asset.source.", string(r.Source)), StateKind: silenceKinds[r.State], State: c.tr.T("silence.state." + string(r.State)),
		Reason: c.silenceReason(r.Reason, r.Refusal), LastMS: r.SeenMS, SinceMS: r.SinceMS, Skipped: c.skipped(r.SkippedMS)}
	if r.OtherSource != "" {
		out.Elsewhere, out.ElsewhereKind, out.ElsewhereMS = c.known("asset.source.", string(r.OtherSource)), string(r.OtherSource), r.OtherMS
	}
	if x := r.Exception; x != nil {
		out.Exception = c.exceptionWords(*x)
	}
	return out
}

// silenceReason says why, and what the device was told when it was refused.
func (c *call) silenceReason(r silence.Reason, refusal string) string {
	if r == silence.ReasonUnknown {
		return ""
	}
	words := c.tr.T("silence.reason." + string(r))
	if refusal != "" && c.tr.Has(refusal) {
		words += c.joiner() + c.tr.T(refusal, "Hours", 48)
	}
	return words
}

// skipped says how much of the time since the last report does not count; less than an
// hour is not worth a word.
func (c *call) skipped(ms int64) string {
	if ms < time.Hour.Milliseconds() {
		return ""
	}
	return c.tr.T("silence.skipped", "Time", c.hours(ms/time.Hour.Milliseconds()))
}

// hours says a number of hours, as days where it is some.
func (c *call) hours(n int64) string {
	if n >= 48 {
		return c.tr.T("silence.days", "Count", (n+12)/24)
	}
	return c.tr.T("silence.hours", "Count", n)
}

func (c *call) exceptionWords(x silence.Exception) string {
	p := c.bare("")
	return c.tr.T("silence.exception.words", "Until", p.Day(x.UntilOn), "Reason", x.Reason, "By", x.By, "Days", c.weekdays(x.Weekdays))
}

// weekdays names the days of a mask; empty for none.
func (c *call) weekdays(mask int64) string {
	var out []string
	for d := time.Sunday; d <= time.Saturday; d++ {
		if mask&(1<<d) != 0 {
			// The first of February 2026 is a Sunday.
			out = append(out, c.tr.Weekday(time.Date(2026, 2, 1+int(d), 12, 0, 0, 0, c.tr.Zone())))
		}
	}
	return strings.Join(out, c.tr.T("silence.weekday.and"))
}

// silenceMenus are the tabs by state and the menus to choose by.
func (c *call) silenceMenus(v *view.SilenceList, q silenceQuery, n silence.Counts) {
	for _, s := range silence.ListStates {
		to := changed(q.values, func(u url.Values) { u.Set("state", string(s)) })
		if s == silence.Silent {
			to.Del("state")
		}
		v.Tabs = append(v.Tabs, view.CountTab{Href: address(silencePath, to), Label: c.tr.T("silence.state." + string(s)), Count: c.tr.Number(int64(n.ByState[s])), Current: s == q.state})
	}
	add := func(label, param string, counts map[string]int, word func(string) string) {
		m := view.FacetMenu{Label: label}
		values := make([]string, 0, len(counts))
		for value := range counts {
			values = append(values, value)
		}
		for _, value := range q.values[param] {
			if _, ok := counts[value]; !ok {
				values = append(values, value)
			}
		}
		slices.Sort(values)
		for _, value := range values[:min(len(values), maxFacetChoices)] {
			on := slices.Contains(q.values[param], value)
			to := toggled(q.values, param, value)
			if param == "since" { // one at a time
				to = changed(q.values, func(u url.Values) {
					u.Del(param)
					if !on {
						u.Set(param, value)
					}
				})
			}
			count := ""
			if counts[value] > 0 {
				count = c.tr.Number(int64(counts[value]))
			}
			m.Choices = append(m.Choices, view.FacetChoice{Label: word(value), Count: count, Href: address(silencePath, to), On: on})
			if on {
				chip := label + ": " + word(value)
				v.Chips = append(v.Chips, view.FilterChip{Label: chip, Href: address(silencePath, to), Remove: c.tr.T("assets.filter.remove", "Name", chip)})
			}
		}
		if len(m.Choices) > 0 {
			v.Facets = append(v.Facets, m)
		}
	}
	sources, reasons := map[string]int{}, map[string]int{}
	for s, k := range n.BySource {
		sources[string(s)] = k
	}
	for r, k := range n.ByReason {
		if r == silence.ReasonUnknown {
			r = "none"
		}
		reasons[string(r)] = k
	}
	add(c.tr.T("asset.fact.source"), "source", sources, func(w string) string { return c.known("asset.source.", w) })
	add(c.tr.T("asset.field.department"), "department", n.ByDepart, func(w string) string { return orSame(w, c.tr.T("assets.none_set")) })
	add(c.tr.T("silence.reason"), "reason", reasons, func(w string) string { return c.tr.T("silence.cause." + w) })
	since := map[string]int{}
	for _, s := range silenceSince {
		since[s.word] = 0
	}
	add(c.tr.T("silence.last"), "since", since, func(w string) string { return c.tr.T("silence.since." + w) })
}
