package api

import (
	"context"
	"fmt"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/treat/vendor"
)

func (a *API) registerContracts() {
	handle(a, op{method: get, path: "/contracts", id: "listContracts", summary: "Contracts, those that end first at the top", action: identity.VendorRead}, a.listContracts)
	handle(a, op{method: post, path: "/contracts", id: "createContract", summary: "Add a contract", action: identity.VendorEdit, status: 201}, a.createContract)
	handle(a, op{method: get, path: "/contracts/{id}", id: "getContract", summary: "One contract with what it covers", action: identity.VendorRead}, a.getContract)
	handle(a, op{method: patch, path: "/contracts/{id}", id: "updateContract", summary: "Change or end a contract", action: identity.VendorEdit}, a.updateContract)
}

// Contract is an agreement with a company.
type Contract struct {
	ID          string              `json:"id"`
	FacilityID  string              `json:"facility_id"`
	Rev         int64               `json:"rev"`
	VendorID    string              `json:"vendor_id"`
	VendorName  string              `json:"vendor_name"`
	Title       string              `json:"title"`
	Number      string              `json:"number,omitempty"`
	Kind        vendor.ContractKind `json:"kind" doc:"maintenance, lease, licence, service or other."`
	StartsOn    string              `json:"starts_on"`
	EndsOn      string              `json:"ends_on,omitempty" doc:"Last day; absent = open end."`
	AutoRenew   bool                `json:"auto_renew"`
	NoticeDays  int64               `json:"notice_days,omitempty"`
	PatchOwner  vendor.PatchOwner   `json:"patch_owner" doc:"vendor, hospital, shared or unknown."`
	Remote      vendor.Remote       `json:"remote" doc:"Remote maintenance: yes, no or unknown."`
	Note        string              `json:"note,omitempty"`
	CancelledOn string              `json:"cancelled_on,omitempty"`
	AssetCount  int64               `json:"asset_count"`
	AssetIDs    []string            `json:"asset_ids,omitempty" doc:"What it covers now; absent in lists."`
	UpdatedAt   *time.Time          `json:"updated_at"`
}

func contractOut(c vendor.Contract) Contract {
	return Contract{ID: c.ID, FacilityID: c.FacilityID, Rev: c.Revision, VendorID: c.VendorID, VendorName: c.VendorName, Title: c.Title, Number: c.Number, Kind: c.Kind,
		StartsOn: c.StartsOn, EndsOn: c.EndsOn, AutoRenew: c.AutoRenew, NoticeDays: c.NoticeDays, PatchOwner: c.PatchOwner, Remote: c.Remote, Note: c.Note,
		CancelledOn: c.CancelledOn, AssetCount: max(c.AssetCount, int64(len(c.Assets))), AssetIDs: c.Assets, UpdatedAt: moment(c.UpdatedMS)}
}

func contractObject(c vendor.Contract) audit.Object {
	return audit.Object{Kind: "contract", ID: c.ID, Name: c.Title, FacilityID: c.FacilityID}
}

type listContractsIn struct {
	Paging
	Q          string            `query:"q" maxLength:"200" doc:"In title, number or the company's name."`
	Facility   []string          `query:"facility,explode" maxItems:"100"`
	Vendor     string            `query:"vendor" maxLength:"100"`
	Asset      string            `query:"asset" maxLength:"100" doc:"Covers this asset now."`
	ActiveOn   string            `query:"active_on" maxLength:"10"`
	EndsFrom   string            `query:"ends_from" maxLength:"10" doc:"Last day on this day or later."`
	EndsUntil  string            `query:"ends_until" maxLength:"10" doc:"Last day on this day or earlier; leaves out open ends."`
	PatchOwner vendor.PatchOwner `query:"patch_owner" maxLength:"20"`
	Remote     vendor.Remote     `query:"remote" maxLength:"20"`
}

func (a *API) listContracts(ctx context.Context, p identity.Principal, in *listContractsIn) (*List[Contract], error) {
	for place, day := range map[string]string{"active_on": in.ActiveOn, "ends_from": in.EndsFrom, "ends_until": in.EndsUntil} {
		if err := checkDay(place, day); err != nil {
			return nil, err
		}
	}
	ids, err := a.facilities(ctx, p, identity.VendorRead, in.Facility)
	if err != nil {
		return nil, err
	}
	if in.Asset != "" {
		if _, err := a.asset(ctx, p, identity.AssetRead, in.Asset); err != nil {
			return nil, at(err, "asset")
		}
	}
	after, err := unseal("contracts", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := vendor.Contracts(ctx, a.DB, vendor.ContractFilter{Facilities: ids, VendorID: in.Vendor, AssetID: in.Asset, Text: in.Q, ActiveOn: in.ActiveOn,
		EndsFrom: in.EndsFrom, EndsUntil: in.EndsUntil, PatchOwner: in.PatchOwner, Remote: in.Remote, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, contractOut), seal("contracts", next), int(total)), nil
}

// contract finds a contract with which p may do something.
func (a *API) contract(ctx context.Context, p identity.Principal, id string, do identity.Action) (vendor.Contract, error) {
	c, err := byID(ctx, a, id, vendor.ContractByID)
	if err == nil {
		err = a.need(ctx, p, identity.VendorRead, do, contractObject(c), "")
	}
	return c, err
}

func (a *API) getContract(ctx context.Context, p identity.Principal, in *ByID) (*One[Contract], error) {
	c, err := a.contract(ctx, p, in.ID, identity.VendorRead)
	if err != nil {
		return nil, err
	}
	return one(contractOut(c)), nil
}

// ContractFields are what a contract is written with.
type ContractFields struct {
	VendorID    *string              `json:"vendor_id,omitempty" maxLength:"100"`
	Title       *string              `json:"title,omitempty" maxLength:"200"`
	Number      *string              `json:"number,omitempty" maxLength:"60"`
	Kind        *vendor.ContractKind `json:"kind,omitempty" maxLength:"40"`
	StartsOn    *string              `json:"starts_on,omitempty" maxLength:"10"`
	EndsOn      *string              `json:"ends_on,omitempty" maxLength:"10"`
	AutoRenew   *bool                `json:"auto_renew,omitempty"`
	NoticeDays  *int64               `json:"notice_days,omitempty" minimum:"0" maximum:"3650"`
	PatchOwner  *vendor.PatchOwner   `json:"patch_owner,omitempty" maxLength:"20"`
	Remote      *vendor.Remote       `json:"remote,omitempty" maxLength:"20"`
	Note        *string              `json:"note,omitempty" maxLength:"4000"`
	CancelledOn *string              `json:"cancelled_on,omitempty" maxLength:"10"`
	AssetIDs    *[]string            `json:"asset_ids,omitempty" maxItems:"5000" doc:"All it covers from now on: assets, systems and services of the facility."`
}

func (in ContractFields) apply(c vendor.Contract) vendor.Contract {
	put(&c.VendorID, in.VendorID)
	put(&c.Title, in.Title)
	put(&c.Number, in.Number)
	put(&c.Kind, in.Kind)
	put(&c.StartsOn, in.StartsOn)
	put(&c.EndsOn, in.EndsOn)
	put(&c.AutoRenew, in.AutoRenew)
	put(&c.NoticeDays, in.NoticeDays)
	put(&c.PatchOwner, in.PatchOwner)
	put(&c.Remote, in.Remote)
	put(&c.Note, in.Note)
	put(&c.CancelledOn, in.CancelledOn)
	put(&c.Assets, in.AssetIDs)
	return c
}

// checkContract checks the company and every asset that a contract names.
func (a *API) checkContract(ctx context.Context, p identity.Principal, in ContractFields) error {
	if in.VendorID != nil {
		if _, err := byID(ctx, a, *in.VendorID, vendor.ByID); err != nil {
			return at(err, "vendor_id")
		}
	}
	if in.AssetIDs == nil {
		return nil
	}
	for i, id := range *in.AssetIDs {
		if _, err := a.asset(ctx, p, identity.AssetRead, id); err != nil {
			return at(err, fmt.Sprintf("asset_ids[%d]", i))
		}
	}
	return nil
}

type createContractIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		ContractFields
	}
}

func (a *API) createContract(ctx context.Context, p identity.Principal, in *createContractIn) (*One[Contract], error) {
	f, err := a.facility(ctx, p, identity.VendorRead, identity.VendorEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	if err := a.checkContract(ctx, p, in.Body.ContractFields); err != nil {
		return nil, err
	}
	var made vendor.Contract
	err = audit.Do(ctx, a.DB, p, identity.VendorEdit, audit.Object{Kind: "contract"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = vendor.CreateContract(ctx, tx, in.Body.apply(vendor.Contract{FacilityID: f.ID}), a.nowMS())
		return audit.Made{Object: contractObject(made), Detail: contractOut(made)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(contractOut(made)), nil
}

type updateContractIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		ContractFields
	}
}

func (a *API) updateContract(ctx context.Context, p identity.Principal, in *updateContractIn) (*One[Contract], error) {
	before, err := a.contract(ctx, p, in.ID, identity.VendorEdit)
	if err != nil {
		return nil, err
	}
	if err := a.checkContract(ctx, p, in.Body.ContractFields); err != nil {
		return nil, err
	}
	wanted := in.Body.apply(before)
	wanted.Revision = in.Body.Rev
	var after vendor.Contract
	err = audit.Do(ctx, a.DB, p, identity.VendorEdit, contractObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = vendor.UpdateContract(ctx, tx, wanted, a.nowMS())
		return map[string]Contract{"before": contractOut(before), "after": contractOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(contractOut(after)), nil
}
