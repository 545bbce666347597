package web

import (
	"net/http"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
)

// bare is the page of somebody who is not signed in.
func (c *call) bare(title string) view.Page {
	return view.Page{
		Translator: c.tr, Now: c.s.deps.Now(), Title: title, Path: c.path(), Demo: c.s.deps.Demo,
		Theme: c.look(cookieTheme, c.visit.user.Theme), Density: c.look(cookieDensity, c.visit.user.Density),
	}
}

// path is where forms of the shell return to: this page, or, after a form, the
// page it was on.
func (c *call) path() string {
	if c.r.Method != http.MethodGet {
		return "/"
	}
	return local(c.r.URL.RequestURI())
}

// page is the shell for a person who is signed in; title is of window and paper.
func (c *call) page(title string) (view.Page, error) {
	p := c.bare(title)
	if kind, sentence, ok := strings.Cut(c.s.sessions.PopString(c.r.Context(), sessionFlash), "\n"); ok {
		p.Flash = &view.Flash{Kind: kind, Text: sentence}
	}
	p.Person, p.Role = c.visit.user.Name, c.roleWords()
	facilities, err := c.facilities()
	if err != nil {
		return p, err
	}
	p.Facility, p.Facilities = c.switcher(facilities)
	p.Nav, err = c.nav()
	return p, err
}

// facilities are those the person may look at, open ones only.
func (c *call) facilities() ([]identity.Facility, error) {
	all, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, identity.TodayRead)
	return slices.DeleteFunc(all, func(f identity.Facility) bool { return f.ClosedMS != 0 }), err
}

// facility is the facility in view, "" for all that the person may see. A facility
// that was taken away meanwhile counts as all.
func (c *call) facility() string {
	id := c.visit.facility
	if id == "" || !c.who.CanAt(identity.TodayRead, id, "") {
		return ""
	}
	return id
}

// switcher gives the name of what is in view and, when there is more than one
// facility, the choices.
func (c *call) switcher(all []identity.Facility) (string, []view.Choice) {
	switch len(all) {
	case 0:
		return c.tr.T("shell.facility.none"), nil
	case 1:
		return all[0].Name, nil
	}
	name, now := c.tr.T("shell.facility.all_short"), c.facility()
	var choices []view.Choice
	for _, f := range all {
		choices = append(choices, view.Choice{Value: f.ID, Label: f.Name, Icon: "building-hospital", Current: f.ID == now})
		if f.ID == now {
			name = f.Name
		}
	}
	return name, append(choices, view.Choice{Label: c.tr.T("shell.facility.all"), Icon: "sitemap", Current: now == ""})
}

// roleWords names the roles of the person, each once.
func (c *call) roleWords() string {
	var words []string
	for _, g := range c.who.Grants {
		if w := c.tr.T(g.Role.Key()); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, "・")
}

// chooseFacility switches the facility in view.
func chooseFacility(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id := c.value("facility")
	if id != "" && (!store.ValidID(id) || !c.who.CanAt(identity.TodayRead, id, "")) {
		return errNothing
	}
	s.sessions.Put(c.r.Context(), sessionFacility, id)
	return c.redirect(c.value("next"))
}
