package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// coverage passes when enough of the assets in scope meet a condition; the others
// are listed with a reason. covered is SQL over the table scope.
func (i Input) coverage(ctx context.Context, q store.Querier, covered, reason, figure string, fields ...asset.Field) (Outcome, error) {
	least, err := i.Args.Float("min")
	if err != nil {
		return Outcome{}, err
	}
	scope := func() *query { return i.scope(kindsOf(i.Target), running, fields...) }
	var assets, met int64
	if err := one(ctx, q, scope().add(` SELECT count(*), count(*) FILTER (WHERE `+covered+`) FROM scope`), &assets, &met); err != nil {
		return Outcome{}, err
	}
	out := Outcome{}
	err = each(ctx, q, scope().add(` SELECT id, label FROM scope WHERE NOT (`+covered+`) ORDER BY label, id`), func(rows *sql.Rows) error {
		it := Item{Reason: reason}
		if err := rows.Scan(&it.AssetID, &it.Label); err != nil {
			return err
		}
		out.failing(it)
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	out.Figures = []Figure{count("assets", assets), count(figure, met), share("coverage", met, assets),
		{Name: "limit_share", Unit: UnitShare, Number: int64(least*10_000 + 0.5)}}
	out.State = failIf(float64(met) < least*float64(assets))
	if assets == 0 {
		out.State, out.Missing = Unknown, "evidence.missing.empty_ledger"
	}
	return out, nil
}
