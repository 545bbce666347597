// Package discover finds what is on the network. Passive listening, the default, sends
// nothing at all: it takes what machines tell everybody in reach (ARP, DHCP, mDNS, LLDP …)
// from an interface (Listen) or from capture files (ReadCapture) and turns every packet
// into observations of survey/network:
//
//	packet → Decoder (one file a protocol) → Coalescer → Sink
//
// A Decoder never decides who a machine is: it writes down what was said, by whom, on
// which link. Everything in a packet is hostile: lengths are checked, counts bounded, text
// is made valid UTF-8 without control characters, and what could not be read is counted by
// protocol (Count) instead of being passed over in silence.
//
// An address and a hardware address are put into one Party only where both certainly
// belong to one machine on this link (see neighbours): a router's hardware address is
// never tied to the addresses behind it.
package discover

import (
	"context"

	"sonae/internal/survey/network"
)

// Sink takes observations, at most BatchMax at a time, oldest first. It is called from one
// goroutine at a time and may block; what it does not take (an error) ends the reading. The
// slice is the Sink's own.
type Sink func(ctx context.Context, batch []network.Observation) error

// BatchMax is how many observations a Sink is given at most in one call.
const BatchMax = 500

// Place is where packets are heard.
type Place struct {
	FacilityID string
	Seer       network.Party // the interface that listens; empty for a capture file
	Port       string        // its name, eth0; empty for a capture file
}

// Count is what became of the packets of one place.
type Count struct {
	Packets   int64
	Bytes     int64            // as captured
	Fragments int64            // later parts of fragmented datagrams: only their source was noted
	OtherLink int64            // of a link type that is not read (see LinkKnown)
	Malformed map[string]int64 // packets that could not be read to their end, by protocol
	Lost      int64            // the kernel had no room for them (live only)
}

// Add adds another count.
func (c *Count) Add(o Count) {
	c.Packets += o.Packets
	c.Bytes += o.Bytes
	c.Fragments += o.Fragments
	c.OtherLink += o.OtherLink
	c.Lost += o.Lost
	for k, n := range o.Malformed {
		c.malformed(k, n)
	}
}

func (c *Count) malformed(protocol string, n int64) {
	if c.Malformed == nil {
		c.Malformed = map[string]int64{}
	}
	c.Malformed[protocol] += n
}
