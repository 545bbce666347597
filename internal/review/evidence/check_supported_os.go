package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// supportedOS passes when the end of support of everything in use is known and
// still to come.
var supportedOS = Check{Name: "supported_os", Needs: []string{"survey/asset"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		scope := func() *query { return in.scope(kindsOf(in.Target), running, asset.FieldSupportEndsOn) }
		var assets, unknown int64
		s := scope().add(` SELECT count(*), count(*) FILTER (WHERE support_ends_on = '') FROM scope`)
		if err := one(ctx, q, s, &assets, &unknown); err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		s = scope().add(` SELECT id, label, support_ends_on FROM scope WHERE support_ends_on <> '' AND support_ends_on < ? ORDER BY label, id`, in.today())
		err := each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.support_ended"}
			var on string
			if err := rows.Scan(&it.AssetID, &it.Label, &on); err != nil {
				return err
			}
			it.Args = map[string]Arg{"On": {Day: on}}
			out.failing(it)
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("assets", assets), count("support_ended", out.FailingTotal), count("support_unknown", unknown)}
		out.State = failIf(out.FailingTotal > 0)
		switch {
		case out.State == Fail:
		case assets == 0:
			out.State, out.Missing = Unknown, "evidence.missing.empty_ledger"
		case unknown > 0:
			out.State, out.Missing = Unknown, "evidence.missing.support_unknown"
		}
		out.Sources, err = in.ledgerSources(ctx, q, kindsOf(in.Target))
		return out, err
	}}
