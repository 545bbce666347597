package api

import (
	"context"
	"net/url"
	"strings"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerUserSecrets() {
	handle(a, op{method: post, path: "/users/{id}/setup-link", id: "createUserSetupLink", summary: "Make a one-time link with which a person chooses a new password", action: identity.UserManage, status: 201,
		about: "The present password and earlier links stop working, and the person's sessions end. The address stands in `url` of this answer and nowhere else."}, a.createSetupLink)
	handle(a, op{method: remove, path: "/users/{id}/setup-link", id: "revokeUserSetupLink", summary: "Revoke a person's set-up link", action: identity.UserManage, status: 204}, a.revokeSetupLink)
	handle(a, op{method: remove, path: "/users/{id}/second-factor", id: "resetUserSecondFactor", summary: "Remove a person's code generator, passkeys and recovery codes", action: identity.UserManage, status: 204}, a.resetSecond)
}

// SetupLink lets a person choose a password, once.
type SetupLink struct {
	URL       string     `json:"url" doc:"The address to open. It is not shown again."`
	ExpiresAt *time.Time `json:"expires_at"`
}

// NewUser is a person with the link that was made for them.
type NewUser struct {
	User
	SetupLink SetupLink `json:"setup_link"`
}

// setupLinkOut writes the address that people open, from configuration.
func (a *API) setupLinkOut(code string, l identity.SetupLink) SetupLink {
	return SetupLink{URL: strings.TrimSuffix(a.BaseURL, "/") + "/welcome?code=" + url.QueryEscape(code), ExpiresAt: moment(l.ExpiresMS)}
}

func (a *API) createSetupLink(ctx context.Context, p identity.Principal, in *ByID) (*One[SetupLink], error) {
	u, err := a.user(ctx, p, in.ID, identity.UserManage)
	if err != nil {
		return nil, err
	}
	var out SetupLink
	err = audit.Do(ctx, a.DB, p, identity.UserManage, userObject(u), func(ctx context.Context, tx *store.Tx) (any, error) {
		code, link, err := a.Identity.CreateSetupLink(ctx, tx, p, u.ID)
		out = a.setupLinkOut(code, link)
		return map[string]any{"reset": "password", "setup_link": link.ID, "expires_ms": link.ExpiresMS}, err
	})
	if err != nil {
		return nil, err
	}
	return one(out), nil
}

func (a *API) revokeSetupLink(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	u, err := a.user(ctx, p, in.ID, identity.UserManage)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.UserManage, userObject(u), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"revoked": "setup_link"}, a.Identity.RevokeSetupLink(ctx, tx, p, u.ID)
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
