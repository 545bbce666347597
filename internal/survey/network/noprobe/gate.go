package noprobe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sonae/internal/survey/network"
)

// Loader is where a list comes from.
type Loader struct {
	// Read reads the list anew.
	Read func(ctx context.Context) (List, error)
	// Stamp is a text that is another one after a rule or a medical device was added or
	// lifted. It is asked many times a second. nil: nothing changes but by Reload.
	Stamp func(ctx context.Context) (string, error)
}

// Gate says to whom a packet may go. It may be asked by many goroutines at once, also
// while it is being reloaded. The zero value permits nothing.
type Gate struct {
	loaders  []Loader
	state    atomic.Pointer[compiled]
	readings atomic.Int64

	mu     sync.Mutex // for what follows: one looks at a time
	stamp  string
	looked time.Time
	pause  time.Duration
}

// New makes a gate of lists: what one of them protects is protected. It permits nothing
// until Reload has succeeded.
func New(loaders ...Loader) *Gate { return &Gate{loaders: loaders} }

// errNoList is a gate without any list: a mistake of the program.
var errNoList = errors.New("no do-not-probe list was given")

// Reload reads the lists anew, so that what was put on them meanwhile is safe. When one
// cannot be read, the gate permits nothing until the next success.
func (g *Gate) Reload(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.reload(ctx)
}

func (g *Gate) reload(ctx context.Context) error {
	stamp, err := g.stamps(ctx) // before the lists: what comes between is seen at the next look
	all := List{}
	if len(g.loaders) == 0 {
		err = errNoList
	}
	for _, from := range g.loaders {
		if err != nil {
			break
		}
		var l List
		if l, err = from.Read(ctx); err == nil {
			all.add(l)
		}
	}
	g.readings.Add(1)
	if err != nil {
		g.state.Store(nil)
		return err
	}
	g.state.Store(compile(all))
	g.stamp, g.looked = stamp, time.Now()
	return nil
}

// A look at the stamps is at most so old when a packet goes; where looking takes long, it
// takes a tenth of the time at most.
const (
	lookEvery = 20 * time.Millisecond
	lookShare = 10
)

// Current is called right before a packet: it reads the lists anew when something was put
// on one of them since it looked last, at most lookEvery ago. changed tells that they were
// read. Errors: a list cannot be read; the gate permits nothing then.
func (g *Gate) Current(ctx context.Context) (changed bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	began := time.Now()
	if began.Sub(g.looked) < max(lookEvery, g.pause) {
		return false, nil
	}
	stamp, err := g.stamps(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err() // who asked does not want to know any more
	}
	g.looked = time.Now()
	g.pause = lookShare * g.looked.Sub(began)
	if err == nil && stamp == g.stamp && g.state.Load() != nil {
		return false, nil
	}
	return true, g.reload(ctx)
}

func (g *Gate) stamps(ctx context.Context) (string, error) {
	var all strings.Builder
	for _, from := range g.loaders {
		if from.Stamp == nil {
			continue
		}
		s, err := from.Stamp(ctx)
		if err != nil {
			return "", err
		}
		all.WriteString(s + "\n")
	}
	return all.String(), nil
}

// Readings counts how often the lists were read: what was concluded from one reading does
// not hold after the next.
func (g *Gate) Readings() int64 { return g.readings.Load() }

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

// End reports whether an address is the first or the last of a segment of the facility,
// which one station cannot have: a packet there reaches everybody in it.
func (g *Gate) End(addr netip.Addr) bool { return g.Loaded() && g.state.Load().ends[addr.Unmap()] }

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
