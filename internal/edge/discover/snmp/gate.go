package snmp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Gate is asked before every request whether a packet may go to an address; a door.Door
// is one, which keeps the kernel from broadcasting until release is called, too. err is
// why it may not.
type Gate interface {
	Pass(ctx context.Context, addr netip.Addr, timeout time.Duration) (release func(), err error)
}

// findTimeout is how long the gate may look for the station of an address.
const findTimeout = 600 * time.Millisecond

// gated is an agent whose every request asks the gate.
type gated struct {
	Agent
	gate Gate
	addr netip.Addr
}

func (g gated) pass(ctx context.Context) (func(), error) {
	release, err := g.gate.Pass(ctx, g.addr, findTimeout)
	if err != nil {
		return nil, errors.Join(ErrProtected, err)
	}
	return release, nil
}

// Get implements Agent.
func (g gated) Get(ctx context.Context, oids []string) ([]Var, error) {
	release, err := g.pass(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return g.Agent.Get(ctx, oids)
}

// Next implements Agent.
func (g gated) Next(ctx context.Context, oids []string, repeat int) ([]Var, error) {
	release, err := g.pass(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return g.Agent.Next(ctx, oids, repeat)
}

// InContext implements Agent.
func (g gated) InContext(vlan int) (Agent, error) {
	a, err := g.Agent.InContext(vlan)
	if err != nil {
		return nil, err
	}
	return gated{a, g.gate, g.addr}, nil
}

// EngineID is that of the agent behind the gate.
func (g gated) EngineID() string {
	if e, is := g.Agent.(interface{ EngineID() string }); is {
		return e.EngineID()
	}
	return ""
}

// dialGated makes an agent for one address of the target, so that what the gate was asked
// about is what packets go to, whatever the name means later.
func dialGated(ctx context.Context, t Target, gate Gate, p Patience) (Agent, error) {
	if gate == nil {
		return nil, ErrProtected // nobody said whom not to touch
	}
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
	g := gated{gate: gate, addr: addr}
	release, err := g.pass(ctx)
	if err != nil {
		return nil, err
	}
	release()
	g.Agent, err = Dial(ctx, net.JoinHostPort(addr.String(), strconv.Itoa(int(port))), t.Credential, p)
	return g, err
}
