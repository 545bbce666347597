package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

func (a *API) registerOrganisation() {
	handle(a, op{method: get, path: "/departments", id: "listDepartments", summary: "Departments by facility and name", action: identity.OrganisationRead}, a.listDepartments)
	handle(a, op{method: post, path: "/departments", id: "createDepartment", summary: "Add a department", action: identity.OrganisationEdit, status: 201}, a.createDepartment)
	handle(a, op{method: patch, path: "/departments/{id}", id: "updateDepartment", summary: "Change or close a department", action: identity.OrganisationEdit}, a.updateDepartment)
	handle(a, op{method: get, path: "/staff", id: "listStaff", summary: "People who work for a facility, by name", action: identity.OrganisationRead}, a.listStaff)
	handle(a, op{method: post, path: "/staff", id: "createStaff", summary: "Add a person", action: identity.OrganisationEdit, status: 201,
		about: "`department` names an open department, which is added when the facility has none of that name; `department_id` names one that exists."}, a.createStaff)
	handle(a, op{method: get, path: "/staff/{id}", id: "getStaff", summary: "One person", action: identity.OrganisationRead}, a.getStaff)
	handle(a, op{method: patch, path: "/staff/{id}", id: "updateStaff", summary: "Change a person, also when they leave", action: identity.OrganisationEdit}, a.updateStaff)
	a.registerDuties()
	a.registerRecords()
}

// Department is a part of a facility.
type Department struct {
	ID         string     `json:"id"`
	FacilityID string     `json:"facility_id"`
	Rev        int64      `json:"rev"`
	Name       string     `json:"name"`
	Code       string     `json:"code,omitempty"`
	Phone      string     `json:"phone,omitempty"`
	ClosedOn   string     `json:"closed_on,omitempty" doc:"Last day; absent = open."`
	UpdatedAt  *time.Time `json:"updated_at"`
}

func departmentOut(d organisation.Department) Department {
	return Department{ID: d.ID, FacilityID: d.FacilityID, Rev: d.Revision, Name: d.Name, Code: d.Code, Phone: d.Phone, ClosedOn: d.ClosedOn, UpdatedAt: moment(d.UpdatedMS)}
}

type listDepartmentsIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
	OpenOn   string   `query:"open_on" maxLength:"10" doc:"Only those open on this day."`
}

func (a *API) listDepartments(ctx context.Context, p identity.Principal, in *listDepartmentsIn) (*List[Department], error) {
	if err := checkDay("open_on", in.OpenOn); err != nil {
		return nil, err
	}
	ids, err := a.facilities(ctx, p, identity.OrganisationRead, in.Facility)
	if err != nil {
		return nil, err
	}
	if ids == nil {
		all, err := a.Identity.Facilities(ctx, a.DB)
		if err != nil {
			return nil, err
		}
		ids = each(all, func(f identity.Facility) string { return f.ID })
	}
	var list []Department
	for _, id := range ids {
		all, err := organisation.Departments(ctx, a.DB, id, in.OpenOn)
		if err != nil {
			return nil, err
		}
		list = append(list, each(all, departmentOut)...)
	}
	return window("departments", list, in.Paging, func(d Department) string { return d.ID })
}

// checkDay refuses a query's day that is none; empty is allowed.
func checkDay(place, day string) error {
	if day == "" {
		return nil
	}
	_, err := endOfDay(place, day, time.UTC)
	return err
}

// DepartmentFields are what a department is written with.
type DepartmentFields struct {
	Name     *string `json:"name,omitempty" maxLength:"100"`
	Code     *string `json:"code,omitempty" maxLength:"40"`
	Phone    *string `json:"phone,omitempty" maxLength:"40"`
	ClosedOn *string `json:"closed_on,omitempty" maxLength:"10"`
}

func (in DepartmentFields) apply(d organisation.Department) organisation.Department {
	put(&d.Name, in.Name)
	put(&d.Code, in.Code)
	put(&d.Phone, in.Phone)
	put(&d.ClosedOn, in.ClosedOn)
	return d
}

type createDepartmentIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		DepartmentFields
	}
}

func (a *API) createDepartment(ctx context.Context, p identity.Principal, in *createDepartmentIn) (*One[Department], error) {
	f, err := a.facility(ctx, p, identity.OrganisationRead, identity.OrganisationEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	var made organisation.Department
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, audit.Object{Kind: "department"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = organisation.CreateDepartment(ctx, tx, in.Body.apply(organisation.Department{FacilityID: f.ID}), a.nowMS())
		return audit.Made{Object: departmentObject(made), Detail: departmentOut(made)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(departmentOut(made)), nil
}

func departmentObject(d organisation.Department) audit.Object {
	return audit.Object{Kind: "department", ID: d.ID, Name: d.Name, FacilityID: d.FacilityID}
}

type updateDepartmentIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		DepartmentFields
	}
}

func (a *API) updateDepartment(ctx context.Context, p identity.Principal, in *updateDepartmentIn) (*One[Department], error) {
	before, err := byID(ctx, a, in.ID, organisation.DepartmentByID)
	if err != nil {
		return nil, err
	}
	if err := a.need(ctx, p, identity.OrganisationRead, identity.OrganisationEdit, departmentObject(before), ""); err != nil {
		return nil, err
	}
	wanted := in.Body.apply(before)
	wanted.Revision = in.Body.Rev
	var after organisation.Department
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, departmentObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = organisation.UpdateDepartment(ctx, tx, wanted, a.nowMS())
		return map[string]Department{"before": departmentOut(before), "after": departmentOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(departmentOut(after)), nil
}

// byID reads a thing of a room; what has no such form or is not there is nothing.
func byID[T any](ctx context.Context, a *API, id string, read func(context.Context, store.Querier, string) (T, error)) (T, error) {
	var none T
	if !store.ValidID(id) {
		return none, errNothing
	}
	v, err := read(ctx, a.DB, id)
	return v, notFoundHere(err)
}

// Staff is a person who works for a facility.
type Staff struct {
	ID            string     `json:"id"`
	FacilityID    string     `json:"facility_id"`
	Rev           int64      `json:"rev"`
	Number        string     `json:"number,omitempty"`
	Name          string     `json:"name"`
	Kana          string     `json:"kana,omitempty"`
	DepartmentID  string     `json:"department_id,omitempty"`
	Job           string     `json:"job,omitempty"`
	Mail          string     `json:"mail,omitempty"`
	Phone         string     `json:"phone,omitempty"`
	EmployedFrom  string     `json:"employed_from,omitempty" doc:"First day."`
	EmployedUntil string     `json:"employed_until,omitempty" doc:"Last day; absent = still employed."`
	UpdatedAt     *time.Time `json:"updated_at"`
}

func staffOut(s organisation.Staff) Staff {
	return Staff{ID: s.ID, FacilityID: s.FacilityID, Rev: s.Revision, Number: s.Number, Name: s.Name, Kana: s.Kana, DepartmentID: s.DepartmentID, Job: s.Job,
		Mail: s.Mail, Phone: s.Phone, EmployedFrom: s.EmployedFrom, EmployedUntil: s.EmployedUntil, UpdatedAt: moment(s.UpdatedMS)}
}

type listStaffIn struct {
	Paging
	Q          string   `query:"q" maxLength:"200" doc:"In name, kana, number or job."`
	Facility   []string `query:"facility,explode" maxItems:"100"`
	Department string   `query:"department" maxLength:"100" doc:"ID of a department."`
	EmployedOn string   `query:"employed_on" maxLength:"10" doc:"Works on this day."`
}

func (a *API) listStaff(ctx context.Context, p identity.Principal, in *listStaffIn) (*List[Staff], error) {
	if err := checkDay("employed_on", in.EmployedOn); err != nil {
		return nil, err
	}
	ids, err := a.facilities(ctx, p, identity.OrganisationRead, in.Facility)
	if err != nil {
		return nil, err
	}
	if in.Department != "" {
		d, err := byID(ctx, a, in.Department, organisation.DepartmentByID)
		if err == nil {
			err = a.need(ctx, p, identity.OrganisationRead, identity.OrganisationRead, departmentObject(d), "")
		}
		if err != nil {
			return nil, at(err, "department")
		}
	}
	after, err := unseal("staff", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := organisation.ListStaff(ctx, a.DB, organisation.StaffFilter{Facilities: ids, Text: in.Q, DepartmentID: in.Department, EmployedOn: in.EmployedOn, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, staffOut), seal("staff", next), int(total)), nil
}

// StaffFields are what a member of staff is written with.
type StaffFields struct {
	Number        *string `json:"number,omitempty" maxLength:"40"`
	Name          *string `json:"name,omitempty" maxLength:"100"`
	Kana          *string `json:"kana,omitempty" maxLength:"100"`
	Department    *string `json:"department,omitempty" maxLength:"100" doc:"Name of an open department; added when there is none."`
	DepartmentID  *string `json:"department_id,omitempty" maxLength:"100"`
	Job           *string `json:"job,omitempty" maxLength:"100"`
	Mail          *string `json:"mail,omitempty" maxLength:"254"`
	Phone         *string `json:"phone,omitempty" maxLength:"40"`
	EmployedFrom  *string `json:"employed_from,omitempty" maxLength:"10"`
	EmployedUntil *string `json:"employed_until,omitempty" maxLength:"10"`
}

func (in StaffFields) apply(s organisation.Staff) organisation.Staff {
	put(&s.Number, in.Number)
	put(&s.Name, in.Name)
	put(&s.Kana, in.Kana)
	put(&s.DepartmentID, in.DepartmentID)
	put(&s.Job, in.Job)
	put(&s.Mail, in.Mail)
	put(&s.Phone, in.Phone)
	put(&s.EmployedFrom, in.EmployedFrom)
	put(&s.EmployedUntil, in.EmployedUntil)
	return s
}

// department finds the open department of a name, or adds it.
func (a *API) department(ctx context.Context, tx *store.Tx, facilityID, name string) (id string, added bool, err error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", false, nil
	}
	all, err := organisation.Departments(ctx, tx, facilityID, "")
	if err != nil {
		return "", false, err
	}
	if i := slices.IndexFunc(all, func(d organisation.Department) bool { return d.Name == name && d.ClosedOn == "" }); i >= 0 {
		return all[i].ID, false, nil
	}
	d, err := organisation.CreateDepartment(ctx, tx, organisation.Department{FacilityID: facilityID, Name: name}, a.nowMS())
	return d.ID, true, at(err, "department")
}

// staffDetail is what the audit log keeps of a change to a person.
type staffDetail struct {
	Before          *Staff `json:"before,omitempty"`
	After           Staff  `json:"after"`
	DepartmentAdded string `json:"department_added,omitempty"`
}

// storeStaff creates or updates a person with the department they name.
func (a *API) storeStaff(ctx context.Context, tx *store.Tx, s organisation.Staff, in StaffFields, write func(context.Context, *store.Tx, organisation.Staff, int64) (organisation.Staff, error)) (organisation.Staff, staffDetail, error) {
	var detail staffDetail
	if in.Department != nil && in.DepartmentID == nil {
		id, added, err := a.department(ctx, tx, s.FacilityID, *in.Department)
		if err != nil {
			return s, detail, err
		}
		s.DepartmentID = id
		if added {
			detail.DepartmentAdded = strings.TrimSpace(*in.Department)
		}
	}
	s, err := write(ctx, tx, s, a.nowMS())
	detail.After = staffOut(s)
	return s, detail, err
}

func staffObject(s organisation.Staff) audit.Object {
	return audit.Object{Kind: "staff", ID: s.ID, Name: s.Name, FacilityID: s.FacilityID}
}

type createStaffIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		StaffFields
	}
}

func (a *API) createStaff(ctx context.Context, p identity.Principal, in *createStaffIn) (*One[Staff], error) {
	f, err := a.facility(ctx, p, identity.OrganisationRead, identity.OrganisationEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	var made organisation.Staff
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, audit.Object{Kind: "staff"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var detail staffDetail
		var err error
		made, detail, err = a.storeStaff(ctx, tx, in.Body.apply(organisation.Staff{FacilityID: f.ID}), in.Body.StaffFields, organisation.CreateStaff)
		return audit.Made{Object: staffObject(made), Detail: detail}, err
	})
	if err != nil {
		return nil, err
	}
	return one(staffOut(made)), nil
}

// staff finds a person with whom p may do something.
func (a *API) staff(ctx context.Context, p identity.Principal, id string, do identity.Action) (organisation.Staff, error) {
	s, err := byID(ctx, a, id, organisation.StaffByID)
	if err == nil {
		err = a.need(ctx, p, identity.OrganisationRead, do, staffObject(s), "")
	}
	return s, err
}

func (a *API) getStaff(ctx context.Context, p identity.Principal, in *ByID) (*One[Staff], error) {
	s, err := a.staff(ctx, p, in.ID, identity.OrganisationRead)
	if err != nil {
		return nil, err
	}
	return one(staffOut(s)), nil
}

type updateStaffIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		StaffFields
	}
}

func (a *API) updateStaff(ctx context.Context, p identity.Principal, in *updateStaffIn) (*One[Staff], error) {
	before, err := a.staff(ctx, p, in.ID, identity.OrganisationEdit)
	if err != nil {
		return nil, err
	}
	wanted := in.Body.apply(before)
	wanted.Revision = in.Body.Rev
	var after organisation.Staff
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, staffObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		changed, detail, err := a.storeStaff(ctx, tx, wanted, in.Body.StaffFields, organisation.UpdateStaff)
		old := staffOut(before)
		detail.Before, after = &old, changed
		return detail, err
	})
	if err != nil {
		return nil, err
	}
	return one(staffOut(after)), nil
}
