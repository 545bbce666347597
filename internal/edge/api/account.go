package api

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/account"
	"sonae/internal/treat/vendor"
)

func (a *API) registerAccounts() {
	handle(a, op{method: get, path: "/accounts", id: "listAccounts", summary: "Local accounts over all machines of your facilities", action: identity.AssetRead,
		about: "For callers whose right covers whole facilities."}, a.listAccounts)
	handle(a, op{method: post, path: "/assets/{id}/accounts/owner", id: "setAccountOwner", summary: "Say who an account belongs to", action: identity.AssetEdit, status: 204}, a.setAccountOwner)
}

// MachineAccount is an account with the machine it is on.
type MachineAccount struct {
	AssetID string `json:"asset_id"`
	Account
}

type listAccountsIn struct {
	Paging
	Q          string            `query:"q" maxLength:"200" doc:"In name or full name."`
	Facility   []string          `query:"facility,explode" maxItems:"100"`
	Privileged bool              `query:"privileged" doc:"Only these."`
	Enabled    bool              `query:"enabled" doc:"Only these."`
	NoOwner    bool              `query:"no_owner" doc:"Nobody has said who it belongs to."`
	OwnerKind  account.OwnerKind `query:"owner_kind" enum:"staff,vendor,shared,system"`
	LeftBefore string            `query:"left_before" maxLength:"10" doc:"Owned by a person whose last day is before this day."`
}

// wholly lists the facilities all of which a right covers; nil = every one.
func wholly(p identity.Principal, action identity.Action) []string {
	s := p.Scope(action)
	if s.All {
		return nil
	}
	ids := []string{}
	for _, place := range s.Places {
		if place.Department == "" {
			ids = append(ids, place.FacilityID)
		}
	}
	return ids
}

func (a *API) listAccounts(ctx context.Context, p identity.Principal, in *listAccountsIn) (*List[MachineAccount], error) {
	if err := checkDay("left_before", in.LeftBefore); err != nil {
		return nil, err
	}
	ids := wholly(p, identity.AssetRead)
	if len(in.Facility) > 0 {
		var err error
		if ids, err = a.facilities(ctx, p, identity.AssetRead, in.Facility); err != nil {
			return nil, err
		}
	}
	after, err := unseal("all-accounts", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := account.List(ctx, a.DB, account.Filter{Facilities: ids, Text: in.Q, Privileged: in.Privileged, Enabled: in.Enabled, NoOwner: in.NoOwner,
		OwnerKind: in.OwnerKind, LeftBefore: in.LeftBefore, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, func(v account.Account) MachineAccount { return MachineAccount{v.AssetID, accountOut(v)} }), seal("all-accounts", next), int(total)), nil
}

type setAccountOwnerIn struct {
	ByID
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"4096" doc:"Of the account, exactly as reported."`
		OwnerFields
	}
}

// OwnerFields say who an account belongs to.
type OwnerFields struct {
	Kind     string `json:"kind" enum:"staff,vendor,shared,system,none" doc:"none takes the owner away."`
	StaffID  string `json:"staff_id,omitempty" maxLength:"100" doc:"Of the facility of the account."`
	VendorID string `json:"vendor_id,omitempty" maxLength:"100"`
	Note     string `json:"note,omitempty" maxLength:"1000"`
}

// ownerOf is who an account of a facility shall belong to, as p says. Errors: invalid, also
// when the person works at another facility; not found.
func (a *API) ownerOf(ctx context.Context, p identity.Principal, facilityID string, f OwnerFields) (account.Owner, error) {
	o := account.Owner{Kind: account.OwnerKind(f.Kind), StaffID: f.StaffID, VendorID: f.VendorID, Note: f.Note, SetBy: p.ID, SetMS: a.nowMS()}
	if f.Kind == "none" {
		o.Kind = account.OwnerNone
	}
	if f.StaffID != "" {
		s, err := a.staff(ctx, p, f.StaffID, identity.OrganisationRead)
		if err != nil {
			return o, at(err, "staff_id")
		}
		if s.FacilityID != facilityID {
			return o, fault.Invalid("account.error.staff_unknown").At("staff_id")
		}
	}
	if f.VendorID != "" {
		if _, err := byID(ctx, a, f.VendorID, vendor.ByID); err != nil {
			return o, at(err, "vendor_id")
		}
	}
	return o, nil
}

func (a *API) setAccountOwner(ctx context.Context, p identity.Principal, in *setAccountOwnerIn) (*None, error) {
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	o, err := a.ownerOf(ctx, p, row.FacilityID, b.OwnerFields)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"account": b.Name, "owner": string(o.Kind), "staff": b.StaffID, "vendor": b.VendorID, "note": b.Note}, account.SetOwner(ctx, tx, row.ID, b.Name, o)
	})
	return &None{}, notFoundHere(err)
}
