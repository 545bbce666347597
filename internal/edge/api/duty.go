package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

func (a *API) registerDuties() {
	handle(a, op{method: get, path: "/appointments", id: "listAppointments", summary: "Who is appointed to which duty", action: identity.OrganisationRead}, a.listAppointments)
	handle(a, op{method: post, path: "/appointments", id: "createAppointment", summary: "Appoint a person", action: identity.OrganisationEdit, status: 201}, a.createAppointment)
	handle(a, op{method: patch, path: "/appointments/{id}", id: "updateAppointment", summary: "Change or end an appointment", action: identity.OrganisationEdit}, a.updateAppointment)
}

// Appointment is a person with a duty for some time.
type Appointment struct {
	ID          string            `json:"id"`
	FacilityID  string            `json:"facility_id"`
	Rev         int64             `json:"rev"`
	Role        organisation.Role `json:"role" doc:"management, safety_manager, planner, system_operator, incident_lead, privacy_officer or internal_auditor."`
	StaffID     string            `json:"staff_id"`
	AppointedBy string            `json:"appointed_by"`
	AppointedOn string            `json:"appointed_on"`
	UntilOn     string            `json:"until_on,omitempty" doc:"Last day; absent = in force."`
	EndReason   string            `json:"end_reason,omitempty"`
	Note        string            `json:"note,omitempty"`
	UpdatedAt   *time.Time        `json:"updated_at"`
}

func appointmentOut(v organisation.Appointment) Appointment {
	return Appointment{ID: v.ID, FacilityID: v.FacilityID, Rev: v.Revision, Role: v.Role, StaffID: v.StaffID, AppointedBy: v.AppointedBy, AppointedOn: v.AppointedOn,
		UntilOn: v.UntilOn, EndReason: v.EndReason, Note: v.Note, UpdatedAt: moment(v.UpdatedMS)}
}

func appointmentObject(v organisation.Appointment) audit.Object {
	return audit.Object{Kind: "appointment", ID: v.ID, Name: string(v.Role), FacilityID: v.FacilityID}
}

type listAppointmentsIn struct {
	Paging
	Facility []string          `query:"facility,explode" maxItems:"100"`
	Role     organisation.Role `query:"role" maxLength:"40"`
	Staff    string            `query:"staff" maxLength:"100"`
	ActiveOn string            `query:"active_on" maxLength:"10" doc:"In force on this day."`
}

func (a *API) listAppointments(ctx context.Context, p identity.Principal, in *listAppointmentsIn) (*List[Appointment], error) {
	if err := checkDay("active_on", in.ActiveOn); err != nil {
		return nil, err
	}
	ids, err := a.facilities(ctx, p, identity.OrganisationRead, in.Facility)
	if err != nil {
		return nil, err
	}
	if in.Staff != "" {
		if _, err := a.staff(ctx, p, in.Staff, identity.OrganisationRead); err != nil {
			return nil, at(err, "staff")
		}
	}
	all, err := organisation.Appointments(ctx, a.DB, organisation.AppointmentFilter{Facilities: ids, Role: in.Role, StaffID: in.Staff, ActiveOn: in.ActiveOn})
	if err != nil {
		return nil, err
	}
	return window("appointments", each(all, appointmentOut), in.Paging, func(v Appointment) string { return v.ID })
}

// AppointmentFields are what an appointment is written with.
type AppointmentFields struct {
	Role        *organisation.Role `json:"role,omitempty" maxLength:"40"`
	StaffID     *string            `json:"staff_id,omitempty" maxLength:"100"`
	AppointedBy *string            `json:"appointed_by,omitempty" maxLength:"100" doc:"Who decided, in words: 病院長."`
	AppointedOn *string            `json:"appointed_on,omitempty" maxLength:"10"`
	UntilOn     *string            `json:"until_on,omitempty" maxLength:"10"`
	EndReason   *string            `json:"end_reason,omitempty" maxLength:"1000"`
	Note        *string            `json:"note,omitempty" maxLength:"1000"`
}

func (in AppointmentFields) apply(v organisation.Appointment) organisation.Appointment {
	put(&v.Role, in.Role)
	put(&v.StaffID, in.StaffID)
	put(&v.AppointedBy, in.AppointedBy)
	put(&v.AppointedOn, in.AppointedOn)
	put(&v.UntilOn, in.UntilOn)
	put(&v.EndReason, in.EndReason)
	put(&v.Note, in.Note)
	return v
}

// checkStaff checks the person a duty is given to.
func (a *API) checkStaff(ctx context.Context, p identity.Principal, in AppointmentFields) error {
	if in.StaffID == nil {
		return nil
	}
	_, err := a.staff(ctx, p, *in.StaffID, identity.OrganisationRead)
	return at(err, "staff_id")
}

type createAppointmentIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		AppointmentFields
	}
}

func (a *API) createAppointment(ctx context.Context, p identity.Principal, in *createAppointmentIn) (*One[Appointment], error) {
	f, err := a.facility(ctx, p, identity.OrganisationRead, identity.OrganisationEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	if err := a.checkStaff(ctx, p, in.Body.AppointmentFields); err != nil {
		return nil, err
	}
	var made organisation.Appointment
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, audit.Object{Kind: "appointment"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = organisation.Appoint(ctx, tx, in.Body.apply(organisation.Appointment{FacilityID: f.ID}), a.nowMS())
		return audit.Made{Object: appointmentObject(made), Detail: appointmentOut(made)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(appointmentOut(made)), nil
}

type updateAppointmentIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		AppointmentFields
	}
}

func (a *API) updateAppointment(ctx context.Context, p identity.Principal, in *updateAppointmentIn) (*One[Appointment], error) {
	before, err := byID(ctx, a, in.ID, organisation.AppointmentByID)
	if err != nil {
		return nil, err
	}
	if err := a.need(ctx, p, identity.OrganisationRead, identity.OrganisationEdit, appointmentObject(before), ""); err != nil {
		return nil, err
	}
	if err := a.checkStaff(ctx, p, in.Body.AppointmentFields); err != nil {
		return nil, err
	}
	wanted := in.Body.apply(before)
	wanted.Revision = in.Body.Rev
	var after organisation.Appointment
	err = audit.Do(ctx, a.DB, p, identity.OrganisationEdit, appointmentObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = organisation.UpdateAppointment(ctx, tx, wanted, a.nowMS())
		return map[string]Appointment{"before": appointmentOut(before), "after": appointmentOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(appointmentOut(after)), nil
}
