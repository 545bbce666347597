package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// tokenDays are the lives a token can be given; the first is offered.
var tokenDays = []int{90, 30, 180, 365}

// tokenList shows the API tokens that the reader may see.
func tokenList(s *site, c *call) error { return tokenPage(s, c, nil) }

func tokenPage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("tokens.title"))
	if err != nil {
		return err
	}
	v := &view.TokenList{Page: page, CanManage: c.who.Can(identity.TokenManage), Roles: choices(c, identity.Roles(), identity.Role.Key, identity.Auditor)}
	for _, days := range tokenDays {
		v.Expiries = append(v.Expiries, view.Choice{Value: strconv.Itoa(days), Label: c.tr.T("token.days", "Days", days)})
	}
	v.Scopes = []view.Choice{{Value: "read", Label: c.tr.T("token.read")}, {Value: "write", Label: c.tr.T("token.write")}}
	if v.Facilities, err = c.grantPlaces(identity.TokenManage); err != nil {
		return err
	}
	if v.Rows, err = tokenRows(s, c); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func tokenRows(s *site, c *call) ([]view.TokenRow, error) {
	list, err := s.deps.Identity.Tokens(c.r.Context(), s.deps.DB)
	if err != nil {
		return nil, err
	}
	facilities, err := c.facilityNames()
	if err != nil {
		return nil, err
	}
	people := c.people()
	var rows []view.TokenRow
	for _, t := range list {
		if !c.who.CanAt(identity.TokenRead, t.Grant.FacilityID, "") {
			continue
		}
		row := view.TokenRow{
			ID: t.ID, Name: t.Name, Role: c.tr.T(t.Grant.Role.Key()), Scope: c.scopeWords(t.Grant, facilities), By: people(t.CreatedBy),
			May: c.tr.T("token.read"), MadeMS: t.CreatedMS, EndMS: t.ExpiresMS, UsedMS: t.LastUsedMS,
		}
		if t.Write {
			row.May = c.tr.T("token.write")
		}
		row.StateKind, row.State, row.Open = c.lifeWords(t.RevokedMS, t.ExpiresMS)
		row.Open = row.Open && c.who.CanAt(identity.TokenManage, t.Grant.FacilityID, "")
		rows = append(rows, row)
	}
	return rows, nil
}

// people gives display names for user IDs, each read once.
func (c *call) people() func(id string) string {
	known := map[string]string{}
	return func(id string) string {
		name, ok := known[id]
		if !ok {
			name = id
			if u, err := c.s.deps.Identity.UserByID(c.r.Context(), c.s.deps.DB, id); err == nil {
				name = u.Name
			}
			known[id] = name
		}
		return name
	}
}

// lifeWords says whether something with an end still counts.
func (c *call) lifeWords(revokedMS, endMS int64) (kind, words string, open bool) {
	switch {
	case revokedMS != 0:
		return "none", c.tr.T("token.state.revoked"), false
	case endMS != 0 && endMS <= c.nowMS():
		return "none", c.tr.T("token.state.expired"), false
	}
	return "ok", c.tr.T("token.state.active"), true
}

// expiry reads the chosen life, one of the offered numbers of days.
func (c *call) expiry(offered []int) (int64, error) {
	days, ok := digits(c.value("expires"))
	if !ok || !slices.Contains(offered, days) {
		return 0, fault.Invalid("form.error.choice").At("expires")
	}
	return c.nowMS() + (time.Duration(days) * 24 * time.Hour).Milliseconds(), nil
}

// tokenCreate issues a token and shows its secret, once.
func tokenCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	end, err := c.expiry(tokenDays)
	if err != nil {
		return tokenPage(s, c, err)
	}
	grant := grantInput(c)
	if !c.who.CanAt(identity.TokenManage, grant.FacilityID, "") {
		return tokenPage(s, c, fault.Invalid("form.error.choice").At("facility"))
	}
	var secret string
	var made identity.Token
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.TokenManage, audit.Object{Kind: "token"},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			var err error
			secret, made, err = s.deps.Identity.CreateToken(ctx, tx, c.who, identity.NewToken{
				Name: c.value("name"), Grant: grant, Write: c.value("scope") == "write", ExpiresMS: end,
			})
			return audit.Made{Object: audit.Object{Kind: "token", ID: made.ID, Name: made.Name, FacilityID: grant.FacilityID}, Detail: made}, err
		})
	if err != nil {
		return tokenPage(s, c, err)
	}
	page, err := c.page(c.tr.T("tokens.made"))
	if err != nil {
		return err
	}
	v := &view.Once{Page: page, Heading: c.tr.T("tokens.made"), Lead: c.tr.T("tokens.made.lead"), Warning: c.tr.T("secret.once"), BackHref: "/tokens", BackLabel: c.tr.T("tokens.back")}
	v.Items = []view.OnceItem{{Label: made.Name, Secret: v.Page.Secret("once-token", secret)}}
	return c.render(v)
}

// tokenRevoke ends a token at once.
func tokenRevoke(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	t, err := s.deps.Identity.TokenByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing
	}
	if err != nil {
		return err
	}
	if err := c.need(identity.TokenRead, identity.TokenManage, t.Grant.FacilityID, ""); err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.TokenManage, audit.Object{Kind: "token", ID: id, Name: t.Name, FacilityID: t.Grant.FacilityID},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]bool{"revoked": true}, s.deps.Identity.RevokeToken(ctx, tx, c.who, id)
		})
	if err != nil {
		return tokenPage(s, c, err)
	}
	return c.done("/tokens", "token.revoked.done")
}
