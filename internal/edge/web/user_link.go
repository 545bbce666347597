package web

import (
	"context"
	"net/url"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// linkOf is the set-up link that waits for a person, for those who manage people.
func (c *call) linkOf(u identity.User) (*view.UserLink, error) {
	if u.ID == "" || !c.who.Can(identity.UserManage) {
		return nil, nil //nolint:nilnil // no link is a valid answer
	}
	l, ok, err := c.s.deps.Identity.SetupLinkOf(c.r.Context(), c.s.deps.DB, u.ID)
	if err != nil || !ok {
		return nil, err
	}
	return &view.UserLink{EndMS: l.ExpiresMS, Over: l.ExpiresMS <= c.nowMS()}, nil
}

// userLink makes a set-up link for a person who forgot the password, or let the
// earlier link run out, and shows it, once.
func userLink(s *site, c *call) error {
	u, err := userOne(s, c)
	if err != nil {
		return err
	}
	var code string
	err = userDo(s, c, u, func(ctx context.Context, tx *store.Tx) (any, error) {
		var link identity.SetupLink
		var err error
		code, link, err = s.deps.Identity.CreateSetupLink(ctx, tx, c.who, u.ID)
		return map[string]any{"reset": "password", "setup_link": link.ID, "expires_ms": link.ExpiresMS}, err
	})
	if err != nil {
		return userPage(c, u, err)
	}
	return linkPage(c, u, code, c.tr.T("user.link.title", "Name", u.Name))
}

// userLinkRevoke makes a set-up link useless.
func userLinkRevoke(s *site, c *call) error {
	u, err := userOne(s, c)
	if err != nil {
		return err
	}
	err = userDo(s, c, u, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"revoked": "setup_link"}, s.deps.Identity.RevokeSetupLink(ctx, tx, c.who, u.ID)
	})
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing
	}
	if err != nil {
		return userPage(c, u, err)
	}
	return c.done("/users/"+u.ID, "user.link.revoked")
}

// linkPage shows a set-up link. Its address comes from configuration, never from
// the request.
func linkPage(c *call, u identity.User, code, heading string) error {
	page, err := c.page(heading)
	if err != nil {
		return err
	}
	address := strings.TrimSuffix(c.s.deps.BaseURL.String(), "/") + "/welcome?code=" + url.QueryEscape(code)
	v := &view.Once{Page: page, Heading: heading, Lead: c.tr.T("user.link.lead"), Warning: c.tr.T("secret.once"), BackHref: "/users/" + u.ID, BackLabel: c.tr.T("user.link.back")}
	v.Items = []view.OnceItem{
		{Label: c.tr.T("user.login"), Secret: v.Page.Secret("once-login", u.Login)},
		{Label: c.tr.T("user.link"), Secret: v.Page.Secret("once-link", address), Hint: c.tr.T("user.link.hint", "Hours", int(identity.SetupLinkLife.Hours()))},
	}
	return c.render(v)
}
