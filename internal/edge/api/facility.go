package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerFacilities() {
	handle(a, op{method: get, path: "/facilities", id: "listFacilities", summary: "Facilities you may see", action: identity.TodayRead}, a.listFacilities)
	handle(a, op{method: post, path: "/facilities", id: "createFacility", summary: "Add a facility", action: identity.FacilityManage, status: 201,
		about: "A facility belongs to no other: only somebody whose right has no limit may add one."}, a.createFacility)
	handle(a, op{method: get, path: "/facilities/{id}", id: "getFacility", summary: "One facility", action: identity.TodayRead}, a.getFacility)
	handle(a, op{method: patch, path: "/facilities/{id}", id: "updateFacility", summary: "Change a facility", action: identity.FacilityManage}, a.updateFacility)
}

// Facility is a place that is inspected on its own.
type Facility struct {
	ID        string                `json:"id"`
	Name      string                `json:"name"`
	Code      string                `json:"code" doc:"Number of the institution as printed on forms; may be empty."`
	Kind      identity.FacilityKind `json:"kind" enum:"hospital,clinic,dental,pharmacy,other"`
	Beds      int                   `json:"beds" doc:"Licensed beds."`
	CreatedAt *time.Time            `json:"created_at"`
	ClosedAt  *time.Time            `json:"closed_at,omitempty"`
}

func facilityOut(f identity.Facility) Facility {
	return Facility{ID: f.ID, Name: f.Name, Code: f.Code, Kind: f.Kind, Beds: f.Beds, CreatedAt: moment(f.CreatedMS), ClosedAt: moment(f.ClosedMS)}
}

func (a *API) listFacilities(ctx context.Context, p identity.Principal, in *Paging) (*List[Facility], error) {
	all, err := a.Identity.FacilitiesFor(ctx, a.DB, p, identity.TodayRead)
	if err != nil {
		return nil, err
	}
	return window("facilities", each(all, facilityOut), *in, func(f Facility) string { return f.ID })
}

func (a *API) getFacility(ctx context.Context, p identity.Principal, in *ByID) (*One[Facility], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.TodayRead, in.ID, "id")
	if err != nil {
		return nil, err
	}
	return one(facilityOut(f)), nil
}

// FacilityFields are what a facility is written with.
type FacilityFields struct {
	Name *string                `json:"name,omitempty" maxLength:"800"`
	Code *string                `json:"code,omitempty" maxLength:"160" doc:"Number of the institution as printed on forms."`
	Kind *identity.FacilityKind `json:"kind,omitempty" enum:"hospital,clinic,dental,pharmacy,other"`
	Beds *int                   `json:"beds,omitempty" minimum:"0" maximum:"5000"`
}

func (in FacilityFields) apply(f identity.Facility) identity.Facility {
	put(&f.Name, in.Name)
	put(&f.Code, in.Code)
	put(&f.Kind, in.Kind)
	put(&f.Beds, in.Beds)
	return f
}

// put stores a value that was sent.
func put[T any](into *T, v *T) {
	if v != nil {
		*into = *v
	}
}

type createFacilityIn struct{ Body FacilityFields }

func (a *API) createFacility(ctx context.Context, p identity.Principal, in *createFacilityIn) (*One[Facility], error) {
	if err := p.Need(identity.FacilityManage, "", ""); err != nil {
		a.noteRefusal(ctx, p, identity.FacilityManage, audit.Object{Kind: "facility"})
		return nil, err
	}
	var made identity.Facility
	err := audit.Do(ctx, a.DB, p, identity.FacilityManage, audit.Object{Kind: "facility"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = a.Identity.CreateFacility(ctx, tx, in.Body.apply(identity.Facility{}))
		return audit.Made{Object: audit.Object{Kind: "facility", ID: made.ID, Name: made.Name, FacilityID: made.ID}, Detail: made}, err
	})
	if err != nil {
		return nil, err
	}
	return one(facilityOut(made)), nil
}

type updateFacilityIn struct {
	ByID
	Body FacilityFields
}

func (a *API) updateFacility(ctx context.Context, p identity.Principal, in *updateFacilityIn) (*One[Facility], error) {
	before, err := a.facility(ctx, p, identity.TodayRead, identity.FacilityManage, in.ID, "id")
	if err != nil {
		return nil, err
	}
	after := in.Body.apply(before)
	object := audit.Object{Kind: "facility", ID: after.ID, Name: after.Name, FacilityID: after.ID}
	err = audit.Do(ctx, a.DB, p, identity.FacilityManage, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]identity.Facility{"before": before, "after": after}, a.Identity.UpdateFacility(ctx, tx, after)
	})
	if err != nil {
		return nil, err
	}
	return one(facilityOut(after)), nil
}
