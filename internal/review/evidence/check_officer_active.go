package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// officerActive passes when every safety manager works here on the day. Without
// one there is nobody to ask about.
var officerActive = Check{Name: "officer_active", Needs: []string{"survey/organisation"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		list, err := in.officers(ctx, q, organisation.RoleSafetyManager)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{Figures: []Figure{count("officers", int64(len(list)))}}
		if out.Sources, err = in.appointmentSources(ctx, q); err != nil {
			return Outcome{}, err
		}
		for _, o := range list {
			person := organisation.Staff{EmployedFrom: o.from, EmployedUntil: o.until}
			if !person.EmployedOn(in.today()) {
				out.failing(Item{Ref: o.staffID, Label: o.name, Reason: "evidence.reason.left", Args: map[string]Arg{"On": {Day: o.until}}})
			}
		}
		out.State = failIf(out.FailingTotal > 0)
		if len(list) == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_officer"
		}
		return out, nil
	}}
