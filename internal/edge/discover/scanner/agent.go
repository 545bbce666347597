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

// errKept is a packet that the do-not-probe list kept back.
var errKept = errors.New("kept back by the do-not-probe list")

// permit is the way to one device: the gate, and the door that keeps the kernel from
// asking everybody on the link for it.
type permit struct {
	gate    *noprobe.Gate
	way     *door.Door
	addr    netip.Addr
	packets atomic.Int64
	firstMS atomic.Int64 // of the packets; 0 = none went
	lastMS  atomic.Int64
	kept    atomic.Pointer[door.Refused] // why a packet was kept back
}

// pass asks whether a packet may go, and counts it; it is an snmp.Pass.
func (p *permit) pass(ctx context.Context) (release func(), err error) {
	if ok, rule := p.gate.Permit(p.addr, nil); !ok {
		p.kept.Store(refusal(p.addr, rule))
		return nil, errKept
	}
	release, err = p.way.Pass(ctx, p.addr, snmp.FindTimeout)
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
	now := time.Now().UnixMilli()
	p.firstMS.CompareAndSwap(0, now)
	p.lastMS.Store(now)
	p.packets.Add(1)
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
