package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// logCopied passes when every machine in scope sends a log to another host, where
// its own administrator cannot erase it.
var logCopied = Check{Name: "log_copied_elsewhere", Needs: []string{"survey/asset", "survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		g, err := in.guards(ctx, q, computersOf(in.Target), "evidence.reason.log_not_copied",
			`g.kind = ? AND g.state = ?`, logsIn, []asset.Field{asset.FieldLogDestination}, software.GuardLog, software.On)
		if err != nil {
			return Outcome{}, err
		}
		out := g.outcome()
		out.Sources, err = in.sectionSources(ctx, q, sectionSecurity)
		return out, err
	}}
