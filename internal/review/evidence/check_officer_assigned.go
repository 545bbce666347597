package evidence

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// officer is an appointment in force with the person's employment.
type officer struct {
	id, staffID, name, appointedOn, document string
	from, until                              string // employment
}

// officers lists who holds a role on the day, by name.
func (i Input) officers(ctx context.Context, q store.Querier, role organisation.Role) ([]officer, error) {
	s := (&query{}).add(`SELECT p.id, p.staff_id, s.name, p.appointed_on,
		coalesce(p.document_id, (SELECT min(f.id) FROM organisation_file f WHERE f.owner_kind = 'appointment' AND f.owner_id = p.id
			AND f.added_ms <= ? AND (f.gone_ms IS NULL OR f.gone_ms > ?)), ''), s.employed_from, s.employed_until
		FROM organisation_appointment p JOIN organisation_staff s ON s.id = p.staff_id
		WHERE p.facility_id = ? AND p.role = ? AND p.appointed_on <= ? AND (p.until_on = '' OR p.until_on >= ?) ORDER BY s.name, p.id`,
		i.AsOfMS, i.AsOfMS, i.FacilityID, string(role), i.today(), i.today())
	var list []officer
	err := each(ctx, q, s, func(rows *sql.Rows) error {
		var o officer
		if err := rows.Scan(&o.id, &o.staffID, &o.name, &o.appointedOn, &o.document, &o.from, &o.until); err != nil {
			return err
		}
		list = append(list, o)
		return nil
	})
	return list, err
}

// appointmentSources says how many appointments the hospital has recorded.
func (i Input) appointmentSources(ctx context.Context, q store.Querier) ([]SourceAge, error) {
	return i.ages(ctx, q, (&query{}).add(`SELECT 'appointments', count(*), max(updated_ms) FROM organisation_appointment
		WHERE facility_id = ?`, i.FacilityID))
}

// officerAssigned passes when exactly so many people hold a role on the day.
var officerAssigned = Check{Name: "officer_assigned", Needs: []string{"survey/organisation"}, Args: []string{"role", "exactly"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		role, err := in.Args.Word("role")
		if err != nil {
			return Outcome{}, err
		}
		if !slices.Contains(organisation.Roles, organisation.Role(role)) {
			return Outcome{}, fmt.Errorf("argument role: %q is no role", role)
		}
		want, err := in.Args.Int("exactly")
		if err != nil {
			return Outcome{}, err
		}
		list, err := in.officers(ctx, q, organisation.Role(role))
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{State: failIf(len(list) != want), Figures: []Figure{count("officers", int64(len(list))), count("officers_wanted", int64(want))}}
		if len(list) > want {
			for _, o := range list {
				out.failing(Item{Ref: o.id, Label: o.name, Reason: "evidence.reason.appointed", Args: map[string]Arg{"On": {Day: o.appointedOn}}})
			}
		}
		out.Sources, err = in.appointmentSources(ctx, q)
		return out, err
	}}
