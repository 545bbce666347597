package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerUsers() {
	handle(a, op{method: get, path: "/users", id: "listUsers", summary: "People who may sign in, by login name", action: identity.UserRead}, a.listUsers)
	handle(a, op{method: post, path: "/users", id: "createUser", summary: "Add a person", action: identity.UserManage, status: 201,
		about: "Nobody gives more rights than they hold. The answer carries a set-up link, shown once, with which the person chooses a password."}, a.createUser)
	handle(a, op{method: get, path: "/users/{id}", id: "getUser", summary: "One person", action: identity.UserRead}, a.getUser)
	handle(a, op{method: patch, path: "/users/{id}", id: "updateUser", summary: "Change a person's rights, or stop them from signing in", action: identity.UserManage,
		about: "When rights are taken away the person's sessions end and tokens they issued beyond what is left are revoked; when they are disabled, all."}, a.updateUser)
}

// User is a person who signs in.
type User struct {
	ID           string     `json:"id"`
	Login        string     `json:"login"`
	Name         string     `json:"name"`
	Mail         string     `json:"mail"`
	Lang         string     `json:"lang"`
	Grants       []Grant    `json:"grants"`
	TOTP         bool       `json:"totp" doc:"A code generator is set up."`
	Passkeys     int        `json:"passkeys"`
	HasPassword  bool       `json:"has_password" doc:"False until the person has used the set-up link."`
	MustChange   bool       `json:"must_change_password"`
	CreatedAt    *time.Time `json:"created_at"`
	DisabledAt   *time.Time `json:"disabled_at,omitempty"`
	LastSignInAt *time.Time `json:"last_sign_in_at,omitempty"`
}

func userOut(u identity.User) User {
	return User{ID: u.ID, Login: u.Login, Name: u.Name, Mail: u.Mail, Lang: u.Lang, Grants: each(u.Grants, func(g identity.Grant) Grant { return Grant(g) }),
		TOTP: u.TOTP, Passkeys: u.Passkeys, HasPassword: u.HasPassword(), MustChange: u.MustChange, CreatedAt: moment(u.CreatedMS), DisabledAt: moment(u.DisabledMS), LastSignInAt: moment(u.LastSignInMS)}
}

// seesUser: people are seen by those who may see users where they have a role.
func seesUser(p identity.Principal, u identity.User) bool {
	return p.CanEverywhere(identity.UserRead) || slices.ContainsFunc(u.Grants, func(g identity.Grant) bool {
		return g.FacilityID != "" && seesGrant(p, identity.UserRead, g)
	})
}

type listUsersIn struct {
	Paging
	Q string `query:"q" maxLength:"200" doc:"In login or name."`
}

// maxUsers bounds how many people a caller with limits looks through.
const maxUsers = 5000

func (a *API) listUsers(ctx context.Context, p identity.Principal, in *listUsersIn) (*List[User], error) {
	after, err := unseal("users", in.Cursor)
	if err != nil {
		return nil, err
	}
	if p.CanEverywhere(identity.UserRead) {
		list, next, total, err := a.Identity.Users(ctx, a.DB, identity.UserFilter{Text: in.Q, After: after, Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		return listOf(each(list, userOut), seal("users", next), total), nil
	}
	var seen []User
	for next := ""; len(seen) < maxUsers; {
		list, more, _, err := a.Identity.Users(ctx, a.DB, identity.UserFilter{Text: in.Q, After: next, Limit: 500})
		if err != nil {
			return nil, err
		}
		for _, u := range list {
			if seesUser(p, u) {
				seen = append(seen, userOut(u))
			}
		}
		if next = more; next == "" {
			break
		}
	}
	return window("users", seen, in.Paging, func(u User) string { return u.ID })
}

// user finds a person that p may see.
func (a *API) user(ctx context.Context, p identity.Principal, id string, do identity.Action) (identity.User, error) {
	if !store.ValidID(id) {
		return identity.User{}, errNothing
	}
	u, err := a.Identity.UserByID(ctx, a.DB, id)
	if err != nil {
		return u, notFoundHere(err)
	}
	if !seesUser(p, u) {
		a.noteRefusal(ctx, p, do, userObject(u))
		return u, errNothing
	}
	return u, nil
}

func userObject(u identity.User) audit.Object {
	o := audit.Object{Kind: "user", ID: u.ID, Name: u.Login}
	if len(u.Grants) == 1 {
		o.FacilityID = u.Grants[0].FacilityID
	}
	return o
}

func (a *API) getUser(ctx context.Context, p identity.Principal, in *ByID) (*One[User], error) {
	u, err := a.user(ctx, p, in.ID, identity.UserRead)
	if err != nil {
		return nil, err
	}
	return one(userOut(u)), nil
}

type createUserIn struct {
	Body struct {
		Login  string  `json:"login" maxLength:"100"`
		Name   string  `json:"name,omitempty" maxLength:"100"`
		Mail   string  `json:"mail,omitempty" maxLength:"254"`
		Lang   string  `json:"lang,omitempty" enum:"ja,en" default:"ja"`
		Grants []Grant `json:"grants" minItems:"1" maxItems:"200"`
	}
}

func (a *API) grants(ctx context.Context, p identity.Principal, list []Grant) ([]identity.Grant, error) {
	out := make([]identity.Grant, len(list))
	for i, g := range list {
		var err error
		if out[i], err = a.grant(ctx, p, g, fmt.Sprintf("grants[%d].facility_id", i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *API) createUser(ctx context.Context, p identity.Principal, in *createUserIn) (*One[NewUser], error) {
	b := in.Body
	grants, err := a.grants(ctx, p, b.Grants)
	if err != nil {
		return nil, err
	}
	ready, err := a.Identity.PrepareUser(ctx, p, identity.NewUser{Login: b.Login, Preferences: identity.Preferences{Name: b.Name, Mail: b.Mail, Lang: b.Lang},
		Grants: grants, ByLink: true})
	if err != nil {
		return nil, err
	}
	var out NewUser
	err = audit.Do(ctx, a.DB, p, identity.UserManage, audit.Object{Kind: "user"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		made, err := a.Identity.CreateUser(ctx, tx, ready)
		if err != nil {
			return nil, err
		}
		code, link, err := a.Identity.CreateSetupLink(ctx, tx, p, made.ID)
		out = NewUser{User: userOut(made), SetupLink: a.setupLinkOut(code, link)}
		return audit.Made{Object: userObject(made), Detail: map[string]any{"created": out.User, "setup_link": link.ID, "expires_ms": link.ExpiresMS}}, err
	})
	if err != nil {
		return nil, err
	}
	return one(out), nil
}

type updateUserIn struct {
	ByID
	Body struct {
		Grants   *[]Grant `json:"grants,omitempty" minItems:"1" maxItems:"200" doc:"All rights from now on."`
		Disabled *bool    `json:"disabled,omitempty"`
	}
}

func (a *API) updateUser(ctx context.Context, p identity.Principal, in *updateUserIn) (*One[User], error) {
	before, err := a.user(ctx, p, in.ID, identity.UserManage)
	if err != nil {
		return nil, err
	}
	var grants []identity.Grant
	if in.Body.Grants != nil {
		if grants, err = a.grants(ctx, p, *in.Body.Grants); err != nil {
			return nil, err
		}
	}
	var after identity.User
	var ended []identity.Ended
	err = audit.Do(ctx, a.DB, p, identity.UserManage, userObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		ended = nil // the transaction may run again
		if in.Body.Grants != nil {
			e, err := a.Identity.SetGrants(ctx, tx, p, before.ID, grants)
			if err != nil {
				return nil, err
			}
			ended = append(ended, e)
		}
		if d := in.Body.Disabled; d != nil && *d != (before.DisabledMS != 0) {
			e, err := a.Identity.SetDisabled(ctx, tx, p, before.ID, *d)
			if err != nil {
				return nil, err
			}
			ended = append(ended, e)
		}
		var err error
		after, err = a.Identity.UserByID(ctx, tx, before.ID)
		return map[string]any{"before": userOut(before), "after": userOut(after), "ended": ended}, err
	})
	if err != nil {
		return nil, err
	}
	return one(userOut(after)), nil
}
