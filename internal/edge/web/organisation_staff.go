package web

import (
	"context"
	"net/url"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

// staffList shows the people of the facilities in view.
func staffList(s *site, c *call) error { return staffPage(s, c, nil) }

func staffPage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("organisation.staff"))
	if err != nil {
		return err
	}
	query := clean(c.r.URL.Query().Get("q"), 100)
	v := &view.StaffList{Page: page, Tabs: c.organisationTabs("/organisation/staff"), CanEdit: c.who.Can(identity.OrganisationEdit)}
	v.Form.Values = url.Values{"q": {query}}
	seen := c.seen(identity.OrganisationRead)
	facilities, err := c.facilityNames()
	if err != nil {
		return err
	}
	v.Many = len(seen) != 1 && len(facilities) > 1
	if v.Places, _, err = c.places(identity.OrganisationEdit); err != nil {
		return err
	}
	departments, err := c.departments(seen, facilities)
	if err != nil {
		return err
	}
	list, total, next, err := organisation.ListStaff(c.r.Context(), s.deps.DB, organisation.StaffFilter{
		Facilities: seen, Text: query, After: c.r.URL.Query().Get("after"), Limit: 100,
	})
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, d := range departments {
		names[d.ID] = d.Name
		if d.ClosedOn == "" || d.ClosedOn >= c.today() {
			v.Departments = append(v.Departments, view.DepartmentRow{ID: d.ID, Name: d.Name, Code: d.Code, Phone: d.Phone, Facility: facilities[d.FacilityID]})
		}
	}
	v.DepChoices = departmentChoices(c, v.Departments, v.Many, "")
	for _, p := range list {
		v.Rows = append(v.Rows, staffRow(c, p, names, facilities))
	}
	v.Total = int(total)
	v.Pager = pagerOf(c, &v.Page, "/organisation/staff", url.Values{"q": {query}}, len(list), total, next)
	if wrong != nil {
		v.Form.Values = nil
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// pagerOf makes the pager of a list that is paged by an "after" key.
func pagerOf(c *call, p *view.Page, path string, keep url.Values, shown int, total int64, next string) view.Pager {
	return pagerBy(c, p, "after", path, keep, shown, total, next)
}

// pagerBy is pagerOf for one of several lists of a page; param is the name of its cursor.
func pagerBy(c *call, p *view.Page, param, path string, keep url.Values, shown int, total int64, next string) view.Pager {
	kept := url.Values{}
	for name, values := range keep {
		if len(values) > 0 && values[0] != "" && name != param {
			kept.Set(name, values[0])
		}
	}
	first := ""
	if c.r.URL.Query().Get(param) != "" {
		first = address(path, kept)
	}
	if next != "" {
		kept.Set(param, next)
		next = address(path, kept)
	}
	words := c.tr.T("pager.shown", "Total", c.tr.Number(total), "Count", shown)
	if int64(shown) == total {
		words = c.tr.T("pager.page", "Count", shown)
	}
	return p.Pager(words, first, next)
}

// departments reads the departments of the facilities in view, closed ones too.
func (c *call) departments(seen []string, facilities map[string]string) ([]organisation.Department, error) {
	if seen == nil {
		for id := range facilities {
			seen = append(seen, id)
		}
	}
	var all []organisation.Department
	for _, id := range seen {
		list, err := organisation.Departments(c.r.Context(), c.s.deps.DB, id, "")
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// departmentChoices are the options of a select, with none first.
func departmentChoices(c *call, rows []view.DepartmentRow, many bool, current string) []view.Choice {
	out := []view.Choice{{Value: "", Label: c.tr.T("organisation.department.none")}}
	for _, d := range rows {
		label := d.Name
		if many {
			label += "（" + d.Facility + "）"
		}
		out = append(out, view.Choice{Value: d.ID, Label: label, Current: d.ID == current})
	}
	return out
}

func staffRow(c *call, p organisation.Staff, departments, facilities map[string]string) view.StaffRow {
	return view.StaffRow{
		ID: p.ID, Name: p.Name, Kana: p.Kana, Number: p.Number, Department: departments[p.DepartmentID], Job: p.Job,
		Facility: facilities[p.FacilityID], From: p.EmployedFrom, Until: p.EmployedUntil, Left: !p.EmployedOn(c.today()) && p.EmployedUntil != "",
	}
}

// staffInput reads the fields of a person.
func staffInput(c *call, p organisation.Staff) (organisation.Staff, error) {
	days, err := c.days("employed_from", "employed_until")
	p.Name, p.Kana, p.Number, p.DepartmentID = c.value("name"), c.value("kana"), c.value("number"), c.value("department_id")
	p.Job, p.Mail, p.Phone, p.EmployedFrom, p.EmployedUntil = c.value("job"), c.value("mail"), c.value("phone"), days[0], days[1]
	return p, err
}

// staffCreate adds a person.
func staffCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.OrganisationEdit)
	if err != nil {
		return staffPage(s, c, err)
	}
	p, err := staffInput(c, organisation.Staff{FacilityID: facility})
	if err != nil {
		return staffPage(s, c, err)
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, audit.Object{Kind: "staff", Name: p.Name, FacilityID: facility},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := organisation.CreateStaff(ctx, tx, p, c.nowMS())
			return audit.Made{Object: audit.Object{Kind: "staff", ID: made.ID, Name: made.Name, FacilityID: facility}, Detail: made}, err
		})
	if err != nil {
		return staffPage(s, c, err)
	}
	return c.done("/organisation/staff", "organisation.staff.created", "Name", p.Name)
}

// departmentCreate adds a department. Its fields have other names on the page, where
// the form of a person stands beside it.
func departmentCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	c.r.PostForm.Set("facility_id", c.value("dep_facility"))
	facility, err := c.placeOf(identity.OrganisationEdit)
	if err == nil {
		d := organisation.Department{FacilityID: facility, Name: c.value("department"), Phone: c.value("phone")}
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, audit.Object{Kind: "department", Name: d.Name, FacilityID: facility},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				made, err := organisation.CreateDepartment(ctx, tx, d, c.nowMS())
				return audit.Made{Object: audit.Object{Kind: "department", ID: made.ID, Name: made.Name, FacilityID: facility}, Detail: made}, err
			})
	}
	if f := fault.Of(err); f != nil {
		switch f.Place {
		case "name":
			err = f.At("department")
		case "facility_id":
			err = f.At("dep_facility")
		}
		return staffPage(s, c, err)
	}
	return c.done("/organisation/staff", "form.saved")
}

// staffOne reads the person of the address, as far as the reader may see them.
func staffOne(s *site, c *call, do identity.Action) (organisation.Staff, error) {
	id, err := c.id("id")
	if err != nil {
		return organisation.Staff{}, err
	}
	p, err := organisation.StaffByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return p, errNothing
	}
	if err != nil {
		return p, err
	}
	return p, c.need(identity.OrganisationRead, do, p.FacilityID, "")
}

// staffForm shows one person.
func staffForm(s *site, c *call) error {
	p, err := staffOne(s, c, identity.OrganisationRead)
	if err != nil {
		return err
	}
	return staffFormPage(s, c, p, nil)
}

func staffFormPage(s *site, c *call, p organisation.Staff, wrong error) error {
	page, err := c.page(p.Name)
	if err != nil {
		return err
	}
	facilities, err := c.facilityNames()
	if err != nil {
		return err
	}
	departments, err := organisation.Departments(c.r.Context(), s.deps.DB, p.FacilityID, "")
	if err != nil {
		return err
	}
	names := map[string]string{}
	var open []view.DepartmentRow
	for _, d := range departments {
		names[d.ID] = d.Name
		if d.ClosedOn == "" || d.ClosedOn >= c.today() || d.ID == p.DepartmentID {
			open = append(open, view.DepartmentRow{ID: d.ID, Name: d.Name})
		}
	}
	v := &view.StaffForm{
		Page: page, Row: staffRow(c, p, names, facilities), Mail: p.Mail, Phone: p.Phone, Revision: p.Revision,
		DepChoices: departmentChoices(c, open, false, p.DepartmentID), CanEdit: c.who.CanAt(identity.OrganisationEdit, p.FacilityID, ""),
	}
	duties, err := organisation.Appointments(c.r.Context(), s.deps.DB, organisation.AppointmentFilter{Facilities: []string{p.FacilityID}, StaffID: p.ID, ActiveOn: c.today()})
	if err != nil {
		return err
	}
	for _, a := range duties {
		v.Duties = append(v.Duties, c.tr.T(dutyKey(a.Role)))
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// staffUpdate changes a person, also when they leave.
func staffUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	old, err := staffOne(s, c, identity.OrganisationEdit)
	if err != nil {
		return err
	}
	p, err := staffInput(c, old)
	p.Revision = c.revision()
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, audit.Object{Kind: "staff", ID: p.ID, Name: p.Name, FacilityID: p.FacilityID},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				after, err := organisation.UpdateStaff(ctx, tx, p, c.nowMS())
				return map[string]organisation.Staff{"before": old, "after": after}, err
			})
	}
	if err != nil {
		return staffFormPage(s, c, old, err)
	}
	return c.done("/organisation/staff", "form.saved")
}
