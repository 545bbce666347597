package web

import (
	"context"
	"strconv"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/treat/vendor"
)

func contractKindKey(k vendor.ContractKind) string { return "vendor.contract_kind." + string(k) }
func patchKey(p vendor.PatchOwner) string          { return "vendor.patch_owner." + string(p) }
func remoteKey(r vendor.Remote) string             { return "vendor.remote." + string(r) }

// contractNew is the empty form of a contract with the vendor of the address.
func contractNew(s *site, c *call) error {
	one, err := vendorOne(s, c)
	if err != nil {
		return err
	}
	return contractPage(c, vendor.Contract{VendorID: one.ID, VendorName: one.Name, PatchOwner: vendor.PatchUnknown, Remote: vendor.RemoteUnknown}, nil)
}

// contractOne reads the contract of the address, as far as the reader may see it.
func contractOne(s *site, c *call, do identity.Action) (vendor.Contract, error) {
	id, err := c.id("id")
	if err != nil {
		return vendor.Contract{}, err
	}
	one, err := vendor.ContractByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return one, errNothing
	}
	if err != nil {
		return one, err
	}
	return one, c.need(identity.VendorRead, do, one.FacilityID, "")
}

// contractForm shows one contract.
func contractForm(s *site, c *call) error {
	one, err := contractOne(s, c, identity.VendorRead)
	if err != nil {
		return err
	}
	return contractPage(c, one, nil)
}

func contractPage(c *call, one vendor.Contract, wrong error) error {
	title := one.Title
	if one.ID == "" {
		title = c.tr.T("contract.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	v := &view.ContractForm{
		Page: page, ID: one.ID, VendorID: one.VendorID, VendorName: one.VendorName, Title: one.Title, Number: one.Number,
		StartsOn: one.StartsOn, EndsOn: one.EndsOn, Notice: strconv.FormatInt(one.NoticeDays, 10), AutoRenew: one.AutoRenew, Note: one.Note,
		Cancelled: one.CancelledOn, Revision: one.Revision, Assets: len(one.Assets),
		Kinds: choices(c, vendor.ContractKinds, contractKindKey, one.Kind), Patch: choices(c, vendor.PatchOwners, patchKey, one.PatchOwner),
		Remote: choices(c, vendor.Remotes, remoteKey, one.Remote),
	}
	if one.ID == "" {
		if v.Places, _, err = c.places(identity.VendorEdit); err != nil {
			return err
		}
		v.CanEdit = true
	} else {
		names, err := c.facilityNames()
		if err != nil {
			return err
		}
		v.Facility, v.CanEdit = names[one.FacilityID], c.who.CanAt(identity.VendorEdit, one.FacilityID, "")
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	if wrong != nil {
		v.AutoRenew = c.value("auto_renew") != ""
	}
	return c.render(v)
}

func contractInput(c *call, one vendor.Contract) (vendor.Contract, error) {
	days, err := c.days("starts_on", "ends_on", "cancelled_on")
	if err != nil {
		return one, err
	}
	notice, err := c.whole("notice_days", 0, 3650)
	one.Title, one.Number, one.Kind, one.Note = c.value("title"), c.value("number"), vendor.ContractKind(c.value("kind")), c.value("note")
	one.PatchOwner, one.Remote, one.AutoRenew = vendor.PatchOwner(c.value("patch_owner")), vendor.Remote(c.value("remote")), c.value("auto_renew") != ""
	one.StartsOn, one.EndsOn, one.CancelledOn, one.NoticeDays = days[0], days[1], days[2], int64(notice)
	return one, err
}

// contractCreate adds a contract.
func contractCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	v, err := vendorOne(s, c)
	if err != nil {
		return err
	}
	empty := vendor.Contract{VendorID: v.ID, VendorName: v.Name}
	facility, err := c.placeOf(identity.VendorEdit)
	if err != nil {
		return contractPage(c, empty, err)
	}
	one, err := contractInput(c, empty)
	if err != nil {
		return contractPage(c, empty, err)
	}
	one.FacilityID = facility
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.VendorEdit, audit.Object{Kind: "contract", Name: one.Title, FacilityID: facility},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := vendor.CreateContract(ctx, tx, one, c.nowMS())
			return audit.Made{Object: audit.Object{Kind: "contract", ID: made.ID, Name: made.Title, FacilityID: facility}, Detail: made}, err
		})
	if err != nil {
		return contractPage(c, empty, err)
	}
	return c.done("/vendors/"+v.ID, "contract.created", "Title", one.Title)
}

// contractUpdate changes a contract; the machines it covers stay as they are.
func contractUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	old, err := contractOne(s, c, identity.VendorEdit)
	if err != nil {
		return err
	}
	one, err := contractInput(c, old)
	one.Revision = c.revision()
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.VendorEdit, audit.Object{Kind: "contract", ID: one.ID, Name: one.Title, FacilityID: one.FacilityID},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				after, err := vendor.UpdateContract(ctx, tx, one, c.nowMS())
				return map[string]vendor.Contract{"before": old, "after": after}, err
			})
	}
	if err != nil {
		return contractPage(c, old, err)
	}
	return c.done("/vendors/"+one.VendorID, "form.saved")
}
