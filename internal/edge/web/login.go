package web

import (
	"net/url"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
)

// loginForm is the first step of signing in.
func loginForm(s *site, c *call) error {
	next := local(c.r.URL.Query().Get("next"))
	if c.who.SignedIn() {
		return c.redirect(next)
	}
	return loginPage(s, c, next, nil)
}

func loginPage(s *site, c *call, next string, wrong error) error {
	needs, err := s.deps.Identity.NeedsSetup(c.r.Context())
	if err != nil {
		return err
	}
	if needs {
		return c.redirect("/setup")
	}
	v := &view.Login{Page: c.bare(c.tr.T("login.title")), Next: next, Passkeys: s.deps.Identity.PasskeysPossible()}
	v.Script = "passkey.js"
	if c.r.URL.Query().Get("out") == "1" {
		v.Flash = &view.Flash{Kind: "ok", Text: c.tr.T("login.out")}
	}
	if c.r.URL.Query().Get("set") == "1" {
		v.Flash = &view.Flash{Kind: "ok", Text: c.tr.T("welcome.sign_in")}
	}
	all, err := s.deps.Identity.Facilities(c.r.Context(), s.deps.DB)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		v.Hospital = all[0].Name
	}
	if err := c.wrong(&v.Page, refusal(wrong)); err != nil {
		return err
	}
	return c.render(v)
}

// refusal turns "not signed in" into something to correct in the form, with the
// status 422: a 401 would ask browsers for another way of signing in.
func refusal(err error) error {
	if f := fault.Of(err); f != nil && f.Code == fault.CodeUnauthenticated {
		f = f.At("")
		f.Code = fault.CodeInvalid
		return f
	}
	return err
}

// loginCheck takes name and password.
func loginCheck(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	next := local(c.value("next"))
	user, err := s.deps.Identity.SignIn(c.r.Context(), c.value("login"), c.r.PostFormValue("password"), c.address())
	if err != nil {
		return loginPage(s, c, next, err)
	}
	if user.HasSecond() {
		if err := s.sessions.StartPending(c.r.Context(), user, c.address(), c.r.UserAgent()); err != nil {
			return err
		}
		return c.redirect("/login/second?next=" + url.QueryEscape(next))
	}
	return c.enter(user, next)
}

// enter starts the session of a person whose factors were all right.
func (c *call) enter(user identity.User, next string) error {
	if err := c.s.sessions.Start(c.r.Context(), user.ID, c.address(), c.r.UserAgent()); err != nil {
		return err
	}
	return c.redirect(next)
}

// secondForm asks for the second factor of somebody whose password was right.
func secondForm(s *site, c *call) error {
	query := c.r.URL.Query()
	return secondPage(s, c, local(query.Get("next")), query.Get("recovery") == "1", nil)
}

func secondPage(s *site, c *call, next string, recovery bool, wrong error) error {
	user, ok, err := s.sessions.Pending(c.r.Context())
	if err != nil {
		return err
	}
	if !ok {
		return c.redirect("/login?next=" + url.QueryEscape(next))
	}
	v := &view.LoginSecond{
		Page: c.bare(c.tr.T("login.second.title")), Next: next, Recovery: recovery, TOTP: user.TOTP,
		Passkeys: user.Passkeys > 0 && s.deps.Identity.PasskeysPossible(),
	}
	v.Script = "passkey.js"
	if err := c.wrong(&v.Page, refusal(wrong)); err != nil {
		return err
	}
	return c.render(v)
}

// secondCheck takes a code of the authenticator or a recovery code.
func secondCheck(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	next, recovery := local(c.value("next")), c.value("recovery") == "1"
	pending, ok, err := s.sessions.Pending(c.r.Context())
	if err != nil {
		return err
	}
	if !ok {
		return c.redirect("/login?next=" + url.QueryEscape(next))
	}
	user, err := s.deps.Identity.SecondFactor(c.r.Context(), pending.ID, c.value("code"), c.address())
	if err != nil {
		return secondPage(s, c, next, recovery, err)
	}
	return c.enter(user, next)
}

// logout ends the session on this browser.
func logout(s *site, c *call) error {
	if c.who.SignedIn() {
		if err := s.deps.Identity.SignedOut(c.r.Context(), c.visit.user, c.address()); err != nil {
			return err
		}
	}
	if err := s.sessions.Destroy(c.r.Context()); err != nil {
		return err
	}
	return c.redirect("/login?out=1")
}
