package scanner

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"sonae/internal/edge/discover"
	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/edge/discover/snmp"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/scan"
)

// troubleLedger is a device that answered what the ledger refuses; beside the words of
// package snmp.
const troubleLedger = "ledger"

// troubleRight is a server without the right to send packets on a link where it needs it.
const troubleRight = "right"

// errSettled is a target that another server settled meanwhile.
var errSettled = errors.New("the target was settled already")

// one asks one target and writes what became of it. Errors: of the database, or a gate
// that is not loaded; the target stays open then.
func (a *asking) one(ctx context.Context, t scan.Target) error {
	begin := time.Now()
	t.BeforeMS = a.known[t.Address].AnsweredMS
	addrs, port, err := a.s.resolve(ctx, t.Address)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return a.settle(ctx, t, begin, snmp.ErrName, nil, nil)
	}
	t.IP = addrs[0].String()
	for _, addr := range addrs { // a name with one protected address is protected
		if ok, rule := a.gate.Permit(addr, nil); !ok {
			t.IP = addr.String()
			return a.keepBack(ctx, t, begin, refusal(addr, rule), nil)
		}
	}
	if err := a.ahead(ctx, t.Seq, t.IP); err != nil { // before the first packet
		return err
	}
	p := &permit{gate: a.gate, way: a.way, addr: addrs[0]}
	reading, id, err := a.try(ctx, t, netip.AddrPortFrom(addrs[0], port), p)
	if ctx.Err() != nil && err != nil {
		// Stopped under way: it stays open, what was sent is written down.
		return errors.Join(ctx.Err(), a.note(ctx, t, p))
	}
	if left := p.kept.Load(); left != nil {
		return a.keepBack(ctx, t, begin, left, p)
	}
	if err != nil {
		return a.settle(ctx, t, begin, err, nil, p)
	}
	t.CredentialID = id
	return a.settle(ctx, t, begin, nil, &reading, p)
}

// resolve gives the addresses of a target, IPv4 before IPv6, and its port.
func (s *Scanner) resolve(ctx context.Context, target string) ([]netip.Addr, uint16, error) {
	host, port, err := snmp.SplitAddress(target)
	if err != nil {
		return nil, 0, err
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, port, nil
	}
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	list, err := s.deps.Resolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(list) == 0 {
		err = &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	for i := range list {
		list[i] = list[i].Unmap()
	}
	slices.SortStableFunc(list, func(x, y netip.Addr) int { return x.BitLen() - y.BitLen() })
	return list, port, err
}

// try asks with one credential after the other, until one opens the device. Of what went
// wrong it gives the most telling: that nobody answered says less than that a user is not
// known.
func (a *asking) try(ctx context.Context, t scan.Target, at netip.AddrPort, p *permit) (network.Reading, string, error) {
	var worst error
	for _, k := range a.order(t.Address) {
		read := a.read
		if a.light {
			read = a.name
		}
		reading, err := read(ctx, at, k, p)
		if err == nil || p.kept.Load() != nil || ctx.Err() != nil {
			return reading, k.id, err
		}
		if worst == nil || snmp.TroubleOf(worst) == snmp.ErrSilent {
			worst = err
		}
		if snmp.TroubleOf(err) == snmp.ErrOff {
			break
		}
	}
	return network.Reading{}, "", worst
}

func (a *asking) read(ctx context.Context, at netip.AddrPort, k key, p *permit) (network.Reading, error) {
	agent, err := snmp.Dial(ctx, net.JoinHostPort(at.Addr().String(), strconv.Itoa(int(at.Port()))), k.secret, a.s.deps.Patience, p.pass)
	if err != nil {
		return network.Reading{}, err
	}
	defer func() { _ = agent.Close() }()
	reading, err := snmp.Read(ctx, agent, snmp.Limits{}, a.s.deps.Now())
	if err != nil {
		return reading, err
	}
	reading.FacilityID = a.run.FacilityID
	if addr := at.Addr(); !reading.Device.Address.IsValid() && !addr.IsLoopback() {
		reading.Device.Address = addr
	}
	a.ownEngine(&reading)
	return reading, nil
}

// ownEngine takes an engine ID out of a reading that another device of the run has, too:
// it names neither.
func (a *asking) ownEngine(r *network.Reading) {
	id := r.Device.EngineID
	if id == "" {
		return
	}
	bare := r.Device
	bare.EngineID = ""
	a.mu.Lock()
	defer a.mu.Unlock()
	if other, known := a.engines[id]; known && (other != bare.Key() || bare.Key() == "") {
		snmp.DropEngine(r)
		return
	}
	a.engines[id] = bare.Key()
}

// keepBack writes that a rule kept a target back. A gate without its list is no rule: the
// target stays open.
func (a *asking) keepBack(ctx context.Context, t scan.Target, begin time.Time, left *door.Refused, p *permit) error {
	if left.Reason == door.ReasonUnloaded {
		return errors.Join(fault.New(fault.CodeUnavailable, "scan.error.no_list"), a.note(ctx, t, p))
	}
	t.State, t.Rule = scan.LeftOut, ReasonText(left)
	now := a.s.nowMS()
	rule := scan.Sent{RunID: a.run.ID, FacilityID: a.run.FacilityID, Address: t.IP, How: scan.HowSNMP, Rule: t.Rule, FirstMS: now, LastMS: now}
	return a.write(ctx, &t, begin, nil, append(a.sent(t.IP, p), rule))
}

// settle writes what became of a target: its reading, or why there is none.
func (a *asking) settle(ctx context.Context, t scan.Target, begin time.Time, err error, reading *network.Reading, p *permit) error {
	t.State = scan.Answered
	if err != nil {
		trouble := snmp.TroubleOf(err)
		t.State, t.Trouble = scan.Trouble, string(trouble)
		if fault.Is(err, fault.CodeForbidden) {
			t.Trouble = troubleRight
		}
		if t.BeforeMS > 0 && slices.Contains([]snmp.Trouble{snmp.ErrSilent, snmp.ErrOff, snmp.ErrTimeout, snmp.ErrName}, trouble) {
			t.State = scan.Quiet
		}
	}
	werr := a.write(ctx, &t, begin, reading, a.sent(t.IP, p))
	if f := fault.Of(werr); werr != nil && f.Code != fault.CodeInternal && reading != nil {
		a.s.deps.Log.Warn("what a device said was refused", "run", a.run.ID, "address", t.Address, "err", werr)
		t.State, t.Trouble, t.AssetID, t.Taken = scan.Trouble, troubleLedger, "", 0
		return a.write(ctx, &t, begin, nil, a.sent(t.IP, p))
	}
	return werr
}

// write stores a target with what it said, in one transaction. It is stored also when the
// run is being stopped: what was found is not lost.
func (a *asking) write(ctx context.Context, t *scan.Target, begin time.Time, reading *network.Reading, sent []scan.Sent) error {
	ctx = context.WithoutCancel(ctx)
	t.AtMS, t.TookMS = a.s.nowMS(), time.Since(begin).Milliseconds()
	err := a.record(ctx, t.Seq, sent, func(ctx context.Context, tx *store.Tx) error {
		if reading != nil && a.light {
			t.Name = reading.Device.Name
		} else if reading != nil {
			id, took, err := discover.TakeReading(ctx, tx, *reading, t.AtMS)
			if err != nil {
				return err
			}
			t.AssetID, t.Name, t.Partial, t.Taken = id, reading.Device.Name, reading.Partial, int64(took.New+took.Again+len(reading.Interfaces))
		}
		ok, err := scan.Settle(ctx, tx, a.run, *t)
		if err == nil && !ok {
			err = errSettled
		}
		return err
	})
	if errors.Is(err, errSettled) {
		return a.record(ctx, t.Seq, sent, nil)
	}
	if err == nil {
		a.progress(ctx)
	}
	return err
}

// progress tells the job how far it is, for those who list jobs.
func (a *asking) progress(ctx context.Context) {
	done, total := a.done.Add(1), a.total
	if err := job.Progress(ctx, done, max(done, total)); err != nil {
		a.s.deps.Log.Debug("progress not told", "run", a.run.ID, "err", err)
	}
}
