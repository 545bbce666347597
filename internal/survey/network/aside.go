package network

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Aside says that a person knows of a finding and lets it be until a day.
type Aside struct {
	FindingKey string
	Facts      string // Finding.Facts as the person saw them
	Reason     string // 1–500 characters
	UntilMS    int64  // after AtMS, within a year
	By         string
	AtMS       int64
}

// Findings lists what a person has to look at on the network of a map of the present,
// the worst first; what was put aside has its Aside. Errors: of the database.
func Findings(ctx context.Context, q store.Querier, g Graph, nowMS int64) ([]Finding, error) {
	servers, err := DHCPServers(ctx, q, g.FacilityID, nowMS)
	if err != nil {
		return nil, err
	}
	lacking, err := lackingOwners(ctx, q, g.FacilityID)
	if err != nil {
		return nil, err
	}
	asides, err := openAsides(ctx, q, g.FacilityID, nowMS)
	if err != nil {
		return nil, err
	}
	list := findAll(g, servers, lacking)
	for i, f := range list {
		if a, is := asides[f.Key]; is && a.Facts == f.Facts {
			list[i].Aside = &a
		}
	}
	return list, nil
}

// lackingOwners are the servers in use of which the ledger names no department or
// nobody who looks after them.
func lackingOwners(ctx context.Context, q store.Querier, facilityID string) (ownerless, error) {
	const query = `SELECT id, department, custodian FROM asset_asset WHERE facility_id = $1 AND kind IN ('server', 'vm', 'storage') AND status = 'in_use' AND (department = '' OR custodian = '')`
	out := ownerless{}
	_, err := read(ctx, q, "servers without an owner", query, []any{facilityID}, func(rows *sql.Rows) (none struct{}, err error) {
		var id, department, custodian string
		err = rows.Scan(&id, &department, &custodian)
		if department == "" {
			out[id] = append(out[id], "department")
		}
		if custodian == "" {
			out[id] = append(out[id], "custodian")
		}
		return none, err
	})
	return out, err
}

func openAsides(ctx context.Context, q store.Querier, facilityID string, nowMS int64) (map[string]Aside, error) {
	const query = `SELECT finding_key, facts, reason, until_ms, by_name, at_ms FROM network_aside WHERE facility_id = $1 AND ended_ms IS NULL AND until_ms > $2`
	out := map[string]Aside{}
	_, err := read(ctx, q, "findings put aside", query, []any{facilityID, nowMS}, func(rows *sql.Rows) (a Aside, err error) {
		err = rows.Scan(&a.FindingKey, &a.Facts, &a.Reason, &a.UntilMS, &a.By, &a.AtMS)
		out[a.FindingKey] = a
		return a, err
	})
	return out, err
}

// PutAside puts a finding aside as a person saw it (a.Facts); an earlier word about it
// ends. Errors: conflict when its facts are others now, invalid with the place (reason,
// until).
func PutAside(ctx context.Context, tx *store.Tx, facilityID string, f Finding, a Aside, nowMS int64) (Aside, error) {
	a.Reason = strings.TrimSpace(a.Reason)
	const dayMS = 24 * 60 * 60 * 1000
	switch {
	case a.Facts != f.Facts:
		return a, fault.Conflict("network.error.changed")
	case a.Reason == "" || !fits(a.Reason, 500):
		return a, fault.Invalid("network.error.aside_reason").At("reason")
	case a.UntilMS <= nowMS || a.UntilMS > nowMS+markDays*dayMS:
		return a, fault.Invalid("network.error.mark_until", "Days", markDays).At("until")
	}
	if err := TakeBackAside(ctx, tx, facilityID, f.Key, nowMS); err != nil {
		return a, err
	}
	a.FindingKey, a.AtMS = f.Key, nowMS
	_, err := tx.Exec(ctx, `INSERT INTO network_aside (id, facility_id, finding_key, facts, reason, until_ms, by_name, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		store.NewID(), facilityID, a.FindingKey, a.Facts, a.Reason, a.UntilMS, a.By, a.AtMS)
	if err != nil {
		return a, fmt.Errorf("put finding %s aside: %w", f.Key, err)
	}
	return a, nil
}

// TakeBackAside lets a finding be open again.
func TakeBackAside(ctx context.Context, tx *store.Tx, facilityID, findingKey string, nowMS int64) error {
	_, err := tx.Exec(ctx, `UPDATE network_aside SET ended_ms = $1 WHERE facility_id = $2 AND finding_key = $3 AND ended_ms IS NULL`, nowMS, facilityID, findingKey)
	if err != nil {
		return fmt.Errorf("open finding %s again: %w", findingKey, err)
	}
	return nil
}
