package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// managementReportWithin passes when management was told about the ledger within the
// limit.
var managementReportWithin = Check{Name: "management_report_within", Needs: []string{"survey/organisation"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.recordWithin(ctx, q, organisation.KindManagement)
	}}
