package organisation

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const appointmentColumns = `id, facility_id, role, staff_id, appointed_by, appointed_on, until_on, end_reason, coalesce(document_id, ''), note, revision, created_ms, updated_ms`

func scanAppointment(row interface{ Scan(...any) error }) (a Appointment, err error) {
	err = row.Scan(&a.ID, &a.FacilityID, &a.Role, &a.StaffID, &a.AppointedBy, &a.AppointedOn, &a.UntilOn, &a.EndReason, &a.DocumentID, &a.Note,
		&a.Revision, &a.CreatedMS, &a.UpdatedMS)
	return a, err
}

func (a *Appointment) check(ctx context.Context, tx *store.Tx) error {
	var c check
	if !slices.Contains(Roles, a.Role) {
		c.fail("role", "organisation.error.role")
	}
	c.text("appointed_by", &a.AppointedBy, true, 100, false)
	c.day("appointed_on", a.AppointedOn, true)
	c.day("until_on", a.UntilOn, false)
	c.order("until_on", a.AppointedOn, a.UntilOn)
	c.text("end_reason", &a.EndReason, false, 1000, true)
	c.text("note", &a.Note, false, 1000, true)
	c.text("document_id", &a.DocumentID, false, 100, false)
	c.facility(a.FacilityID)
	if c.err != nil {
		return c.err
	}
	s, err := StaffByID(ctx, tx, a.StaffID)
	switch {
	case fault.Is(err, fault.CodeNotFound) || err == nil && s.FacilityID != a.FacilityID:
		return fault.Invalid("organisation.error.staff").At("staff_id")
	case err != nil:
		return err
	case !s.EmployedOn(a.AppointedOn):
		return fault.Invalid("organisation.error.not_employed", "Name", s.Name).At("appointed_on")
	}
	return nil
}

// Appoint gives a role to a person. Several people may hold one role at a time; who
// has to be alone in it is for the rules to say. Errors: invalid with the place.
func Appoint(ctx context.Context, tx *store.Tx, a Appointment, nowMS int64) (Appointment, error) {
	if err := a.check(ctx, tx); err != nil {
		return a, err
	}
	a.ID, a.Revision, a.CreatedMS, a.UpdatedMS = store.NewID(), 1, nowMS, nowMS
	_, err := tx.Exec(ctx, `INSERT INTO organisation_appointment (id, facility_id, role, staff_id, appointed_by, appointed_on, until_on, end_reason,
		document_id, note, revision, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		a.ID, a.FacilityID, string(a.Role), a.StaffID, a.AppointedBy, a.AppointedOn, a.UntilOn, a.EndReason, orNull(a.DocumentID), a.Note, a.Revision, nowMS, nowMS)
	if err != nil {
		return a, fmt.Errorf("store appointment: %w", err)
	}
	return a, nil
}

// UpdateAppointment changes an appointment, also to end it (UntilOn, EndReason) or to
// attach its letter; a.Revision is the one that was seen. Errors: invalid, conflict,
// not found.
func UpdateAppointment(ctx context.Context, tx *store.Tx, a Appointment, nowMS int64) (Appointment, error) {
	if err := a.check(ctx, tx); err != nil {
		return a, err
	}
	res, err := tx.Exec(ctx, `UPDATE organisation_appointment SET role = $1, staff_id = $2, appointed_by = $3, appointed_on = $4, until_on = $5,
		end_reason = $6, document_id = $7, note = $8, revision = revision + 1, updated_ms = $9 WHERE id = $10 AND facility_id = $11 AND revision = $12`,
		string(a.Role), a.StaffID, a.AppointedBy, a.AppointedOn, a.UntilOn, a.EndReason, orNull(a.DocumentID), a.Note, nowMS, a.ID, a.FacilityID, a.Revision)
	if err != nil {
		return a, fmt.Errorf("store appointment %s: %w", a.ID, err)
	}
	if err := changed(ctx, tx, res, "organisation_appointment", a.ID, a.FacilityID); err != nil {
		return a, err
	}
	a.Revision, a.UpdatedMS = a.Revision+1, nowMS
	return a, nil
}

// AppointmentByID reads an appointment. Errors: not found.
func AppointmentByID(ctx context.Context, q store.Querier, id string) (Appointment, error) {
	a, err := scanAppointment(q.QueryRow(ctx, `SELECT `+appointmentColumns+` FROM organisation_appointment WHERE id = $1`, id))
	return a, found(err, "appointment "+id)
}

// AppointmentFilter says which appointments are wanted. Fields left at zero do not
// filter.
type AppointmentFilter struct {
	Facilities []string // nil = all, empty = none
	Role       Role
	StaffID    string
	ActiveOn   string // in force on this day, 2006-01-02
}

// Appointments lists appointments by facility, role and first day, newest first.
func Appointments(ctx context.Context, q store.Querier, f AppointmentFilter) ([]Appointment, error) {
	var args []any
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	where := `true`
	if f.Facilities != nil {
		where += ` AND ` + store.In("facility_id", f.Facilities, &args)
	}
	if f.Role != "" {
		where += ` AND role = ` + param(string(f.Role))
	}
	if f.StaffID != "" {
		where += ` AND staff_id = ` + param(f.StaffID)
	}
	if f.ActiveOn != "" {
		day := param(f.ActiveOn)
		where += ` AND appointed_on <= ` + day + ` AND (until_on = '' OR until_on >= ` + day + `)`
	}
	return read(ctx, q, "appointments", `SELECT `+appointmentColumns+` FROM organisation_appointment WHERE `+where+
		` ORDER BY facility_id, role, appointed_on DESC, id`, args, scanAppointment)
}
