package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// logRecent passes when every machine in scope reported within the limit. What
// arrives here is the agent's word that its logs are there, not the entries: a
// machine that went silent may have stopped logging, too.
var logRecent = Check{Name: "log_recent", Needs: []string{"survey/asset", "survey/software"}, Args: []string{"hours"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limit, err := in.Args.Int("hours")
		if err != nil {
			return Outcome{}, err
		}
		all, telling, err := in.tellingMachines(ctx, q, sectionSecurity)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		err = each(ctx, q, in.older(sectionSecurity, "software_safeguard", in.AsOfMS-int64(limit)*dayMS/24), func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.silent_since"}
			var seen int64
			if err := rows.Scan(&it.AssetID, &it.Label, &seen); err != nil {
				return err
			}
			it.Args = map[string]Arg{"On": {Day: dayOrEmpty(seen)}}
			if seen == 0 {
				it.Reason, it.Args = "evidence.reason.data_never", nil
			}
			out.failing(it)
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("machines", all), count("machines_telling", telling), count("machines_old", out.FailingTotal),
			{Name: "limit_hours", Unit: UnitHours, Number: int64(limit)}}
		out.State = failIf(out.FailingTotal > 0)
		if telling == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_reports"
		}
		out.Sources, err = in.sectionSources(ctx, q, sectionSecurity)
		return out, err
	}}
