package web

import (
	"context"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/silence"
)

// silenceIntervals shows how often sources are expected at a facility.
func silenceIntervals(_ *site, c *call) error { return c.intervalsPage("", nil) }

func (c *call) intervalsPage(facility string, wrong error) error {
	page, err := c.page(c.tr.T("silence.intervals"))
	if err != nil {
		return err
	}
	v := &view.SilenceIntervals{Page: page}
	all, err := c.wholeFacilities()
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	if facility == "" {
		facility = c.r.URL.Query().Get("facility")
	}
	if !slices.Contains(all, facility) {
		facility = ""
		if len(all) > 0 {
			facility = all[0]
		}
	}
	for _, id := range all {
		v.Places = append(v.Places, view.Choice{Value: id, Label: names[id], Current: id == facility})
	}
	v.At, v.Name = facility, names[facility]
	v.CanManage = facility != "" && c.who.CanAt(identity.SilenceManage, facility, "")
	if err := c.intervalRows(v); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func (c *call) intervalRows(v *view.SilenceIntervals) error {
	set, err := silence.ReadExpectations(c.r.Context(), c.s.deps.DB, []string{v.At})
	if err != nil {
		return err
	}
	for _, k := range silence.Kinds {
		e := set.Of(v.At, k)
		row := view.IntervalRow{Kind: string(k), Label: c.tr.T("silence.kind." + string(k)), Why: c.tr.T("silence.why." + string(k)), Every: e.EveryHours, Grace: e.GraceHours, Silent: e.SilentHours,
			EveryText: c.hours(e.EveryHours), LateText: c.hours(e.EveryHours + e.GraceHours), SilentText: c.hours(e.SilentHours), SkipClosed: e.SkipClosed, Off: e.Off,
			Changed: e.UpdatedMS != 0, By: e.By, AtMS: e.UpdatedMS}
		if c.value("kind") == row.Kind { // what was typed stays
			for name, into := range map[string]*int64{"every_hours": &row.Every, "grace_hours": &row.Grace, "silent_hours": &row.Silent} {
				if n, ok := digits(c.value(name)); ok {
					*into = int64(n)
				}
			}
			row.SkipClosed, row.Off = c.value("skip_closed") == "1", c.value("off") == "1"
		}
		v.Rows = append(v.Rows, row)
	}
	days, err := silence.ClosedDays(c.r.Context(), c.s.deps.DB, []string{v.At})
	p := c.bare("")
	for _, d := range days {
		v.Closed = append(v.Closed, view.ClosedDay{Day: d.Day, Name: p.DayWeekday(d.Day) + " " + d.Name, By: d.By})
	}
	return err
}

// silenceFacility is the facility that a form is about, with the right to change it.
func (c *call) silenceFacility() (string, error) {
	if err := c.form(); err != nil {
		return "", err
	}
	id := c.value("facility_id")
	if !store.ValidID(id) {
		return "", errNothing
	}
	return id, c.need(identity.AssetRead, identity.SilenceManage, id, "")
}

// silenceIntervalSet sets or resets what is expected of a kind.
func silenceIntervalSet(_ *site, c *call) error {
	facility, err := c.silenceFacility()
	if err != nil {
		return err
	}
	kind := silence.Kind(c.value("kind"))
	e := silence.Expectation{SkipClosed: c.value("skip_closed") == "1", Off: c.value("off") == "1"}
	reset := c.value("reset") == "1"
	if !reset {
		for name, into := range map[string]*int64{"every_hours": &e.EveryHours, "grace_hours": &e.GraceHours, "silent_hours": &e.SilentHours} {
			n, err := c.whole(name, 0, 24*365*2)
			if err != nil {
				return c.intervalsPage(facility, err)
			}
			*into = int64(n)
		}
	}
	err = c.silenceChange(facility, "interval", func(ctx context.Context, tx *store.Tx) (any, error) {
		before, err := silence.ReadExpectations(ctx, tx, []string{facility})
		if err != nil {
			return nil, err
		}
		detail := map[string]any{"kind": kind, "before": before.Of(facility, kind)}
		if reset {
			detail["after"] = silence.Standard(kind)
			return detail, silence.ResetExpectation(ctx, tx, facility, kind, c.nowMS())
		}
		detail["after"] = e
		return detail, silence.SetExpectation(ctx, tx, facility, kind, e, c.by(), c.nowMS())
	})
	return c.silenceSaved(facility, err)
}

// silenceChange writes a change with its audit entry.
func (c *call) silenceChange(facility, what string, do func(context.Context, *store.Tx) (any, error)) error {
	return audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.SilenceManage, audit.Object{Kind: "silence", Name: what, FacilityID: facility}, do)
}

func (c *call) silenceSaved(facility string, err error) error {
	if err != nil {
		return c.intervalsPage(facility, err)
	}
	if c.s.deps.Wake != nil {
		c.s.deps.Wake()
	}
	return c.done(silencePath+"/intervals?facility="+facility, "silence.saved")
}

// silenceClose adds a day on which a facility is closed.
func silenceClose(_ *site, c *call) error {
	facility, err := c.silenceFacility()
	if err != nil {
		return err
	}
	day, err := c.day("day")
	if err == nil && day == "" {
		err = fault.Invalid("silence.error.day").At("day")
	}
	if err == nil {
		d := silence.ClosedDay{FacilityID: facility, Day: day, Name: c.value("name"), By: c.by()}
		err = c.silenceChange(facility, "closed", func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"closed": d.Day, "name": d.Name}, silence.Close(ctx, tx, d, c.nowMS())
		})
	}
	return c.silenceSaved(facility, err)
}

// silenceReopen takes a closed day away.
func silenceReopen(_ *site, c *call) error {
	facility, err := c.silenceFacility()
	if err != nil {
		return err
	}
	day := clean(c.value("day"), 10)
	err = c.silenceChange(facility, "closed", func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"open": day}, silence.Reopen(ctx, tx, facility, day, c.nowMS())
	})
	return c.silenceSaved(facility, err)
}
