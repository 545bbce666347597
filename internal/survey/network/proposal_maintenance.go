package network

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"sonae/internal/platform/store"
)

// proposeMaintenance finds devices that are maintained from afar and no way in by
// themselves: one proposal for each vendor, and one for each device without one.
func proposeMaintenance(ctx context.Context, q store.Querier, facilityID string) ([]Proposal, error) {
	const query = `SELECT a.id, a.label, a.created_ms, coalesce(v.id, ''), coalesce(v.name, a.vendor) FROM asset_asset a LEFT JOIN vendor_vendor v ON v.id = a.vendor
		WHERE a.facility_id = $1 AND a.status <> 'disposed' AND a.remote_maintenance = 'yes' AND a.kind NOT IN ('vpn', 'system', 'cloud') AND a.internet_facing <> 'yes' ORDER BY a.label_key, a.id`
	all, err := read(ctx, q, "devices maintained from afar", query, []any{facilityID}, func(rows *sql.Rows) (Proposal, error) {
		p := Proposal{Kind: ProposeMaintenance, Machines: 1}
		err := rows.Scan(&p.AssetID, &p.Proof, &p.FirstMS, &p.VendorID, &p.Name)
		p.Key = "maintenance:" + cmp.Or(p.VendorID, p.Name)
		if p.Name == "" {
			p.Key, p.Name = "maintenance:asset:"+p.AssetID, p.Proof
		}
		return p, err
	})
	var out []Proposal
	for _, p := range all {
		i := slices.IndexFunc(out, func(o Proposal) bool { return o.Key == p.Key })
		if i < 0 {
			i = len(out)
			out = append(out, p)
		}
		o := &out[i]
		o.Devices, o.FirstMS = append(o.Devices, p.AssetID), min(o.FirstMS, p.FirstMS)
		o.Machines = len(o.Devices)
	}
	for i := range out {
		slices.Sort(out[i].Devices)
	}
	return out, err
}
