package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/silence"
)

func (a *API) registerIntervals() {
	handle(a, op{method: get, path: "/silence/intervals", id: "listIntervals", summary: "How often sources are expected at a facility", action: identity.AssetRead}, a.listIntervals)
	handle(a, op{method: replace, path: "/silence/intervals", id: "setInterval", summary: "Set how often a kind of source is expected", action: identity.SilenceManage, status: 204}, a.setInterval)
	handle(a, op{method: remove, path: "/silence/intervals", id: "resetInterval", summary: "Go back to the standard interval", action: identity.SilenceManage, status: 204}, a.resetInterval)
	handle(a, op{method: get, path: "/silence/closed-days", id: "listClosedDays", summary: "Closed days of a facility beside Sundays and public holidays", action: identity.AssetRead}, a.listClosedDays)
	handle(a, op{method: replace, path: "/silence/closed-days", id: "addClosedDay", summary: "Add a closed day", action: identity.SilenceManage, status: 204}, a.addClosedDay)
	handle(a, op{method: remove, path: "/silence/closed-days", id: "removeClosedDay", summary: "Take a closed day away", action: identity.SilenceManage, status: 204}, a.removeClosedDay)
}

// IntervalFields are the numbers of an interval.
type IntervalFields struct {
	EveryHours  int64 `json:"every_hours,omitempty" doc:"Interval; a report each."`
	GraceHours  int64 `json:"grace_hours,omitempty" doc:"Late when interval and grace have passed."`
	SilentHours int64 `json:"silent_hours,omitempty" doc:"Not reporting when these have passed; more than interval and grace."`
	SkipClosed  bool  `json:"skip_closed,omitempty" doc:"Closed days do not count."`
	Off         bool  `json:"off,omitempty" doc:"Nothing is expected."`
}

// Interval is what is expected of a kind of source at a facility.
type Interval struct {
	FacilityID string       `json:"facility_id"`
	Kind       silence.Kind `json:"kind"`
	IntervalFields
	Standard  bool       `json:"standard" doc:"Nobody set another."`
	By        string     `json:"by,omitempty"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
}

func intervalOut(facilityID string, k silence.Kind, e silence.Expectation) Interval {
	return Interval{FacilityID: facilityID, Kind: k, IntervalFields: IntervalFields{e.EveryHours, e.GraceHours, e.SilentHours, e.SkipClosed, e.Off}, Standard: e.UpdatedMS == 0, By: e.By, UpdatedAt: moment(e.UpdatedMS)}
}

// AtFacility names a facility in the query.
type AtFacility struct {
	Facility string `query:"facility" maxLength:"100" doc:"Required."`
}

type listIntervalsIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
}

func (a *API) listIntervals(ctx context.Context, p identity.Principal, in *listIntervalsIn) (*List[Interval], error) {
	facilities, err := a.wholeFacilities(ctx, p, in.Facility)
	if err != nil {
		return nil, err
	}
	if facilities == nil {
		found, err := a.Identity.Facilities(ctx, a.DB)
		if err != nil {
			return nil, err
		}
		facilities = each(found, func(f identity.Facility) string { return f.ID })
	}
	set, err := silence.ReadExpectations(ctx, a.DB, facilities)
	if err != nil {
		return nil, err
	}
	var all []Interval
	for _, f := range facilities {
		all = append(all, each(silence.Kinds, func(k silence.Kind) Interval { return intervalOut(f, k, set.Of(f, k)) })...)
	}
	return window("intervals", all, in.Paging, func(i Interval) string { return i.FacilityID + "/" + string(i.Kind) })
}

type setIntervalIn struct {
	Body struct {
		FacilityID string       `json:"facility_id" maxLength:"100"`
		Kind       silence.Kind `json:"kind,omitempty" maxLength:"40" doc:"Required."`
		IntervalFields
	}
}

func (a *API) setInterval(ctx context.Context, p identity.Principal, in *setIntervalIn) (*None, error) {
	b := in.Body
	e := silence.Expectation{EveryHours: b.EveryHours, GraceHours: b.GraceHours, SilentHours: b.SilentHours, SkipClosed: b.SkipClosed, Off: b.Off}
	return a.changeSilence(ctx, p, b.FacilityID, "facility_id", "interval", func(ctx context.Context, tx *store.Tx, f identity.Facility) (any, error) {
		before, err := silence.ReadExpectations(ctx, tx, []string{f.ID})
		if err != nil {
			return nil, err
		}
		detail := map[string]any{"before": intervalOut(f.ID, b.Kind, before.Of(f.ID, b.Kind)), "after": intervalOut(f.ID, b.Kind, e)}
		return detail, silence.SetExpectation(ctx, tx, f.ID, b.Kind, e, p.Name, a.nowMS())
	})
}

// changeSilence writes a change for a facility with its audit entry.
func (a *API) changeSilence(ctx context.Context, p identity.Principal, facilityID, place, what string, do func(context.Context, *store.Tx, identity.Facility) (any, error)) (*None, error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.SilenceManage, facilityID, place)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.SilenceManage, audit.Object{Kind: "silence", Name: what, FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) { return do(ctx, tx, f) })
	if err == nil && a.Wake != nil {
		a.Wake()
	}
	return &None{}, err
}

type resetIntervalIn struct {
	AtFacility
	Kind silence.Kind `query:"kind" maxLength:"40" doc:"Required."`
}

func (a *API) resetInterval(ctx context.Context, p identity.Principal, in *resetIntervalIn) (*None, error) {
	return a.changeSilence(ctx, p, in.Facility, "facility", "interval", func(ctx context.Context, tx *store.Tx, f identity.Facility) (any, error) {
		return map[string]any{"kind": in.Kind, "standard": true}, silence.ResetExpectation(ctx, tx, f.ID, in.Kind, a.nowMS())
	})
}

// ClosedDay is a day on which a facility is closed.
type ClosedDay struct {
	FacilityID string `json:"facility_id"`
	Day        string `json:"day" example:"2026-12-28"`
	Name       string `json:"name"`
	By         string `json:"by"`
}

func (a *API) listClosedDays(ctx context.Context, p identity.Principal, in *listIntervalsIn) (*List[ClosedDay], error) {
	facilities, err := a.wholeFacilities(ctx, p, in.Facility)
	if err != nil {
		return nil, err
	}
	days, err := silence.ClosedDays(ctx, a.DB, facilities)
	if err != nil {
		return nil, err
	}
	out := each(days, func(d silence.ClosedDay) ClosedDay { return ClosedDay{d.FacilityID, d.Day, d.Name, d.By} })
	return window("closed-days", out, in.Paging, func(d ClosedDay) string { return d.FacilityID + "/" + d.Day })
}

type addClosedDayIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		Day        string `json:"day,omitempty" maxLength:"10" example:"2026-12-28" doc:"Required."`
		Name       string `json:"name,omitempty" maxLength:"400" doc:"Required."`
	}
}

func (a *API) addClosedDay(ctx context.Context, p identity.Principal, in *addClosedDayIn) (*None, error) {
	return a.changeSilence(ctx, p, in.Body.FacilityID, "facility_id", "closed", func(ctx context.Context, tx *store.Tx, f identity.Facility) (any, error) {
		d := silence.ClosedDay{FacilityID: f.ID, Day: in.Body.Day, Name: in.Body.Name, By: p.Name}
		return map[string]string{"closed": d.Day, "name": d.Name}, silence.Close(ctx, tx, d, a.nowMS())
	})
}

type removeClosedDayIn struct {
	AtFacility
	Day string `query:"day" maxLength:"10" doc:"Required."`
}

func (a *API) removeClosedDay(ctx context.Context, p identity.Principal, in *removeClosedDayIn) (*None, error) {
	none, err := a.changeSilence(ctx, p, in.Facility, "facility", "closed", func(ctx context.Context, tx *store.Tx, f identity.Facility) (any, error) {
		return map[string]string{"open": in.Day}, silence.Reopen(ctx, tx, f.ID, in.Day, a.nowMS())
	})
	return none, notFoundHere(err)
}
