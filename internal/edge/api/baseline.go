package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/software"
)

func (a *API) registerBaseline() {
	handle(a, op{method: get, path: "/baseline", id: "listBaseline", summary: "Which services and programs a kind of machine needs, as decided", action: identity.AssetRead}, a.listBaseline)
	handle(a, op{method: post, path: "/baseline", id: "decideBaseline", summary: "Decide whether a service or program is needed", action: identity.AssetEdit, status: 204}, a.decideBaseline)
	handle(a, op{method: get, path: "/baseline/undecided", id: "listUndecided", summary: "What machines have and nobody has decided about, most machines first", action: identity.AssetRead}, a.listUndecided)
	handle(a, op{method: get, path: "/baseline/deviations", id: "listDeviations", summary: "What machines have although it is not needed, most machines first", action: identity.AssetRead}, a.listDeviations)
}

// Decision is one line of the baseline.
type Decision struct {
	ID         string           `json:"id"`
	FacilityID string           `json:"facility_id"`
	Subject    software.Subject `json:"subject" enum:"service,program"`
	Name       string           `json:"name"`
	AssetKind  string           `json:"asset_kind"`
	Verdict    software.Verdict `json:"verdict" enum:"needed,unneeded"`
	Reason     string           `json:"reason,omitempty"`
	DecidedAt  *time.Time       `json:"decided_at"`
}

// Observed is a service or program that is on machines of a kind.
type Observed struct {
	Subject   software.Subject `json:"subject" enum:"service,program"`
	Name      string           `json:"name"`
	AssetKind string           `json:"asset_kind"`
	Assets    int64            `json:"assets" doc:"Machines that have it."`
}

type baselineIn struct {
	Paging
	BaselineFilter
}

// BaselineFilter says which part of the baseline is wanted.
type BaselineFilter struct {
	Facility  string           `query:"facility" required:"true" maxLength:"100"`
	Subject   software.Subject `query:"subject" enum:"service,program"`
	AssetKind string           `query:"asset_kind" maxLength:"40"`
}

func (a *API) listBaseline(ctx context.Context, p identity.Principal, in *baselineIn) (*List[Decision], error) {
	f, err := a.facility(ctx, p, identity.AssetRead, identity.AssetRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	all, err := software.Decisions(ctx, a.DB, software.DecisionFilter{FacilityID: f.ID, Subject: in.Subject, AssetKind: in.AssetKind})
	if err != nil {
		return nil, err
	}
	return window("baseline", each(all, func(d software.Decision) Decision {
		return Decision{ID: d.ID, FacilityID: d.FacilityID, Subject: d.Subject, Name: d.Name, AssetKind: d.AssetKind, Verdict: d.Verdict, Reason: d.Reason, DecidedAt: moment(d.DecidedMS)}
	}), in.Paging, func(d Decision) string { return d.ID })
}

func (a *API) listUndecided(ctx context.Context, p identity.Principal, in *baselineIn) (*List[Observed], error) {
	return a.observed(ctx, p, in, "undecided", software.Undecided)
}

func (a *API) listDeviations(ctx context.Context, p identity.Principal, in *baselineIn) (*List[Observed], error) {
	return a.observed(ctx, p, in, "deviations", software.Deviations)
}

func (a *API) observed(ctx context.Context, p identity.Principal, in *baselineIn, list string, find func(context.Context, store.Querier, software.ObservedFilter) ([]software.Observed, error)) (*List[Observed], error) {
	f, err := a.facility(ctx, p, identity.AssetRead, identity.AssetRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	if in.Subject == "" {
		in.Subject = software.SubjectService
	}
	all, err := find(ctx, a.DB, software.ObservedFilter{FacilityID: f.ID, Subject: in.Subject, AssetKind: in.AssetKind})
	if err != nil {
		return nil, err
	}
	return window(list, each(all, func(o software.Observed) Observed { return Observed{o.Subject, o.Name, o.AssetKind, o.Assets} }), in.Paging,
		func(o Observed) string { return o.AssetKind + "/" + o.Name })
}

type decideBaselineIn struct {
	Body struct {
		FacilityID string           `json:"facility_id" maxLength:"100"`
		Subject    software.Subject `json:"subject" enum:"service,program"`
		Name       string           `json:"name" minLength:"1" maxLength:"4096"`
		AssetKind  string           `json:"asset_kind" minLength:"1" maxLength:"40"`
		Verdict    string           `json:"verdict" enum:"needed,unneeded,undecided" doc:"undecided takes the decision back."`
		Reason     string           `json:"reason,omitempty" maxLength:"1000"`
	}
}

func (a *API) decideBaseline(ctx context.Context, p identity.Principal, in *decideBaselineIn) (*None, error) {
	b := in.Body
	f, err := a.facility(ctx, p, identity.AssetRead, identity.AssetEdit, b.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	d := software.Decision{FacilityID: f.ID, Subject: b.Subject, Name: b.Name, AssetKind: b.AssetKind, Verdict: software.Verdict(b.Verdict), Reason: b.Reason, DecidedBy: p.ID, DecidedMS: a.nowMS()}
	object := audit.Object{Kind: "baseline", Name: b.Name, FacilityID: f.ID}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		detail := map[string]string{"subject": string(b.Subject), "asset_kind": b.AssetKind, "verdict": b.Verdict, "reason": b.Reason}
		if b.Verdict != "undecided" {
			_, err := software.Decide(ctx, tx, d)
			return detail, err
		}
		err := software.Withdraw(ctx, tx, d)
		if fault.Is(err, fault.CodeNotFound) {
			return nil, audit.ErrNoChange
		}
		return detail, err
	})
	return &None{}, err
}
