package scanner

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"sonae/internal/edge/discover/snmp"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
	"sonae/internal/survey/network/scan"
)

// sysName is what a test asks for (RFC 3418).
const sysName = ".1.3.6.1.2.1.1.5.0"

// Try carries out the test of a credential that scan.Try began: one request for the name
// of the device. Nothing is taken into the ledger. What was wrong stands in the target;
// errors are those of the database and of a do-not-probe list that cannot be read.
func (s *Scanner) Try(ctx context.Context, c scan.Credential, r scan.Run) (scan.Target, error) {
	t, err := s.tryOnce(ctx, c, r)
	end := context.WithoutCancel(ctx)
	ended := s.deps.DB.Tx(end, func(ctx context.Context, tx *store.Tx) error {
		var problem *fault.Error
		if err != nil {
			problem = fault.New(fault.CodeUnavailable, "scan.error.gave_up")
		}
		return scan.Finish(ctx, tx, r.ID, problem, s.nowMS())
	})
	if err == nil {
		err = ended
	}
	return t, err
}

func (s *Scanner) tryOnce(ctx context.Context, c scan.Credential, r scan.Run) (t scan.Target, err error) {
	open, err := scan.OpenTargets(ctx, s.deps.DB, r.ID, 0, 1)
	if err != nil {
		return t, err
	}
	if len(open) == 0 {
		return t, fault.NotFound("scan.error.run_not_found")
	}
	k, err := s.open(c)
	if err != nil {
		return t, err
	}
	gate, err := noprobe.Load(ctx, s.deps.DB, r.FacilityID, s.deps.Now)
	if err != nil {
		return t, err
	}
	a := &asking{s: s, run: r, gate: gate, keys: []key{k}, known: map[string]scan.Known{}, engines: map[string]string{}, light: true}
	if err := a.open(); err != nil {
		return t, err
	}
	defer func() { _ = a.way.Close() }()
	if err := errors.Join(a.one(ctx, open[0]), a.keepRest(ctx)); err != nil {
		return t, err
	}
	list, _, err := scan.Report(ctx, s.deps.DB, scan.TargetFilter{RunID: r.ID, Limit: 1})
	if err != nil || len(list) == 0 {
		return t, err
	}
	return list[0], nil
}

// name asks a device for its name only.
func (a *asking) name(ctx context.Context, at netip.AddrPort, k key, p *permit) (network.Reading, error) {
	agent, err := snmp.Dial(ctx, net.JoinHostPort(at.Addr().String(), strconv.Itoa(int(at.Port()))), k.secret, a.s.deps.Patience, p.pass)
	if err != nil {
		return network.Reading{}, err
	}
	defer func() { _ = agent.Close() }()
	ctx, stop := context.WithTimeout(ctx, 15*time.Second)
	defer stop()
	v, err := agent.Get(ctx, []string{sysName})
	if err != nil {
		return network.Reading{}, err
	}
	var r network.Reading
	if len(v) > 0 {
		r.Device.Name = v[0].Value.Name()
	}
	return r, nil
}
