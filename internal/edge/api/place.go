package api

import (
	"context"
	"log/slog"
	"slices"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// errNothing is the answer for what does not exist and for what exists elsewhere:
// the two must not be told apart.
var errNothing = fault.NotFound("api.error.nothing").WithHint("api.error.nothing.hint")

// need checks a right on one thing that belongs to a facility and, perhaps, a
// department. Whoever may not even see it (right see) gets the answer of a thing
// that does not exist. Refusals of signed-in callers are written down.
func (a *API) need(ctx context.Context, p identity.Principal, see, do identity.Action, o audit.Object, department string) error {
	if p.CanAt(see, o.FacilityID, department) && p.CanAt(do, o.FacilityID, department) {
		return nil
	}
	a.noteRefusal(ctx, p, do, o)
	if !p.CanAt(see, o.FacilityID, department) {
		return errNothing
	}
	return p.Need(do, o.FacilityID, department)
}

// noteRefusal writes a refusal to the audit log: for signed-in callers only, since
// strangers must not be able to fill it. The number of a caller's refusals is
// bounded by limit.go.
func (a *API) noteRefusal(ctx context.Context, p identity.Principal, action identity.Action, o audit.Object) {
	if !p.SignedIn() {
		return
	}
	if err := audit.Refused(ctx, a.DB, p, action, o); err != nil {
		slog.Error("write refusal to the audit log", "action", action, "err", err)
	}
}

// facility checks that a facility exists and that p may do something there.
func (a *API) facility(ctx context.Context, p identity.Principal, see, do identity.Action, id, place string) (identity.Facility, error) {
	if !store.ValidID(id) {
		return identity.Facility{}, errNothing.At(place)
	}
	f, err := a.Identity.FacilityByID(ctx, a.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return identity.Facility{}, errNothing.At(place)
	}
	if err != nil {
		return identity.Facility{}, err
	}
	err = a.need(ctx, p, see, do, audit.Object{Kind: "facility", ID: f.ID, Name: f.Name, FacilityID: f.ID}, "")
	return f, at(err, place)
}

// at names the place of a fault that names none.
func at(err error, place string) error {
	if f := fault.Of(err); err != nil && f.Code != fault.CodeInternal && f.Place == "" {
		return f.At(place)
	}
	return err
}

// facilities gives the facilities a list may show, as rooms take them (nil = all):
// those of the right, or the asked ones, each of which is checked.
func (a *API) facilities(ctx context.Context, p identity.Principal, action identity.Action, asked []string) ([]string, error) {
	ids, all := p.Facilities(action)
	if len(asked) == 0 {
		if all {
			return nil, nil
		}
		return full(ids), nil
	}
	for _, id := range asked {
		if _, err := a.facility(ctx, p, action, action, id, "facility"); err != nil {
			return nil, err
		}
	}
	slices.Sort(asked)
	return slices.Compact(asked), nil
}

// scopeOf gives the area of a right in the ledger's form.
func scopeOf(p identity.Principal, action identity.Action) asset.Scope {
	s := p.Scope(action)
	return asset.Scope{All: s.All, Places: each(s.Places, func(p identity.Place) asset.Place { return asset.Place(p) })}
}

// asset finds an asset on which p may do something.
func (a *API) asset(ctx context.Context, p identity.Principal, do identity.Action, id string) (asset.Asset, error) {
	row, err := asset.Get(ctx, a.DB, asset.Scope{All: true}, id)
	if fault.Is(err, fault.CodeNotFound) {
		return asset.Asset{}, errNothing
	}
	if err != nil {
		return asset.Asset{}, err
	}
	return row, a.need(ctx, p, identity.AssetRead, do, objectOf(row), row.Values[asset.FieldDepartment])
}

// objectOf names an asset in the audit log.
func objectOf(a asset.Asset) audit.Object {
	return audit.Object{Kind: "asset", ID: a.ID, Name: a.Name, FacilityID: a.FacilityID}
}

// notFoundHere gives every "not found" the same words, so that what is elsewhere
// and what is nowhere cannot be told apart.
func notFoundHere(err error) error {
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing
	}
	return err
}
