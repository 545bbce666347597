package web

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/platform/fault"
)

// Changes of what guards accounts (routes marked proof) need a password or factor
// within identity.ProofLife. When that is too long ago, the form that was sent is
// answered with a page that asks for it and carries the form along, so that nothing
// has to be typed twice and no script is needed.

// Fields of the page beside the carried ones.
const (
	fieldProofPassword = "proof_password"
	fieldProofCode     = "proof_code"
)

// secretFields are never shown again or carried along.
var secretFields = []string{"password", "again", "current", "confirm", "code", "community", "auth_key", "priv_key", fieldProofPassword, fieldProofCode}

// proved reports whether the request may go on; if not, it was answered.
func (c *call) proved() (bool, error) {
	if c.s.sessions.Proved(c.r.Context()) {
		return true, nil
	}
	if media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); media == "application/json" {
		return false, c.json(http.StatusForbidden, map[string]string{"error": c.tr.T("prove.title"), "prove": "/prove?next=" + url.QueryEscape("/profile")})
	}
	if err := c.form(); err != nil {
		return false, err
	}
	err := c.proveForm()
	if err == nil {
		return true, nil
	}
	return false, c.provePage(c.r.URL.Path, err)
}

// errUnproved: nothing was given yet.
var errUnproved = fault.Forbidden("prove.title")

// proveForm checks what the form gives, and notes success in the session.
func (c *call) proveForm() error {
	password, code := c.r.PostFormValue(fieldProofPassword), c.value(fieldProofCode)
	if password == "" && code == "" {
		return errUnproved
	}
	place := fieldProofPassword
	if password == "" {
		place = fieldProofCode
	}
	err := c.s.deps.Identity.Prove(c.r.Context(), c.visit.user, password, code, c.address())
	switch f := fault.Of(err); {
	case err == nil:
		c.s.sessions.Prove(c.r.Context())
		return nil
	case f.Code == fault.CodeUnauthenticated && place == fieldProofPassword:
		return fault.Invalid("user.password.current.wrong").At(place).Because(err)
	case f.Code == fault.CodeUnauthenticated:
		return refusal(err).(*fault.Error).At(place) //nolint:errorlint,forcetypeassert // refusal made it a fault
	}
	return err
}

// provePage asks for a password or factor; the form goes to action with what was
// sent before.
func (c *call) provePage(action string, wrong error) error {
	page, err := c.page(c.tr.T("prove.title"))
	if err != nil {
		return err
	}
	u := c.visit.user
	v := &view.Prove{
		Page: page, Action: action, Password: u.HasPassword(), TOTP: u.TOTP,
		Passkeys: u.Passkeys > 0 && c.s.deps.Identity.PasskeysPossible(),
	}
	v.Script = "passkey.js"
	for name, values := range c.r.PostForm {
		if slices.Contains(secretFields, name) {
			continue
		}
		for _, value := range values {
			v.Carried = append(v.Carried, view.Carried{Name: strings.ToValidUTF8(name, "�"), Value: strings.ToValidUTF8(value, "�")})
		}
	}
	slices.SortStableFunc(v.Carried, func(a, b view.Carried) int { return strings.Compare(a.Name, b.Name) })
	if wrong == errUnproved { //nolint:errorlint // compared by identity: it never is wrapped
		return c.renderStatus(http.StatusForbidden, v)
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// proveAsk is the page by itself, for scripts that were told to ask first.
func proveAsk(s *site, c *call) error {
	next := local(c.r.URL.Query().Get("next"))
	if s.sessions.Proved(c.r.Context()) {
		return c.redirect(next)
	}
	c.r.PostForm = url.Values{"next": {next}}
	return c.provePage("/prove", errUnproved)
}

// proveDo takes password or code and goes on.
func proveDo(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	if !s.sessions.Proved(c.r.Context()) {
		if err := c.proveForm(); err != nil {
			return c.provePage("/prove", err)
		}
	}
	return c.redirect(c.value("next"))
}

// provePasskeyOptions starts the ceremony of a key.
func provePasskeyOptions(s *site, c *call) error { return passkeyLoginOptions(s, c) }

// provePasskey takes the answer of a key; the script then sends the form.
func provePasskey(s *site, c *call) error {
	a, err := c.answer()
	if err != nil {
		return c.jsonFail(err)
	}
	state := s.sessions.TakeCeremony(c.r.Context())
	if err := s.deps.Identity.ProvePasskey(c.r.Context(), c.visit.user, state, a.Credential, c.address()); err != nil {
		return c.jsonFail(err)
	}
	s.sessions.Prove(c.r.Context())
	return c.json(http.StatusOK, map[string]bool{"proved": true})
}
