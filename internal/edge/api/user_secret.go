package api

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerUserSecrets() {
	handle(a, op{method: post, path: "/users/{id}/password", id: "setUserPassword", summary: "Set a password that the person must change at the next sign-in; ends their sessions", action: identity.UserManage, status: 204}, a.setPassword)
	handle(a, op{method: remove, path: "/users/{id}/second-factor", id: "resetUserSecondFactor", summary: "Remove a person's code generator, passkeys and recovery codes", action: identity.UserManage, status: 204}, a.resetSecond)
}

type setPasswordIn struct {
	ByID
	Body struct {
		Password string `json:"password" maxLength:"1000"`
	}
}

func (a *API) setPassword(ctx context.Context, p identity.Principal, in *setPasswordIn) (*None, error) {
	u, err := a.user(ctx, p, in.ID, identity.UserManage)
	if err != nil {
		return nil, err
	}
	ready, err := a.Identity.PreparePassword(ctx, p, u.ID, "", in.Body.Password)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.UserManage, userObject(u), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"reset": "password"}, a.Identity.SetPassword(ctx, tx, ready, "")
	})
	return &None{}, err
}

func (a *API) resetSecond(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	u, err := a.user(ctx, p, in.ID, identity.UserManage)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.UserManage, userObject(u), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"removed": "second_factor"}, a.Identity.ResetSecond(ctx, tx, p, u.ID)
	})
	return &None{}, err
}
