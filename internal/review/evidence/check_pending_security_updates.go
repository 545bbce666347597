package evidence

import (
	"context"
	"database/sql"
	"strconv"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Severities as package managers and Windows Update write them, in lower case;
// any other word counts as "other". Windows: MSRC severity rating system
// (critical, important, moderate, low); dnf updateinfo: critical, important,
// moderate, low.
const (
	isCritical = `lower(p.severity) = 'critical'`
	isHigh     = `lower(p.severity) IN ('important', 'high')`
)

// pendingUpdates passes when no security update has been waiting on a machine for
// longer than the limit of its severity. It counts from the day the machine first
// told about it.
var pendingUpdates = Check{Name: "pending_security_updates", Needs: []string{"survey/software"}, Args: []string{"critical_days", "high_days", "other_days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limits, err := in.limits("critical_days", "high_days", "other_days")
		if err != nil {
			return Outcome{}, err
		}
		machines, telling, err := in.tellingMachines(ctx, q, sectionUpdates)
		if err != nil {
			return Outcome{}, err
		}
		waiting := func() *query {
			s := in.scope(computersOf(in.Target), running, asset.FieldOSName).add(`, waiting AS (SELECT scope.id, scope.label, p.name, p.first_ms,
				CASE WHEN `+isCritical+` THEN CAST(? AS BIGINT) WHEN `+isHigh+` THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END AS due_ms FROM scope
				JOIN software_pending p ON p.asset_id = scope.id WHERE p.security AND `, limits[0], limits[1], limits[2])
			return in.open(s, "p").add(`)`)
		}
		var updates, late int64
		if err := one(ctx, q, waiting().add(` SELECT count(*), count(*) FILTER (WHERE first_ms < due_ms) FROM waiting`), &updates, &late); err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		err = each(ctx, q, waiting().add(` SELECT id, label, count(*), min(first_ms) FROM waiting WHERE first_ms < due_ms GROUP BY id, label ORDER BY label, id`),
			func(rows *sql.Rows) error {
				it := Item{Reason: "evidence.reason.updates_late"}
				var n, since int64
				if err := rows.Scan(&it.AssetID, &it.Label, &n, &since); err != nil {
					return err
				}
				it.Args = map[string]Arg{"N": {Text: strconv.FormatInt(n, 10)}, "On": {Day: day(since)}}
				out.failing(it)
				return nil
			})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("machines", machines), count("machines_telling", telling), count("updates_waiting", updates),
			count("updates_late", late), count("machines_late", out.FailingTotal)}
		out.State = failIf(out.FailingTotal > 0)
		if out.State == Pass && telling == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_reports"
		}
		out.Sources, err = in.sectionSources(ctx, q, sectionUpdates)
		return out, err
	}}

// limits turns arguments in days into moments: what is older is too old.
func (i Input) limits(names ...string) ([]int64, error) {
	moments := make([]int64, len(names))
	for n, name := range names {
		d, err := i.Args.Int(name)
		if err != nil {
			return nil, err
		}
		moments[n] = i.AsOfMS - int64(d)*dayMS
	}
	return moments, nil
}
