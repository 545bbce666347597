package scanner

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"

	"sonae/internal/edge/discover/snmp"
	"sonae/internal/survey/network/noprobe"
)

// errKept is a request that the do-not-probe list kept back.
var errKept = errors.New("kept back by the do-not-probe list")

// permit is the gate for one device.
type permit struct {
	gate     *noprobe.Gate
	addr     netip.Addr
	requests atomic.Int64
	kept     atomic.Pointer[noprobe.Rule] // the rule that kept a request back
}

func (p *permit) ask() error {
	if ok, rule := p.gate.Permit(p.addr, nil); !ok {
		p.kept.Store(&rule)
		return errKept
	}
	p.requests.Add(1)
	return nil
}

// gated is an agent that asks the gate before every request and counts them.
type gated struct {
	snmp.Agent
	permit *permit
}

// Get implements snmp.Agent.
func (g gated) Get(ctx context.Context, oids []string) ([]snmp.Var, error) {
	if err := g.permit.ask(); err != nil {
		return nil, err
	}
	return g.Agent.Get(ctx, oids)
}

// Next implements snmp.Agent.
func (g gated) Next(ctx context.Context, oids []string, repeat int) ([]snmp.Var, error) {
	if err := g.permit.ask(); err != nil {
		return nil, err
	}
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
