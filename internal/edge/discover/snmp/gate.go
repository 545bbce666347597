package snmp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Gate is asked before every packet whether it may go to an address; a door.Door is one,
// which keeps the kernel from broadcasting until release is called, too. err is why it may
// not.
type Gate interface {
	Pass(ctx context.Context, addr netip.Addr, timeout time.Duration) (release func(), err error)
}

// FindTimeout is how long a gate may look for the station of an address.
const FindTimeout = 600 * time.Millisecond

// Pass is asked before every packet to one address: requests, their retransmissions, and
// those by which SNMPv3 agrees on an engine. release is called when the next one goes, or
// nothing more does.
type Pass func(ctx context.Context) (release func(), err error)

// passOf makes the Pass of an address.
func passOf(gate Gate, addr netip.Addr) Pass {
	if gate == nil {
		return nil
	}
	return func(ctx context.Context) (func(), error) {
		release, err := gate.Pass(ctx, addr, FindTimeout)
		if err != nil {
			return nil, errors.Join(ErrProtected, err)
		}
		return release, nil
	}
}

// guarded is a connection whose every packet is asked for.
type guarded struct {
	net.Conn
	pass    Pass
	ctx     context.Context //nolint:containedctx // of the request that is under way
	wait    time.Duration   // for an answer, from when the packet went
	release func()
	refused error // why a packet of the request was kept back
}

// begin is called with each request.
func (g *guarded) begin(ctx context.Context) { g.ctx, g.refused = ctx, nil }

// SetDeadline keeps how long an answer is awaited: that begins when the packet goes, not
// while the gate looks for the station.
func (g *guarded) SetDeadline(t time.Time) error {
	g.wait = time.Until(t)
	return g.Conn.SetDeadline(t)
}

// Write asks first. What was refused once is not asked again for the same request.
func (g *guarded) Write(b []byte) (int, error) {
	if g.refused != nil {
		return 0, g.refused
	}
	if g.pass == nil { // nobody said whom not to touch
		g.refused = ErrProtected
		return 0, g.refused
	}
	release, err := g.pass(g.ctx)
	if err != nil {
		g.refused = err
		return 0, err
	}
	g.done()
	g.release = release
	if err := g.Conn.SetDeadline(time.Now().Add(g.wait)); err != nil {
		return 0, err
	}
	return g.Conn.Write(b)
}

func (g *guarded) done() {
	if g.release != nil {
		g.release()
		g.release = nil
	}
}

// Close ends the connection and what the last Pass began.
func (g *guarded) Close() error {
	err := g.Conn.Close()
	g.done()
	return err
}

// dialGated makes an agent for one address of the target, so that what the gate is asked
// about is what packets go to, whatever the name means later.
func dialGated(ctx context.Context, t Target, gate Gate, p Patience) (Agent, error) {
	host, port, err := SplitAddress(t.Address)
	if err != nil {
		return nil, err
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil || len(list) == 0 {
			return nil, errors.Join(ErrName, err)
		}
		addr = list[0]
	}
	addr = addr.Unmap()
	return Dial(ctx, net.JoinHostPort(addr.String(), strconv.Itoa(int(port))), t.Credential, p, passOf(gate, addr))
}
