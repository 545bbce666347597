package network

import (
	"context"
	"net/netip"
	"strconv"
	"strings"

	"sonae/internal/platform/store"
)

var interfaces = store.Section{Table: "network_interface", Owner: "asset_id", Volatile: 2, Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "mac", Type: store.Text}, {Name: "mac_key", Type: store.Text}, {Name: "kind", Type: store.Text},
	{Name: "gateway", Type: store.Text}, {Name: "dns_json", Type: store.Text}, {Name: "dhcp", Type: store.Bool},
	{Name: "link_up", Type: store.Bool}, {Name: "speed_mbps", Type: store.Int},
}}

var addresses = store.Section{Table: "network_address", Owner: "asset_id", Cols: []store.Col{
	{Name: "interface", Type: store.Text}, {Name: "address", Type: store.Text}, {Name: "prefix_len", Type: store.Int}, {Name: "address_key", Type: store.Text},
}}

// RecordInterfaces makes the interfaces and addresses of a machine and source equal
// to list as of atMS. Whether a link is up and how fast is kept as last reported.
// An address that is none is left out of the addresses.
func RecordInterfaces(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Interface) (store.Change, error) {
	var rows, addrs []store.Row
	for _, n := range list {
		var dhcp any
		if n.DHCP != nil {
			dhcp = *n.DHCP
		}
		rows = append(rows, store.Row{Key: key(n.Name), Values: []any{n.Name, n.MAC, MACKey(n.MAC), n.Kind, n.Gateway, packList(n.DNS), dhcp, n.Up, n.SpeedMbps}})
		for _, text := range n.Addresses {
			if p, ok := parsePrefix(text); ok {
				a := p.Addr().String()
				addrs = append(addrs, store.Row{Key: key(n.Name, a), Values: []any{n.Name, a, int64(p.Bits()), AddressKey(p.Addr())}})
			}
		}
	}
	ch, err := interfaces.Sync(ctx, tx, assetID, source, atMS, rows)
	if err != nil {
		return ch, err
	}
	more, err := addresses.Sync(ctx, tx, assetID, source, atMS, addrs)
	return store.Change{Added: ch.Added + more.Added, Changed: ch.Changed + more.Changed, Gone: ch.Gone + more.Gone}, err
}

// parsePrefix reads 192.0.2.7/24 or a bare address; a zone (fe80::1%eth0) is cut.
func parsePrefix(text string) (netip.Prefix, bool) {
	host, bits, _ := strings.Cut(text, "/")
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.WithZone("").Unmap()
	n, err := strconv.Atoi(bits)
	if err != nil || n < 0 || n > a.BitLen() {
		n = a.BitLen()
	}
	return netip.PrefixFrom(a, n), true
}

var ports = store.Section{Table: "network_port", Owner: "asset_id", Cols: []store.Col{
	{Name: "protocol", Type: store.Text}, {Name: "address", Type: store.Text}, {Name: "number", Type: store.Int},
	{Name: "process", Type: store.Text}, {Name: "path", Type: store.Text}, {Name: "run_as", Type: store.Text}, {Name: "exposed", Type: store.Bool},
}}

// RecordPorts makes the listening ports of a machine and source equal to list as of
// atMS. Exposed follows from the address, whatever list says.
func RecordPorts(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Port) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, p := range list {
		rows[i] = store.Row{Key: key(p.Protocol, p.Address, strconv.Itoa(p.Number)),
			Values: []any{p.Protocol, p.Address, int64(p.Number), p.Process, p.Path, p.RunAs, Exposed(p.Address)}}
	}
	return ports.Sync(ctx, tx, assetID, source, atMS, rows)
}
