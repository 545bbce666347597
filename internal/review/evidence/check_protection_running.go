package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/software"
)

// protectionRunning passes when a product against malware runs on every computer.
var protectionRunning = Check{Name: "protection_running", Needs: []string{"survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		g, err := in.guards(ctx, q, computersOf(in.Target), "evidence.reason.no_protection",
			`g.kind = ? AND g.state = ? AND g.detail IN ('antimalware', 'edr')`, "", nil, software.GuardProtection, software.On)
		if err != nil {
			return Outcome{}, err
		}
		out := g.outcome()
		out.Sources, err = in.sectionSources(ctx, q, sectionSecurity)
		return out, err
	}}
