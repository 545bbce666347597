package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// logReviewWithin passes when somebody looked through the access logs within the limit.
var logReviewWithin = Check{Name: "log_review_within", Needs: []string{"survey/organisation"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.recordWithin(ctx, q, organisation.KindLogReview)
	}}
