package web

import (
	"context"
	"net"
	"net/url"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

const scanPath = "/network/scans"

// scanList shows the kept searches with their last run and the next, and what might be
// asked besides.
func scanList(_ *site, c *call) error { return c.scanListPage(nil) }

func (c *call) scanListPage(wrong error) error {
	page, err := c.page(c.tr.T("scans.title"))
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	seen := c.seen(identity.NetworkRead)
	plans, err := scan.Plans(c.r.Context(), c.s.deps.DB, seen)
	if err != nil {
		return err
	}
	last, err := scan.LastRuns(c.r.Context(), c.s.deps.DB, plans)
	if err != nil {
		return err
	}
	v := &view.ScanList{Page: page, CanEdit: c.who.Can(identity.NetworkEdit), Many: len(seen) != 1 && len(names) > 1}
	for _, p := range plans {
		row := view.ScanRow{Href: scanPath + "/" + p.ID, Name: p.Name, Facility: names[p.FacilityID], Kind: c.tr.T("scan.kind." + string(p.Kind)), When: c.scanWhen(p), NextMS: c.scanNext(p),
			StateKind: "none", State: c.tr.T("scan.never")}
		if r, ok := last[p.ID]; ok {
			run := c.scanRun(r)
			row.StateKind, row.State, row.LastHref, row.LastMS, row.LastWords = run.StateKind, run.State, run.Href, r.CreatedMS, run.Words
		}
		v.Rows = append(v.Rows, row)
	}
	if v.Proposals, err = c.scanProposals(plans, names); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// scanProposals are addresses that no plan asks, with the plans they may be added to.
func (c *call) scanProposals(plans []scan.Plan, names map[string]string) ([]view.ScanProposal, error) {
	places, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	var out []view.ScanProposal
	now := c.facility()
	for _, f := range places {
		if f.ClosedMS != 0 || now != "" && f.ID != now {
			continue
		}
		list, err := scan.Proposals(c.r.Context(), c.s.deps.DB, f.ID, c.nowMS())
		if err != nil {
			return nil, err
		}
		var choices []view.Choice
		for _, p := range plans {
			if p.FacilityID == f.ID && p.Kind == scan.KindSNMP && c.who.CanAt(identity.NetworkEdit, f.ID, "") {
				choices = append(choices, view.Choice{Value: p.ID, Label: p.Name})
			}
		}
		for _, p := range list {
			out = append(out, view.ScanProposal{FacilityID: f.ID, Facility: names[f.ID], Address: p.Address, Name: p.Name, Why: c.tr.T("scan.why."+string(p.Why), "Count", p.Machines), LastMS: p.LastMS, Plans: choices})
		}
	}
	return out, nil
}

// scanWhen puts a schedule into words.
func (c *call) scanWhen(p scan.Plan) string {
	s := p.Settings.Schedule
	words := ""
	switch s.When {
	case scan.EveryN:
		words = c.tr.T("scan.when.hours.every", "Hours", s.Hours)
	case scan.OnDays:
		days := ""
		for _, d := range s.Days {
			if days != "" {
				days += c.tr.T("scan.day.comma")
			}
			days += c.tr.T(weekdayKey(d))
		}
		words = c.tr.T("scan.when.days.every", "Days", days, "From", clockOf(s.From), "Until", clockOf(s.Until))
	default:
		return c.tr.T("scan.when.hand")
	}
	if !p.Enabled {
		words += c.tr.T("scan.disabled")
	}
	return words
}

// scanNext is the next start by the schedule; 0 = none.
func (c *call) scanNext(p scan.Plan) int64 {
	at, ok := p.Settings.Schedule.Next(store.Time(p.CreatedMS), c.s.deps.Now().In(text.Tokyo()))
	if !ok || !p.Enabled {
		return 0
	}
	return store.MS(at)
}

var scanStateKinds = map[scan.State]string{scan.Waiting: "info", scan.Running: "info", scan.Paused: "hold", scan.Stopped: "none", scan.Done: "ok", scan.Failed: "danger"}

// scanRun puts a run into words.
func (c *call) scanRun(r scan.Run) view.ScanRun {
	v := view.ScanRun{Href: scanPath + "/" + r.PlanID + "/runs/" + r.ID, StateKind: scanStateKinds[r.State], State: c.tr.T("scan.state." + string(r.State)), By: r.By, BeganMS: r.CreatedMS, EndedMS: r.FinishedMS,
		Done: int(r.Done), Total: max(1, int(r.Total), int(r.Done)), Running: r.State == scan.Running, Paused: r.State == scan.Paused}
	if r.SlotMS != 0 {
		v.By = c.tr.T("scan.by.schedule")
	}
	if r.Total > 0 {
		v.Words = c.tr.T("scan.words", "Total", c.tr.Number(r.Total), "Answered", c.tr.Number(r.Answered), "Unread", c.tr.Number(max(0, r.Done-r.Answered-r.LeftOut)), "LeftOut", c.tr.Number(r.LeftOut), "Quiet", c.tr.Number(r.Quiet))
	}
	if trouble := r.Done - r.Answered - r.LeftOut; r.State == scan.Done && trouble > 0 {
		v.StateKind = "warn"
	}
	if r.Problem != nil {
		v.Problem = c.text(r.Problem)
	}
	return v
}

// scanAccept adds a proposed address to a plan.
func scanAccept(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, address := c.value("plan"), c.value("address")
	if !store.ValidID(id) {
		return errNothing
	}
	p, err := c.scanPlan(id, identity.NetworkEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, scanObject(p), func(ctx context.Context, tx *store.Tx) (any, error) {
		after, err := scan.Accept(ctx, tx, p, address, c.by(), c.nowMS())
		return map[string]any{"added": address, "after": after.Settings}, err
	})
	if err != nil {
		return c.scanListPage(err)
	}
	return c.done(scanPath, "scan.accepted", "Address", address, "Name", p.Name)
}

// scanRefuse keeps that a proposed address is not to be asked.
func scanRefuse(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, address := c.value("facility_id"), c.value("address")
	if !store.ValidID(facility) {
		return errNothing
	}
	if err := c.need(identity.NetworkRead, identity.NetworkEdit, facility, ""); err != nil {
		return err
	}
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "scan_proposal", Name: address, FacilityID: facility}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"refused": address, "reason": c.value("reason")}, scan.Refuse(ctx, tx, facility, address, c.value("reason"), c.by(), c.nowMS())
	})
	if err != nil {
		return c.scanListPage(err)
	}
	return c.done(scanPath, "scan.refused", "Address", address)
}

// scanPlan reads a plan, as far as the person may see it, and checks the right to do
// action.
func (c *call) scanPlan(id string, action identity.Action) (scan.Plan, error) {
	p, err := scan.PlanByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return p, errNothing
	}
	if err != nil {
		return p, err
	}
	return p, c.need(identity.NetworkRead, action, p.FacilityID, "")
}

func scanObject(p scan.Plan) audit.Object {
	return audit.Object{Kind: "scan", ID: p.ID, Name: p.Name, FacilityID: p.FacilityID}
}

// scanAddressQuery fills a new plan with a proposed address.
func scanAddressQuery(q url.Values) string {
	if a := q.Get("address"); net.ParseIP(a) != nil {
		return a
	}
	return ""
}
