package view

import "slices"

// DeviceParts is what an infrastructure device told of itself when it was asked.
type DeviceParts struct {
	Ports    []SwitchPortRow
	MapHref  string // what hangs at these ports, on the map; empty: may not see it
	VLANs    []string
	Bridges  []BridgeRow
	Modules  []ModuleRow
	Supplies []SupplyRow
	Pages    string // printed in its life
	Power    []PowerRow
}

// SwitchPortRow is one port of a device that forwards.
type SwitchPortRow struct {
	Name, Text, Alias, MAC       string
	VLAN, Untagged, Tagged, Tree string
	Enabled, Up                  bool
	Mbps                         int64 // 0 = not told
}

// HasPort reports whether the device told of a port of that name.
func (p *DeviceParts) HasPort(name string) bool {
	return p != nil && slices.ContainsFunc(p.Ports, func(r SwitchPortRow) bool { return r.Name == name })
}

// BridgeRow is how a bridge takes part in the spanning tree.
type BridgeRow struct {
	Bridge, Root, RootPort string
	Priority               int
	IsRoot                 bool
}

// ModuleRow is one part of a device.
type ModuleRow struct{ Name, Text, Class, Maker, Model, Serial, Version string }

// SupplyRow is something that a printer uses up or fills. State: ok, warn, or empty when
// the printer cannot tell.
type SupplyRow struct{ Name, Kind, Colour, Amount, State string }

// PowerRow is the state of an uninterruptible power supply.
type PowerRow struct {
	Battery, BatteryState, Charge, Minutes, Load string
	OnBattery                                    bool
}
