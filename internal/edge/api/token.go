package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerTokens() {
	handle(a, op{method: get, path: "/tokens", id: "listTokens", summary: "API tokens without their secrets, newest first", action: identity.TokenRead}, a.listTokens)
	handle(a, op{method: post, path: "/tokens", id: "createToken", summary: "Issue an API token", action: identity.TokenManage, status: 201,
		about: "Nobody gives more than they hold. The secret stands in `token` of this answer and nowhere else."}, a.createToken)
	handle(a, op{method: remove, path: "/tokens/{id}", id: "revokeToken", summary: "Revoke an API token", action: identity.TokenManage, status: 204}, a.revokeToken)
}

// Grant is a role, limited to a facility and, for the role department, to one of
// its departments.
type Grant struct {
	Role       identity.Role `json:"role" enum:"administrator,executive,manager,operator,auditor,department"`
	FacilityID string        `json:"facility_id,omitempty" maxLength:"100" doc:"Empty = all facilities."`
	Department string        `json:"department,omitempty" maxLength:"500" doc:"Only with the role department."`
}

// Token is an API token without its secret.
type Token struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Grant      Grant      `json:"grant"`
	Scope      string     `json:"scope" enum:"read,write"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  *time.Time `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty" doc:"Absent = never."`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
}

func tokenOut(t identity.Token) Token {
	scope := "read"
	if t.Write {
		scope = "write"
	}
	return Token{ID: t.ID, Name: t.Name, Grant: Grant(t.Grant), Scope: scope, CreatedBy: t.CreatedBy, CreatedAt: moment(t.CreatedMS), ExpiresAt: moment(t.ExpiresMS),
		LastUsedAt: moment(t.LastUsedMS), RevokedAt: moment(t.RevokedMS)}
}

// seesGrant: rights are seen by those who may see them where they count.
func seesGrant(p identity.Principal, action identity.Action, g identity.Grant) bool {
	return p.CanAt(action, g.FacilityID, "")
}

func (a *API) listTokens(ctx context.Context, p identity.Principal, in *Paging) (*List[Token], error) {
	all, err := a.Identity.Tokens(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	var seen []Token
	for _, t := range all {
		if seesGrant(p, identity.TokenRead, t.Grant) {
			seen = append(seen, tokenOut(t))
		}
	}
	return window("tokens", seen, *in, func(t Token) string { return t.ID })
}

type createTokenIn struct {
	Body struct {
		Name      string `json:"name" maxLength:"100"`
		Grant     Grant  `json:"grant"`
		Scope     string `json:"scope,omitempty" enum:"read,write" default:"read"`
		ExpiresIn string `json:"expires_in,omitempty" maxLength:"20" example:"720h" doc:"Duration from now, at most a year; absent = never."`
	}
}

// NewToken is a token with its secret, shown once.
type NewToken struct {
	Token
	Secret string `json:"token" doc:"The secret. It is not shown again."`
}

func (a *API) createToken(ctx context.Context, p identity.Principal, in *createTokenIn) (*One[NewToken], error) {
	b := in.Body
	grant, err := a.grant(ctx, p, b.Grant, "grant.facility_id")
	if err != nil {
		return nil, err
	}
	expires, err := a.expiry(b.ExpiresIn)
	if err != nil {
		return nil, err
	}
	var out NewToken
	err = audit.Do(ctx, a.DB, p, identity.TokenManage, audit.Object{Kind: "token"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		secret, t, err := a.Identity.CreateToken(ctx, tx, p, identity.NewToken{Name: b.Name, Grant: grant, Write: b.Scope == "write", ExpiresMS: expires})
		out = NewToken{Token: tokenOut(t), Secret: secret}
		return audit.Made{Object: audit.Object{Kind: "token", ID: t.ID, Name: t.Name, FacilityID: t.Grant.FacilityID}, Detail: out.Token}, err
	})
	if err != nil {
		return nil, err
	}
	return one(out), nil
}

// grant checks the facility of a grant.
func (a *API) grant(ctx context.Context, p identity.Principal, g Grant, place string) (identity.Grant, error) {
	if g.FacilityID == "" {
		return identity.Grant(g), nil
	}
	_, err := a.facility(ctx, p, identity.TodayRead, identity.TodayRead, g.FacilityID, place)
	return identity.Grant(g), err
}

func (a *API) revokeToken(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	if !store.ValidID(in.ID) {
		return nil, errNothing
	}
	t, err := a.Identity.TokenByID(ctx, a.DB, in.ID)
	if err != nil {
		return nil, notFoundHere(err)
	}
	o := audit.Object{Kind: "token", ID: t.ID, Name: t.Name, FacilityID: t.Grant.FacilityID}
	if err := a.need(ctx, p, identity.TokenRead, identity.TokenManage, o, ""); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.TokenManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"revoked": true}, a.Identity.RevokeToken(ctx, tx, p, t.ID)
	})
	return &None{}, err
}
