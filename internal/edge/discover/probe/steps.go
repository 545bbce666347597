package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/survey/network/noprobe"
)

// Step is what would be sent to an address.
type Step struct {
	Address   netip.Addr
	MAC       net.HardwareAddr // that was last heard there; nil: none, or behind a router
	Methods   []Method         // in their order; the later ones only when it answers
	Ports     []uint16
	Broadcast bool     // ARP goes to everybody on the link
	LeftOut   *Refused // nothing is sent, because of this
}

// DryRun says what Run would send to whom, and whom it would leave out, without sending
// anything. fn is called for each address in order; an error of it ends the run. Errors:
// of the order, of the system, that the gate is not loaded.
func DryRun(ctx context.Context, o Order, gate *noprobe.Gate, fn func(Step) error) error {
	o, err := o.Checked()
	if err != nil {
		return err
	}
	if !gate.Loaded() {
		return errUnloaded()
	}
	d, err := door.Open(gate, o.Rate, door.Log{Tell: func(Sent) {}})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	for _, addr := range o.Addresses() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s := Step{Address: addr}
		plan, err := d.Look(addr)
		var left *Refused
		switch {
		case errors.As(err, &left):
			s.LeftOut, s.MAC = left, left.MAC
		case err != nil:
			return err
		default:
			s.MAC, s.Broadcast = plan.MAC, plan.Broadcast
			s.Methods, s.Ports = o.stepsAt(plan), o.Ports
		}
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// stepsAt are the methods that reach an address: ARP only on its own link.
func (o Order) stepsAt(p door.Plan) []Method {
	out := make([]Method, 0, len(o.Methods))
	for _, m := range o.Methods {
		if m != ARP || p.Attached && p.Link != "" && door.HasARP {
			out = append(out, m)
		}
	}
	return out
}

// Longest is the most time that a run can take when nobody answers: what a schedule has to
// reckon with.
func (o Order) Longest() time.Duration {
	n := len(o.Addresses())
	if !o.sweeps() {
		n *= max(1, len(o.Ports))
	}
	return time.Duration(n*o.Tries) * time.Second / time.Duration(max(1, o.Rate))
}
