package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/software"
)

// logRetention passes when a log of every machine in scope reaches far enough: it
// is set to keep that many days, or its oldest record is that old.
var logRetention = Check{Name: "log_retention", Needs: []string{"survey/software"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limit, err := in.Args.Int("days")
		if err != nil {
			return Outcome{}, err
		}
		g, err := in.guards(ctx, q, computersOf(in.Target), "evidence.reason.log_short",
			`g.kind = ? AND (g.keep_days >= ? OR (g.oldest_ms > 0 AND g.oldest_ms <= ?))`, "", nil,
			software.GuardLog, limit, in.AsOfMS-int64(limit)*dayMS)
		if err != nil {
			return Outcome{}, err
		}
		out := g.outcome()
		out.Figures = append(out.Figures, days("limit_days", limit))
		out.Sources, err = in.sectionSources(ctx, q, sectionSecurity)
		return out, err
	}}
