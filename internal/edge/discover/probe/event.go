package probe

import (
	"context"
	"net"
	"net/netip"
	"time"

	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/survey/network"
)

// What the Door tells; see package door.
type (
	// Sent says that packets went out to an address.
	Sent = door.Sent
	// Refused says that an address was left out, and why.
	Refused = door.Refused
	// Reason is why.
	Reason = door.Reason
)

// Answer is what an address answered.
type Answer struct {
	AtMS    int64
	Address netip.Addr
	MAC     net.HardwareAddr // nil behind a router
	How     network.How      // HowPing, or HowService when a port answered
	Took    time.Duration    // of the first answer
	Name    string           // as it said itself; empty: it did not
	Traits  []network.Trait
}

// Observation is the answer as the network takes it (network.Observe). seer is the
// interface that asked, with its name; empty: not told.
func (a Answer) Observation(facilityID string, seer network.Party, port string) network.Observation {
	return network.Observation{FacilityID: facilityID, Seer: seer, SeerPort: port, How: a.How, AtMS: a.AtMS, Traits: a.Traits,
		Seen: network.Party{MAC: network.MACKey(a.MAC.String()), Address: a.Address, Name: a.Name}}
}

// Cursor is where a run goes on. The zero value begins.
type Cursor struct {
	Order string `json:"order"` // Order.Key
	Next  int    `json:"next"`  // addresses of the order that are done with, from the first
}

// Progress says how far a run came.
type Progress struct {
	Done     int // addresses, left out ones included
	Total    int
	Answered int // of this run; after a pause they begin at 0 again, like the next two
	LeftOut  int
	Packets  int64
	Cursor   Cursor // where to go on after this batch
}

// Part is a row of addresses of an order, one following the other.
type Part struct {
	// Seq is the place of the first in the order, as in Cursor.Next. Below 0: the part is a
	// station that is asked for its hardware address because packets to others go through
	// it.
	Seq         int
	First, Last netip.Addr
	Count       int
}

// Log is where a run writes down what it does. Its functions are called from one goroutine
// at a time each, and may block; an error ends the run.
type Log struct {
	// Ahead is told which addresses are asked next, before the first packet to one of them
	// goes: what it keeps must be there when the process is killed after it returns. Where
	// a run ends in that way, anything may have been sent to the addresses of parts from
	// Cursor.Next on.
	Ahead func(ctx context.Context, parts []Part) error
	// Tell takes what the run tells, about twice a second and once at the end.
	Tell func(ctx context.Context, b Batch) error
}

// Batch is what a run tells at once. Keeping all of it in one transaction makes a run go
// on after a restart without a gap and without telling anything twice, but for addresses
// that were being asked.
type Batch struct {
	Answers  []Answer
	Sent     []Sent
	Refused  []Refused
	Progress Progress
	Ended    bool // nobody is being asked any more: all that was sent is told
}
