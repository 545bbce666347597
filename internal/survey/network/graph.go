package network

// NodeState says how a device of the map stands to the ledger. Shown by
// "network.state." + word.
type NodeState string

// States.
const (
	StateListed   NodeState = "listed"   // is an asset of the ledger
	StateUnlisted NodeState = "unlisted" // seen, but not in the ledger
	StateVisitor  NodeState = "visitor"  // marked as a visitor's or rented device until a date
	StateOverdue  NodeState = "overdue"  // visitor whose date has passed and who is still seen
)

// Node is a device of the map.
type Node struct {
	Key      string   // "asset:" + ID, or the strongest Party key; stable between visits
	AssetID  string   // empty: not in the ledger
	Keys     []string // all Party keys by which it was seen, sorted
	Name     string
	Kind     string // word of asset.Kind; empty = unknown
	Maker    string
	Model    string
	State    NodeState
	Segments []string // IDs of the segments it has an address in, sorted
	VLANs    []int
	Addrs    []string // without prefix length, sorted as addresses
	MACs     []string // MACKey form, sorted
	FirstMS  int64
	LastMS   int64
	UntilMS  int64 // visitor's end date; 0 = none
	Forwards bool  // passes on what others send: a switch, router, access point
	// Traits are what it showed of itself, by which it may be recognised; only of
	// devices that are not in the ledger.
	Traits []Trait
}

// LinkKind tells what a link is. Shown by "network.link." + word.
type LinkKind string

// Kinds of links.
const (
	LinkTrunk    LinkKind = "trunk"    // between two devices that forward for others
	LinkEdge     LinkKind = "edge"     // a device at an edge port
	LinkBehind   LinkKind = "behind"   // behind a port, with something between that was not seen
	LinkWireless LinkKind = "wireless" // a client at an access point
	LinkTalk     LinkKind = "talk"     // DICOM or HL7 association: no cable, but a path of data
)

// Link joins two nodes. A is the node whose key sorts first.
type Link struct {
	A, B         string // Node.Key
	APort, BPort string // empty: not known
	Kind         LinkKind
	How          []How // every proof, in the order of Hows
	VLANs        []int
	FirstMS      int64
	LastMS       int64
	Stale        bool // not confirmed for StaleAfter: shown, but greyed
}

// ClashKind is a contradiction among observations. Shown by "network.clash." + word.
type ClashKind string

// Kinds of contradictions. None is ever decided by guess: the map shows what is
// certain, and the clash with its proof.
const (
	ClashPort    ClashKind = "port"    // two neighbours at one port that can have only one
	ClashAddress ClashKind = "address" // one IP address, two hardware addresses at a time
	ClashMAC     ClashKind = "mac"     // one hardware address at two edge ports at a time
	ClashTraits  ClashKind = "traits"  // a hardware address that became another kind of device
	ClashAsset   ClashKind = "asset"   // keys of one device belong to two rows of the ledger
	ClashDHCP    ClashKind = "dhcp"    // a DHCP server that no segment names as its own
)

// Clash is a contradiction with its proof.
type Clash struct {
	Kind   ClashKind
	Nodes  []string // Node.Key of those concerned, sorted
	Port   string   // node key + " " + port, where it is about one
	Value  string   // the address or trait that clashes
	Proof  []Observation
	LastMS int64
}

// SwitchPort is what was seen at one port of a device that forwards.
type SwitchPort struct {
	Node   string   // Node.Key
	Port   string   // as the device names it
	Uplink bool     // leads to another device that forwards
	Nodes  []string // Node.Key of those seen at it, sorted; nil for an uplink: the rest of the house is there
	Count  int      // how many were seen at it
	VLANs  []int
	LastMS int64
}

// Graph is the network of a facility on one day, resolved to the ledger. It is the same
// for the same observations, whatever their order: two prints can be compared.
type Graph struct {
	FacilityID string
	AtMS       int64
	Nodes      []Node       // sorted by Key
	Links      []Link       // sorted by A, B, APort, BPort
	Segments   []Segment    // as of AtMS
	Ports      []SwitchPort // sorted by Node, then Port in the order of numbers
	Clashes    []Clash
}
