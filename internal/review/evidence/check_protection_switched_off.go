package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// switchedOff passes when no protection of a computer was turned off on purpose.
var switchedOff = Check{Name: "protection_switched_off", Needs: []string{"survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.judgeSetup(ctx, q, told{table: "software_switched_off", section: sectionSwitchedOff, reason: "evidence.reason.switched_off", wrong: `g.what <> ''`})
	}}
