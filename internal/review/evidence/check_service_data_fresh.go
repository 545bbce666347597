package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// serviceDataFresh passes when every computer told its services within the limit.
var serviceDataFresh = Check{Name: "service_data_fresh", Needs: []string{"survey/asset", "survey/software"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.fresh(ctx, q, sectionServices, "software_service")
	}}
