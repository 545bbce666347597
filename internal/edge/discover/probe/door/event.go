package door

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"sonae/internal/survey/network/noprobe"
)

// Sent says that packets went out to an address. A single packet is told of right before
// it goes, a connection when it has ended, with what the kernel counted.
type Sent struct {
	AtMS      int64
	Address   netip.Addr
	MAC       net.HardwareAddr // that the frame went to, as far as known; nil: a router's, or a broadcast
	Method    Method
	Port      uint16
	Packets   int
	Broadcast bool // everybody on the link heard it
}

// Reason says why an address was left out. Shown by "probe.left_out." + word.
type Reason string

// Reasons.
const (
	ReasonRule      Reason = "rule"      // it is on the do-not-probe list
	ReasonWay       Reason = "way"       // the next station on the way to it is
	ReasonBroadcast Reason = "broadcast" // only a broadcast would find it, and a protected device could hear that
	ReasonAddress   Reason = "address"   // no station has it: a broadcast or group address
	ReasonNoWay     Reason = "no_way"    // this machine has no route to it
	ReasonSelf      Reason = "self"      // it is this machine
	ReasonSystem    Reason = "system"    // this operating system cannot ask it safely
	ReasonUnloaded  Reason = "unloaded"  // the do-not-probe list could not be read
)

// Refused says that an address was left out. It is the error of every sending method.
type Refused struct {
	AtMS    int64
	Address netip.Addr
	MAC     net.HardwareAddr // nil: not known
	Reason  Reason
	Rule    noprobe.Rule // of ReasonRule, ReasonWay and ReasonBroadcast
}

// Error gives the log form.
func (r *Refused) Error() string {
	s := r.Address.String() + " is not asked: " + string(r.Reason)
	if r.Rule.Value != "" {
		s += " " + string(r.Rule.Kind) + " " + r.Rule.Value
	}
	return s
}

func refuse(addr netip.Addr, mac net.HardwareAddr, why Reason, rule noprobe.Rule) *Refused {
	return &Refused{AtMS: time.Now().UnixMilli(), Address: addr, MAC: mac, Reason: why, Rule: rule}
}

// errNoWay is route's error where there is none; errAddress where the kernel says that the
// address is not one station's.
var (
	errNoWay   = errors.New("no route")
	errAddress = errors.New("not the address of one station")
)

func asRefusal(addr netip.Addr, err error) error {
	switch {
	case errors.Is(err, errAddress):
		return refuse(addr, nil, ReasonAddress, noprobe.Rule{})
	case errors.Is(err, errNoWay):
		return refuse(addr, nil, ReasonNoWay, noprobe.Rule{})
	}
	return err
}

// ErrSilent says that a station did not answer.
var ErrSilent = errors.New("no answer")

func station(a netip.Addr) bool {
	return a.IsValid() && a.Zone() == "" && !a.IsMulticast() && !a.IsUnspecified() && !a.IsLoopback() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}
