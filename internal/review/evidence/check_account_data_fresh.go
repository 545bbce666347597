package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// accountDataFresh passes when every computer told its accounts within the limit.
var accountDataFresh = Check{Name: "account_data_fresh", Needs: []string{"survey/asset", "survey/account"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.fresh(ctx, q, sectionAccounts, "account_local")
	}}
