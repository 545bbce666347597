package scanner

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/edge/discover/snmp"
	"sonae/internal/survey/network/noprobe"
)

// errKept is a request that the do-not-probe list kept back.
var errKept = errors.New("kept back by the do-not-probe list")

// passTimeout is how long the door may look for the station of an address.
const passTimeout = 600 * time.Millisecond

// permit is the way to one device: the gate, and the door that keeps the kernel from
// asking everybody on the link for it.
type permit struct {
	gate     *noprobe.Gate
	way      *door.Door
	addr     netip.Addr
	requests atomic.Int64
	kept     atomic.Pointer[door.Refused] // why a request was kept back
}

// pass asks whether a request may go, and counts it. release ends what pass began.
func (p *permit) pass(ctx context.Context) (release func(), err error) {
	if ok, rule := p.gate.Permit(p.addr, nil); !ok {
		p.kept.Store(refusal(p.addr, rule))
		return nil, errKept
	}
	release, err = p.way.Pass(ctx, p.addr, passTimeout)
	var left *door.Refused
	switch {
	case errors.As(err, &left):
		p.kept.Store(left)
		return nil, errKept
	case errors.Is(err, door.ErrSilent):
		return nil, snmp.ErrSilent
	case err != nil:
		return nil, err
	}
	p.requests.Add(1)
	return release, nil
}

// refusal is what the gate alone says, in the door's form.
func refusal(addr netip.Addr, rule noprobe.Rule) *door.Refused {
	why := door.ReasonRule
	if rule.Kind == noprobe.KindUnloaded {
		why = door.ReasonUnloaded
	}
	return &door.Refused{Address: addr, Reason: why, Rule: rule}
}

// gated is an agent that asks the way before every request and counts them.
type gated struct {
	snmp.Agent
	permit *permit
}

// Get implements snmp.Agent.
func (g gated) Get(ctx context.Context, oids []string) ([]snmp.Var, error) {
	release, err := g.permit.pass(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return g.Agent.Get(ctx, oids)
}

// Next implements snmp.Agent.
func (g gated) Next(ctx context.Context, oids []string, repeat int) ([]snmp.Var, error) {
	release, err := g.permit.pass(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return g.Agent.Next(ctx, oids, repeat)
}

// InContext implements snmp.Agent.
func (g gated) InContext(vlan int) (snmp.Agent, error) {
	a, err := g.Agent.InContext(vlan)
	if err != nil {
		return nil, err
	}
	return gated{a, g.permit}, nil
}

// EngineID is that of the agent beneath, when it has one; see snmp.Read.
func (g gated) EngineID() string {
	if e, ok := g.Agent.(interface{ EngineID() string }); ok {
		return e.EngineID()
	}
	return ""
}
