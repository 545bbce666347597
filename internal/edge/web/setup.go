package web

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
)

// setupForm is the first run. Without a code it asks for one; when somebody can sign
// in already it says so.
func setupForm(s *site, c *call) error {
	return setupPage(s, c, c.r.URL.Query().Get("code"), nil)
}

func setupPage(s *site, c *call, code string, wrong error) error {
	needs, err := s.deps.Identity.NeedsSetup(c.r.Context())
	if err != nil {
		return err
	}
	if !needs && wrong != nil {
		c.status = http.StatusConflict // somebody else was first
	}
	if !needs || code == "" {
		return c.render(&view.SetupGone{Page: c.bare(c.tr.T("setup.title.short")), Done: !needs})
	}
	v := &view.Setup{Page: c.bare(c.tr.T("setup.title.short")), Code: code}
	v.Wide = true
	there, err := s.deps.Identity.Facilities(c.r.Context(), s.deps.DB)
	if err != nil {
		return err
	}
	first := identity.Facility{Kind: identity.Hospital}
	if len(there) > 0 {
		first = there[0]
		if len(there) > 1 {
			v.Many = len(there)
		}
		v.Facility, v.Beds = first.Name, strconv.Itoa(first.Beds)
	}
	v.Kinds = facilityKinds(c, first.Kind)
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// setupFacility is the facility of the form. One that is there already, since this
// machine or the sample data came first, gets the form's name; several stay as they are.
func setupFacility(s *site, c *call) (identity.Facility, error) {
	there, err := s.deps.Identity.Facilities(c.r.Context(), s.deps.DB)
	if err != nil {
		return identity.Facility{}, err
	}
	var f identity.Facility
	if len(there) > 0 {
		f = there[0]
	}
	if len(there) > 1 {
		return f, nil
	}
	beds, err := c.whole("beds", 0, 5000)
	if err != nil {
		return f, err
	}
	f.Name, f.Kind, f.Beds = c.value("facility"), identity.FacilityKind(c.value("kind")), beds
	switch {
	case f.Name == "":
		return f, fault.Invalid("form.error.empty").At("facility")
	case utf8.RuneCountInString(f.Name) > 200:
		return f, fault.Invalid("form.error.long", "Max", 200).At("facility")
	}
	return f, nil
}

// setupDo registers facility and first administrator, and signs them in.
func setupDo(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	code, password := c.value("code"), c.r.PostFormValue("password")
	facility, err := setupFacility(s, c)
	if err == nil && password != c.r.PostFormValue("again") {
		err = fault.Invalid("user.password.differ").At("again")
	}
	if err != nil {
		return setupPage(s, c, code, err)
	}
	user, _, err := s.deps.Identity.Setup(c.r.Context(), identity.NewSetup{
		Code: code, Address: c.address(), Facility: facility,
		Admin: identity.NewUser{
			Login: c.value("login"), Password: password,
			Preferences: identity.Preferences{Name: c.value("name"), Lang: c.tr.Lang()},
		},
	})
	switch f := fault.Of(err); {
	case err == nil:
	case f.Code == fault.CodeUnauthenticated:
		return setupAsk(c, err)
	case f.Place == "name" && strings.HasPrefix(f.Key, "identity.error.facility"):
		return setupPage(s, c, code, f.At("facility"))
	default:
		return setupPage(s, c, code, err)
	}
	if err := s.sessions.Start(c.r.Context(), user.ID, c.address(), c.r.UserAgent()); err != nil {
		return err
	}
	return c.done("/", "setup.welcome")
}

// setupAsk asks for the code again.
func setupAsk(c *call, wrong error) error {
	v := &view.SetupGone{Page: c.bare(c.tr.T("setup.title.short"))}
	if err := c.wrong(&v.Page, fault.Invalid("setup.code.wrong").At("code").Because(wrong)); err != nil {
		return err
	}
	return c.render(v)
}
