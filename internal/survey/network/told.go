package network

// Module is a part of a device, as ENTITY-MIB (RFC 6933) lists it: chassis, card, power
// supply, fan, transceiver.
type Module struct {
	Index    int    // entPhysicalIndex, or a running number where the maker has its own table
	Within   int    // Index of the part it sits in; 0 = none
	Class    string // chassis, backplane, container, power, fan, sensor, module, port, stack, cpu, other
	Name     string
	Text     string // what the device calls it in words
	Maker    string
	Model    string
	Serial   string
	Hardware string // revision
	Firmware string
	Software string
}

// PortState is what a device tells of one of its ports beyond its Interface.
type PortState struct {
	Name     string // Interface.Name
	Index    int    // ifIndex; 0 = not told
	Text     string // ifDescr
	Alias    string // what a person wrote about it (ifAlias)
	Enabled  bool   // switched on by the administrator
	VLAN     int    // that untagged packets belong to; 0 = not told
	Untagged []int  // VLANs that leave untagged, rising
	Tagged   []int  // VLANs that leave tagged, rising; several make it a trunk
	Tree     string // spanning tree: disabled, blocking, listening, learning, forwarding, broken; empty = not told
}

// VLAN is a virtual LAN that a device knows.
type VLAN struct {
	ID   int // 1–4094 (IEEE 802.1Q)
	Name string
}

// Tree is how a bridge takes part in the spanning tree (RFC 4188).
type Tree struct {
	Bridge   string // own hardware address, as MACKey writes it
	Root     string // hardware address of the root; equal to Bridge when it is the root itself
	RootPort string // Interface.Name of the way to the root; empty at the root
	Priority int
	RootCost int
}

// Supply is something that a printer uses up or fills (Printer-MIB, RFC 3805).
type Supply struct {
	Name    string
	Kind    string // toner, ink, drum, waste, fuser …; "other" for what the MIB has no word for
	Colour  string // as the device calls it; empty = none
	Percent int    // 0–100 that is left (of waste: that is full); −1 = the device cannot tell
	Level   int64  // −3 = some left, −2 = unknown, −1 = no limit
	Max     int64
}

// Power is the state of an uninterruptible power supply (RFC 1628).
type Power struct {
	OnBattery     bool
	Battery       string // normal, low, depleted, unknown
	ChargePercent int    // −1 = not told
	MinutesLeft   int    // −1 = not told
	LoadPercent   int    // −1 = not told
}

// Program is a piece of software that a device lists (RFC 2790, hrSWInstalledTable).
type Program struct {
	Name        string
	InstalledMS int64 // 0 = not told
}

// AccessPoint is one that a wireless controller looks after.
type AccessPoint struct {
	Party
	Model    string
	Serial   string
	Software string
	Place    string // as typed in at the controller
}
