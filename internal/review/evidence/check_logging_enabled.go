package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// logsIn is the condition for machines whose logs the ledger says go to a log
// server.
const logsIn = `log_destination <> ''`

// loggingEnabled passes when every machine in scope keeps logs: it tells of at
// least one, or the ledger names where they go.
var loggingEnabled = Check{Name: "logging_enabled", Needs: []string{"survey/asset", "survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		g, err := in.guards(ctx, q, computersOf(in.Target), "evidence.reason.no_log",
			`g.kind = ?`, logsIn, []asset.Field{asset.FieldLogDestination}, software.GuardLog)
		if err != nil {
			return Outcome{}, err
		}
		out := g.outcome()
		out.Sources, err = in.sectionSources(ctx, q, sectionSecurity)
		return out, err
	}}
