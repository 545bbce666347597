package noprobe

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// Load makes the gate of a facility (empty = of all) from the ledger. It reads the clock
// again with every Reload. Errors: of the database; the gate then permits nothing.
func Load(ctx context.Context, q store.Querier, facilityID string, now func() time.Time) (*Gate, error) {
	g := New(Ledger(q, facilityID, now))
	return g, g.Reload(ctx)
}

// Ledger reads the list of a facility, of all when it is empty.
func Ledger(q store.Querier, facilityID string, now func() time.Time) Loader {
	var facilities []string
	if facilityID != "" {
		facilities = []string{facilityID}
	}
	read := func(ctx context.Context) (l List, err error) {
		atMS := store.MS(now())
		if l.Rules, err = Rules(ctx, q, facilities, false); err != nil {
			return l, err
		}
		if l.Ranges, err = ranges(ctx, q, facilities); err != nil {
			return l, err
		}
		if l.Devices, err = Devices(ctx, q, facilities, atMS); err != nil {
			return l, err
		}
		if l.Bindings, err = bindings(ctx, q, facilities, atMS); err != nil {
			return l, err
		}
		l.Aliases, err = aliases(ctx, q, facilities, atMS)
		return l, err
	}
	return Loader{read, func(ctx context.Context) (string, error) { return stamp(ctx, q, facilities) }}
}

// stamp changes with every rule that is added or lifted, and when a device becomes medical,
// stops being so, or is edited.
func stamp(ctx context.Context, q store.Querier, facilities []string) (string, error) {
	var args []any
	var rules, ended, ruleMS, endedMS, devices, revs, deviceMS int64
	err := q.QueryRow(ctx, `SELECT r.number, r.ended, r.added_ms, r.lifted_ms, d.number, d.revs, d.changed_ms FROM
		(SELECT count(*) AS number, count(ended_ms) AS ended, coalesce(max(at_ms), 0) AS added_ms, coalesce(max(ended_ms), 0) AS lifted_ms
			FROM network_no_probe WHERE 1 = 1`+of("facility_id", facilities, &args)+`) r,
		(SELECT count(*) AS number, CAST(coalesce(sum(rev), 0) AS BIGINT) AS revs, coalesce(max(updated_ms), 0) AS changed_ms
			FROM asset_asset WHERE kind = '`+string(asset.KindMedical)+`' AND status <> '`+string(asset.StatusDisposed)+`'`+of("facility_id", facilities, &args)+`) d`,
		args...).Scan(&rules, &ended, &ruleMS, &endedMS, &devices, &revs, &deviceMS)
	if err != nil {
		return "", fmt.Errorf("look at the do-not-probe list: %w", err)
	}
	return fmt.Sprint(rules, ended, ruleMS, endedMS, devices, revs, deviceMS), nil
}

// of limits a query to facilities; nil = all.
func of(column string, facilities []string, args *[]any) string {
	if facilities == nil {
		return ""
	}
	return ` AND ` + store.In(column, facilities, args)
}

// ranges are those of all segments, also of segments that are not in use any more: a rule
// that names one protects what it was.
func ranges(ctx context.Context, q store.Querier, facilities []string) (map[string]netip.Prefix, error) {
	type segment struct{ id, cidr string }
	var args []any
	list, err := read(ctx, q, "segments", `SELECT id, cidr FROM network_segment WHERE 1 = 1`+of("facility_id", facilities, &args), args, func(rows *sql.Rows) (s segment, err error) {
		return s, rows.Scan(&s.id, &s.cidr)
	})
	out := make(map[string]netip.Prefix, len(list))
	for _, s := range list {
		if p, err := netip.ParsePrefix(s.cidr); err == nil {
			out[s.id] = p
		}
	}
	return out, err
}

// bindings are the pairs of hardware address and address that were seen together within
// network.GoneAfter: of who was seen, and of who saw.
func bindings(ctx context.Context, q store.Querier, facilities []string, atMS int64) ([]Binding, error) {
	var out []Binding
	for _, party := range []string{"seen", "seer"} {
		args := []any{atMS - network.GoneAfter.Milliseconds()}
		query := strings.ReplaceAll(`SELECT p_mac, p_chassis, p_address, max(last_ms) FROM network_sighting
			WHERE last_ms >= $1 AND p_address <> '' AND (p_mac <> '' OR p_chassis LIKE 'mac:%')`, "p_", party+"_") +
			of("facility_id", facilities, &args) + ` GROUP BY 1, 2, 3`
		list, err := read(ctx, q, "bindings", query, args, func(rows *sql.Rows) ([]Binding, error) {
			var mac, chassis, address string
			var last int64
			err := rows.Scan(&mac, &chassis, &address, &last)
			return pairs(mac, chassis, address, last), err
		})
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			out = append(out, p...)
		}
	}
	return out, nil
}

func pairs(mac, chassis, address string, last int64) []Binding {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	var out []Binding
	if mac = network.MACKey(mac); mac != "" {
		out = append(out, Binding{mac, a, last})
	}
	if own, is := strings.CutPrefix(chassis, "mac:"); is && network.MACKey(own) != "" && own != mac {
		out = append(out, Binding{network.MACKey(own), a, last})
	}
	return out
}

func aliases(ctx context.Context, q store.Querier, facilities []string, atMS int64) ([]network.Alias, error) {
	args := []any{atMS - network.GoneAfter.Milliseconds()}
	query := `SELECT party_key, alias_key, first_ms, last_ms FROM network_alias WHERE last_ms >= $1` + of("facility_id", facilities, &args)
	return read(ctx, q, "keys of devices", query, args, func(rows *sql.Rows) (a network.Alias, err error) {
		return a, rows.Scan(&a.Party, &a.Also, &a.FirstMS, &a.LastMS)
	})
}

// Devices lists the medical devices of facilities (nil = all) that are not disposed of,
// by name, with every address and hardware address that any source tells of them now or
// told within network.GoneAfter.
func Devices(ctx context.Context, q store.Querier, facilities []string, atMS int64) ([]Device, error) {
	var args []any
	which := `a.kind = '` + string(asset.KindMedical) + `' AND a.status <> '` + string(asset.StatusDisposed) + `'` + of("a.facility_id", facilities, &args)
	list, err := read(ctx, q, "medical devices", `SELECT a.id, a.facility_id, a.label, a.ip, a.mac FROM asset_asset a WHERE `+which+` ORDER BY a.label_key, a.id`, args, func(rows *sql.Rows) (*Device, error) {
		d := &Device{}
		var ip, mac string
		err := rows.Scan(&d.AssetID, &d.FacilityID, &d.Name, &ip, &mac)
		d.know(ip, mac, "")
		return d, err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	byID := make(map[string]*Device, len(list))
	for _, d := range list {
		byID[d.AssetID] = d
	}
	since := append(slices.Clone(args), atMS-network.GoneAfter.Milliseconds())
	open := ` AND (t.gone_ms IS NULL OR t.gone_ms >= $` + strconv.Itoa(len(since)) + `)`
	for _, query := range []string{
		`SELECT a.id, t.source, t.address, '' FROM network_address t JOIN asset_asset a ON a.id = t.asset_id WHERE ` + which + open,
		`SELECT a.id, t.source, '', t.mac_key FROM network_interface t JOIN asset_asset a ON a.id = t.asset_id WHERE t.mac_key <> '' AND ` + which + open,
		`SELECT a.id, t.source, t.value, '' FROM asset_fact t JOIN asset_asset a ON a.id = t.asset_id WHERE t.field = '` + string(asset.FieldIP) + `' AND ` + which + open,
		`SELECT a.id, t.source, '', t.value FROM asset_fact t JOIN asset_asset a ON a.id = t.asset_id WHERE t.field = '` + string(asset.FieldMAC) + `' AND ` + which + open,
	} {
		if err := tell(ctx, q, byID, query, since); err != nil {
			return nil, err
		}
	}
	keys := `SELECT a.id, t.source, '', t.id_key FROM asset_identity t JOIN asset_asset a ON a.id = t.asset_id WHERE t.id_key LIKE '` + string(asset.KeyMAC) + `:%' AND ` + which
	if err := tell(ctx, q, byID, keys, args); err != nil {
		return nil, err
	}
	out := make([]Device, len(list))
	for i, d := range list {
		slices.SortFunc(d.Addresses, netip.Addr.Compare)
		slices.Sort(d.MACs)
		slices.Sort(d.Sources)
		out[i] = *d
	}
	return out, nil
}

func tell(ctx context.Context, q store.Querier, byID map[string]*Device, query string, args []any) error {
	_, err := read(ctx, q, "addresses of medical devices", query, args, func(rows *sql.Rows) (none struct{}, err error) {
		var id, source, ip, mac string
		err = rows.Scan(&id, &source, &ip, &mac)
		if d := byID[id]; d != nil {
			d.know(ip, strings.TrimPrefix(mac, string(asset.KeyMAC)+":"), source)
		}
		return none, err
	})
	return err
}

// know adds what a source tells. Loopback and link-local addresses name no device: every
// machine has ::1, and fe80::1 may be any router's.
func (d *Device) know(ip, mac, source string) {
	told := false
	host, _, _ := strings.Cut(ip, "/")
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		if one(a) && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			told = true
			if !slices.Contains(d.Addresses, a) {
				d.Addresses = append(d.Addresses, a)
			}
		}
	}
	if m := network.MACKey(mac); m != "" && strings.Trim(m, "0") != "" {
		told = true
		if !slices.Contains(d.MACs, m) {
			d.MACs = append(d.MACs, m)
		}
	}
	if told && source != "" && !slices.Contains(d.Sources, source) {
		d.Sources = append(d.Sources, source)
	}
}
