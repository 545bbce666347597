package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// remoteKnown passes when the ledger says of every device in use whether it is reached
// by remote maintenance.
var remoteKnown = Check{Name: "remote_maintenance_known", Needs: []string{"survey/asset"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		kinds := kindsOf(in.Target)
		var all, remote int64
		s := in.scope(kinds, running, asset.FieldRemoteMaintenance).add(` SELECT count(*), coalesce(sum(CASE WHEN remote_maintenance = 'yes' THEN 1 ELSE 0 END), 0) FROM scope`)
		if err := one(ctx, q, s, &all, &remote); err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		s = in.scope(kinds, running, asset.FieldRemoteMaintenance).add(` SELECT id, label FROM scope WHERE remote_maintenance NOT IN ('yes', 'no') ORDER BY label, id`)
		err := each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.remote_unknown"}
			err := rows.Scan(&it.AssetID, &it.Label)
			out.failing(it)
			return err
		})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("assets", all), count("remote_maintained", remote), count("remote_unknown", out.FailingTotal)}
		out.State = failIf(out.FailingTotal > 0)
		if all == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.empty_ledger"
		}
		out.Sources, err = in.ledgerSources(ctx, q, kinds)
		return out, err
	}}
