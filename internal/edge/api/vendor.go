package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/treat/vendor"
)

func (a *API) registerVendors() {
	handle(a, op{method: get, path: "/vendors", id: "listVendors", summary: "Companies, by name", action: identity.VendorRead,
		about: "Companies are shared by all facilities; contracts belong to one."}, a.listVendors)
	handle(a, op{method: post, path: "/vendors", id: "createVendor", summary: "Add a company", action: identity.VendorEdit, status: 201}, a.createVendor)
	handle(a, op{method: get, path: "/vendors/{id}", id: "getVendor", summary: "One company", action: identity.VendorRead}, a.getVendor)
	handle(a, op{method: patch, path: "/vendors/{id}", id: "updateVendor", summary: "Change or close a company", action: identity.VendorEdit}, a.updateVendor)
	a.registerContracts()
}

// Vendor is a company that supplies or maintains something.
type Vendor struct {
	ID             string      `json:"id"`
	Rev            int64       `json:"rev"`
	Name           string      `json:"name"`
	Kana           string      `json:"kana,omitempty"`
	Kind           vendor.Kind `json:"kind" doc:"system, device, network, maintenance, cloud or other."`
	Contact        string      `json:"contact,omitempty"`
	Phone          string      `json:"phone,omitempty"`
	EmergencyPhone string      `json:"emergency_phone,omitempty"`
	Mail           string      `json:"mail,omitempty"`
	Note           string      `json:"note,omitempty"`
	ClosedOn       string      `json:"closed_on,omitempty"`
	UpdatedAt      *time.Time  `json:"updated_at"`
}

func vendorOut(v vendor.Vendor) Vendor {
	return Vendor{ID: v.ID, Rev: v.Revision, Name: v.Name, Kana: v.Kana, Kind: v.Kind, Contact: v.Contact, Phone: v.Phone, EmergencyPhone: v.EmergencyPhone,
		Mail: v.Mail, Note: v.Note, ClosedOn: v.ClosedOn, UpdatedAt: moment(v.UpdatedMS)}
}

type listVendorsIn struct {
	Paging
	Q      string      `query:"q" maxLength:"200" doc:"In name, kana or contact."`
	Kind   vendor.Kind `query:"kind" maxLength:"40"`
	OpenOn string      `query:"open_on" maxLength:"10" doc:"In business on this day."`
}

func (a *API) listVendors(ctx context.Context, _ identity.Principal, in *listVendorsIn) (*List[Vendor], error) {
	if err := checkDay("open_on", in.OpenOn); err != nil {
		return nil, err
	}
	after, err := unseal("vendors", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := vendor.List(ctx, a.DB, vendor.Filter{Text: in.Q, Kind: in.Kind, OpenOn: in.OpenOn, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, vendorOut), seal("vendors", next), int(total)), nil
}

func (a *API) getVendor(ctx context.Context, _ identity.Principal, in *ByID) (*One[Vendor], error) {
	v, err := byID(ctx, a, in.ID, vendor.ByID)
	if err != nil {
		return nil, err
	}
	return one(vendorOut(v)), nil
}

// VendorFields are what a vendor is written with.
type VendorFields struct {
	Name           *string      `json:"name,omitempty" maxLength:"200"`
	Kana           *string      `json:"kana,omitempty" maxLength:"200"`
	Kind           *vendor.Kind `json:"kind,omitempty" maxLength:"40"`
	Contact        *string      `json:"contact,omitempty" maxLength:"200"`
	Phone          *string      `json:"phone,omitempty" maxLength:"60"`
	EmergencyPhone *string      `json:"emergency_phone,omitempty" maxLength:"60" doc:"Answers at night."`
	Mail           *string      `json:"mail,omitempty" maxLength:"254"`
	Note           *string      `json:"note,omitempty" maxLength:"4000"`
	ClosedOn       *string      `json:"closed_on,omitempty" maxLength:"10" doc:"No business after this day."`
}

func (in VendorFields) apply(v vendor.Vendor) vendor.Vendor {
	put(&v.Name, in.Name)
	put(&v.Kana, in.Kana)
	put(&v.Kind, in.Kind)
	put(&v.Contact, in.Contact)
	put(&v.Phone, in.Phone)
	put(&v.EmergencyPhone, in.EmergencyPhone)
	put(&v.Mail, in.Mail)
	put(&v.Note, in.Note)
	put(&v.ClosedOn, in.ClosedOn)
	return v
}

type createVendorIn struct{ Body VendorFields }

func (a *API) createVendor(ctx context.Context, p identity.Principal, in *createVendorIn) (*One[Vendor], error) {
	var made vendor.Vendor
	err := audit.Do(ctx, a.DB, p, identity.VendorEdit, audit.Object{Kind: "vendor"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = vendor.Create(ctx, tx, in.Body.apply(vendor.Vendor{}), a.nowMS())
		return audit.Made{Object: audit.Object{Kind: "vendor", ID: made.ID, Name: made.Name}, Detail: vendorOut(made)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(vendorOut(made)), nil
}

type updateVendorIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		VendorFields
	}
}

func (a *API) updateVendor(ctx context.Context, p identity.Principal, in *updateVendorIn) (*One[Vendor], error) {
	before, err := byID(ctx, a, in.ID, vendor.ByID)
	if err != nil {
		return nil, err
	}
	wanted := in.Body.apply(before)
	wanted.Revision = in.Body.Rev
	var after vendor.Vendor
	object := audit.Object{Kind: "vendor", ID: before.ID, Name: before.Name}
	err = audit.Do(ctx, a.DB, p, identity.VendorEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = vendor.Update(ctx, tx, wanted, a.nowMS())
		return map[string]Vendor{"before": vendorOut(before), "after": vendorOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(vendorOut(after)), nil
}
