package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// Sections of reports as agents call them (internal/wire); files that bring the
// same facts count by the age of their rows.
const (
	sectionAccounts = "accounts"
	sectionServices = "services"
	sectionSecurity = "security"
	sectionUpdates  = "updates"
)

// fresh passes when every computer in scope told its rows of a table within the
// limit. A computer that never did is listed: what it has is not known.
func (i Input) fresh(ctx context.Context, q store.Querier, section, table string) (Outcome, error) {
	limit, err := i.Args.Int("days")
	if err != nil {
		return Outcome{}, err
	}
	all, _, err := i.tellingMachines(ctx, q, section)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{}
	var silent int64
	err = each(ctx, q, i.older(section, table, i.AsOfMS-int64(limit)*dayMS), func(rows *sql.Rows) error {
		it := Item{Reason: "evidence.reason.data_old"}
		var seen int64
		if err := rows.Scan(&it.AssetID, &it.Label, &seen); err != nil {
			return err
		}
		it.Args = map[string]Arg{"On": {Day: dayOrEmpty(seen)}}
		if seen == 0 {
			it.Reason, it.Args = "evidence.reason.data_never", nil
			silent++
		}
		out.failing(it)
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	out.Figures = []Figure{count("machines", all), count("machines_fresh", all-out.FailingTotal),
		count("machines_old", out.FailingTotal-silent), count("machines_silent", silent), days("limit_days", limit)}
	out.State = failIf(out.FailingTotal > 0)
	if all == silent {
		out.State, out.Missing = Unknown, "evidence.missing.no_reports"
	}
	out.Sources, err = i.sectionSources(ctx, q, section)
	return out, err
}

// older lists the computers whose rows were last told before a moment, by name.
func (i Input) older(section, table string, beforeMS int64) *query {
	return i.scope(computersOf(i.Target), running).add(`, told AS (SELECT e.asset_id, max(`+sectionSeen+`) AS seen_ms
		FROM asset_section e JOIN asset_source s ON s.asset_id = e.asset_id AND s.source = e.source WHERE e.section = ? GROUP BY e.asset_id),
		aged AS (SELECT scope.id, scope.label, coalesce(told.seen_ms, (SELECT max(x.first_ms) FROM `+table+` x WHERE x.asset_id = scope.id), 0) AS seen_ms
		FROM scope LEFT JOIN told ON told.asset_id = scope.id)
		SELECT id, label, seen_ms FROM aged WHERE seen_ms < ? ORDER BY label, id`, section, beforeMS)
}
