// Package door is the only way by which active scanning sends: whoever scans holds a Door
// and no socket. Right before each packet the Door asks the do-not-probe list
// (survey/network/noprobe) about the address, the hardware address that the frame would go
// to, and the next station on the way.
//
// The kernel sends frames of its own, too: before it can send to an address it asks the
// whole link who has it. Therefore the Door resolves addresses itself, by ARP that it
// sends through the same gate, and gives the kernel a fixed neighbour entry for as long as
// it speaks to a station, so that the kernel has nothing to ask. On a link where a
// protected device could hear a broadcast, only stations are spoken to whose hardware
// address was heard within FreshMax, so that switches still know where they are and do not
// flood; the others are refused with ReasonBroadcast.
package door

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sonae/internal/survey/network/noprobe"
)

// Method is one way of asking; those of package probe, and SNMP.
type Method string

// Methods that the Door itself knows.
const (
	ARP  Method = "arp"
	Ping Method = "ping"
	SNMP Method = "snmp"
)

// FreshMax is how long ago a station must have been heard at most to be spoken to on a
// link with a protected device. Bridges forget where a station is after 300 s (IEEE
// 802.1Q, table 8-6, default) and then send its frames to everybody.
const FreshMax = 240 * time.Second

// HasARP reports whether this operating system lets us ask by ARP.
const HasARP = canPin

// neighboursEvery is how old a copy of the kernel's neighbour table may be.
const neighboursEvery = 2 * time.Second

// Door sends. It may be used by many goroutines at once.
type Door struct {
	gate *noprobe.Gate
	rate *rate.Limiter
	log  Log
	sys  *system

	routers sync.Mutex
	mute    map[netip.Addr]time.Time // routers that did not answer
	written map[netip.Addr]bool      // routers that Log.Ahead was told of

	mu     sync.Mutex
	links  map[int]*link
	hops   map[netip.Addr]hop
	table  map[netip.Addr]neighbour // of the kernel, as of tableAt
	tabled time.Time
	pins   map[netip.Addr]*held
	waits  map[wait][]chan neighbour
	lines  map[*Line]bool
	mark   uint16 // identifier of this run's echo requests
	seq    uint16
}

// wait is an answer that somebody waits for: of ARP when seq is −1.
type wait struct {
	addr netip.Addr
	seq  int
}

type neighbour struct {
	link int
	mac  net.HardwareAddr
	at   time.Time // when the station was last heard
	ours bool      // the entry is, or was, one that a door gave the kernel
}

// held is an entry of the kernel's table that this door needs.
type held struct {
	link  *link
	mac   net.HardwareAddr
	users int
}

func (n neighbour) fresh() bool { return n.mac != nil && time.Since(n.at) < FreshMax }

// freshOn is the same for a link: what was heard elsewhere says nothing of its switches.
func (n neighbour) freshOn(l *link) bool { return n.fresh() && n.link == l.index }

// link is an interface of this machine.
type link struct {
	index    int
	name     string
	mac      net.HardwareAddr // nil: without ARP (tunnel)
	prefixes []netip.Prefix
	noARP    error // why there is no ARP socket

	mu     sync.Mutex
	heard  *noprobe.Rule // a protected device was heard on it
	asked  time.Time     // when near looked last
	read   int64         // noprobe.Gate.Readings then
	near   bool
	nearBy noprobe.Rule
}

// nearEvery is how old the answer may be whether a protected device is near a link.
const nearEvery = 50 * time.Millisecond

// hop is the way to an address.
type hop struct {
	link     *link
	next     netip.Addr // station that the frame goes to
	self     bool
	attached bool // next is the address itself
	at       time.Time
}

// Log is told what a Door sends. Its functions may be called by many goroutines.
type Log struct {
	// Ahead is told, once, of a station on the way to others before it is asked for its
	// hardware address. An error keeps the packet back. nil: nobody wants to know.
	Ahead func(ctx context.Context, station netip.Addr) error
	// Tell is told of every packet; see Sent.
	Tell func(Sent)
}

// Open opens the sockets. perSecond is the most packets in a second. Whether there is the
// right to send raw packets is seen at the first of them.
func Open(gate *noprobe.Gate, perSecond int, log Log) (*Door, error) {
	d := &Door{gate: gate, rate: rate.NewLimiter(rate.Limit(perSecond), 1+perSecond/50), log: log, written: map[netip.Addr]bool{},
		links: map[int]*link{}, hops: map[netip.Addr]hop{}, pins: map[netip.Addr]*held{}, mute: map[netip.Addr]time.Time{},
		waits: map[wait][]chan neighbour{}, lines: map[*Line]bool{}, mark: uint16(time.Now().UnixNano() >> 10)} //nolint:gosec // any number will do
	var err error
	d.sys, err = openSystem(d.heardARP, d.heardEcho)
	return d, err
}

// Close gives the kernel its neighbours back and closes everything.
func (d *Door) Close() error {
	d.mu.Lock()
	pins := d.pins
	d.pins = map[netip.Addr]*held{}
	d.mu.Unlock()
	for a, p := range pins {
		d.give(a, p)
	}
	return d.sys.close()
}

// Reload reads the do-not-probe list anew and ends, without a further packet, connections
// to devices that are on it now. Errors: the list cannot be read; nothing is sent then.
func (d *Door) Reload(ctx context.Context) error {
	err := d.gate.Reload(ctx)
	d.end()
	return err
}

// current is called right before each packet: what was put on the list until just now
// counts. A list that cannot be read permits nothing.
func (d *Door) current(ctx context.Context) {
	if changed, _ := d.gate.Current(ctx); changed {
		d.end()
	}
}

// end ends connections that the list does not permit any more.
func (d *Door) end() {
	d.mu.Lock()
	open := make([]*Line, 0, len(d.lines))
	for l := range d.lines {
		open = append(open, l)
	}
	d.mu.Unlock()
	for _, l := range open {
		if d.permit(l.addr, l.mac, l.hop) != nil {
			l.vanish()
		}
	}
}

// permit asks the gate about an address, the hardware address behind it (nil: that which
// was heard) and the way. Every packet comes through here right before it is sent.
func (d *Door) permit(addr netip.Addr, mac net.HardwareAddr, h hop) error {
	if !d.gate.Loaded() {
		return refuse(addr, mac, ReasonUnloaded, noprobe.Rule{Kind: noprobe.KindUnloaded})
	}
	if mac == nil && h.attached {
		mac = d.macOf(addr)
	}
	if ok, rule := d.gate.Permit(addr, mac); !ok {
		return refuse(addr, mac, ReasonRule, rule)
	}
	if !h.attached && h.next.IsValid() {
		if ok, rule := d.gate.Permit(h.next, d.macOf(h.next)); !ok {
			return refuse(addr, nil, ReasonWay, rule)
		}
	}
	return nil
}

// way finds the way to an address and asks the gate about both. Nothing is sent.
func (d *Door) way(addr netip.Addr) (hop, error) {
	if !station(addr) || d.gate.End(addr) || d.end4(addr) {
		return hop{}, refuse(addr, nil, ReasonAddress, noprobe.Rule{})
	}
	if err := d.permit(addr, d.macOf(addr), hop{}); err != nil {
		return hop{}, err
	}
	d.mu.Lock()
	h, known := d.hops[addr]
	d.mu.Unlock()
	if !known || time.Since(h.at) > 10*time.Second {
		var err error
		if h, err = d.sys.route(addr, d.link); err != nil {
			return h, asRefusal(addr, err)
		}
		h.at = time.Now()
		d.mu.Lock()
		d.hops[addr] = h
		d.mu.Unlock()
	}
	if h.self {
		return h, refuse(addr, nil, ReasonSelf, noprobe.Rule{})
	}
	return h, d.permit(addr, nil, h)
}

// end4 reports whether an address is the first or the last of a network of this machine.
func (d *Door) end4(addr netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.links {
		for _, p := range l.prefixes {
			if p.Contains(addr) && addr.Is4() && p.Bits() < 31 && (addr == p.Masked().Addr() || !p.Contains(addr.Next())) {
				return true
			}
		}
	}
	return false
}

// link gives the one of an index; made once, so that what was heard on it stays.
func (d *Door) link(index int, open func() (*link, error)) (*link, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l := d.links[index]; l != nil {
		return l, nil
	}
	l, err := open()
	if err == nil {
		d.links[index] = l
	}
	return l, err
}

// near reports whether a protected device could hear what is broadcast on a link.
func (d *Door) near(l *link) (noprobe.Rule, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard != nil {
		return *l.heard, true
	}
	if !d.gate.Loaded() {
		return noprobe.Rule{Kind: noprobe.KindUnloaded}, true
	}
	if read := d.gate.Readings(); time.Since(l.asked) > nearEvery || read != l.read {
		l.read, l.asked = read, time.Now()
		l.nearBy, l.near = d.look(l)
	}
	return l.nearBy, l.near
}

func (d *Door) look(l *link) (noprobe.Rule, bool) {
	if rule, is := d.gate.Near(l.prefixes); is {
		return rule, true
	}
	for a, n := range d.neighbours() {
		if n.link != l.index {
			continue
		}
		if ok, rule := d.gate.Permit(a, n.mac); !ok {
			return rule, true
		}
	}
	return noprobe.Rule{}, false
}

// neighbours is the kernel's neighbour table.
func (d *Door) neighbours() map[netip.Addr]neighbour {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.tabled) > neighboursEvery {
		// Without the table, stations count as never heard: the safe side.
		d.table, d.tabled = d.sys.neighbours(), time.Now()
	}
	return d.table
}

// macOf is the hardware address that was last heard at an address; nil: none.
func (d *Door) macOf(addr netip.Addr) net.HardwareAddr { return d.known(addr).mac }

func (d *Door) known(addr netip.Addr) neighbour {
	n := d.neighbours()[addr]
	if n.ours && !kernel.proves(place{n.link, addr}, n.at) {
		n.at = time.Time{}
	}
	if h := kernel.heardAt(addr); h.at.After(n.at) {
		return h
	}
	return n
}

// heardARP takes what the ARP sockets hear: an answer, or what stations ask each other.
func (d *Door) heardARP(index int, addr netip.Addr, mac net.HardwareAddr, answer bool) {
	if !station(addr) {
		return
	}
	n := neighbour{link: index, mac: mac, at: time.Now()}
	kernel.hear(addr, n)
	d.mu.Lock()
	l := d.links[index]
	var waiting []chan neighbour
	if k := (wait{addr, -1}); answer {
		waiting = d.waits[k]
		delete(d.waits, k)
	}
	d.mu.Unlock()
	if ok, rule := d.gate.Permit(addr, mac); !ok && l != nil {
		l.mu.Lock()
		l.heard = &rule
		l.mu.Unlock()
	}
	for _, c := range waiting {
		c <- n
	}
}

func (d *Door) heardEcho(addr netip.Addr, mark, seq uint16) {
	if mark != d.mark {
		return
	}
	d.mu.Lock()
	waiting := d.waits[wait{addr, int(seq)}]
	delete(d.waits, wait{addr, int(seq)})
	d.mu.Unlock()
	for _, c := range waiting {
		c <- neighbour{at: time.Now()}
	}
}

// await registers for an answer before the question is sent.
func (d *Door) await(w wait) chan neighbour {
	c := make(chan neighbour, 1)
	d.mu.Lock()
	d.waits[w] = append(d.waits[w], c)
	d.mu.Unlock()
	return c
}

func (d *Door) forget(w wait) {
	d.mu.Lock()
	delete(d.waits, w)
	d.mu.Unlock()
}
