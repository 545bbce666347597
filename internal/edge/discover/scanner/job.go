package scanner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/network/noprobe"
	"sonae/internal/survey/network/scan"
)

// Why a run ends before its targets do.
var (
	errHeld   = errors.New("a person paused or stopped the run")
	errClosed = errors.New("the hours of the schedule are over")
)

func (s *Scanner) tokyo() time.Time { return s.deps.Now().In(text.Tokyo()) }

// due begins the runs whose time has come, and takes care of runs that lost their job.
func (s *Scanner) due(ctx context.Context, _ job.Job) error {
	plans, err := scan.Plans(ctx, s.deps.DB, nil)
	if err != nil {
		return err
	}
	for _, p := range plans {
		slot, ok := p.Settings.Schedule.Slot(store.Time(p.CreatedMS), s.tokyo())
		if !p.Enabled || !ok || store.MS(slot) < p.CreatedMS {
			continue
		}
		taken, err := scan.Taken(ctx, s.deps.DB, p.ID, store.MS(slot))
		if err != nil {
			return err
		}
		if taken {
			continue
		}
		err = s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := scan.Ask(ctx, tx, p, "", store.MS(slot), s.nowMS())
			return err
		})
		if err != nil && !fault.Is(err, fault.CodeConflict) { // conflict: somebody was quicker
			return err
		}
	}
	return s.findLost(ctx)
}

// findLost gives runs a job again whose job is gone, and ends those it was given up for.
func (s *Scanner) findLost(ctx context.Context) error {
	before := s.nowMS() - lostAfter.Milliseconds()
	lost, err := scan.Lost(ctx, s.deps.DB, before)
	if err != nil {
		return err
	}
	if err := s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.LapseEnded(ctx, tx, before) }); err != nil {
		return err
	}
	for _, r := range lost {
		j, err := job.ByID(ctx, s.deps.DB, r.JobID)
		gone := fault.Is(err, fault.CodeNotFound)
		if err != nil && !gone {
			return err
		}
		if !gone && (j.State == job.Available || j.State == job.Running) {
			continue
		}
		err = s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if r.PlanID == "" || !gone && j.State == job.Discarded {
				return scan.Finish(ctx, tx, r.ID, fault.New(fault.CodeUnavailable, "scan.error.gave_up"), s.nowMS())
			}
			return scan.Requeue(ctx, tx, r, s.nowMS())
		})
		if err != nil && !fault.Is(err, fault.CodeConflict) {
			return err
		}
	}
	return nil
}

func (s *Scanner) tidy(ctx context.Context, _ job.Job) error {
	for more := true; more; {
		err := s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			more, err = scan.Tidy(ctx, tx, scan.SentMost, s.nowMS())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// work carries out one run, from where it is, to its end or until it is to stop.
func (s *Scanner) work(ctx context.Context, j job.Job) error {
	var a scan.RunArgs
	if err := json.Unmarshal(j.Args, &a); err != nil {
		return job.Discard(fmt.Errorf("arguments of a run: %w", err))
	}
	r, err := scan.RunByID(ctx, s.deps.DB, a.Run)
	if fault.Is(err, fault.CodeNotFound) {
		return job.Discard(err)
	}
	if err != nil || !r.State.Live() || r.State == scan.Paused {
		return err
	}
	p, err := scan.PlanAt(ctx, s.deps.DB, r.PlanID, r.PlanRevision)
	if err != nil {
		return s.fail(ctx, r, err)
	}
	leave, ok := s.enter(r.Kind)
	if !ok {
		return job.Snooze(busyWait)
	}
	defer leave()
	err = s.carryOut(ctx, r, p)
	if errors.Is(err, errClosed) {
		return s.later(ctx, r, p)
	}
	if err != nil && ctx.Err() == nil && (j.Attempt >= j.MaxAttempts || hopeless(err)) {
		return s.fail(ctx, r, err)
	}
	return err
}

// hopeless reports errors that another try does not mend: a right that is missing, a plan
// that cannot be carried out.
func hopeless(err error) bool {
	f := fault.Of(err)
	return f.Code != fault.CodeInternal && f.Code != fault.CodeUnavailable
}

// later puts a run off to the next hours of its schedule.
func (s *Scanner) later(ctx context.Context, r scan.Run, p scan.Plan) error {
	err := s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.Wait(ctx, tx, r.ID, s.nowMS()) })
	if err != nil && !fault.Is(err, fault.CodeConflict) { // conflict: it waits already, or a person stopped it
		return err
	}
	_, again := p.Settings.Schedule.Allows(s.tokyo())
	return job.Snooze(max(time.Second, again.Sub(s.deps.Now())))
}

// fail ends a run with what was wrong, for people, and its job.
func (s *Scanner) fail(ctx context.Context, r scan.Run, err error) error {
	noted := s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return scan.Finish(ctx, tx, r.ID, fault.Of(err), s.nowMS())
	})
	if noted != nil && !fault.Is(noted, fault.CodeConflict) {
		return errors.Join(err, noted)
	}
	return job.Discard(err)
}

// carryOut sends, as long as the run is to go on.
func (s *Scanner) carryOut(ctx context.Context, r scan.Run, p scan.Plan) error {
	if !s.allowed(r, p) {
		return errClosed
	}
	gate, err := noprobe.Load(ctx, s.deps.DB, r.FacilityID, s.deps.Now)
	if err != nil {
		return fmt.Errorf("do-not-probe list of run %s: %w", r.ID, err)
	}
	err = s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.Begin(ctx, tx, r.ID, s.nowMS()) })
	if fault.Is(err, fault.CodeConflict) { // paused or stopped meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	work, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		s.watch(work, cancel, r, p, gate)
	}()
	err = s.send(work, r, p, gate)
	cause := context.Cause(work)
	cancel(nil)
	<-watched
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(cause, errHeld):
		return nil
	case cause != nil:
		return cause
	case err != nil:
		return err
	}
	err = s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.Finish(ctx, tx, r.ID, nil, s.nowMS()) })
	if fault.Is(err, fault.CodeConflict) { // stopped with the last target
		return nil
	}
	return err
}

// send does what the kind of the plan is.
func (s *Scanner) send(ctx context.Context, r scan.Run, p scan.Plan, gate *noprobe.Gate) error {
	if p.Kind == scan.KindSweep {
		return s.sweep(ctx, r, p, gate)
	}
	return s.ask(ctx, r, p, gate)
}

// allowed reports whether a run may send now: one that a person began always may.
func (s *Scanner) allowed(r scan.Run, p scan.Plan) bool {
	ok, _ := p.Settings.Schedule.Allows(s.tokyo())
	return ok || r.SlotMS == 0
}

// watch ends the work when a person wants it or the hours are over, and reads the
// do-not-probe list anew. While the list cannot be read the gate permits nothing; the
// work ends then and the queue tries it again.
func (s *Scanner) watch(ctx context.Context, cancel context.CancelCauseFunc, r scan.Run, p scan.Plan, gate *noprobe.Gate) {
	look, list := time.NewTicker(lookEvery), time.NewTicker(gateEvery)
	defer look.Stop()
	defer list.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-list.C:
			if err := gate.Reload(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("do-not-probe list of run %s: %w", r.ID, err))
				return
			}
		case <-look.C:
			state, err := scan.StateOf(ctx, s.deps.DB, r.ID)
			switch {
			case err != nil: // the next look tells
			case state != scan.Running:
				cancel(errHeld)
				return
			case !s.allowed(r, p):
				cancel(errClosed)
				return
			}
		}
	}
}
