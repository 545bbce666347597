package scanner

import (
	"context"
	"errors"
	"net/netip"

	"sonae/internal/edge/discover/probe"
	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network/scan"
)

// open opens the door of a run of SNMP.
func (a *asking) open() (err error) {
	a.way, err = door.Open(a.gate, probe.RateDefault, door.Log{Ahead: a.onTheWay, Tell: a.tell})
	return err
}

// ahead writes down that an address is asked next.
func (a *asking) ahead(ctx context.Context, seq int64, ip string) error {
	row := scan.Ahead{RunID: a.run.ID, FacilityID: a.run.FacilityID, Seq: seq, From: ip, To: ip, Number: 1, AtMS: a.s.nowMS()}
	return a.s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.WriteAhead(ctx, tx, []scan.Ahead{row}) })
}

// onTheWay writes down that a station is asked for its hardware address, because packets to
// others go through it.
func (a *asking) onTheWay(ctx context.Context, station netip.Addr) error {
	a.mu.Lock()
	a.station++
	seq := -a.station
	a.mu.Unlock()
	return a.ahead(ctx, seq, station.String())
}

// tell takes what the door sends to find stations; it is kept with the next result.
func (a *asking) tell(x door.Sent) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, sentOf(a.run, x))
}

// sent is what went to an address; nil when nothing did.
func (a *asking) sent(ip string, p *permit) []scan.Sent {
	if p == nil || p.packets.Load() == 0 {
		return nil
	}
	return []scan.Sent{{RunID: a.run.ID, FacilityID: a.run.FacilityID, Address: ip, How: scan.HowSNMP, Packets: p.packets.Load(), FirstMS: p.firstMS.Load(), LastMS: p.lastMS.Load()}}
}

// note keeps what was sent to a target that stays open.
func (a *asking) note(ctx context.Context, t scan.Target, p *permit) error {
	return a.record(context.WithoutCancel(ctx), t.Seq, a.sent(t.IP, p), nil)
}

// record keeps what was sent to a target, with what the door sent, and that it is not being
// asked any more; with, when not nil, belongs to the same transaction.
func (a *asking) record(ctx context.Context, seq int64, sent []scan.Sent, with func(context.Context, *store.Tx) error) error {
	a.mu.Lock()
	told := a.told
	a.told = nil
	a.mu.Unlock()
	err := a.s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := scan.Note(ctx, tx, append(append([]scan.Sent(nil), sent...), told...)); err != nil {
			return err
		}
		if err := scan.ArrivedAt(ctx, tx, a.run.ID, seq); err != nil || with == nil {
			return err
		}
		return with(ctx, tx)
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.told = append(told, a.told...)
		// Another transaction follows when the target was settled or the ledger refused it.
		code := fault.Of(err).Code
		a.lost = a.lost || !errors.Is(err, errSettled) && (code == fault.CodeInternal || code == fault.CodeUnavailable)
	}
	return err
}

// keepRest keeps what the door sent since the last result. When all that was sent is kept,
// nobody is being asked any more.
func (a *asking) keepRest(ctx context.Context) error {
	err := a.record(context.WithoutCancel(ctx), 0, nil, nil)
	if err != nil || a.lost {
		return err
	}
	return a.s.deps.DB.Tx(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error { return scan.ArrivedAll(ctx, tx, a.run.ID) })
}
