package snmp

import (
	"time"

	"sonae/internal/edge/discover"
)

// DeviceJSON is what a device said, as `sonae discover --snmp-hosts FILE --json` prints
// it: one object a line.
type DeviceJSON struct {
	Address      string                     `json:"address"`
	At           string                     `json:"at,omitempty"` // RFC 3339, UTC
	Seconds      float64                    `json:"seconds"`
	Trouble      Trouble                    `json:"trouble,omitempty"` // why it could not be read at all
	Partial      []string                   `json:"partial,omitempty"`
	Device       *discover.PartyJSON        `json:"device,omitempty"`
	Traits       []discover.TraitJSON       `json:"traits,omitempty"`
	Interfaces   []InterfaceJSON            `json:"interfaces,omitempty"`
	VLANs        []VLANJSON                 `json:"vlans,omitempty"`
	Seen         []discover.ObservationJSON `json:"seen,omitempty"`
	Modules      []ModuleJSON               `json:"modules,omitempty"`
	AccessPoints []discover.PartyJSON       `json:"access_points,omitempty"`
	Supplies     []SupplyJSON               `json:"supplies,omitempty"`
	Pages        int64                      `json:"pages,omitempty"`
	Power        *PowerJSON                 `json:"power,omitempty"`
	Programs     []string                   `json:"programs,omitempty"`
}

// InterfaceJSON is an interface with its state as a port.
type InterfaceJSON struct {
	Name      string   `json:"name"`
	Index     int      `json:"index"`
	Text      string   `json:"text,omitempty"`
	Alias     string   `json:"alias,omitempty"`
	Kind      string   `json:"kind,omitempty"`
	MAC       string   `json:"mac,omitempty"`
	Up        bool     `json:"up"`
	Enabled   bool     `json:"enabled"`
	SpeedMbps int64    `json:"speed_mbps,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	VLAN      int      `json:"vlan,omitempty"`
	Untagged  []int    `json:"untagged,omitempty"`
	Tagged    []int    `json:"tagged,omitempty"`
	Tree      string   `json:"tree,omitempty"`
}

// VLANJSON is a virtual LAN.
type VLANJSON struct {
	ID   int    `json:"id"`
	Name string `json:"name,omitempty"`
}

// ModuleJSON is a part of the device.
type ModuleJSON struct {
	Class    string `json:"class,omitempty"`
	Name     string `json:"name,omitempty"`
	Maker    string `json:"maker,omitempty"`
	Model    string `json:"model,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Software string `json:"software,omitempty"`
}

// SupplyJSON is something that a printer uses up.
type SupplyJSON struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Colour  string `json:"colour,omitempty"`
	Percent int    `json:"percent"` // −1 = not told
}

// PowerJSON is the state of an uninterruptible power supply; −1 = not told.
type PowerJSON struct {
	OnBattery     bool   `json:"on_battery"`
	Battery       string `json:"battery"`
	ChargePercent int    `json:"charge_percent"`
	MinutesLeft   int    `json:"minutes_left"`
	LoadPercent   int    `json:"load_percent"`
}

// JSON gives the form that is printed.
func (o Outcome) JSON() DeviceJSON {
	r := o.Reading
	d := DeviceJSON{Address: o.Target.Address, Seconds: float64(o.Took.Milliseconds()) / 1000, Partial: r.Partial, Pages: r.Pages, Traits: discover.TraitsOf(r.Traits)}
	if o.Err != nil {
		d.Trouble = TroubleOf(o.Err)
		return d
	}
	device := discover.PartyOf(r.Device)
	d.Device, d.At = &device, time.UnixMilli(r.AtMS).UTC().Format(time.RFC3339)
	for i, n := range r.Interfaces {
		p := r.Ports[i]
		d.Interfaces = append(d.Interfaces, InterfaceJSON{Name: n.Name, Index: p.Index, Text: p.Text, Alias: p.Alias, Kind: n.Kind, MAC: spaced(n.MAC), Up: n.Up,
			Enabled: p.Enabled, SpeedMbps: n.SpeedMbps, Addresses: n.Addresses, VLAN: p.VLAN, Untagged: p.Untagged, Tagged: p.Tagged, Tree: p.Tree})
	}
	for _, v := range r.VLANs {
		d.VLANs = append(d.VLANs, VLANJSON(v))
	}
	for _, s := range r.Seen {
		seen := discover.JSONOf(s)
		seen.Seer = nil // the device itself
		d.Seen = append(d.Seen, seen)
	}
	for _, m := range r.Modules {
		d.Modules = append(d.Modules, ModuleJSON{Class: m.Class, Name: m.Name, Maker: m.Maker, Model: m.Model, Serial: m.Serial, Software: m.Software})
	}
	for _, a := range r.AccessPoints {
		d.AccessPoints = append(d.AccessPoints, discover.PartyOf(a.Party))
	}
	for _, s := range r.Supplies {
		d.Supplies = append(d.Supplies, SupplyJSON{Name: s.Name, Kind: s.Kind, Colour: s.Colour, Percent: s.Percent})
	}
	if r.Power != nil {
		p := PowerJSON(*r.Power)
		d.Power = &p
	}
	for _, p := range r.Programs {
		d.Programs = append(d.Programs, p.Name)
	}
	return d
}
