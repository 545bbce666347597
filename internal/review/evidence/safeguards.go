package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// guarded sorts the computers in scope by a safeguard: those where a row meets
// good, those that told of safeguards without one, and those that told nothing.
// good is SQL over software_safeguard g with its arguments.
type guarded struct {
	machines, good, silent int64
	bad                    []Item // at most MaxFailing
	badTotal               int64
}

// guards runs the three counts. also is SQL over the table scope for machines that
// count as good by what the ledger says; empty for none.
func (i Input) guards(ctx context.Context, q store.Querier, kinds []asset.Kind, reason, good, also string, fields []asset.Field, args ...any) (guarded, error) {
	judged := func() *query {
		s := i.scope(kinds, running, fields...).add(`, judged AS (SELECT scope.id, scope.label, CASE WHEN EXISTS (SELECT 1 FROM software_safeguard g
			WHERE g.asset_id = scope.id AND `+good+` AND `, args...)
		i.open(s, "g").add(`)`)
		if also != "" {
			s.add(` OR ` + also)
		}
		return s.add(` THEN 'good' WHEN EXISTS (SELECT 1 FROM asset_section e WHERE e.asset_id = scope.id AND e.section = ?) THEN 'bad'
			ELSE 'silent' END AS verdict FROM scope)`, sectionSecurity)
	}
	var g guarded
	s := judged().add(` SELECT count(*), count(*) FILTER (WHERE verdict = 'good'), count(*) FILTER (WHERE verdict = 'silent') FROM judged`)
	if err := one(ctx, q, s, &g.machines, &g.good, &g.silent); err != nil {
		return guarded{}, err
	}
	g.badTotal = g.machines - g.good - g.silent
	s = judged().add(` SELECT id, label FROM judged WHERE verdict = 'bad' ORDER BY label, id LIMIT ?`, MaxFailing)
	err := each(ctx, q, s, func(rows *sql.Rows) error {
		it := Item{Reason: reason}
		if err := rows.Scan(&it.AssetID, &it.Label); err != nil {
			return err
		}
		g.bad = append(g.bad, it)
		return nil
	})
	return g, err
}

// outcome judges the counts: one bad machine fails; silent ones without a bad one
// leave it open.
func (g guarded) outcome() Outcome {
	out := Outcome{State: failIf(g.badTotal > 0), Failing: g.bad, FailingTotal: g.badTotal,
		Figures: []Figure{count("machines", g.machines), count("machines_good", g.good), count("machines_bad", g.badTotal), count("machines_silent", g.silent)}}
	switch {
	case out.State == Fail:
	case g.machines == 0:
		out.State, out.Missing = Unknown, "evidence.missing.empty_ledger"
	case g.silent > 0:
		out.State, out.Missing = Unknown, "evidence.missing.silent_machines"
	}
	return out
}
