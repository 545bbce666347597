// Package snmp asks the infrastructure — switches, routers, wireless controllers,
// firewalls, UPSs, printers, network storage — what it is and whom it sees (SNMPv2c and
// v3, RFC 3416 and RFC 3414). It only reads: no request of it can change a device.
//
// Reading is split from parsing. An Agent answers requests: over UDP (Dial) or out of
// a recording (OpenRecording). Read asks an agent for one MIB group after the other;
// each group is one file and one entry of the list in groups.go, and each fills its part
// of a network.Reading:
//
//	agent, err := snmp.Dial(ctx, "192.0.2.1:161", credential, snmp.Patience{}, pass)
//	reading := snmp.Read(ctx, agent, snmp.Limits{}, now)
//
// A group that fails leaves a line in Reading.Partial and never stops the others.
// Everything a device says is hostile: rows, bytes and time are limited, names that do
// not rise end a walk, values of the wrong type are left out.
package snmp

import (
	"context"
	"time"
)

// Agent answers the requests of one device. Not for concurrent use.
type Agent interface {
	// Get gives the values of oids in their order; what the device does not have is a
	// value of KindNone. At most MaxOIDs at a time.
	Get(ctx context.Context, oids []string) ([]Var, error)
	// Next gives the first value after each of oids, in their order, and with repeat
	// over 1 up to repeat such rounds (GETBULK, RFC 3416, 4.2.3), fewer when the answer
	// would not fit. What lies behind the last value is of KindNone. At most MaxOIDs at
	// a time.
	Next(ctx context.Context, oids []string, repeat int) ([]Var, error)
	// InContext gives the agent for another context of the same device: a Cisco switch
	// answers the forwarding table of a VLAN as community "name@vlan" (v2c) or context
	// "vlan-N" (v3). Close it as well.
	InContext(vlan int) (Agent, error)
	Close() error
}

// MaxOIDs is how many names one request may hold: old devices refuse long ones.
const MaxOIDs = 40

// Limits bound what one device can cost. Zero fields take the defaults.
type Limits struct {
	Rows   int           // values a walk may give; default 100,000: the forwarding table of a large core switch
	Values int           // values of a device in all; default 500,000
	Bytes  int           // bytes of values of a device in all; default 32 MiB
	Time   time.Duration // for a device in all; default 5 minutes
}

func (l Limits) orDefaults() Limits {
	if l.Rows == 0 {
		l.Rows = 100_000
	}
	if l.Values == 0 {
		l.Values = 500_000
	}
	if l.Bytes == 0 {
		l.Bytes = 32 << 20
	}
	if l.Time == 0 {
		l.Time = 5 * time.Minute
	}
	return l
}
