package web

import (
	"context"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/organisation"
)

// entries fills the list with accounts of directories, each with the person of the
// staff it may belong to. People whose right ends at a department see none: these
// accounts belong to the facility.
func (c *call) entries(v *view.AccountList, after string) (total int64, next string, err error) {
	facilities := c.seen(identity.AssetRead)
	if c.departmentLimited() {
		facilities = []string{}
	}
	list, total, next, err := account.ListDirectory(c.r.Context(), c.s.deps.DB, account.DirectoryFilter{Facilities: facilities, Text: v.Q, After: after, Limit: accountsPage})
	if err != nil {
		return 0, "", err
	}
	may, err := account.Suggest(c.r.Context(), c.s.deps.DB, list)
	if err != nil {
		return 0, "", err
	}
	owned := make([]account.Account, len(list))
	for i, e := range list {
		owned[i] = account.Account{Owner: e.Owner}
	}
	names, err := c.ownerNames(owned)
	if err != nil {
		return 0, "", err
	}
	directories := map[string]string{}
	for _, e := range list {
		if _, ok := directories[e.DirectoryID]; !ok {
			d, err := c.s.deps.Directory.ByID(c.r.Context(), e.DirectoryID)
			if err != nil && !fault.Is(err, fault.CodeNotFound) {
				return 0, "", err
			}
			directories[e.DirectoryID] = d.Name
		}
		row := c.entryRow(e, names)
		row.Asset = directories[e.DirectoryID]
		if s, ok := may[e.Key]; ok && e.Owner.Kind == account.OwnerNone {
			row.MayBe, row.MayBeID = c.tr.T("account.may_be."+s.By, "Name", s.Name), s.StaffID
		}
		v.Rows = append(v.Rows, row)
	}
	return total, next, nil
}

// entryRow puts an account of a directory into the words of the others.
func (c *call) entryRow(e account.DirectoryAccount, names map[string]string) view.AccountRow {
	row := c.accountRow(account.Account{Name: e.Name, FullName: e.FullName, Enabled: e.Enabled, Locked: e.Locked, Privileged: e.Privileged, Interactive: true, Why: e.Why,
		Groups: e.Groups, PasswordSetMS: e.PasswordSetMS, PasswordNever: e.PasswordNever, NoPassword: e.NoPassword, Login: e.Login, LastLoginMS: e.LastLoginMS,
		FirstMS: e.FirstMS, Owner: e.Owner}, names)
	row.Directory, row.Key, row.Place, row.Service = e.DirectoryID, e.Key, e.Place, e.Service
	row.CanSet = c.who.CanAt(identity.AssetEdit, e.FacilityID, "")
	return row
}

// entryOwner says who an account of a directory belongs to.
func entryOwner(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	if !store.ValidID(c.value("directory")) || !store.ValidID(c.value("key")) {
		return errNothing
	}
	e, err := account.DirectoryAccountByKey(c.r.Context(), s.deps.DB, c.value("directory"), c.value("key"))
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing
	}
	if err != nil {
		return err
	}
	if err := c.need(identity.AssetRead, identity.AssetEdit, e.FacilityID, ""); err != nil {
		return err
	}
	o := account.Owner{Kind: account.OwnerKind(c.value("kind")), StaffID: c.value("staff"), Note: c.value("note"), SetBy: c.who.ID, SetMS: c.nowMS()}
	if o.StaffID != "" && !store.ValidID(o.StaffID) {
		return errNothing
	}
	if o.StaffID == "" {
		err = c.ownerOf(asset.Asset{FacilityID: e.FacilityID}, &o)
	} else {
		err = c.staffHere(o.StaffID, e.FacilityID)
	}
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, audit.Object{Kind: "directory", ID: e.DirectoryID, Name: e.Name, FacilityID: e.FacilityID},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				return map[string]any{"account": e.Name, "owner": o.Kind, "staff": o.StaffID, "vendor": o.VendorID, "note": o.Note}, account.SetDirectoryOwner(ctx, tx, e.DirectoryID, e.Key, o)
			})
	}
	if err != nil {
		f := fault.Of(err)
		if f.Code != fault.CodeInvalid && f.Code != fault.CodeConflict {
			return err
		}
		c.flash("danger", c.text(f))
		return c.redirect("/accounts?show=directory")
	}
	return c.done("/accounts?show=directory", "account.owner.saved", "Name", clean(e.Name, 200))
}

// staffHere checks that a person belongs to the facility of the account.
func (c *call) staffHere(id, facility string) error {
	p, err := organisation.StaffByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) || err == nil && p.FacilityID != facility {
		return fault.Invalid("account.error.staff_unknown").At("owner")
	}
	return err
}
