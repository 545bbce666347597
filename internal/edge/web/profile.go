package web

import (
	"context"
	"encoding/base64"
	"html/template"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
)

// profileForm shows a person's own settings.
func profileForm(s *site, c *call) error { return profilePage(s, c, nil) }

func profilePage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("profile.title"))
	if err != nil {
		return err
	}
	ctx, u := c.r.Context(), c.visit.user
	v := &view.Profile{
		Page: page, Login: u.Login, Name: u.Name, TOTP: u.TOTP, Second: u.HasSecond(), CanAdd: s.deps.Identity.PasskeysPossible(),
		Themes: c.lookChoices(cookieTheme, page.Theme), Densities: c.lookChoices(cookieDensity, page.Density),
	}
	v.Script = "passkey.js"
	if u.MustChange {
		v.MustDo = c.tr.T("profile.must.password")
	}
	for _, lang := range text.Languages() {
		v.Languages = append(v.Languages, view.Choice{Value: lang, Label: c.tr.T("language." + lang), Current: lang == u.Lang})
	}
	if v.Codes, err = s.deps.Identity.RecoveryLeft(ctx, s.deps.DB, u.ID); err != nil {
		return err
	}
	keys, err := s.deps.Identity.Passkeys(ctx, s.deps.DB, u.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		v.Passkeys = append(v.Passkeys, view.Passkey{ID: k.ID, Name: k.Name, AddedMS: k.CreatedMS, UseMS: k.LastUsedMS})
	}
	if v.Sessions, err = c.sessionRows(); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, refusal(wrong)); err != nil {
		return err
	}
	return c.render(v)
}

// lookChoices are the options of one display setting.
func (c *call) lookChoices(cookie, now string) []view.Choice {
	var out []view.Choice
	name := strings.TrimPrefix(cookie, "sonae_")
	for _, word := range preferences[cookie] {
		out = append(out, view.Choice{Value: word, Label: c.tr.T("shell." + name + "." + word), Current: word == now})
	}
	return out
}

// sessionRows lists where the person is signed in.
func (c *call) sessionRows() ([]view.Session, error) {
	here, err := c.s.sessions.CurrentID(c.r.Context())
	if err != nil {
		return nil, err
	}
	list, err := c.s.deps.Identity.SessionsOf(c.r.Context(), c.s.deps.DB, c.who.ID)
	var rows []view.Session
	for _, one := range list {
		rows = append(rows, view.Session{
			ID: one.ID, Device: c.device(one.UserAgent), Address: one.Address, StartMS: one.CreatedMS, SeenMS: one.SeenMS, Here: one.ID == here,
		})
	}
	return rows, err
}

// browsers and systems are looked for in this order: later names stand in the
// texts of earlier ones ("Edg" browsers also say "Chrome" and "Safari").
var (
	browsers = []struct{ mark, name string }{{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems  = []struct{ mark, name string }{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// device puts a User-Agent into two words; people only need to know it again.
func (c *call) device(agent string) string {
	var words []string
	for _, list := range [][]struct{ mark, name string }{systems, browsers} {
		for _, one := range list {
			if strings.Contains(agent, one.mark) {
				words = append(words, one.name)
				break
			}
		}
	}
	if len(words) == 0 {
		return c.tr.T("session.unknown")
	}
	return strings.Join(words, " ")
}

// profileUpdate changes name, language and look.
func profileUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	p := c.visit.user.Preferences
	p.Name, p.Lang, p.Theme, p.Density = c.value("name"), c.value("lang"), c.value("theme"), c.value("density")
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return p, s.deps.Identity.SetPreferences(ctx, tx, c.who.ID, p)
		})
	if err != nil {
		return profilePage(s, c, err)
	}
	c.setPreference(cookieLang, p.Lang)
	c.setPreference(cookieTheme, p.Theme)
	c.setPreference(cookieDensity, p.Density)
	if slices.Contains(text.Languages(), p.Lang) {
		c.tr = s.deps.Texts.For(p.Lang)
	}
	return c.done("/profile", "form.saved")
}

// profilePassword changes the own password and signs other browsers out.
func profilePassword(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	password := c.r.PostFormValue("password")
	if password != c.r.PostFormValue("again") {
		return profilePage(s, c, fault.Invalid("user.password.differ").At("again"))
	}
	prepared, err := s.deps.Identity.PreparePassword(c.r.Context(), c.who, c.r.PostFormValue("current"), password)
	if f := fault.Of(err); f != nil && f.Code == fault.CodeUnauthenticated {
		return profilePage(s, c, fault.Invalid("user.password.current.wrong").At("current").Because(err))
	}
	if err != nil {
		return profilePage(s, c, err)
	}
	here, err := s.sessions.CurrentID(c.r.Context())
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"changed": "password"}, s.deps.Identity.SetPassword(ctx, tx, prepared, here)
		})
	if err != nil {
		return profilePage(s, c, err)
	}
	s.sessions.Prove(c.r.Context())
	return c.done("/profile", "profile.password.done")
}

// sessionRevoke signs one of the person's other browsers out.
func sessionRevoke(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"session_ended": id}, s.deps.Identity.EndSession(ctx, tx, c.who.ID, id)
		})
	if err != nil {
		return err
	}
	return c.done("/profile", "session.revoked")
}

// sessionRevokeAll signs the person out everywhere but here.
func sessionRevokeAll(s *site, c *call) error {
	here, err := s.sessions.CurrentID(c.r.Context())
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"sessions_ended": "others"}, s.deps.Identity.EndSessions(ctx, tx, c.who.ID, here)
		})
	if err != nil {
		return err
	}
	return c.done("/profile", "session.revoked.all")
}

// totpStart makes a secret that waits for its first code.
func totpStart(s *site, c *call) error {
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			_, err := s.deps.Identity.BeginTOTP(ctx, tx, c.visit.user)
			return map[string]string{"begun": "totp"}, err
		})
	if err != nil {
		return err
	}
	return c.redirect("/profile/totp")
}

// totpForm shows the QR code of the waiting secret.
func totpForm(s *site, c *call) error { return totpPage(s, c, nil) }

func totpPage(s *site, c *call, wrong error) error {
	setup, err := s.deps.Identity.PendingTOTP(c.r.Context(), s.deps.DB, c.visit.user)
	if fault.Is(err, fault.CodeConflict) {
		return c.redirect("/profile") // nothing waits
	}
	if err != nil {
		return err
	}
	page, err := c.page(c.tr.T("totp.title"))
	if err != nil {
		return err
	}
	png, err := setup.QR()
	if err != nil {
		return err
	}
	v := &view.TOTP{Page: page}
	v.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)) //nolint:gosec // made here
	v.Secret = v.Page.Secret("totp-secret", grouped(setup.Secret, 4))
	if err := c.wrong(&v.Page, refusal(wrong)); err != nil {
		return err
	}
	return c.render(v)
}

// grouped puts a blank after every n characters, for people who type.
func grouped(s string, n int) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%n == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// totpConfirm makes the secret count and shows recovery codes, once.
func totpConfirm(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	var codes []string
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			if err := s.deps.Identity.ConfirmTOTP(ctx, tx, c.who.ID, c.value("code")); err != nil {
				return nil, err
			}
			var err error
			codes, err = s.deps.Identity.NewRecoveryCodes(ctx, tx, c.who.ID)
			return map[string]string{"set_up": "totp"}, err
		})
	if err != nil {
		if f := fault.Of(err); f.Code == fault.CodeUnauthenticated || f.Code == fault.CodeInvalid {
			err = fault.Invalid(f.Key, f.Args...).At("code").WithHint(f.Hint)
		}
		return totpPage(s, c, err)
	}
	return codesPage(c, codes)
}

// totpRemove takes the authenticator away.
func totpRemove(s *site, c *call) error {
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"removed": "totp"}, s.deps.Identity.RemoveTOTP(ctx, tx, c.who.ID)
		})
	if err != nil {
		return profilePage(s, c, err)
	}
	return c.done("/profile", "profile.totp.removed")
}

// codesRenew makes new recovery codes and shows them, once.
func codesRenew(s *site, c *call) error {
	var codes []string
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.self(),
		func(ctx context.Context, tx *store.Tx) (any, error) {
			var err error
			codes, err = s.deps.Identity.NewRecoveryCodes(ctx, tx, c.who.ID)
			return map[string]string{"renewed": "recovery_codes"}, err
		})
	if err != nil {
		return profilePage(s, c, err)
	}
	return codesPage(c, codes)
}

// codesPage shows recovery codes. It answers a form without a redirect: the codes
// are kept nowhere, so no later page could show them.
func codesPage(c *call, codes []string) error {
	page, err := c.page(c.tr.T("profile.codes.title"))
	if err != nil {
		return err
	}
	return c.render(&view.Once{
		Page: page, Heading: c.tr.T("profile.codes.title"), Lead: c.tr.T("profile.codes.lead"), Warning: c.tr.T("secret.once"), Codes: codes,
		BackHref: "/profile", BackLabel: c.tr.T("profile.codes.back"),
	})
}
