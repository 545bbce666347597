package door

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Plan is what Look found: how an address could be asked. Nothing was sent to find out.
type Plan struct {
	Attached  bool             // on a link of this machine
	Broadcast bool             // ARP would go to everybody on the link
	MAC       net.HardwareAddr // that was last heard; nil: none
	Link      string           // name of the interface
}

// Look says how an address would be asked. Errors: *Refused.
func (d *Door) Look(addr netip.Addr) (Plan, error) {
	addr = addr.Unmap()
	h, err := d.way(addr)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Attached: h.attached, Link: h.link.name}
	if h.attached {
		p.MAC = d.macOf(addr)
	}
	rule, near := d.near(h.link)
	if near && h.link.mac != nil {
		if !canPin {
			return p, refuse(addr, p.MAC, ReasonSystem, rule)
		}
		if !d.known(h.next).freshOn(h.link) {
			return p, refuse(addr, p.MAC, ReasonBroadcast, rule)
		}
	}
	p.Broadcast = h.attached && !near && addr.Is4() && h.link.mac != nil
	return p, nil
}

// Find asks the link who has an attached IPv4 address, or the next station on the way to a
// farther one, up to tries times, and gives its hardware address: nil where there is none
// to find (IPv6, tunnels, other operating systems). mac is that of the address itself, nil
// behind a router. Errors: *Refused, ErrSilent, ctx.
func (d *Door) Find(ctx context.Context, addr netip.Addr, tries int, timeout time.Duration) (mac net.HardwareAddr, attached bool, err error) {
	addr = addr.Unmap()
	h, err := d.way(addr)
	if err != nil {
		return nil, false, err
	}
	if h.attached && h.link.noARP != nil {
		return nil, true, h.link.noARP
	}
	n, err := d.resolve(ctx, addr, h, tries, timeout)
	if !h.attached {
		n.mac = nil
	}
	return n.mac, h.attached, err
}

// resolve finds the hardware address of the next station to addr.
func (d *Door) resolve(ctx context.Context, addr netip.Addr, h hop, tries int, timeout time.Duration) (neighbour, error) {
	if h.link.mac == nil {
		return neighbour{}, nil
	}
	rule, near := d.near(h.link)
	n := d.known(h.next)
	switch {
	case near && (!canPin || h.link.noARP != nil):
		return n, refuse(addr, n.mac, ReasonSystem, rule)
	case near && !n.freshOn(h.link):
		return n, refuse(addr, n.mac, ReasonBroadcast, rule)
	case !h.next.Is4() || !canPin || h.link.noARP != nil:
		return n, nil // the kernel asks by itself where it may
	case !h.attached:
		return d.router(ctx, addr, h, near, tries, timeout)
	}
	return d.ask(ctx, addr, h, n, near, tries, timeout)
}

// router finds the next station for many addresses at once: one asks, the others wait.
func (d *Door) router(ctx context.Context, addr netip.Addr, h hop, near bool, tries int, timeout time.Duration) (neighbour, error) {
	d.routers.Lock()
	defer d.routers.Unlock()
	n := d.known(h.next)
	if n.fresh() {
		return n, nil
	}
	if time.Since(d.mute[h.next]) < muteFor {
		return n, ErrSilent
	}
	if d.log.Ahead != nil && !d.written[h.next] {
		if err := d.log.Ahead(ctx, h.next); err != nil {
			return n, err
		}
		d.written[h.next] = true
	}
	n, err := d.ask(ctx, addr, h, n, near, tries, timeout)
	if err == ErrSilent { //nolint:errorlint // own, never wrapped
		d.mute[h.next] = time.Now()
	}
	return n, err
}

// muteFor is how long a router that did not answer is not asked again.
const muteFor = 5 * time.Second

func (d *Door) ask(ctx context.Context, addr netip.Addr, h hop, n neighbour, near bool, tries int, timeout time.Duration) (neighbour, error) {
	to := broadcast
	if near {
		to = n.mac
	}
	for range tries {
		answer, err := d.askARP(ctx, addr, h, to, timeout)
		if err == nil {
			return answer, d.permit(addr, pick(h.attached, answer.mac), h)
		}
		if err != ErrSilent { //nolint:errorlint // own, never wrapped
			return n, err
		}
	}
	return n, ErrSilent
}

var broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// askARP sends one request and waits. addr is whom it is for, h.next whom it asks.
func (d *Door) askARP(ctx context.Context, addr netip.Addr, h hop, to net.HardwareAddr, timeout time.Duration) (neighbour, error) {
	w := wait{h.next, -1}
	c := d.await(w)
	defer d.forget(w)
	if err := d.rate.Wait(ctx); err != nil {
		return neighbour{}, err
	}
	all := to[0]&1 == 1
	d.current(ctx)
	if err := d.permit(addr, nil, h); err != nil {
		return neighbour{}, err
	}
	if rule, near := d.near(h.link); all && near { // it came up since the way was chosen
		return neighbour{}, refuse(addr, nil, ReasonBroadcast, rule)
	}
	s := Sent{AtMS: time.Now().UnixMilli(), Address: h.next, Method: ARP, Packets: 1, Broadcast: all}
	if !all {
		s.MAC = to
	}
	d.log.Tell(s)
	if err := d.sys.sendARP(h.link, to, h.next); err != nil {
		return neighbour{}, fmt.Errorf("ask %s by ARP on %s: %w", h.next, h.link.name, err)
	}
	return receive(ctx, c, timeout)
}

func receive(ctx context.Context, c chan neighbour, timeout time.Duration) (neighbour, error) {
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case n := <-c:
		return n, nil
	case <-t.C:
		return neighbour{}, ErrSilent
	case <-ctx.Done():
		return neighbour{}, ctx.Err()
	}
}

// Echo sends one ICMP echo request and waits for its answer. Errors: *Refused, ErrSilent,
// ctx, no right to send.
func (d *Door) Echo(ctx context.Context, addr netip.Addr, timeout time.Duration) (took time.Duration, err error) {
	addr = addr.Unmap()
	h, release, err := d.hold(ctx, addr, timeout)
	if err != nil {
		return 0, err
	}
	defer release()
	d.mu.Lock()
	d.seq++
	w := wait{addr, int(d.seq)}
	d.mu.Unlock()
	c := d.await(w)
	defer d.forget(w)
	if err := d.rate.Wait(ctx); err != nil {
		return 0, err
	}
	if err := d.ready(ctx, addr, h); err != nil {
		return 0, err
	}
	began := time.Now()
	s := Sent{AtMS: began.UnixMilli(), Address: addr, Method: Ping, Packets: 1}
	if h.attached {
		s.MAC = d.macOf(addr)
	}
	d.log.Tell(s)
	if err := d.sys.sendEcho(addr, d.mark, uint16(w.seq)); err != nil { //nolint:gosec // it came from one
		return 0, asRefusal(addr, err)
	}
	_, err = receive(ctx, c, timeout)
	return time.Since(began), err
}

// ready is asked right before each packet that the kernel forms: the address and its way
// are permitted, and where a broadcast could be heard the kernel has no need for one.
func (d *Door) ready(ctx context.Context, addr netip.Addr, h hop) error {
	d.current(ctx)
	if err := d.permit(addr, nil, h); err != nil {
		return err
	}
	if h.link.mac == nil {
		return nil
	}
	d.mu.Lock()
	pinned := d.pins[h.next] != nil
	d.mu.Unlock()
	var fixed error
	if !h.attached { // a router could tell the kernel of another, which it would look for
		fixed = d.sys.noRedirects(h.link)
	}
	if pinned && fixed == nil {
		return nil
	}
	rule, near := d.near(h.link)
	switch {
	case near && fixed != nil:
		return refuse(addr, nil, ReasonSystem, rule)
	case near:
		return refuse(addr, nil, ReasonBroadcast, rule)
	}
	return nil
}

// hold gives the kernel a fixed entry for the next station to addr until release is
// called.
func (d *Door) hold(ctx context.Context, addr netip.Addr, timeout time.Duration) (h hop, release func(), err error) {
	if h, err = d.way(addr); err != nil {
		return h, nil, err
	}
	none := func() {}
	if h.link.mac == nil || !canPin {
		return h, none, d.ready(ctx, addr, h)
	}
	n := d.known(h.next)
	if !n.freshOn(h.link) {
		if n, err = d.resolve(ctx, addr, h, 1, timeout); err != nil {
			return h, nil, err
		}
	}
	if n.mac == nil { // IPv6, where the kernel may ask by itself
		return h, none, d.ready(ctx, addr, h)
	}
	if err := d.permit(addr, pick(h.attached, n.mac), h); err != nil {
		return h, nil, err
	}
	if err := d.pin(h, n.mac); err != nil {
		if rule, near := d.near(h.link); near {
			return h, nil, refuse(addr, n.mac, ReasonSystem, rule)
		}
		return h, none, nil
	}
	return h, func() { d.unpin(h.next) }, nil
}

func pick(is bool, mac net.HardwareAddr) net.HardwareAddr {
	if is {
		return mac
	}
	return nil
}

func (d *Door) pin(h hop, mac net.HardwareAddr) error {
	n := d.known(h.next)
	had := d.neighbours()[h.next].mac != nil
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.pins[h.next]; p != nil {
		p.users++
		return nil
	}
	// What the table knew of the station is lost with the pin: keep it.
	if n.fresh() {
		kernel.hear(h.next, n)
	}
	err := kernel.take(place{h.link.index, h.next}, had, func() error { return d.sys.pin(h.link, h.next, mac) })
	if err == nil {
		d.pins[h.next] = &held{link: h.link, mac: mac, users: 1}
	}
	return err
}

func (d *Door) unpin(next netip.Addr) {
	d.mu.Lock()
	p := d.pins[next]
	last := false
	if p != nil {
		p.users--
		if last = p.users == 0; last {
			delete(d.pins, next)
		}
	}
	d.mu.Unlock()
	if last {
		d.give(next, p)
	}
}

// give gives an entry back to the kernel. Where a broadcast could be heard it stays as one
// that was heard some time ago: for a late packet of the station the kernel then asks the
// station itself, not everybody.
func (d *Door) give(next netip.Addr, p *held) {
	_, near := d.near(p.link)
	kernel.give(place{p.link.index, next}, func(had bool) { d.sys.unpin(p.link, next, p.mac, had || near) })
}

// Pass asks the gate about an address for packets that a library sends by itself, such as
// SNMP over UDP, and keeps the kernel from broadcasting until release is called. It
// counts as one packet of the rate. Errors: *Refused, ErrSilent, ctx.
func (d *Door) Pass(ctx context.Context, addr netip.Addr, timeout time.Duration) (release func(), err error) {
	none := func() {}
	if addr.Unmap().IsLoopback() {
		return none, nil // nothing leaves this machine
	}
	h, release, err := d.hold(ctx, addr.Unmap(), timeout)
	var left *Refused
	if errors.As(err, &left) && left.Reason == ReasonSelf {
		return none, nil
	}
	if err != nil {
		return nil, err
	}
	if err = d.rate.Wait(ctx); err == nil {
		err = d.ready(ctx, addr.Unmap(), h)
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// Told tells the log of packets that a library sent after Pass.
func (d *Door) Told(addr netip.Addr, method Method, port uint16, packets int) {
	d.log.Tell(Sent{AtMS: time.Now().UnixMilli(), Address: addr, MAC: d.macOf(addr), Method: method, Port: port, Packets: packets})
}
