package scanner

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/edge/discover/snmp"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network/noprobe"
	"sonae/internal/survey/network/scan"
)

// ahead is how many targets are read from the database at a time.
const ahead = 64

// key is a credential ready to be tried.
type key struct {
	id     string
	secret snmp.Credential
}

// asking is one run of SNMP at work.
type asking struct {
	s     *Scanner
	run   scan.Run
	gate  *noprobe.Gate
	way   *door.Door
	keys  []key
	known map[string]scan.Known
	light bool // a credential is tried: only the name is asked for, nothing is taken

	done  atomic.Int64 // targets that are settled
	total int64

	mu      sync.Mutex
	engines map[string]string // engine ID → key of the device that showed it first
	failed  error
	told    []scan.Sent // what the door sent to find stations, not yet kept
	station int64       // stations on the way that were written down
	lost    bool        // something that was sent could not be kept
}

// ask asks every open target of a run, several at a time. No transaction is open while
// it waits for the network.
func (s *Scanner) ask(ctx context.Context, r scan.Run, p scan.Plan, gate *noprobe.Gate) error {
	a := &asking{s: s, run: r, gate: gate, engines: map[string]string{}}
	if err := s.lapse(ctx, r, 0); err != nil {
		return err
	}
	if err := a.open(); err != nil {
		return err
	}
	defer func() { _ = a.way.Close() }()
	if err := a.prepare(ctx, p); err != nil {
		return err
	}
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan scan.Target)
	var workers sync.WaitGroup
	for range min(max(1, p.Settings.Workers), scan.WorkersMost) {
		workers.Go(func() {
			for t := range next {
				if work.Err() != nil {
					continue
				}
				if err := a.one(work, t); err != nil {
					a.fail(err)
					cancel()
				}
			}
		})
	}
	err := a.feed(work, next)
	close(next)
	workers.Wait()
	kept := a.keepRest(ctx)
	if a.failed != nil {
		return a.failed
	}
	return errors.Join(err, kept)
}

func (a *asking) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed == nil && !errors.Is(err, context.Canceled) {
		a.failed = err
	}
}

// prepare writes the targets when the run begins, and opens the credentials. A credential
// that is gone is left out; a run without any fails.
func (a *asking) prepare(ctx context.Context, p scan.Plan) error {
	db := a.s.deps.DB
	a.done.Store(a.run.Done)
	if a.total = a.run.Total; a.total == 0 {
		list, err := scan.ReadTargets(p.Settings.Targets)
		if err != nil {
			return err
		}
		a.total = int64(len(list))
		if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.SetTargets(ctx, tx, a.run.ID, list) }); err != nil {
			return err
		}
	}
	for _, id := range p.Settings.Credentials {
		c, err := scan.CredentialByID(ctx, db, id)
		if fault.Is(err, fault.CodeNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		k, err := a.s.open(c)
		if err != nil {
			return err
		}
		a.keys = append(a.keys, k)
	}
	if len(a.keys) == 0 {
		return fault.Conflict("scan.error.no_credential")
	}
	var err error
	a.known, err = scan.KnownOf(ctx, db, a.run.FacilityID)
	return err
}

func (s *Scanner) open(c scan.Credential) (key, error) {
	secret, err := c.Open(s.deps.Seal)
	return key{c.ID, credentialOf(c, secret)}, err
}

// feed hands the open targets to the workers, in order.
func (a *asking) feed(ctx context.Context, next chan<- scan.Target) error {
	for after := int64(0); ; {
		list, err := scan.OpenTargets(ctx, a.s.deps.DB, a.run.ID, after, ahead)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, t := range list {
			select {
			case next <- t:
				after = t.Seq
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// order is in which order credentials are tried on a target: the one that opened it last
// time first.
func (a *asking) order(address string) []key {
	last := a.known[address].CredentialID
	list := slices.Clone(a.keys)
	slices.SortStableFunc(list, func(x, y key) int {
		switch {
		case x.id == last && y.id != last:
			return -1
		case y.id == last && x.id != last:
			return 1
		}
		return 0
	})
	return list
}
