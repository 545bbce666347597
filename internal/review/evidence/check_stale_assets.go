package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// staleAssets passes when everything in use was seen by a machine or verified by a
// person within the limit.
var staleAssets = Check{Name: "stale_assets", Needs: []string{"survey/asset"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limit, err := in.Args.Int("days")
		if err != nil {
			return Outcome{}, err
		}
		var assets int64
		if err := one(ctx, q, in.scope(kindsOf(in.Target), running).add(` SELECT count(*) FROM scope`), &assets); err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		s := in.scope(kindsOf(in.Target), running, asset.FieldVerifiedOn).add(` SELECT id, label, last_seen_ms, verified_on FROM scope
			WHERE last_seen_ms < ? AND verified_on < ? ORDER BY label, id`, in.AsOfMS-int64(limit)*dayMS, in.daysBefore(limit))
		err = each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.never_seen"}
			var seen int64
			var verified string
			if err := rows.Scan(&it.AssetID, &it.Label, &seen, &verified); err != nil {
				return err
			}
			if last := max(verified, dayOrEmpty(seen)); last != "" {
				it.Reason, it.Args = "evidence.reason.last_seen", map[string]Arg{"On": {Day: last}}
			}
			out.failing(it)
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("assets", assets), count("assets_stale", out.FailingTotal), days("limit_days", limit)}
		out.State = failIf(out.FailingTotal > 0)
		if assets == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.empty_ledger"
		}
		out.Sources, err = in.ledgerSources(ctx, q, kindsOf(in.Target))
		return out, err
	}}

// dayOrEmpty is the day of a moment, empty for never.
func dayOrEmpty(ms int64) string {
	if ms <= 0 {
		return ""
	}
	return day(ms)
}
