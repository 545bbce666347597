package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// officerTrained passes when a training was recorded within the limit. Records name
// what was held, not who sat there, so a person judges whether the officer took part.
var officerTrained = Check{Name: "officer_trained_within", Needs: []string{"survey/organisation"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.recordWithin(ctx, q, organisation.KindTraining)
	}}
