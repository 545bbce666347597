package evidence

import (
	"context"
	"database/sql"
	"strconv"

	"sonae/internal/platform/store"
)

// fieldsComplete passes when enough of the required fields are filled. Which
// fields a kind needs is the ledger's own rule (asset.RequiredOf).
var fieldsComplete = Check{Name: "required_fields_complete", Needs: []string{"survey/asset"}, Args: []string{"min"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		least, err := in.Args.Float("min")
		if err != nil {
			return Outcome{}, err
		}
		var assets, filled, required int64
		s := in.completeness().add(` SELECT count(*), coalesce(sum(required - missing), 0), coalesce(sum(required), 0) FROM judged`)
		if err := one(ctx, q, s, &assets, &filled, &required); err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		s = in.completeness().add(` SELECT id, label, missing FROM judged WHERE missing > 0 ORDER BY missing DESC, label, id`)
		err = each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.fields_empty"}
			var missing int64
			if err := rows.Scan(&it.AssetID, &it.Label, &missing); err != nil {
				return err
			}
			it.Args = map[string]Arg{"N": {Text: strconv.FormatInt(missing, 10)}}
			out.failing(it)
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("assets", assets), count("assets_incomplete", out.FailingTotal), share("fields_filled", filled, required),
			{Name: "limit_share", Unit: UnitShare, Number: int64(least*10_000 + 0.5)}}
		out.State = failIf(float64(filled) < least*float64(required))
		if assets == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.empty_ledger"
		}
		out.Sources, err = in.ledgerSources(ctx, q, kindsOf(in.Target))
		return out, err
	}}

// completeness begins a query with the table judged: id, label, required, missing,
// as the ledger counts them.
func (i Input) completeness() *query {
	return i.scope(kindsOf(i.Target), owned, colRequired, colMissing).add(`, judged AS (SELECT * FROM scope)`)
}
