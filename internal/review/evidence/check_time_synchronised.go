package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/software"
)

// timeSynchronised passes when the clock of every computer follows a time source:
// log entries of different machines can then be put in order.
var timeSynchronised = Check{Name: "time_synchronised", Needs: []string{"survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		g, err := in.guards(ctx, q, computersOf(in.Target), "evidence.reason.time_not_synced",
			`g.kind = ? AND g.state = ?`, "", nil, software.GuardTime, software.On)
		if err != nil {
			return Outcome{}, err
		}
		out := g.outcome()
		out.Sources, err = in.sectionSources(ctx, q, sectionSecurity)
		return out, err
	}}
