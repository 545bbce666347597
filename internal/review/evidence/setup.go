package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// told says where a check of how machines are set up looks: rows g of a table that a
// section of the agent's report fills.
type told struct {
	table, section string
	// known is SQL over g: the machine told about it; empty: the section alone tells, and
	// a machine without a row is fine. wrong is what must not be, with its arguments.
	known, wrong string
	args         []any
	reason       string // of a machine where it is wrong
	good         bool   // turns wrong round: what a machine must have
}

// setUp sorts the computers in scope: those where it is wrong, those that told and are
// fine, and those that told nothing. Values of another machine's making are compared as
// numbers only where the row is of the kind that is one.
func (i Input) setUp(ctx context.Context, q store.Querier, t told) (guarded, error) {
	judged := func() *query {
		s := i.scope(computersOf(i.Target), running).add(`, judged AS (SELECT scope.id, scope.label, EXISTS (SELECT 1 FROM `+t.table+` g WHERE g.asset_id = scope.id AND `+t.wrong+` AND `, t.args...)
		i.open(s, "g").add(`) AS hit, `)
		if t.known == "" {
			s.add(`EXISTS (SELECT 1 FROM asset_section e WHERE e.asset_id = scope.id AND e.section = ?)`, t.section)
		} else {
			s.add(`EXISTS (SELECT 1 FROM ` + t.table + ` g WHERE g.asset_id = scope.id AND ` + t.known + ` AND `)
			i.open(s, "g").add(`)`)
		}
		return s.add(` AS told FROM scope)`)
	}
	bad := `hit`
	if t.good {
		bad = `told AND NOT hit`
	}
	var g guarded
	s := judged().add(` SELECT count(*), count(*) FILTER (WHERE NOT (told OR hit)), count(*) FILTER (WHERE ` + bad + `) FROM judged`)
	if err := one(ctx, q, s, &g.machines, &g.silent, &g.badTotal); err != nil {
		return guarded{}, err
	}
	g.good = g.machines - g.silent - g.badTotal
	s = judged().add(` SELECT id, label FROM judged WHERE `+bad+` ORDER BY label, id LIMIT ?`, MaxFailing)
	err := each(ctx, q, s, func(rows *sql.Rows) error {
		it := Item{Reason: t.reason}
		if err := rows.Scan(&it.AssetID, &it.Label); err != nil {
			return err
		}
		g.bad = append(g.bad, it)
		return nil
	})
	return g, err
}

// judgeSetup is the outcome of setUp with where the facts come from.
func (i Input) judgeSetup(ctx context.Context, q store.Querier, t told, more ...Figure) (Outcome, error) {
	g, err := i.setUp(ctx, q, t)
	if err != nil {
		return Outcome{}, err
	}
	out := g.outcome()
	out.Figures = append(out.Figures, more...)
	out.Sources, err = i.sectionSources(ctx, q, t.section)
	return out, err
}

// Sections of the agent's report on how a machine is set up.
const (
	sectionHardening   = "hardening"
	sectionSwitchedOff = "switched_off"
	sectionBackups     = "backups"
	sectionPeripherals = "peripherals"
)
