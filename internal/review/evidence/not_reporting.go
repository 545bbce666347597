package evidence

import (
	"context"
	"slices"

	"sonae/internal/platform/store"
	"sonae/internal/survey/silence"
)

// restOnReports are the figures of checks whose answer rests on what machines report.
var restOnReports = []string{"machines", "machines_good", "accounts", "updates_assessed", "version_known"}

// notReporting tells beside the figures of a check how many computers in scope do not
// report any more: what is counted of them is what they said last. The present only
// knows it: of a past day it is not said. It never changes the state of the check.
func (i Input) notReporting(ctx context.Context, q store.Querier, out *Outcome) error {
	if i.Past != nil || !slices.ContainsFunc(out.Figures, func(f Figure) bool { return slices.Contains(restOnReports, f.Name) }) {
		return nil
	}
	var n int64
	s := i.scope(computersOf(i.Target), running).add(` SELECT count(*) FROM scope WHERE id IN (SELECT z.asset_id FROM silence_state z
		JOIN asset_source o ON o.asset_id = z.asset_id AND o.source = z.source WHERE z.state = ? AND (o.seen_ms <= z.seen_ms OR z.reason = ?))`,
		string(silence.Silent), string(silence.ReasonClock))
	if err := one(ctx, q, s, &n); err != nil {
		return err
	}
	if n > 0 {
		out.Figures = append(out.Figures, count("machines_not_reporting", n))
	}
	return nil
}
