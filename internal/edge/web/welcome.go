package web

import (
	"net/http"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
)

// welcomeForm is what a set-up link opens: the person chooses a password. Opening it
// uses nothing up.
func welcomeForm(_ *site, c *call) error {
	code := c.r.URL.Query().Get("code")
	if code == "" {
		return c.welcomeGone(http.StatusOK, nil)
	}
	return c.welcomePage(code, nil)
}

func (c *call) welcomePage(code string, wrong error) error {
	u, err := c.s.deps.Identity.OpenSetupLink(c.r.Context(), code, c.address())
	if fault.Is(err, fault.CodeUnauthenticated) {
		return c.welcomeGone(http.StatusNotFound, err)
	}
	if err != nil {
		return err
	}
	v := &view.Welcome{Page: c.bare(c.tr.T("welcome.title")), Code: code, Name: u.Name, Login: u.Login, Least: leastChars(u)}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// leastChars is how long the password of a person must be.
func leastChars(u identity.User) int {
	if u.HasSecond() {
		return identity.PasswordCharsWithSecond
	}
	return identity.PasswordChars
}

// welcomeGone is the answer to a link that does not work, whatever the reason.
func (c *call) welcomeGone(status int, wrong error) error {
	v := &view.Welcome{Page: c.bare(c.tr.T("welcome.title"))}
	if wrong != nil {
		v.Form.Alert = c.text(fault.Of(wrong))
	}
	return c.renderStatus(status, v)
}

// welcomeDo stores the password. Whoever has a second factor signs in with it;
// everybody else is signed in and led to where one is set up.
func welcomeDo(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	code, password := c.value("link"), c.r.PostFormValue("password")
	if password != c.r.PostFormValue("again") {
		return c.welcomePage(code, fault.Invalid("user.password.differ").At("again"))
	}
	u, err := s.deps.Identity.UseSetupLink(c.r.Context(), code, password, c.address())
	if fault.Is(err, fault.CodeUnauthenticated) {
		return c.welcomeGone(http.StatusNotFound, err)
	}
	if err != nil {
		return c.welcomePage(code, err)
	}
	if u.HasSecond() {
		if err := s.sessions.Destroy(c.r.Context()); err != nil { // whoever was signed in on this browser
			return err
		}
		return c.redirect("/login?set=1")
	}
	if err := s.sessions.Start(c.r.Context(), u.ID, c.address(), c.r.UserAgent()); err != nil {
		return err
	}
	return c.done("/profile", "welcome.done")
}
