package api

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/survey/network"
)

// DeviceParts is what an infrastructure device told of itself when it was asked.
type DeviceParts struct {
	Ports    []SwitchPort   `json:"ports"`
	VLANs    []DeviceVLAN   `json:"vlans"`
	Bridges  []DeviceBridge `json:"bridges" doc:"How it takes part in the spanning tree; one, as a rule."`
	Modules  []DeviceModule `json:"modules"`
	Supplies []DeviceSupply `json:"supplies" doc:"Of printers."`
	Pages    int64          `json:"pages,omitempty" doc:"Printed in its life."`
	Power    []DevicePower  `json:"power" doc:"Of an uninterruptible power supply."`
}

// SwitchPort is one port of a device that forwards.
type SwitchPort struct {
	Name     string `json:"name"`
	Index    int    `json:"index,omitempty" doc:"ifIndex"`
	Text     string `json:"text,omitempty" doc:"ifDescr"`
	Alias    string `json:"alias,omitempty" doc:"What a person wrote about it at the device."`
	Enabled  bool   `json:"enabled"`
	VLAN     int    `json:"vlan,omitempty" doc:"Of untagged packets."`
	Untagged []int  `json:"untagged,omitempty"`
	Tagged   []int  `json:"tagged,omitempty"`
	Tree     string `json:"tree,omitempty" doc:"Spanning tree: disabled, blocking, listening, learning, forwarding or broken."`
}

// DeviceVLAN is a virtual LAN that the device knows.
type DeviceVLAN struct {
	ID   int    `json:"id" doc:"1 to 4094"`
	Name string `json:"name,omitempty"`
}

// DeviceBridge is how a bridge takes part in the spanning tree.
type DeviceBridge struct {
	Bridge   string `json:"bridge"`
	Root     string `json:"root"`
	RootPort string `json:"root_port,omitempty"`
	Priority int    `json:"priority"`
	RootCost int    `json:"root_cost"`
}

// DeviceModule is a part of the device.
type DeviceModule struct {
	Index    int    `json:"index"`
	Within   int    `json:"within,omitempty" doc:"Index of the part it sits in."`
	Class    string `json:"class,omitempty" doc:"chassis, backplane, container, power, fan, module, port, stack, cpu, other"`
	Name     string `json:"name,omitempty"`
	Text     string `json:"text,omitempty"`
	Maker    string `json:"maker,omitempty"`
	Model    string `json:"model,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Hardware string `json:"hardware,omitempty"`
	Firmware string `json:"firmware,omitempty"`
	Software string `json:"software,omitempty"`
}

// DeviceSupply is something that a printer uses up or fills.
type DeviceSupply struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Colour  string `json:"colour,omitempty"`
	Percent int    `json:"percent" doc:"Left, of waste full; -1 when the device cannot tell."`
	Level   int64  `json:"level" doc:"-3 some left, -2 unknown, -1 no limit"`
	Max     int64  `json:"max"`
}

// DevicePower is the state of an uninterruptible power supply; -1 = not told.
type DevicePower struct {
	OnBattery     bool   `json:"on_battery"`
	Battery       string `json:"battery" doc:"normal, low, depleted, unknown"`
	ChargePercent int    `json:"charge_percent"`
	MinutesLeft   int    `json:"minutes_left"`
	LoadPercent   int    `json:"load_percent"`
}

type assetPartsIn struct {
	ByID
	Moment
}

func (a *API) assetParts(ctx context.Context, p identity.Principal, in *assetPartsIn) (*One[DeviceParts], error) {
	_, atMS, err := a.lookUp(ctx, p, in.ID, in.Moment)
	if err != nil {
		return nil, err
	}
	v, err := network.PartsOf(ctx, a.DB, in.ID, atMS)
	if err != nil {
		return nil, err
	}
	return one(DeviceParts{
		Ports: each(v.Ports, func(x network.PortState) SwitchPort { return SwitchPort(x) }), VLANs: each(v.VLANs, func(x network.VLAN) DeviceVLAN { return DeviceVLAN(x) }),
		Bridges: each(v.Bridges, bridgeOut), Modules: each(v.Modules, func(x network.Module) DeviceModule { return DeviceModule(x) }),
		Supplies: each(v.Supplies, func(x network.Supply) DeviceSupply { return DeviceSupply(x) }), Pages: v.Pages,
		Power: each(v.Power, func(x network.Power) DevicePower { return DevicePower(x) }),
	}), nil
}

func bridgeOut(x network.Tree) DeviceBridge {
	return DeviceBridge{Bridge: x.Bridge, Root: x.Root, RootPort: x.RootPort, Priority: x.Priority, RootCost: x.RootCost}
}
