package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// accounts begins a query with the table acc: one row for each enabled account
// people can log on to on the computers in scope, whatever number of sources tell
// about it, with its owner as a person has set it.
func (i Input) accounts() *query {
	s := i.scope(computersOf(i.Target), running).add(`, seen AS MATERIALIZED (SELECT l.asset_id, l.name, min(scope.label) AS label, max(CASE WHEN l.login_known = 'at' THEN l.last_login_ms ELSE 0 END) AS login_ms,
		max(CASE WHEN l.login_known = 'unknown' THEN 0 ELSE 1 END) AS login_told, min(l.first_ms) AS first_ms,
		max(CASE WHEN l.privileged THEN 1 ELSE 0 END) AS privileged
		FROM account_local l JOIN scope ON scope.id = l.asset_id WHERE l.enabled AND l.interactive AND `)
	i.open(s, "l").add(` GROUP BY l.asset_id, l.name)`)
	// Materialised: the planner must not compute it anew for each row it is joined with.
	return s.add(`, acc AS MATERIALIZED (SELECT seen.*, coalesce(o.kind, '') AS owner, coalesce(o.staff_id, '') AS staff_id,
		coalesce(o.vendor_id, '') AS vendor_id, coalesce(o.note, '') AS note
		FROM seen LEFT JOIN account_owner o ON o.asset_id = seen.asset_id AND o.account_name = seen.name AND o.set_ms <= ? AND (o.ended_ms IS NULL OR o.ended_ms > ?))`,
		i.AsOfMS, i.AsOfMS)
}

// tellingMachines counts the computers in scope and those whose agent tells a section.
func (i Input) tellingMachines(ctx context.Context, q store.Querier, section string) (all, telling int64, err error) {
	s := i.scope(computersOf(i.Target), running).add(` SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM asset_section e
		WHERE e.asset_id = scope.id AND e.section = ?)) FROM scope`, section)
	err = one(ctx, q, s, &all, &telling)
	return all, telling, err
}
