package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// stocktakeWithin passes when a walk-round stocktake was recorded within the limit.
var stocktakeWithin = Check{Name: "stocktake_within", Needs: []string{"survey/organisation"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.recordWithin(ctx, q, organisation.KindStocktake)
	}}
