package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// userList shows the people that the reader may see.
func userList(s *site, c *call) error {
	page, err := c.page(c.tr.T("users.title"))
	if err != nil {
		return err
	}
	v := &view.UserList{Page: page, CanAdd: c.who.Can(identity.UserManage)}
	users, next, total, err := s.deps.Identity.Users(c.r.Context(), s.deps.DB, identity.UserFilter{After: c.r.URL.Query().Get("after"), Limit: 100})
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	for _, u := range users {
		if c.seesUser(u) {
			v.Rows = append(v.Rows, c.userRow(u, names))
		} else {
			total--
		}
	}
	v.Total = total
	v.Pager = pagerOf(c, &v.Page, "/users", url.Values{}, len(v.Rows), int64(total), next)
	return c.render(v)
}

// seesUser: people are seen by those who may see users where they have a role.
func (c *call) seesUser(u identity.User) bool {
	return c.who.CanEverywhere(identity.UserRead) || slices.ContainsFunc(u.Grants, func(g identity.Grant) bool {
		return g.FacilityID != "" && c.who.CanAt(identity.UserRead, g.FacilityID, "")
	})
}

func (c *call) userRow(u identity.User, names map[string]string) view.UserRow {
	row := view.UserRow{ID: u.ID, Name: u.Name, Login: u.Login, SeenMS: u.LastSignInMS, Me: u.ID == c.who.ID, Second: c.secondWords(u)}
	var roles, scopes []string
	for _, g := range u.Grants {
		if w := c.tr.T(g.Role.Key()); !slices.Contains(roles, w) {
			roles = append(roles, w)
		}
		if w := c.scopeWords(g, names); !slices.Contains(scopes, w) {
			scopes = append(scopes, w)
		}
	}
	row.Roles, row.Scope = strings.Join(roles, "、"), strings.Join(scopes, "、")
	switch {
	case u.DisabledMS != 0:
		row.StateKind, row.State = "none", c.tr.T("user.state.disabled")
	case !u.HasPassword() && u.LastSignInMS == 0:
		row.StateKind, row.State = "info", c.tr.T("user.state.first")
	default:
		row.StateKind, row.State = "ok", c.tr.T("user.state.active")
	}
	return row
}

// secondWords says which second factors a person has; empty: none.
func (c *call) secondWords(u identity.User) string {
	var words []string
	if u.TOTP {
		words = append(words, c.tr.T("user.second.totp"))
	}
	if u.Passkeys > 0 {
		words = append(words, c.tr.T("user.second.passkeys", "Count", u.Passkeys))
	}
	return strings.Join(words, "、")
}

// scopeWords says where a role counts.
func (c *call) scopeWords(g identity.Grant, names map[string]string) string {
	where := c.tr.T("user.all_facilities")
	if g.FacilityID != "" {
		where = names[g.FacilityID]
	}
	if g.Department != "" {
		where += "（" + g.Department + "）"
	}
	return where
}

// userNew is the empty form.
func userNew(_ *site, c *call) error { return userPage(c, identity.User{}, nil) }

// userForm shows one person.
func userForm(s *site, c *call) error {
	u, err := userOne(s, c)
	if err != nil {
		return err
	}
	return userPage(c, u, nil)
}

// userOne reads the person of the address, as far as the reader may see them.
func userOne(s *site, c *call) (identity.User, error) {
	id, err := c.id("id")
	if err != nil {
		return identity.User{}, err
	}
	u, err := s.deps.Identity.UserByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) || err == nil && !c.seesUser(u) {
		return u, errNothing
	}
	return u, err
}

func userPage(c *call, u identity.User, wrong error) error {
	title := u.Name
	if u.ID == "" {
		title = c.tr.T("users.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	v := &view.UserForm{
		Page: page, ID: u.ID, Login: u.Login, Name: u.Name, Disabled: u.DisabledMS != 0, Me: u.ID == c.who.ID, HasSecond: u.HasSecond(),
		Waiting: u.ID != "" && !u.HasPassword(), SeenMS: u.LastSignInMS, CanManage: c.who.Can(identity.UserManage),
		Roles: choices(c, identity.Roles(), identity.Role.Key, identity.Operator),
	}
	if v.Facilities, err = c.grantPlaces(identity.UserManage); err != nil {
		return err
	}
	if v.Link, err = c.linkOf(u); err != nil {
		return err
	}
	for _, g := range u.Grants {
		v.Grants = append(v.Grants, view.GrantRow{ID: grantID(g), Role: c.tr.T(g.Role.Key()), Facility: c.scopeWords(identity.Grant{FacilityID: g.FacilityID}, names), Department: g.Department})
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// grantPlaces are the facilities that a right may be limited to, "all" only for
// people who have no limit themselves.
func (c *call) grantPlaces(action identity.Action) ([]view.Choice, error) {
	var out []view.Choice
	if c.who.CanEverywhere(action) {
		out = append(out, view.Choice{Value: "", Label: c.tr.T("user.all_facilities")})
	}
	all, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, action)
	for _, f := range all {
		if f.ClosedMS == 0 {
			out = append(out, view.Choice{Value: f.ID, Label: f.Name})
		}
	}
	return out, err
}

// grantID names a grant in a form.
func grantID(g identity.Grant) string {
	return string(g.Role) + "/" + g.FacilityID + "/" + g.Department
}

// grantInput reads the fields of one grant.
func grantInput(c *call) identity.Grant {
	return identity.Grant{Role: identity.Role(c.value("role")), FacilityID: c.value("facility"), Department: c.value("department")}
}

// userCreate adds a person and shows their set-up link, once.
func userCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	prepared, err := s.deps.Identity.PrepareUser(c.r.Context(), c.who, identity.NewUser{
		Login: c.value("login"), ByLink: true, Grants: []identity.Grant{grantInput(c)},
		Preferences: identity.Preferences{Name: c.value("name"), Lang: c.tr.Lang()},
	})
	if err != nil {
		return userPage(c, identity.User{}, err)
	}
	var made identity.User
	var code string
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.UserManage, audit.Object{Kind: "user"},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			var err error
			if made, err = s.deps.Identity.CreateUser(ctx, tx, prepared); err != nil {
				return nil, err
			}
			var link identity.SetupLink
			code, link, err = s.deps.Identity.CreateSetupLink(ctx, tx, c.who, made.ID)
			return audit.Made{Object: userObject(made), Detail: map[string]any{"created": made.Login, "grants": made.Grants, "setup_link": link.ID, "expires_ms": link.ExpiresMS}}, err
		})
	if err != nil {
		return userPage(c, identity.User{}, err)
	}
	return linkPage(c, made, code, c.tr.T("user.created", "Name", made.Name))
}

// userObject is a person in an audit entry. When every role lies in one facility,
// the entry belongs there.
func userObject(u identity.User) audit.Object {
	o := audit.Object{Kind: "user", ID: u.ID, Name: u.Login}
	for i, g := range u.Grants {
		if i == 0 {
			o.FacilityID = g.FacilityID
		} else if g.FacilityID != o.FacilityID {
			o.FacilityID = ""
		}
	}
	return o
}
