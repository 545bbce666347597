package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// ownerlessAccounts passes when every enabled account people can log on to has an
// owner.
var ownerlessAccounts = Check{Name: "ownerless_accounts", Needs: []string{"survey/account"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		var accounts, ownerless int64
		s := in.accounts().add(` SELECT count(*), count(*) FILTER (WHERE owner = '') FROM acc`)
		if err := one(ctx, q, s, &accounts, &ownerless); err != nil {
			return Outcome{}, err
		}
		out := Outcome{State: failIf(ownerless > 0), Figures: []Figure{count("accounts", accounts), count("ownerless_accounts", ownerless)}}
		if accounts == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_accounts"
		}
		// The ones with rights first: of a long list only the beginning is kept.
		s = in.accounts().add(` SELECT asset_id, label, name, privileged FROM acc WHERE owner = '' ORDER BY privileged DESC, label, asset_id, name LIMIT ?`, MaxFailing)
		err := each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.no_owner"}
			var privileged int64
			if err := rows.Scan(&it.AssetID, &it.Label, &it.Ref, &privileged); err != nil {
				return err
			}
			if privileged == 1 {
				it.Reason = "evidence.reason.no_owner_privileged"
			}
			it.Args = map[string]Arg{"Account": {Text: it.Ref}}
			out.failing(it)
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out.FailingTotal = ownerless
		out.Sources, err = in.sectionSources(ctx, q, sectionAccounts)
		return out, err
	}}
