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
	"sonae/internal/treat/vendor"
)

// unusedDays is after how long an account counts as unused on pages, as the evidence
// rule of accounts sets it by default.
const unusedDays = 90

// ownerKinds are the kinds of owner in the order of the form.
var ownerKinds = []account.OwnerKind{account.OwnerStaff, account.OwnerVendor, account.OwnerShared, account.OwnerSystem, account.OwnerNone}

func ownerKey(k account.OwnerKind) string {
	if k == account.OwnerNone {
		return "account.owner.none"
	}
	return "account.owner." + string(k)
}

// assetAccounts is the page of a device's accounts.
func assetAccounts(s *site, c *call) error { return assetAccountsPage(s, c, nil) }

func assetAccountsPage(s *site, c *call, wrong error) error {
	o, err := c.openAssetOf()
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	list, total, next, err := account.List(c.r.Context(), s.deps.DB, account.Filter{AssetID: o.ID, AtMS: o.atMS, After: c.r.URL.Query().Get("after"), Limit: 100})
	if err != nil {
		return err
	}
	v := &view.AssetAccounts{Page: page, Head: c.assetHead(o, "accounts"), Total: int(total), Kinds: choices(c, ownerKinds, ownerKey, account.OwnerStaff)}
	names, err := c.ownerNames(list)
	if err != nil {
		return err
	}
	for _, one := range list {
		v.Rows = append(v.Rows, c.accountRow(one, names))
	}
	v.Pager = pagerOf(c, &v.Page, o.path("accounts"), o.keep(), len(list), total, next)
	v.Chosen = c.value("account")
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// ownerNames are the names behind the owners of accounts.
func (c *call) ownerNames(list []account.Account) (map[string]string, error) {
	names := map[string]string{}
	for _, a := range list {
		var err error
		switch {
		case a.Owner.StaffID != "" && names[a.Owner.StaffID] == "":
			var p organisation.Staff
			p, err = organisation.StaffByID(c.r.Context(), c.s.deps.DB, a.Owner.StaffID)
			names[a.Owner.StaffID] = p.Name
		case a.Owner.VendorID != "" && names[a.Owner.VendorID] == "":
			var v vendor.Vendor
			v, err = vendor.ByID(c.r.Context(), c.s.deps.DB, a.Owner.VendorID)
			names[a.Owner.VendorID] = v.Name
		}
		if err != nil && !fault.Is(err, fault.CodeNotFound) {
			return nil, err
		}
	}
	return names, nil
}

// accountRow puts one account into words.
func (c *call) accountRow(a account.Account, names map[string]string) view.AccountRow {
	r := view.AccountRow{
		AssetID: a.AssetID, Name: a.Name, FullName: a.FullName, Privileged: a.Privileged, Why: a.Why, Groups: a.Groups, Enabled: a.Enabled, Locked: a.Locked,
		NoPassword: a.NoPassword, PasswordNever: a.PasswordNever, LoginMS: a.LastLoginMS, Login: c.tr.T("account.login." + string(orUnknown(a.Login))),
		PasswordMS: a.PasswordSetMS, SinceMS: a.FirstMS, OwnerKind: string(a.Owner.Kind), Note: a.Owner.Note,
	}
	r.Owner = c.tr.T(ownerKey(a.Owner.Kind))
	if name := names[a.Owner.StaffID+a.Owner.VendorID]; name != "" {
		r.OwnerName = name
	}
	if a.Enabled && a.Interactive && a.Login == account.LoginAt {
		if days := int((c.nowMS() - a.LastLoginMS) / dayMS); days > unusedDays {
			r.UnusedDays = days
		}
	}
	r.NoOwner = a.Owner.Kind == account.OwnerNone
	return r
}

func orUnknown(l account.Login) account.Login {
	switch l {
	case account.LoginAt, account.LoginNever:
		return l
	}
	return account.LoginUnknown
}

// accountOwner says who an account belongs to.
func accountOwner(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	name := c.r.PostFormValue("account") // exactly as reported, blanks included
	o := account.Owner{Kind: account.OwnerKind(c.value("kind")), Note: c.value("note"), SetBy: c.who.ID, SetMS: c.nowMS()}
	err = c.ownerOf(a, &o)
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]any{"account": name, "owner": o.Kind, "staff": o.StaffID, "vendor": o.VendorID, "note": o.Note}, account.SetOwner(ctx, tx, a.ID, name, o)
		})
	}
	if err != nil {
		return assetAccountsPage(s, c, err)
	}
	return c.done(assetPath+"/"+a.ID+"/accounts", "account.owner.saved", "Name", clean(name, 200))
}

// ownerOf finds the person or company that was typed.
func (c *call) ownerOf(a asset.Asset, o *account.Owner) error {
	typed := c.value("owner")
	switch o.Kind {
	case account.OwnerStaff:
		list, _, _, err := organisation.ListStaff(c.r.Context(), c.s.deps.DB, organisation.StaffFilter{Facilities: []string{a.FacilityID}, Text: typed, Limit: 50})
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.Name == typed || staffLabel(p) == typed || p.Number != "" && p.Number == typed {
				o.StaffID = p.ID
				return nil
			}
		}
		return fault.Invalid("account.error.staff_unknown").At("owner")
	case account.OwnerVendor:
		if typed == "" {
			return nil
		}
		found, err := c.vendorNamed(typed)
		if err == nil && found.ID == "" {
			err = fault.Invalid("account.error.vendor_unknown").At("owner")
		}
		o.VendorID = found.ID
		return err
	}
	return nil
}

// assetObject names a device in the audit log.
func assetObject(a asset.Asset) audit.Object {
	return audit.Object{Kind: "asset", ID: a.ID, Name: a.Name, FacilityID: a.FacilityID}
}
