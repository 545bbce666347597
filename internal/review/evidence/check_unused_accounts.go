package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// unusedAccounts passes when every account that nobody used within the limit has
// a decision: an owner with a note why it stays, or it belongs to a program. An
// account whose last log-on the source does not tell is not unused, and not fine
// either: with such accounts alone the facts do not tell.
var unusedAccounts = Check{Name: "unused_accounts", Needs: []string{"survey/account"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limit, err := in.Args.Int("days")
		if err != nil {
			return Outcome{}, err
		}
		const undecided = ` owner <> 'system' AND (owner = '' OR note = '')`
		since := in.AsOfMS - int64(limit)*dayMS
		var accounts, silent int64
		s := in.accounts().add(` SELECT count(*), count(*) FILTER (WHERE login_told = 0 AND` + undecided + `) FROM acc`)
		if err := one(ctx, q, s, &accounts, &silent); err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		s = in.accounts().add(` SELECT asset_id, label, name, login_ms FROM acc WHERE login_told = 1 AND`+undecided+`
			AND login_ms < ? AND (login_ms > 0 OR first_ms < ?) ORDER BY label, asset_id, name`, since, since)
		err = each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.never_used"}
			var login int64
			if err := rows.Scan(&it.AssetID, &it.Label, &it.Ref, &login); err != nil {
				return err
			}
			it.Args = map[string]Arg{"Account": {Text: it.Ref}}
			if login > 0 {
				it.Reason, it.Args["On"] = "evidence.reason.last_used", Arg{Day: day(login)}
			}
			out.failing(it)
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("accounts", accounts), count("unused_accounts", out.FailingTotal),
			count("accounts_login_unknown", silent), days("limit_days", limit)}
		out.State = failIf(out.FailingTotal > 0)
		switch {
		case out.State == Fail:
		case accounts == 0:
			out.State, out.Missing = Unknown, "evidence.missing.no_accounts"
		case silent > 0:
			out.State, out.Missing = Unknown, "evidence.missing.logins_not_told"
		}
		out.Sources, err = in.sectionSources(ctx, q, sectionAccounts)
		return out, err
	}}
