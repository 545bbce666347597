package api

import (
	"context"
	"encoding/json"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerKits() {
	handle(a, op{method: get, path: "/kits", id: "listKits", summary: "Collection kits without their keys, newest first", action: identity.DeviceRead}, a.listKits)
	handle(a, op{method: post, path: "/kits", id: "createKit", summary: "Make a collection kit for machines that never report by themselves", action: identity.DeviceManage, status: 201,
		about: "`file` is to be stored as `sonae-kit.json` beside `sonae-agent`. The signing key in it is kept nowhere else."}, a.createKit)
	handle(a, op{method: remove, path: "/kits/{id}", id: "revokeKit", summary: "Revoke a collection kit; what was collected with it stays", action: identity.DeviceManage, status: 204}, a.revokeKit)
}

// Kit lets somebody collect on machines that never report by themselves.
type Kit struct {
	ID         string     `json:"id"`
	FacilityID string     `json:"facility_id"`
	Name       string     `json:"name"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  *time.Time `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"When a file made with it was last taken in."`
	Files      int64      `json:"files" doc:"Files taken in."`
}

func kitOut(k identity.Kit) Kit {
	return Kit{ID: k.ID, FacilityID: k.FacilityID, Name: k.Name, CreatedBy: k.CreatedBy, CreatedAt: moment(k.CreatedMS), ExpiresAt: moment(k.ExpiresMS),
		RevokedAt: moment(k.RevokedMS), LastUsedAt: moment(k.LastUsedMS), Files: k.Files}
}

func (a *API) listKits(ctx context.Context, p identity.Principal, in *Searching) (*List[Kit], error) {
	f, err := in.listing("kits", p.Scope(identity.DeviceRead))
	if err != nil {
		return nil, err
	}
	list, next, total, err := a.Identity.Kits(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	return listOf(each(list, kitOut), seal("kits", next), total), nil
}

type createKitIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		Name       string `json:"name" minLength:"1" maxLength:"200"`
		ExpiresIn  string `json:"expires_in" maxLength:"20" example:"720h" doc:"Duration from now, at most a year: 24h, 720h."`
	}
}

// NewKit is a kit with its file, shown once.
type NewKit struct {
	Kit
	File json.RawMessage `json:"file" doc:"Content of sonae-kit.json, secret. It is not shown again."`
}

func (a *API) createKit(ctx context.Context, p identity.Principal, in *createKitIn) (*One[NewKit], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.DeviceManage, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	expires, err := a.expiry(in.Body.ExpiresIn)
	if err != nil {
		return nil, err
	}
	var file []byte
	var made identity.Kit
	err = audit.Do(ctx, a.DB, p, identity.DeviceManage, audit.Object{Kind: "kit"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		file, made, err = a.Identity.CreateKit(ctx, tx, p, identity.Kit{FacilityID: f.ID, Name: in.Body.Name, ExpiresMS: expires})
		return audit.Made{Object: audit.Object{Kind: "kit", ID: made.ID, Name: made.Name, FacilityID: f.ID}, Detail: kitOut(made)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(NewKit{Kit: kitOut(made), File: file}), nil
}

func (a *API) revokeKit(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	k, err := a.Identity.KitByID(ctx, a.DB, in.ID)
	if err != nil {
		return nil, notFoundHere(err)
	}
	o := audit.Object{Kind: "kit", ID: k.ID, Name: k.Name, FacilityID: k.FacilityID}
	if err := a.need(ctx, p, identity.DeviceRead, identity.DeviceManage, o, ""); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"revoked": true}, a.Identity.RevokeKit(ctx, tx, in.ID)
	})
	return &None{}, err
}
