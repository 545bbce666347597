package view

// UnlistedList is the page of devices on the network that are not in the ledger, and of
// what was seen and cannot all be true.
type UnlistedList struct {
	Page
	Tabs  []CountTab
	State string
	Q     string
	Rows  []UnlistedRow
	Many  bool // several facilities
	// Findings are open, Aside those that a person put aside.
	Findings, Aside []NetworkFinding
	Seeing          bool // something was seen on the network at all
	Pager           Pager
}

// UnlistedRow is one device.
type UnlistedRow struct {
	Href, Name, Icon, Kind string
	Maker, MAC             string
	Addresses              []string
	Segments               []string
	Place, PlaceKind       string // where it hangs; empty = not known
	Facility               string
	StateKind, State       string
	Until, Note            string
	FirstMS, LastMS        int64
}

// UnlistedShow is the page of one such device.
type UnlistedShow struct {
	Page
	FacilityID, Key  string
	Name, Icon       string
	StateKind, State string
	Until, Note, By  string
	FirstMS, LastMS  int64
	Facts            []UnlistedFact
	Claims           []UnlistedClaim
	Traits           []UnlistedTrait
	Sightings        []UnlistedSighting
	CanEdit          bool
	Marked           bool
	Kinds            []Choice
}

// UnlistedFact is a line of what is known.
type UnlistedFact struct {
	Label  string
	Values []string
	Mono   bool
}

// UnlistedClaim is what a rule says about the device, with its proof.
type UnlistedClaim struct {
	Label, Value string
	Sure         string // confidence in words
	Proof        string
	Others       []string // what else is said and cannot be true beside it
}

// UnlistedTrait is what the device showed of itself.
type UnlistedTrait struct{ Label, Value string }

// UnlistedSighting is how it was seen.
type UnlistedSighting struct {
	How, By, Port, VLAN string
	FirstMS, LastMS     int64
}
