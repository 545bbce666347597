package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// appointmentDocument passes when the letter of every safety manager's appointment
// is attached.
var appointmentDocument = Check{Name: "appointment_document", Needs: []string{"survey/organisation"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		list, err := in.officers(ctx, q, organisation.RoleSafetyManager)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		if out.Sources, err = in.appointmentSources(ctx, q); err != nil {
			return Outcome{}, err
		}
		for _, o := range list {
			if o.document == "" {
				out.failing(Item{Ref: o.id, Label: o.name, Reason: "evidence.reason.no_document", Args: map[string]Arg{"On": {Day: o.appointedOn}}})
			}
		}
		out.Figures = []Figure{count("officers", int64(len(list))), count("documents", int64(len(list))-out.FailingTotal)}
		out.State = failIf(out.FailingTotal > 0)
		if len(list) == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_officer"
		}
		return out, nil
	}}
