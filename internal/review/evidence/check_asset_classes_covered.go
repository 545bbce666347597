package evidence

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
	"sonae/internal/survey/asset"
)

// classesCovered passes when the ledger holds at least one asset of each class.
var classesCovered = Check{Name: "asset_classes_covered", Needs: []string{"survey/asset"}, Args: []string{"classes"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		wanted, err := in.Args.Words("classes")
		if err != nil {
			return Outcome{}, err
		}
		byKind := map[string]int64{}
		s := in.scope(kindsOf(catalog.TargetAll), owned).add(` SELECT kind, count(*) FROM scope GROUP BY kind`)
		err = each(ctx, q, s, func(rows *sql.Rows) error {
			var kind string
			var n int64
			if err := rows.Scan(&kind, &n); err != nil {
				return err
			}
			byKind[kind] = n
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		for _, class := range wanted {
			kinds, ok := classKinds[catalog.Target(class)]
			if !ok {
				return Outcome{}, fmt.Errorf("argument classes: %q is no class", class)
			}
			out.add(class, kinds, byKind)
		}
		out.State = failIf(out.FailingTotal > 0)
		out.Sources, err = in.ledgerSources(ctx, q, kindsOf(catalog.TargetAll))
		return out, err
	}}

// add counts one class.
func (o *Outcome) add(class string, kinds []asset.Kind, byKind map[string]int64) {
	var n int64
	for _, k := range kinds {
		n += byKind[string(k)]
	}
	o.Figures = append(o.Figures, count("class_"+class, n))
	if n == 0 {
		o.failing(Item{Ref: class, Reason: "evidence.reason.class_empty", Args: map[string]Arg{"Class": {Key: "evidence.class." + class}}})
	}
}
