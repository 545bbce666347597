package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

func (a *API) registerScanCredentials() {
	handle(a, op{method: get, path: "/scan-credentials", id: "listScanCredentials", summary: "What opens devices that are asked, without the secrets", action: identity.NetworkRead}, a.listScanCredentials)
	handle(a, op{method: post, path: "/scan-credentials", id: "createScanCredential", summary: "Keep a credential", action: identity.CredentialManage, status: 201, about: "Secrets are stored sealed and never given back."}, a.createScanCredential)
	handle(a, op{method: patch, path: "/scan-credentials/{id}", id: "updateScanCredential", summary: "Change a credential", action: identity.CredentialManage, about: "Secrets that are not given stay as they are."}, a.updateScanCredential)
	handle(a, op{method: remove, path: "/scan-credentials/{id}", id: "removeScanCredential", summary: "Forget a credential", action: identity.CredentialManage, status: 204, about: "A conflict while a search uses it."}, a.removeScanCredential)
	handle(a, op{method: post, path: "/scan-credentials/{id}/try", id: "tryScanCredential", summary: "Ask one address for its name with a credential", action: identity.CredentialManage, about: "Nothing goes into the ledger. What is sent stands in the record like that of a run."}, a.tryScanCredential)
}

// ScanCredential is what opens devices, without its secret.
type ScanCredential struct {
	ID         string     `json:"id"`
	Rev        int64      `json:"rev"`
	FacilityID string     `json:"facility_id"`
	Name       string     `json:"name"`
	Version    string     `json:"version" enum:"2c,3"`
	User       string     `json:"user,omitempty"`
	Auth       string     `json:"auth,omitempty"`
	Priv       string     `json:"priv,omitempty"`
	Context    string     `json:"context,omitempty"`
	By         string     `json:"by"`
	UpdatedAt  *time.Time `json:"updated_at"`
}

func scanCredentialOut(c scan.Credential) ScanCredential {
	return ScanCredential{ID: c.ID, Rev: c.Revision, FacilityID: c.FacilityID, Name: c.Name, Version: c.Version, User: c.User, Auth: c.Auth, Priv: c.Priv, Context: c.Context, By: c.By, UpdatedAt: moment(c.UpdatedMS)}
}

func (a *API) listScanCredentials(ctx context.Context, p identity.Principal, in *listScansIn) (*List[ScanCredential], error) {
	facilities, err := a.facilities(ctx, p, identity.NetworkRead, in.Facility)
	if err != nil {
		return nil, err
	}
	all, err := scan.Credentials(ctx, a.DB, facilities)
	if err != nil {
		return nil, err
	}
	return window("scan-credentials", each(all, scanCredentialOut), in.Paging, func(c ScanCredential) string { return c.ID })
}

// ScanCredentialFields are what a credential is written with.
type ScanCredentialFields struct {
	Name      *string `json:"name,omitempty" maxLength:"100"`
	Version   *string `json:"version,omitempty" enum:"2c,3"`
	User      *string `json:"user,omitempty" maxLength:"32"`
	Auth      *string `json:"auth,omitempty" enum:",md5,sha,sha224,sha256,sha384,sha512"`
	Priv      *string `json:"priv,omitempty" enum:",des,aes,aes192,aes256,aes192c,aes256c"`
	Context   *string `json:"context,omitempty" maxLength:"32"`
	Community string  `json:"community,omitempty" maxLength:"100" doc:"2c. Written only."`
	AuthKey   string  `json:"auth_key,omitempty" maxLength:"255" doc:"3. Written only."`
	PrivKey   string  `json:"priv_key,omitempty" maxLength:"255" doc:"3. Written only."`
}

func (in ScanCredentialFields) apply(c scan.Credential) (scan.Credential, scan.Secret) {
	put(&c.Name, in.Name)
	put(&c.Version, in.Version)
	put(&c.User, in.User)
	put(&c.Auth, in.Auth)
	put(&c.Priv, in.Priv)
	put(&c.Context, in.Context)
	return c, scan.Secret{Community: in.Community, AuthKey: in.AuthKey, PrivKey: in.PrivKey}
}

type createScanCredentialIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		ScanCredentialFields
	}
}

func scanCredentialObject(c scan.Credential) audit.Object {
	return audit.Object{Kind: "scan_credential", ID: c.ID, Name: c.Name, FacilityID: c.FacilityID}
}

func (a *API) createScanCredential(ctx context.Context, p identity.Principal, in *createScanCredentialIn) (*One[ScanCredential], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.CredentialManage, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	c, secret := in.Body.apply(scan.Credential{FacilityID: f.ID, By: p.Name})
	err = audit.Do(ctx, a.DB, p, identity.CredentialManage, scanCredentialObject(c), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		c, err = a.Scanner.Create(ctx, tx, c, secret)
		return audit.Made{Object: scanCredentialObject(c), Detail: scanCredentialOut(c)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(scanCredentialOut(c)), nil
}

// scanCredential reads the one of the address and checks the right to change it.
func (a *API) scanCredential(ctx context.Context, p identity.Principal, id string) (scan.Credential, error) {
	if !store.ValidID(id) {
		return scan.Credential{}, errNothing
	}
	c, err := scan.CredentialByID(ctx, a.DB, id)
	if err != nil {
		return c, notFoundHere(err)
	}
	return c, a.need(ctx, p, identity.NetworkRead, identity.CredentialManage, scanCredentialObject(c), "")
}

type updateScanCredentialIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		ScanCredentialFields
	}
}

func (a *API) updateScanCredential(ctx context.Context, p identity.Principal, in *updateScanCredentialIn) (*One[ScanCredential], error) {
	before, err := a.scanCredential(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	after, secret := in.Body.apply(before)
	after.Revision, after.By = in.Body.Rev, p.Name
	err = audit.Do(ctx, a.DB, p, identity.CredentialManage, scanCredentialObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = a.Scanner.Update(ctx, tx, after, secret)
		return map[string]any{"before": scanCredentialOut(before), "after": scanCredentialOut(after), "secret": !secret.Empty()}, err
	})
	if err != nil {
		return nil, err
	}
	return one(scanCredentialOut(after)), nil
}

func (a *API) removeScanCredential(ctx context.Context, p identity.Principal, in *endScanIn) (*None, error) {
	c, err := a.scanCredential(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.CredentialManage, scanCredentialObject(c), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"removed": true}, scan.RemoveCredential(ctx, tx, c, in.Rev)
	})
	return &None{}, err
}

type tryScanCredentialIn struct {
	ByID
	Body struct {
		Address string `json:"address" minLength:"1" maxLength:"300" example:"192.0.2.10"`
	}
}

func (a *API) tryScanCredential(ctx context.Context, p identity.Principal, in *tryScanCredentialIn) (*One[ScanTarget], error) {
	c, err := a.scanCredential(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	var r scan.Run
	err = audit.Do(ctx, a.DB, p, identity.CredentialManage, scanCredentialObject(c), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		r, err = scan.Try(ctx, tx, c, in.Body.Address, p.Name, a.nowMS())
		return map[string]string{"tried": in.Body.Address}, err
	})
	if err != nil {
		return nil, err
	}
	t, err := a.Scanner.Try(ctx, c, r)
	if err != nil {
		return nil, err
	}
	return one(scanTargetOut(ctx, t)), nil
}
