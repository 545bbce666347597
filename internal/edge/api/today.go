package api

import (
	"context"
	"slices"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/text"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/asset"
	"sonae/internal/treat/vendor"
)

func (a *API) registerToday() {
	handle(a, op{method: get, path: "/today", id: "getToday", summary: "Figures of today: ledger, agents, contracts, checklist", action: identity.TodayRead,
		about: "Parts that your role may not see are absent."}, a.getToday)
}

// Today is what the first page counts.
type Today struct {
	Day        string           `json:"day" doc:"In Japan."`
	Ledger     *LedgerFigures   `json:"ledger,omitempty"`
	Agents     *AgentFigures    `json:"agents,omitempty"`
	Contracts  []Contract       `json:"contracts_ending,omitempty" doc:"That end within 90 days and do not renew themselves; at most 50."`
	Checklists []TodayChecklist `json:"checklists,omitempty"`
}

// LedgerFigures count the assets that are not disposed of.
type LedgerFigures struct {
	Total         int     `json:"total"`
	ByKind        []Count `json:"by_kind"`
	Stale         int     `json:"stale" doc:"Not seen and not verified for more than 7 days."`
	Incomplete    int     `json:"incomplete" doc:"A required field is empty."`
	Contradicting int     `json:"contradicting" doc:"Sources disagree."`
	SwitchedOff   int     `json:"switched_off" doc:"A protection was switched off on purpose."`
	Conflicts     int     `json:"conflicts" doc:"Open contradictions about which machine is which."`
}

// AgentFigures count the computers that may report.
type AgentFigures struct {
	Known     int        `json:"known"`
	Reporting int        `json:"reporting" doc:"In the last day."`
	LastAt    *time.Time `json:"last_at,omitempty"`
}

// TodayChecklist is how far the hospital's sheet of the current edition is.
type TodayChecklist struct {
	FacilityID string              `json:"facility_id"`
	Edition    string              `json:"edition"`
	Sheet      string              `json:"sheet"`
	Progress   inspection.Progress `json:"progress"`
}

// Limits of what today shows.
const (
	staleDays     = 7  // spans weekends and short holidays
	endingDays    = 90 // budgets and notice periods of hospitals need about a quarter
	maxEnding     = 50
	maxChecklists = 20
)

type todayIn struct {
	Facility []string `query:"facility,explode" maxItems:"100"`
}

func (a *API) getToday(ctx context.Context, p identity.Principal, in *todayIn) (*One[Today], error) {
	asked, err := a.facilities(ctx, p, identity.TodayRead, in.Facility)
	if err != nil {
		return nil, err
	}
	if len(in.Facility) == 0 {
		asked = nil
	}
	out := Today{Day: a.today()}
	for _, part := range []func(context.Context, identity.Principal, []string, *Today) error{a.todayLedger, a.todayAgents, a.todayContracts, a.todayChecklists} {
		if err := part(ctx, p, asked, &out); err != nil {
			return nil, err
		}
	}
	return one(out), nil
}

func (a *API) todayLedger(ctx context.Context, p identity.Principal, asked []string, out *Today) error {
	if !p.Can(identity.AssetRead) {
		return nil
	}
	scope := scopeOf(p, identity.AssetRead)
	count := func(f asset.Filter, facets bool) (asset.ListPage, error) {
		f.Scope, f.FacilityIDs, f.NowMS = scope, asked, a.nowMS()
		return asset.List(ctx, a.DB, f, asset.Page{Limit: 1, Facets: facets})
	}
	all, err := count(asset.Filter{}, true)
	if err != nil {
		return err
	}
	figures := &LedgerFigures{Total: all.Total, ByKind: []Count{}}
	for _, f := range all.Facets {
		if f.Field == asset.FieldKind {
			figures.ByKind = each(f.Counts, func(c asset.Count) Count { return Count{c.Value, c.N} })
		}
	}
	for into, f := range map[*int]asset.Filter{&figures.Stale: {StaleDays: staleDays}, &figures.Incomplete: {Incomplete: true}, &figures.Contradicting: {Contradicting: true}, &figures.SwitchedOff: {SwitchedOff: true}} {
		page, err := count(f, false)
		if err != nil {
			return err
		}
		*into = page.Total
	}
	if len(asked) > 0 {
		scope = narrow(scope, asked)
	}
	if figures.Conflicts, err = asset.ConflictCount(ctx, a.DB, asset.ConflictFilter{Scope: scope}); err != nil {
		return err
	}
	out.Ledger = figures
	return nil
}

// narrow keeps the part of a scope that lies in some facilities.
func narrow(s asset.Scope, facilities []string) asset.Scope {
	var out asset.Scope
	for _, id := range facilities {
		if s.All {
			out.Places = append(out.Places, asset.Place{FacilityID: id})
		}
		for _, p := range s.Places {
			if p.FacilityID == "" || p.FacilityID == id {
				out.Places = append(out.Places, asset.Place{FacilityID: id, Department: p.Department})
			}
		}
	}
	return out
}

func (a *API) todayAgents(ctx context.Context, p identity.Principal, asked []string, out *Today) error {
	if !p.Can(identity.DeviceRead) {
		return nil
	}
	scope := p.Scope(identity.DeviceRead)
	if len(asked) > 0 {
		scope = identity.Scope{}
		for _, id := range asked {
			if p.CanAt(identity.DeviceRead, id, "") {
				scope.Places = append(scope.Places, identity.Place{FacilityID: id})
			}
		}
	}
	figures := &AgentFigures{}
	var last int64
	since := a.nowMS() - (24 * time.Hour).Milliseconds()
	for after := ""; ; {
		list, next, _, err := a.Identity.Devices(ctx, a.DB, identity.DeviceFilter{Scope: scope, After: after, Limit: 500})
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.RevokedMS != 0 {
				continue
			}
			figures.Known++
			if d.LastSeenMS >= since {
				figures.Reporting++
			}
			last = max(last, d.LastSeenMS)
		}
		if after = next; after == "" {
			break
		}
	}
	figures.LastAt = moment(last)
	out.Agents = figures
	return nil
}

func (a *API) todayContracts(ctx context.Context, p identity.Principal, asked []string, out *Today) error {
	if !p.Can(identity.VendorRead) {
		return nil
	}
	ids, err := a.facilities(ctx, p, identity.VendorRead, asked)
	if err != nil {
		return err
	}
	until := a.Now().In(text.Tokyo()).AddDate(0, 0, endingDays).Format(time.DateOnly)
	list, _, _, err := vendor.Contracts(ctx, a.DB, vendor.ContractFilter{Facilities: ids, EndsFrom: a.today(), EndsUntil: until, Limit: 500})
	if err != nil {
		return err
	}
	for _, c := range list {
		if !c.AutoRenew && len(out.Contracts) < maxEnding {
			out.Contracts = append(out.Contracts, contractOut(c))
		}
	}
	return nil
}

func (a *API) todayChecklists(ctx context.Context, p identity.Principal, asked []string, out *Today) error {
	if !p.Can(identity.ChecklistRead) {
		return nil
	}
	edition, _ := a.Catalog.DefaultEdition(a.Now().In(text.Tokyo()))
	all, err := a.Identity.FacilitiesFor(ctx, a.DB, p, identity.ChecklistRead)
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.ClosedMS != 0 || len(out.Checklists) == maxChecklists || len(asked) > 0 && !slices.Contains(asked, f.ID) {
			continue
		}
		sheet := edition.InstitutionSheet()
		ref := inspection.Ref{Edition: edition.ID, Sheet: sheet.ID, FacilityID: f.ID, FiscalYear: inspection.FiscalYear(edition, out.Day)}
		s, err := inspection.Load(ctx, a.DB, a.Catalog, ref, a.nowMS())
		if err != nil {
			return err
		}
		out.Checklists = append(out.Checklists, TodayChecklist{FacilityID: f.ID, Edition: edition.ID, Sheet: sheet.ID, Progress: s.Progress})
	}
	return nil
}
