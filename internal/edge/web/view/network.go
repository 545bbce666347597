package view

import "html/template"

// NetworkMap is the page of the network map.
type NetworkMap struct {
	Page
	FacilityID  string
	Places      []Choice // facilities to choose from; empty: only one
	AsOf        string   // day shown, 2006-01-02; empty = now
	AsOfWords   string
	Mark        string // revision in words
	Counts      string
	Notice      string // what needs a look; empty = nothing
	Drawing     template.HTML
	Label       string // the drawing in one sentence
	Fit         bool   // the drawing is shrunk to the window
	FitHref     string
	Filter      NetworkFilter
	Ways        []NetworkWay
	Entries     int // ways in among them
	Since       string
	SinceWords  string
	Changes     []NetworkChange
	ChangesMore int
	Segments    []NetworkSegment
	Devices     []NetworkDevice
	Shown       string // "412台のうち 200台"
	Path        NetworkPath
	Port        NetworkPort
	Exports     []NetworkExport
	Addresses   string // address of the address plan
	SegmentList string // address of the list of segments
	CanEdit     bool
	Moved       bool // somebody moved something by hand
	Hidden      []Pair
	Live        NetworkLive
}

// NetworkLive is what the script of the map needs. Numbers are places in the devices of
// the source, with blanks between them.
type NetworkLive struct {
	Source               string // address of the data
	Hash                 string // of the facts that the numbers hold for
	Filtered             bool
	Match, Path, Changed string
}

// NetworkFilter is what devices are looked for by.
type NetworkFilter struct {
	Query                                            string
	Systems, Vendors, Kinds, States, Risks, Segments []Choice
	On                                               bool
	ClearHref                                        string
}

// NetworkWay is a connection to the outside.
type NetworkWay struct {
	Label, Party, Href string
	Entry, Proposed    bool
	Devices            []NetworkLink
}

// NetworkLink is a device by name.
type NetworkLink struct{ Name, Href string }

// NetworkChange is one difference between two days.
type NetworkChange struct{ Icon, Words, Name, Href, Detail string }

// NetworkSegment is a row of the table of segments.
type NetworkSegment struct {
	Name, Range, VLAN, Purpose, Href string
	Devices                          string        // "PC 284台、プリンタ 30台"
	Marked                           []NetworkMark // what stands alone
	Ways                             []NetworkLink // boundary devices in it
}

// NetworkMark is a device that needs a look.
type NetworkMark struct{ Kind, Words, Name, Href string }

// NetworkDevice is a row of the table of devices.
type NetworkDevice struct {
	Name, Href, Icon, Kind, Maker string
	StateKind, State              string
	Segments, Addresses, MACs     string
	Places                        []NetworkPlace
	LastMS                        int64
}

// NetworkPlace is where a device hangs.
type NetworkPlace struct {
	Name, Port, Href, Link string
	Stale                  bool
}

// NetworkPath is the way from one device to another.
type NetworkPath struct {
	From, To               string // as typed
	Asked                  bool
	FromChoices, ToChoices []Choice // when several devices fit what was typed
	Steps                  []NetworkStep
	Hidden                 []Pair
}

// NetworkStep is a device on the way.
type NetworkStep struct{ Name, Href, Icon, Link, Ports string }

// NetworkPort is what hangs at the ports of a device.
type NetworkPort struct {
	Devices []Choice
	Name    string // of the chosen one; empty = none
	Rows    []NetworkPortRow
}

// NetworkPortRow is one port.
type NetworkPortRow struct {
	Port, Count string
	Uplink      bool
	Devices     []NetworkLink
	More        int
}

// NetworkExport is a form of file.
type NetworkExport struct{ Label, Href, Icon string }

// AddressPlan is the page of the address plan.
type AddressPlan struct {
	Page
	FacilityID string
	Places     []Choice
	Segments   string // address of the list of segments
	Map        string // address of the map
	CSV        string
	Rows       []AddressRow
	Outside    int // devices with an address in no segment
}

// AddressRow is one segment.
type AddressRow struct {
	Name, Range, VLAN, Purpose, Href string
	Size, Used, Free, Devices        string
	Share                            float64 // used of size, 0–1
	Duplicates                       []AddressTwice
	DHCP                             []NetworkLink
	DHCPMany                         bool
	Ranges                           []string // that DHCP gives out, as people said
	Given                            string   // from which address to which was given out, and how many; empty = none
	Astray, Occupied                 string   // given out outside of Ranges; typed in inside of them
}

// AddressTwice is an address that more than one device has.
type AddressTwice struct {
	Addr    string
	Devices []NetworkLink
}

// NetworkSelect is a menu of the search.
type NetworkSelect struct {
	Name, Label string
	Choices     []Choice
}

// Select makes one.
func (v *NetworkMap) Select(name, label string, choices []Choice) NetworkSelect {
	return NetworkSelect{name, label, choices}
}

// NetworkEnd is one end of the way that is looked for.
type NetworkEnd struct {
	Name, Label, Value string
	Choices            []Choice
}

// End makes one.
func (v *NetworkMap) End(name, label, value string, choices []Choice) NetworkEnd {
	return NetworkEnd{name, label, value, choices}
}
