package scan

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Proposal is an address that looks like one of the infrastructure and that no plan asks.
type Proposal struct {
	FacilityID string
	Address    string
	Name       string // as seen, or of the ledger
	Why        Why
	Machines   int // gateway: how many machines name it
	LastMS     int64
}

// Why says why an address is proposed. Shown by "scan.why." + word.
type Why string

// Reasons, the strongest first.
const (
	WhyLedger   Why = "ledger"   // the ledger has it as a device of the network
	WhyGateway  Why = "gateway"  // machines send through it
	WhyNeighbor Why = "neighbor" // a device named it as its neighbour by LLDP or CDP
)

// infrastructure are the kinds of the ledger that answer SNMP as a rule: words of
// asset.Kind.
var infrastructure = []string{"network", "vpn", "printer", "storage"}

// Proposals lists addresses of a facility that look like devices of its network and are
// in no plan: those the ledger has as such, gateways of its machines, and neighbours by
// LLDP or CDP. What a person refused is left out. A person decides about each.
func Proposals(ctx context.Context, q store.Querier, facilityID string, nowMS int64) ([]Proposal, error) {
	settled, err := settled(ctx, q, facilityID)
	if err != nil {
		return nil, err
	}
	byAddress := map[string]Proposal{}
	for _, find := range []func(context.Context, store.Querier, string, int64) ([]Proposal, error){ofLedger, gateways, neighbours} {
		list, err := find(ctx, q, facilityID, nowMS)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			a, err := netip.ParseAddr(p.Address)
			if err != nil || unusable(a) || a.IsLoopback() || a.IsLinkLocalUnicast() || settled[p.Address] {
				continue
			}
			old, known := byAddress[p.Address]
			if !known {
				p.FacilityID = facilityID
				byAddress[p.Address] = p
				continue
			}
			old.Name, old.Machines = cmp.Or(old.Name, p.Name), max(old.Machines, p.Machines)
			byAddress[p.Address] = old
		}
	}
	var out []Proposal
	for _, p := range byAddress {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Proposal) int {
		return cmp.Or(netip.MustParseAddr(a.Address).Compare(netip.MustParseAddr(b.Address)), 0)
	})
	return out, nil
}

// settled are the addresses that a plan asks or a person refused.
func settled(ctx context.Context, q store.Querier, facilityID string) (map[string]bool, error) {
	out := map[string]bool{}
	refused, err := texts(ctx, q, `SELECT address FROM network_scan_no WHERE facility_id = $1`, facilityID)
	if err != nil {
		return nil, err
	}
	for _, a := range refused {
		out[a] = true
	}
	plans, err := Plans(ctx, q, []string{facilityID})
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if p.Kind != KindSNMP {
			continue
		}
		list, err := ReadTargets(p.Settings.Targets)
		if err != nil { // rules of an older release
			continue
		}
		for _, t := range list {
			if host, _, err := net.SplitHostPort(t); err == nil {
				t = host
			}
			out[t] = true
		}
	}
	return out, nil
}

func proposals(ctx context.Context, q store.Querier, why Why, query string, args ...any) ([]Proposal, error) {
	return rowsOf(ctx, q, "proposals of a search", query, args, func(scan func(...any) error) (Proposal, error) {
		p := Proposal{Why: why}
		err := scan(&p.Address, &p.Name, &p.Machines, &p.LastMS)
		return p, err
	})
}

func ofLedger(ctx context.Context, q store.Querier, facilityID string, _ int64) ([]Proposal, error) {
	args := []any{facilityID}
	in := store.In("kind", infrastructure, &args)
	return proposals(ctx, q, WhyLedger, `SELECT ip, label, 1, created_ms FROM asset_asset WHERE facility_id = $1 AND status <> 'disposed' AND ip <> '' AND `+in+` ORDER BY ip`, args...)
}

func gateways(ctx context.Context, q store.Querier, facilityID string, _ int64) ([]Proposal, error) {
	return proposals(ctx, q, WhyGateway, `SELECT i.gateway, '', count(DISTINCT i.asset_id), max(i.first_ms) FROM network_interface i JOIN asset_asset a ON a.id = i.asset_id
		WHERE a.facility_id = $1 AND a.status <> 'disposed' AND i.gone_ms IS NULL AND i.gateway <> '' GROUP BY i.gateway`, facilityID)
}

func neighbours(ctx context.Context, q store.Querier, facilityID string, _ int64) ([]Proposal, error) {
	return proposals(ctx, q, WhyNeighbor, `SELECT seen_address, max(seen_name), 1, max(last_ms) FROM network_sighting
		WHERE facility_id = $1 AND how IN ('lldp', 'cdp') AND gone_ms IS NULL AND seen_address <> '' GROUP BY seen_address`, facilityID)
}

// Accept adds a proposed address to the targets of a plan, as a new revision of it.
// Errors: as UpdatePlan; conflict when the plan is no plan of SNMP.
func Accept(ctx context.Context, tx *store.Tx, p Plan, address, by string, nowMS int64) (Plan, error) {
	if p.Kind != KindSNMP {
		return p, fault.Conflict("scan.error.not_snmp")
	}
	if _, err := netip.ParseAddr(address); err != nil {
		return p, fault.Invalid("scan.error.subject").At("address")
	}
	p.Settings.Targets = strings.TrimSpace(p.Settings.Targets + "\n" + address)
	p.By = by
	return UpdatePlan(ctx, tx, p, nowMS)
}

// Refuse keeps that a person does not want an address asked. Errors: invalid.
func Refuse(ctx context.Context, tx *store.Tx, facilityID, address, reason, by string, nowMS int64) error {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return fault.Invalid("form.error.empty").At("reason")
	case !fits(reason, 200):
		return fault.Invalid("network.error.text", "Max", 200).At("reason")
	}
	if _, err := netip.ParseAddr(address); err != nil {
		return fault.Invalid("scan.error.subject").At("address")
	}
	_, err := tx.Exec(ctx, `INSERT INTO network_scan_no (facility_id, address, reason, by_name, at_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (facility_id, address) DO UPDATE SET reason = excluded.reason, by_name = excluded.by_name, at_ms = excluded.at_ms`, facilityID, address, reason, by, nowMS)
	if err != nil {
		return fmt.Errorf("refuse %s: %w", address, err)
	}
	return nil
}
