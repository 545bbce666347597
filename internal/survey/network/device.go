package network

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/platform/store"
)

var (
	switchPorts = store.Section{Table: "network_switch_port", Owner: "asset_id", Volatile: 1, Cols: []store.Col{
		{Name: "name", Type: store.Text}, {Name: "if_index", Type: store.Int}, {Name: "text", Type: store.Text}, {Name: "alias", Type: store.Text}, {Name: "enabled", Type: store.Bool},
		{Name: "vlan", Type: store.Int}, {Name: "untagged_json", Type: store.Text}, {Name: "tagged_json", Type: store.Text}, {Name: "tree", Type: store.Text},
	}}
	vlans = store.Section{Table: "network_vlan", Owner: "asset_id", Cols: []store.Col{{Name: "number", Type: store.Int}, {Name: "name", Type: store.Text}}}
	// The way to the root moves with every cable that is pulled: no history of that.
	bridges = store.Section{Table: "network_bridge", Owner: "asset_id", Volatile: 2, Cols: []store.Col{
		{Name: "bridge", Type: store.Text}, {Name: "root", Type: store.Text}, {Name: "priority", Type: store.Int}, {Name: "root_port", Type: store.Text}, {Name: "root_cost", Type: store.Int},
	}}
	modules = store.Section{Table: "network_module", Owner: "asset_id", Cols: []store.Col{
		{Name: "part", Type: store.Int}, {Name: "within", Type: store.Int}, {Name: "class", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "text", Type: store.Text}, {Name: "maker", Type: store.Text},
		{Name: "model", Type: store.Text}, {Name: "serial", Type: store.Text}, {Name: "hardware", Type: store.Text}, {Name: "firmware", Type: store.Text}, {Name: "software", Type: store.Text},
	}}
	// How full a cartridge is changes with every page; that there is another one is news.
	supplies = store.Section{Table: "network_supply", Owner: "asset_id", Volatile: 3, Cols: []store.Col{
		{Name: "name", Type: store.Text}, {Name: "kind", Type: store.Text}, {Name: "colour", Type: store.Text}, {Name: "percent", Type: store.Int}, {Name: "level", Type: store.Int}, {Name: "most", Type: store.Int},
	}}
	powers = store.Section{Table: "network_power", Owner: "asset_id", Volatile: 3, Cols: []store.Col{
		{Name: "on_battery", Type: store.Bool}, {Name: "battery", Type: store.Text}, {Name: "charge", Type: store.Int}, {Name: "minutes_left", Type: store.Int}, {Name: "load", Type: store.Int},
	}}
)

// deviceSections are what RecordDevice writes.
var deviceSections = store.Sections{switchPorts, vlans, bridges, modules, supplies, powers}

// RecordDevice makes what an infrastructure device tells of its ports, VLANs, parts,
// supplies and power equal to the reading, as of its time. A part that the device was
// asked for and could not tell in full (Reading.Partial) stays as it was.
func RecordDevice(ctx context.Context, tx *store.Tx, assetID string, r Reading) (store.Change, error) {
	var sum store.Change
	for _, part := range []struct {
		section store.Section
		groups  []string // of Reading.Partial
		rows    []store.Row
	}{
		{switchPorts, []string{"interfaces", "vlans", "vlans_maker", "stp"}, portRows(r.Ports)},
		{vlans, []string{"vlans", "vlans_maker"}, vlanRows(r.VLANs)},
		{bridges, []string{"stp"}, bridgeRows(r.Tree)},
		{modules, []string{"entity"}, moduleRows(r.Modules)},
		{supplies, []string{"printer"}, supplyRows(r.Supplies, r.Pages)},
		{powers, []string{"ups"}, powerRows(r.Power)},
	} {
		if r.missed(part.groups) {
			if known, err := hasRows(ctx, tx, part.section, assetID, r.Source); err != nil || known {
				if err != nil {
					return sum, err
				}
				continue
			}
		}
		ch, err := part.section.Sync(ctx, tx, assetID, r.Source, r.AtMS, part.rows)
		if err != nil {
			return sum, err
		}
		sum = store.Change{Added: sum.Added + ch.Added, Changed: sum.Changed + ch.Changed, Gone: sum.Gone + ch.Gone}
	}
	return sum, nil
}

// missed reports whether one of the groups could not be read, or the reading ended early.
func (r Reading) missed(groups []string) bool {
	return slices.ContainsFunc(r.Partial, func(line string) bool {
		name, _, _ := strings.Cut(line, ":")
		return name == "tables" || slices.Contains(groups, name)
	})
}

func hasRows(ctx context.Context, tx *store.Tx, s store.Section, assetID, source string) (known bool, err error) {
	query := "SELECT EXISTS (SELECT 1 FROM " + s.Table + " WHERE asset_id = $1 AND source = $2 AND gone_ms IS NULL)"
	if err := tx.QueryRow(ctx, query, assetID, source).Scan(&known); err != nil {
		return false, fmt.Errorf("look for rows of %s: %w", s.Table, err)
	}
	return known, nil
}

func portRows(list []PortState) []store.Row {
	rows := make([]store.Row, len(list))
	for i, p := range list {
		rows[i] = store.Row{Key: key(p.Name), Values: []any{p.Name, int64(p.Index), p.Text, p.Alias, p.Enabled, int64(p.VLAN), packNumbers(p.Untagged), packNumbers(p.Tagged), p.Tree}}
	}
	return rows
}

func vlanRows(list []VLAN) []store.Row {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: strconv.Itoa(v.ID), Values: []any{int64(v.ID), v.Name}}
	}
	return rows
}

func bridgeRows(t *Tree) []store.Row {
	if t == nil {
		return nil
	}
	return []store.Row{{Key: key(t.Bridge), Values: []any{t.Bridge, t.Root, int64(t.Priority), t.RootPort, int64(t.RootCost)}}}
}

func moduleRows(list []Module) []store.Row {
	rows := make([]store.Row, len(list))
	for i, m := range list {
		rows[i] = store.Row{Key: strconv.Itoa(m.Index), Values: []any{int64(m.Index), int64(m.Within), m.Class, m.Name, m.Text, m.Maker, m.Model, m.Serial, m.Hardware, m.Firmware, m.Software}}
	}
	return rows
}

// SupplyPages is the Kind of the supply whose Level is the number of pages that the
// printer has printed in its life.
const SupplyPages = "pages"

func supplyRows(list []Supply, pages int64) []store.Row {
	if pages > 0 {
		list = append(slices.Clip(list), Supply{Kind: SupplyPages, Percent: -1, Level: pages})
	}
	rows := make([]store.Row, len(list))
	for i, s := range list {
		rows[i] = store.Row{Key: key(strconv.Itoa(i), s.Kind, s.Name), Values: []any{s.Name, s.Kind, s.Colour, int64(s.Percent), s.Level, s.Max}}
	}
	return rows
}

func powerRows(p *Power) []store.Row {
	if p == nil {
		return nil
	}
	return []store.Row{{Key: "ups", Values: []any{p.OnBattery, p.Battery, int64(p.ChargePercent), int64(p.MinutesLeft), int64(p.LoadPercent)}}}
}

// packNumbers writes VLAN numbers as JSON; there are at most 4,094.
func packNumbers(list []int) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil { // numbers always encode
		return "[]"
	}
	return string(b)
}

func unpackNumbers(text string) (list []int) {
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	return list
}
