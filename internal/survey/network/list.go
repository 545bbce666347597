package network

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/store"
)

func read[T any](ctx context.Context, q store.Querier, what, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// openOrAt is the condition for rows that are true now, or were at atMS.
func openOrAt(alias string, atMS int64, args *[]any) string {
	if atMS == 0 {
		return alias + ".gone_ms IS NULL"
	}
	*args = append(*args, atMS)
	return store.AsOf(alias, len(*args))
}

// Interfaces lists the interfaces of a machine with their addresses, by name, now or
// as of atMS (0 = now). Link and speed are as last reported before the row ended.
func Interfaces(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Interface, error) {
	args := []any{assetID}
	query := `SELECT n.source, n.name, n.mac, n.kind, n.gateway, n.dns_json, n.dhcp, n.link_up, n.speed_mbps, n.first_ms, coalesce(n.gone_ms, 0)
		FROM network_interface n WHERE n.asset_id = $1 AND ` + openOrAt("n", atMS, &args) + ` ORDER BY n.row_key, n.source`
	list, err := read(ctx, q, "interfaces of "+assetID, query, args, func(rows *sql.Rows) (Interface, error) {
		v := Interface{AssetID: assetID}
		var dns string
		var dhcp sql.NullBool
		err := rows.Scan(&v.Source, &v.Name, &v.MAC, &v.Kind, &v.Gateway, &dns, &dhcp, &v.Up, &v.SpeedMbps, &v.FirstMS, &v.GoneMS)
		v.DNS = unpackList(dns)
		if dhcp.Valid {
			v.DHCP = &dhcp.Bool
		}
		return v, err
	})
	if err != nil {
		return nil, err
	}
	return list, addAddresses(ctx, q, assetID, atMS, list)
}

func addAddresses(ctx context.Context, q store.Querier, assetID string, atMS int64, list []Interface) error {
	args := []any{assetID}
	query := `SELECT d.source, d.interface, d.address, d.prefix_len FROM network_address d WHERE d.asset_id = $1 AND ` +
		openOrAt("d", atMS, &args) + ` ORDER BY d.address_key, d.row_key`
	type address struct{ source, name, text string }
	found, err := read(ctx, q, "addresses of "+assetID, query, args, func(rows *sql.Rows) (address, error) {
		var a address
		var bits int64
		err := rows.Scan(&a.source, &a.name, &a.text, &bits)
		a.text = fmt.Sprintf("%s/%d", a.text, bits)
		return a, err
	})
	for _, a := range found {
		for i := range list {
			if list[i].Name == a.name && list[i].Source == a.source {
				list[i].Addresses = append(list[i].Addresses, a.text)
				break
			}
		}
	}
	return err
}

// Ports lists the listening ports of a machine, exposed ones first, now or as of
// atMS (0 = now).
func Ports(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Port, error) {
	args := []any{assetID}
	query := `SELECT p.source, p.protocol, p.address, p.number, p.process, p.path, p.run_as, p.exposed, p.first_ms, coalesce(p.gone_ms, 0)
		FROM network_port p WHERE p.asset_id = $1 AND ` + openOrAt("p", atMS, &args) + ` ORDER BY p.exposed DESC, p.number, p.protocol, p.row_key, p.source`
	return read(ctx, q, "ports of "+assetID, query, args, func(rows *sql.Rows) (Port, error) {
		v := Port{AssetID: assetID}
		err := rows.Scan(&v.Source, &v.Protocol, &v.Address, &v.Number, &v.Process, &v.Path, &v.RunAs, &v.Exposed, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}
