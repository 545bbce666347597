package api

import (
	"context"
	"time"

	"sonae/internal/edge/directory"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/account"
)

// DirectoryComputer is a computer as a directory has it.
type DirectoryComputer struct {
	GUID        string     `json:"guid"`
	AssetID     string     `json:"asset_id"`
	Name        string     `json:"name"`
	HostName    string     `json:"host_name,omitempty"`
	OSName      string     `json:"os_name,omitempty"`
	OSVersion   string     `json:"os_version,omitempty"`
	Place       string     `json:"place,omitempty" doc:"Organisational unit, from the top."`
	Description string     `json:"description,omitempty"`
	Enabled     bool       `json:"enabled"`
	LastLoginAt *time.Time `json:"last_login_at,omitempty" doc:"The machine's own, exact to two weeks."`
	FirstAt     *time.Time `json:"first_at" doc:"First read with these values."`
	GoneAt      *time.Time `json:"gone_at,omitempty"`
}

func directoryComputerOut(c directory.Computer) DirectoryComputer {
	return DirectoryComputer{GUID: c.Key, AssetID: c.AssetID, Name: c.Name, HostName: c.HostName, OSName: c.OSName, OSVersion: c.OSVersion, Place: c.Place,
		Description: c.Description, Enabled: c.Enabled, LastLoginAt: moment(c.LastLoginMS), FirstAt: moment(c.FirstMS), GoneAt: moment(c.GoneMS)}
}

type listDirectoryComputersIn struct {
	ByID
	Paging
	Q    string `query:"q" maxLength:"200" doc:"In name, host name, place or description."`
	Gone bool   `query:"gone" doc:"Those that left the directory, in place of those that are there."`
}

func (a *API) listDirectoryComputers(ctx context.Context, p identity.Principal, in *listDirectoryComputersIn) (*List[DirectoryComputer], error) {
	d, err := a.directory(ctx, p, in.ID, identity.DirectoryRead)
	if err != nil {
		return nil, err
	}
	after, err := unseal("directory-computers", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := directory.Computers(ctx, a.DB, directory.ComputerFilter{DirectoryID: d.ID, Text: in.Q, Gone: in.Gone, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, directoryComputerOut), seal("directory-computers", next), int(total)), nil
}

func (a *API) registerDirectoryAccounts() {
	handle(a, op{method: get, path: "/directory-accounts", id: "listDirectoryAccounts", summary: "Accounts in the directories of your facilities", action: identity.AssetRead,
		about: "For callers whose right covers whole facilities."}, a.listDirectoryAccounts)
	handle(a, op{method: post, path: "/directory-accounts/owner", id: "setDirectoryAccountOwner", summary: "Say who an account of a directory belongs to", action: identity.AssetEdit, status: 204}, a.setDirectoryOwner)
}

// DirectoryAccount is an account in a directory.
type DirectoryAccount struct {
	DirectoryID   string            `json:"directory_id"`
	FacilityID    string            `json:"facility_id"`
	GUID          string            `json:"guid"`
	Name          string            `json:"name"`
	FullName      string            `json:"full_name,omitempty"`
	Number        string            `json:"number,omitempty" doc:"Employee number, as the directory has it."`
	Mail          string            `json:"mail,omitempty"`
	Place         string            `json:"place,omitempty"`
	Enabled       bool              `json:"enabled"`
	Locked        bool              `json:"locked"`
	Privileged    bool              `json:"privileged" doc:"In a privileged group, also through other groups."`
	Why           string            `json:"why,omitempty"`
	Groups        []string          `json:"groups"`
	Service       bool              `json:"service" doc:"Used by a program."`
	PasswordSetAt *time.Time        `json:"password_set_at,omitempty"`
	PasswordNever bool              `json:"password_never" doc:"The password never expires."`
	NoPassword    bool              `json:"no_password" doc:"May be without a password."`
	Login         account.Login     `json:"login" enum:"at,never,unknown"`
	LastLoginAt   *time.Time        `json:"last_login_at,omitempty"`
	OwnerKind     account.OwnerKind `json:"owner_kind,omitempty"`
	OwnerStaffID  string            `json:"owner_staff_id,omitempty"`
	OwnerVendorID string            `json:"owner_vendor_id,omitempty"`
	MayBeStaffID  string            `json:"may_be_staff_id,omitempty" doc:"A suggestion: the one person whose employee number or mail address agrees."`
	MayBeBy       string            `json:"may_be_by,omitempty" enum:"number,mail"`
}

func directoryAccountOut(e account.DirectoryAccount, may account.Suggestion) DirectoryAccount {
	return DirectoryAccount{DirectoryID: e.DirectoryID, FacilityID: e.FacilityID, GUID: e.Key, Name: e.Name, FullName: e.FullName, Number: e.Number, Mail: e.Mail, Place: e.Place,
		Enabled: e.Enabled, Locked: e.Locked, Privileged: e.Privileged, Why: e.Why, Groups: full(e.Groups), Service: e.Service, PasswordSetAt: moment(e.PasswordSetMS),
		PasswordNever: e.PasswordNever, NoPassword: e.NoPassword, Login: e.Login, LastLoginAt: moment(e.LastLoginMS), OwnerKind: e.Owner.Kind,
		OwnerStaffID: e.Owner.StaffID, OwnerVendorID: e.Owner.VendorID, MayBeStaffID: may.StaffID, MayBeBy: may.By}
}

type listDirectoryAccountsIn struct {
	Paging
	Q          string   `query:"q" maxLength:"200" doc:"In log-on name, full name, mail or number."`
	Facility   []string `query:"facility,explode" maxItems:"100"`
	Privileged bool     `query:"privileged" doc:"Only these."`
	Enabled    bool     `query:"enabled" doc:"Only these."`
	Service    bool     `query:"service" doc:"Only these."`
	NoOwner    bool     `query:"no_owner" doc:"Nobody has said who it belongs to."`
}

func (a *API) listDirectoryAccounts(ctx context.Context, p identity.Principal, in *listDirectoryAccountsIn) (*List[DirectoryAccount], error) {
	ids := wholly(p, identity.AssetRead)
	if len(in.Facility) > 0 {
		asked, err := a.facilities(ctx, p, identity.AssetRead, in.Facility)
		if err != nil {
			return nil, err
		}
		ids = both(asked, ids)
	}
	after, err := unseal("directory-accounts", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := account.ListDirectory(ctx, a.DB, account.DirectoryFilter{Facilities: ids, Text: in.Q, Privileged: in.Privileged, Enabled: in.Enabled,
		Service: in.Service, NoOwner: in.NoOwner, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	may, err := account.Suggest(ctx, a.DB, list)
	if err != nil {
		return nil, err
	}
	return listOf(each(list, func(e account.DirectoryAccount) DirectoryAccount { return directoryAccountOut(e, may[e.Key]) }), seal("directory-accounts", next), int(total)), nil
}

// both keeps of the facilities asked for those that a right covers wholly; nil is
// every one.
func both(asked, whole []string) []string {
	if whole == nil {
		return asked
	}
	out := []string{}
	for _, id := range asked {
		for _, w := range whole {
			if id == w {
				out = append(out, id)
			}
		}
	}
	return out
}

type setDirectoryOwnerIn struct {
	Body struct {
		DirectoryID string `json:"directory_id" maxLength:"100"`
		GUID        string `json:"guid" maxLength:"400"`
		OwnerFields
	}
}

func (a *API) setDirectoryOwner(ctx context.Context, p identity.Principal, in *setDirectoryOwnerIn) (*None, error) {
	b := in.Body
	if !store.ValidID(b.DirectoryID) || !store.ValidID(b.GUID) {
		return nil, errNothing
	}
	e, err := account.DirectoryAccountByKey(ctx, a.DB, b.DirectoryID, b.GUID)
	if err != nil {
		return nil, notFoundHere(err)
	}
	object := audit.Object{Kind: "directory", ID: e.DirectoryID, Name: e.Name, FacilityID: e.FacilityID}
	if err := a.need(ctx, p, identity.AssetRead, identity.AssetEdit, object, ""); err != nil {
		return nil, err
	}
	o, err := a.ownerOf(ctx, p, e.FacilityID, b.OwnerFields)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"account": e.Name, "owner": string(o.Kind), "staff": b.StaffID, "vendor": b.VendorID, "note": b.Note}, account.SetDirectoryOwner(ctx, tx, e.DirectoryID, e.Key, o)
	})
	return &None{}, notFoundHere(err)
}
