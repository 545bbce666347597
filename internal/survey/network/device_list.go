package network

import (
	"context"
	"database/sql"
	"strings"

	"sonae/internal/platform/store"
)

// Parts is what an infrastructure device told of itself, in the order of the device.
type Parts struct {
	Ports    []PortState
	VLANs    []VLAN
	Bridges  []Tree // one, as a rule
	Modules  []Module
	Supplies []Supply
	Pages    int64 // printed in its life; 0 = not told
	Power    []Power
}

// Empty reports whether the device never told anything of itself.
func (p Parts) Empty() bool {
	return len(p.Ports)+len(p.VLANs)+len(p.Bridges)+len(p.Modules)+len(p.Supplies)+len(p.Power) == 0 && p.Pages == 0
}

// PartsOf reads what a device told of itself, now or as of atMS (0 = now). What two
// sources told stands there twice. Levels of supplies and of a battery are as last told
// before the row ended.
func PartsOf(ctx context.Context, q store.Querier, assetID string, atMS int64) (p Parts, err error) {
	if p.Ports, err = partsOf(ctx, q, switchPorts, assetID, atMS, "if_index, name", scanPort); err != nil {
		return p, err
	}
	if p.VLANs, err = partsOf(ctx, q, vlans, assetID, atMS, "number", func(rows *sql.Rows) (v VLAN, err error) { return v, rows.Scan(&v.ID, &v.Name) }); err != nil {
		return p, err
	}
	if p.Bridges, err = partsOf(ctx, q, bridges, assetID, atMS, "row_key", func(rows *sql.Rows) (t Tree, err error) {
		return t, rows.Scan(&t.Bridge, &t.Root, &t.Priority, &t.RootPort, &t.RootCost)
	}); err != nil {
		return p, err
	}
	if p.Modules, err = partsOf(ctx, q, modules, assetID, atMS, "part", func(rows *sql.Rows) (m Module, err error) {
		return m, rows.Scan(&m.Index, &m.Within, &m.Class, &m.Name, &m.Text, &m.Maker, &m.Model, &m.Serial, &m.Hardware, &m.Firmware, &m.Software)
	}); err != nil {
		return p, err
	}
	all, err := partsOf(ctx, q, supplies, assetID, atMS, "row_key", func(rows *sql.Rows) (s Supply, err error) {
		return s, rows.Scan(&s.Name, &s.Kind, &s.Colour, &s.Percent, &s.Level, &s.Max)
	})
	if err != nil {
		return p, err
	}
	for _, s := range all {
		if s.Kind == SupplyPages {
			p.Pages = s.Level
			continue
		}
		p.Supplies = append(p.Supplies, s)
	}
	p.Power, err = partsOf(ctx, q, powers, assetID, atMS, "row_key", func(rows *sql.Rows) (w Power, err error) {
		return w, rows.Scan(&w.OnBattery, &w.Battery, &w.ChargePercent, &w.MinutesLeft, &w.LoadPercent)
	})
	return p, err
}

func partsOf[T any](ctx context.Context, q store.Querier, s store.Section, assetID string, atMS int64, order string, scan func(*sql.Rows) (T, error)) ([]T, error) {
	args := []any{assetID}
	query := "SELECT " + columnNames(s) + " FROM " + s.Table + " t WHERE asset_id = $1 AND " + openOrAt("t", atMS, &args) + " ORDER BY " + order + ", source"
	return read(ctx, q, s.Table+" of "+assetID, query, args, scan)
}

func columnNames(s store.Section) string {
	names := make([]string, len(s.Cols))
	for i, c := range s.Cols {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func scanPort(rows *sql.Rows) (p PortState, err error) {
	var untagged, tagged string
	err = rows.Scan(&p.Name, &p.Index, &p.Text, &p.Alias, &p.Enabled, &p.VLAN, &untagged, &tagged, &p.Tree)
	p.Untagged, p.Tagged = unpackNumbers(untagged), unpackNumbers(tagged)
	return p, err
}
