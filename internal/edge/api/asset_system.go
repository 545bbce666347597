package api

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

func (a *API) registerSystems() {
	handle(a, op{method: replace, path: "/assets/{id}/systems/{system}", id: "joinSystem", summary: "Put a device into a medical information system, with its role there", action: identity.AssetEdit, status: 204}, a.joinSystem)
	handle(a, op{method: remove, path: "/assets/{id}/systems/{system}", id: "leaveSystem", summary: "Take a device out of a system", action: identity.AssetEdit, status: 204}, a.leaveSystem)
}

// SystemAddress names a device's place in a system.
type SystemAddress struct {
	ByID
	System string `path:"system" maxLength:"100"`
}

type joinSystemIn struct {
	SystemAddress
	Body struct {
		Role string `json:"role,omitempty" maxLength:"100" doc:"server, terminal, gateway …, in the hospital's words."`
	}
}

// both checks device and system.
func (a *API) both(ctx context.Context, p identity.Principal, in SystemAddress) (device, system asset.Asset, err error) {
	if device, err = a.asset(ctx, p, identity.AssetEdit, in.ID); err != nil {
		return device, system, err
	}
	system, err = a.asset(ctx, p, identity.AssetEdit, in.System)
	return device, system, err
}

func (a *API) joinSystem(ctx context.Context, p identity.Principal, in *joinSystemIn) (*None, error) {
	device, system, err := a.both(ctx, p, in.SystemAddress)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, objectOf(device), func(ctx context.Context, tx *store.Tx) (any, error) {
		detail := map[string]any{"systems_joined": []string{system.ID}, "role": in.Body.Role}
		return detail, asset.AddMember(ctx, tx, scopeOf(p, identity.AssetEdit), system.ID, device.ID, in.Body.Role, p.Name, a.nowMS())
	})
	return &None{}, err
}

func (a *API) leaveSystem(ctx context.Context, p identity.Principal, in *SystemAddress) (*None, error) {
	device, system, err := a.both(ctx, p, *in)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, objectOf(device), func(ctx context.Context, tx *store.Tx) (any, error) {
		return changeDetail{Left: []string{system.ID}}, asset.RemoveMember(ctx, tx, scopeOf(p, identity.AssetEdit), system.ID, device.ID, a.nowMS())
	})
	return &None{}, notFoundHere(err)
}
