package web

import (
	"context"
	"maps"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

// neededDuties must be held by somebody: the guideline's three roles of people who
// are responsible (MHLW guideline 6.0, 企画管理編 and システム運用編, division of duties)
// and the row of the inspection checklist that asks for the officer.
var neededDuties = []organisation.Role{organisation.RoleManagement, organisation.RoleSafetyManager, organisation.RolePlanner, organisation.RoleSystemOperator}

// organisationTabs are the pages of the organisation.
func (c *call) organisationTabs(current string) []view.Tab {
	var tabs []view.Tab
	for _, t := range []struct{ href, key string }{
		{"/organisation", "organisation.duties"}, {"/organisation/staff", "organisation.staff"}, {"/organisation/records", "organisation.records"},
	} {
		tabs = append(tabs, view.Tab{Href: t.href, Label: c.tr.T(t.key), Current: t.href == current})
	}
	return tabs
}

// dutyList shows who is appointed to what.
func dutyList(s *site, c *call) error { return dutyPage(s, c, nil) }

func dutyPage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("organisation.title"))
	if err != nil {
		return err
	}
	v := &view.Duties{Page: page, Tabs: c.organisationTabs("/organisation"), CanEdit: c.who.Can(identity.OrganisationEdit)}
	want := organisation.Role(c.r.URL.Query().Get("role"))
	v.Roles = choices(c, organisation.Roles, dutyKey, want)
	if v.Places, _, err = c.places(identity.OrganisationEdit); err != nil {
		return err
	}
	staff, err := c.staffNames()
	if err != nil {
		return err
	}
	for _, person := range staff {
		if label := staffLabel(person); person.EmployedOn(c.today()) && !slices.Contains(v.Names, label) {
			v.Names = append(v.Names, label)
		}
	}
	if err := c.dutyRows(v, staff); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func dutyKey(r organisation.Role) string { return "organisation.role." + string(r) }

// staffNames reads the people of the facilities in view, for names and suggestions.
func (c *call) staffNames() (map[string]organisation.Staff, error) {
	list, _, _, err := organisation.ListStaff(c.r.Context(), c.s.deps.DB, organisation.StaffFilter{Facilities: c.seen(identity.OrganisationRead), Limit: 1000})
	out := make(map[string]organisation.Staff, len(list))
	for _, p := range list {
		out[p.ID] = p
	}
	return out, err
}

// staffLabel tells people of one name apart by their number.
func staffLabel(p organisation.Staff) string {
	if p.Number == "" {
		return p.Name
	}
	return p.Name + "（" + p.Number + "）"
}

// dutyRows fills in each duty with who holds it today.
func (c *call) dutyRows(v *view.Duties, staff map[string]organisation.Staff) error {
	facilities, err := c.facilityNames()
	if err != nil {
		return err
	}
	seen := c.seen(identity.OrganisationRead)
	v.Many = len(seen) != 1 && len(facilities) > 1
	list, err := organisation.Appointments(c.r.Context(), c.s.deps.DB, organisation.AppointmentFilter{Facilities: seen, ActiveOn: c.today()})
	if err != nil {
		return err
	}
	files, err := c.letterCounts(list)
	if err != nil {
		return err
	}
	for _, role := range organisation.Roles {
		row := view.DutyRow{
			Role: string(role), Label: c.tr.T(dutyKey(role)), Why: c.tr.T(dutyKey(role) + ".why"),
			Needed: slices.Contains(neededDuties, role), AppointHref: "/organisation?role=" + string(role) + "#appoint",
		}
		for _, a := range list {
			if a.Role != role {
				continue
			}
			person, ok := staff[a.StaffID]
			if !ok {
				if person, err = organisation.StaffByID(c.r.Context(), c.s.deps.DB, a.StaffID); err != nil {
					return err
				}
			}
			row.Holders = append(row.Holders, view.Holder{
				ID: a.ID, Files: files[a.ID], Name: person.Name, By: a.AppointedBy, Facility: facilities[a.FacilityID], Since: v.Day(a.AppointedOn), Until: v.Day(a.UntilOn),
				Revision: a.Revision, CanEnd: c.who.CanAt(identity.OrganisationEdit, a.FacilityID, ""),
			})
		}
		v.Rows = append(v.Rows, row)
	}
	return nil
}

// letterCounts counts the files beside appointments, some at a time.
func (c *call) letterCounts(list []organisation.Appointment) (map[string]int, error) {
	out := map[string]int{}
	for some := range slices.Chunk(list, 500) {
		ids := make([]string, len(some))
		for i, a := range some {
			ids[i] = a.ID
		}
		found, err := organisation.FileCounts(c.r.Context(), c.s.deps.DB, organisation.OwnerAppointment, ids)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, found)
	}
	return out, nil
}

// dutyAppoint gives a duty to a person; somebody who is not among the staff yet is
// added by name, since the first appointments come before any list of staff.
func dutyAppoint(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.OrganisationEdit)
	if err != nil {
		return dutyPage(s, c, err)
	}
	days, err := c.days("appointed_on", "until_on")
	if err != nil {
		return dutyPage(s, c, err)
	}
	a := organisation.Appointment{
		FacilityID: facility, Role: organisation.Role(c.value("role")), AppointedBy: c.value("appointed_by"), AppointedOn: days[0], UntilOn: days[1],
	}
	typed := c.value("staff_id")
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, audit.Object{Kind: "appointment", FacilityID: facility},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			person, err := c.findStaff(ctx, tx, facility, typed)
			if err != nil {
				return nil, err
			}
			next := a
			next.StaffID = person.ID
			made, err := organisation.Appoint(ctx, tx, next, c.nowMS())
			return audit.Made{Object: audit.Object{Kind: "appointment", ID: made.ID, Name: person.Name, FacilityID: facility}, Detail: made}, err
		})
	if err != nil {
		return dutyPage(s, c, err)
	}
	return c.done("/organisation", "organisation.appointed")
}

// findStaff finds a person by label, number or name in one facility, or adds them.
func (c *call) findStaff(ctx context.Context, tx *store.Tx, facility, typed string) (organisation.Staff, error) {
	if typed == "" {
		return organisation.Staff{}, fault.Invalid("form.error.empty").At("staff_id")
	}
	list, _, _, err := organisation.ListStaff(ctx, tx, organisation.StaffFilter{Facilities: []string{facility}, EmployedOn: c.today(), Limit: 1000})
	if err != nil {
		return organisation.Staff{}, err
	}
	var found []organisation.Staff
	for _, p := range list {
		if p.Name == typed || p.Number != "" && p.Number == typed || staffLabel(p) == typed {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		made, err := organisation.CreateStaff(ctx, tx, organisation.Staff{FacilityID: facility, Name: typed}, c.nowMS())
		if f := fault.Of(err); f != nil && f.Place != "" {
			err = f.At("staff_id")
		}
		return made, err
	}
	return organisation.Staff{}, fault.Invalid("organisation.error.same_name", "Name", typed).At("staff_id")
}

// dutyEnd ends an appointment on a day.
func dutyEnd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	a, err := organisation.AppointmentByID(c.r.Context(), s.deps.DB, id)
	if err != nil {
		return err
	}
	if err := c.need(identity.OrganisationRead, identity.OrganisationEdit, a.FacilityID, ""); err != nil {
		return err
	}
	until, err := c.day("until_on")
	if err == nil && until == "" {
		err = fault.Invalid("organisation.error.until_missing")
	}
	if err != nil {
		return dutyPage(s, c, err)
	}
	a.UntilOn, a.EndReason, a.Revision = until, c.value("end_reason"), c.revision()
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, audit.Object{Kind: "appointment", ID: id, FacilityID: a.FacilityID},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return organisation.UpdateAppointment(ctx, tx, a, c.nowMS())
		})
	if err != nil {
		return dutyPage(s, c, err)
	}
	return c.done("/organisation", "organisation.ended")
}
