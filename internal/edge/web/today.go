package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

// maxTodos is how many things to do the page shows: more would not be read.
const maxTodos = 10

// urgency orders things to do; the smaller comes first.
type urgency int

const (
	urgentNow  urgency = iota // today
	urgentWeek                // this week
	urgentLater
)

// todo is one thing to do, in text keys: title, why it matters, the button. All three
// get the same arguments.
type todo struct {
	urgency urgency
	key     string // today.todo.<key>, .why and .do
	args    []any
	meta    []string
	href    string
	// about is the ID of the one thing it is about; empty: of what the facility in
	// view has, or, everywhere, of the person.
	about      string
	everywhere bool
}

// todoSource finds things to do that one room knows about; it answers nothing for
// people who may not see them.
type todoSource func(c *call) ([]todo, error)

// todoSources is every source, in the order in which equally urgent things come. A
// room that learns of something people must do adds its source here.
func todoSources() []todoSource {
	return []todoSource{todoUpdates, todoKnocks, todoOfficer, todoChecklist, todoContracts, todoSilent, todoSwitchedOff, todoSame, todoUnlisted, todoFindings, todoScans, todoContradictions, todoIncomplete, todoSecond}
}

// today shows what to do now, what ends when and how fresh the data is.
func today(_ *site, c *call) error { return todayPage(c, nil) }

func todayPage(c *call, wrong error) error {
	page, err := c.page(c.tr.T("nav.today"))
	if err != nil {
		return err
	}
	v := &view.Today{Page: page, Heading: c.tr.T("today.title", "Day", c.dayWords(c.s.deps.Now()))}
	if err := c.todos(v); err != nil {
		return err
	}
	if v.KPIs, err = c.kpis(); err != nil {
		return err
	}
	if v.Ends, err = c.deadlines(); err != nil {
		return err
	}
	if v.Fresh, err = c.freshness(); err != nil {
		return err
	}
	searches, err := c.scanFreshness()
	if err != nil {
		return err
	}
	v.Fresh = append(v.Fresh, searches...)
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// dayWords is a day with the day of the week, without the year.
func (c *call) dayWords(at time.Time) string {
	if c.tr.Lang() == text.Japanese {
		local := at.In(c.tr.Zone())
		return fmt.Sprintf("%d月%d日（%s）", local.Month(), local.Day(), c.tr.Weekday(at))
	}
	return c.tr.Weekday(at) + at.In(c.tr.Zone()).Format(", 2 January")
}

// allTodos asks every source, the most urgent first.
func (c *call) allTodos() ([]todo, error) {
	var all []todo
	for _, source := range todoSources() {
		found, err := source(c)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b todo) int { return cmp.Compare(a.urgency, b.urgency) })
	return all, nil
}

// todos shows the most urgent things to do, and apart what the person put aside.
func (c *call) todos(v *view.Today) error {
	all, err := c.allTodos()
	if err != nil {
		return err
	}
	open, err := c.putAside(v, all)
	if err != nil {
		return err
	}
	v.LaterFrom, v.LaterUntil = c.laterDays()
	for i, t := range open {
		if i == maxTodos {
			v.Hidden = len(open) - maxTodos
			break
		}
		row := view.Todo{
			N: i + 1, First: i == 0, Pressed: t.urgency == urgentNow, Href: t.href, Meta: t.meta, Topic: c.topic(t),
			Title: c.todoTitle(t), Why: c.tr.T("today.todo."+t.key+".why", t.args...), Button: c.tr.T("today.todo."+t.key+".do", t.args...),
		}
		row.BadgeKind, row.Badge = c.urgencyWords(t.urgency)
		v.Todos = append(v.Todos, row)
	}
	switch {
	case len(open) > 0:
		v.Sub = c.tr.T("today.sub", "Count", len(open))
	case len(v.Later) > 0:
		v.Sub = c.tr.T("today.sub.aside", "Count", len(v.Later))
	default:
		v.Sub = c.tr.T("today.sub.none")
	}
	return nil
}

func (c *call) todoTitle(t todo) string { return c.tr.T("today.todo."+t.key, t.args...) }

func (c *call) urgencyWords(u urgency) (kind, words string) {
	switch u {
	case urgentNow:
		return "danger", c.tr.T("today.urgency.now")
	case urgentWeek:
		return "warn", c.tr.T("today.urgency.week")
	}
	return "info", c.tr.T("today.urgency.later")
}

// assets counts the assets in view that pass a filter; items are the first few.
func (c *call) assets(f asset.Filter, sort asset.Sort, items int) (asset.ListPage, error) {
	f.Scope = c.assetScope(identity.AssetRead)
	f.NowMS = c.nowMS()
	if now := c.facility(); now != "" {
		f.FacilityIDs = []string{now}
	}
	return asset.List(c.r.Context(), c.s.deps.DB, f, asset.Page{Sort: sort, Limit: max(items, 1)})
}

// kpis are the four figures: each leads to the list behind it and shows how it moved.
func (c *call) kpis() ([]view.KPI, error) {
	if !c.who.Can(identity.AssetRead) {
		return nil, nil
	}
	past, err := c.figureDays()
	if err != nil {
		return nil, err
	}
	var figures []view.KPI
	for _, f := range asset.DayFigures {
		found, err := c.assets(f.Filter(), asset.Sort{}, 0)
		if err != nil {
			return nil, err
		}
		k := view.KPI{Href: address("/assets", f.Filter().Query()), Label: c.tr.T("today.kpi." + string(f)), Value: c.tr.Number(int64(found.Total)), Unit: c.devices(found.Total)}
		if f == asset.FigureSilent {
			k.Href = silencePath
		}
		switch {
		case f == asset.FigureAssets:
			k.Note = c.tr.T("today.kpi.assets.note")
		case found.Total > 0:
			k.NoteKind, k.Note = "warn", c.tr.T("today.kpi."+string(f)+".note")
		default:
			k.NoteKind, k.Note = "ok", c.tr.T("today.kpi.none")
		}
		if past != nil {
			c.trend(&k, past[f], found.Total)
		}
		figures = append(figures, k)
	}
	// Who may see the checklist sees its progress in place of the last figure.
	k, ok, err := c.kpiChecklist()
	if ok {
		figures[len(figures)-1] = k
	}
	return figures, err
}

// devices is the unit after a number of devices.
func (c *call) devices(n int) string {
	if n == 1 {
		return c.tr.T("today.unit.device")
	}
	return c.tr.T("today.unit.devices")
}

// freshness says when agents last reported.
func (c *call) freshness() ([]view.Freshness, error) {
	if !c.who.Can(identity.DeviceRead) {
		return nil, nil
	}
	scope := facilityScope(c.seen(identity.DeviceRead))
	var out []view.Freshness
	filter := identity.DeviceFilter{Scope: scope, Limit: 500}
	var reporting, active int
	var last int64
	for {
		list, next, _, err := c.s.deps.Identity.Devices(c.r.Context(), c.s.deps.DB, filter)
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			if d.RevokedMS != 0 {
				continue
			}
			active++
			last = max(last, d.LastSeenMS)
			if d.LastSeenMS >= c.nowMS()-agentSilence.Milliseconds() {
				reporting++
			}
		}
		if next == "" {
			break
		}
		filter.After = next
	}
	if active > 0 {
		f := view.Freshness{Kind: "ok", Label: c.tr.T("today.fresh.agents", "Reporting", reporting, "All", active)}
		p := c.bare("")
		f.When = p.Ago(last)
		if reporting < active {
			f.Kind = "warn"
		}
		out = append(out, f)
	}
	return out, nil
}
