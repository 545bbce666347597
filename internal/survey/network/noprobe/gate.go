package noprobe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"

	"sonae/internal/survey/network"
)

// Loader reads a list anew.
type Loader func(ctx context.Context) (List, error)

// Gate says to whom a packet may go. It may be asked by many goroutines at once, also
// while it is being reloaded. The zero value permits nothing.
type Gate struct {
	loaders []Loader
	state   atomic.Pointer[compiled]
}

// New makes a gate of lists: what one of them protects is protected. It permits nothing
// until Reload has succeeded.
func New(loaders ...Loader) *Gate { return &Gate{loaders: loaders} }

// errNoList is a gate without any list: a mistake of the program.
var errNoList = errors.New("no do-not-probe list was given")

// Reload reads the lists anew, so that what was put on them meanwhile is safe. When one
// cannot be read, the gate permits nothing until the next success.
func (g *Gate) Reload(ctx context.Context) error {
	if len(g.loaders) == 0 {
		g.state.Store(nil)
		return errNoList
	}
	var all List
	for _, load := range g.loaders {
		l, err := load(ctx)
		if err != nil {
			g.state.Store(nil)
			return err
		}
		all.add(l)
	}
	g.state.Store(compile(all))
	return nil
}

// Loaded reports whether the gate has its lists; one that has not permits nothing.
func (g *Gate) Loaded() bool { return g != nil && g.state.Load() != nil }

func (l *List) add(o List) {
	l.Rules, l.Devices = append(l.Rules, o.Rules...), append(l.Devices, o.Devices...)
	l.Bindings, l.Aliases = append(l.Bindings, o.Bindings...), append(l.Aliases, o.Aliases...)
	for id, p := range o.Ranges {
		if l.Ranges == nil {
			l.Ranges = map[string]netip.Prefix{}
		}
		l.Ranges[id] = p
	}
}

var unloaded = Rule{Kind: KindUnloaded}

// Permit reports whether a packet may go to addr. mac is the hardware address that the
// packet would go to, when the sender knows it, else nil: then the one that was last seen
// at addr counts. When it may not, rule says why.
func (g *Gate) Permit(addr netip.Addr, mac net.HardwareAddr) (ok bool, rule Rule) {
	if !g.Loaded() {
		return false, unloaded
	}
	c := g.state.Load()
	if rule, held := c.address(addr.Unmap().WithZone("")); held {
		return false, rule
	}
	if len(mac) > 0 {
		if rule, held := c.mac(network.MACKey(mac.String())); held {
			return false, rule
		}
	}
	return true, Rule{}
}

// Near reports whether a protected device would, or could, hear what is broadcast on a
// link with these address ranges: one is known to be there, or it is known by hardware
// address alone, so that it may be anywhere.
func (g *Gate) Near(link []netip.Prefix) (Rule, bool) {
	if !g.Loaded() {
		return unloaded, true
	}
	return g.state.Load().near(link)
}

// Summary is what the gate protects.
type Summary struct {
	Rules   int // written by people
	Devices int // medical devices of the ledger
	Unknown int // of them without any address: they cannot be protected
}

// Summary counts. All are 0 for a gate that is not loaded.
func (g *Gate) Summary() Summary {
	if !g.Loaded() {
		return Summary{}
	}
	return g.state.Load().summary
}
