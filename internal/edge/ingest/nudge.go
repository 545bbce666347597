package ingest

import (
	"context"
	"sync"
	"time"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/evidence"
)

// nudges asks for evaluations after the reports are committed, at most once per
// facility and evaluateDelay. Asking inside each report's transaction would make all
// reports of a facility wait for each other at the one waiting job. What a crash
// loses between the commit and the asking is made good when a server starts: it
// evaluates everything then.
type nudges struct {
	mu      sync.Mutex
	places  map[string]*nudged
	closed  bool
	running sync.WaitGroup // timers that wait or ask
	enqueue func(facility string, at time.Time) error
}

// nudged is a facility: when it was last asked for, and the timer that will ask next.
type nudged struct {
	last  time.Time
	at    time.Time // server time of the newest report
	timer *time.Timer
}

// retryAfter is how long asking waits when the database did not take it.
const retryAfter = 10 * time.Second

// ask makes an evaluation of the facility certain, at once or together with others;
// at is the server's time.
func (n *nudges) ask(facility string, at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.places == nil {
		n.places = map[string]*nudged{}
	}
	p := n.places[facility]
	if p == nil {
		p = &nudged{}
		n.places[facility] = p
	}
	p.at = at
	if p.timer != nil || n.closed {
		return
	}
	n.later(facility, p, evaluateDelay-time.Since(p.last))
}

// later asks after a wait. The caller holds mu.
func (n *nudges) later(facility string, p *nudged, wait time.Duration) {
	n.running.Add(1)
	p.timer = time.AfterFunc(max(wait, 0), func() {
		defer n.running.Done()
		n.mu.Lock()
		at := p.at
		n.mu.Unlock()
		err := n.enqueue(facility, at)
		n.mu.Lock()
		defer n.mu.Unlock()
		p.timer, p.last = nil, time.Now()
		if err != nil && !n.closed {
			n.later(facility, p, retryAfter)
		}
	})
}

// close asks at once for what still waits, and takes nothing more.
func (n *nudges) close() {
	n.mu.Lock()
	left := map[string]time.Time{}
	n.closed = true
	for facility, p := range n.places {
		if p.timer != nil && p.timer.Stop() {
			n.running.Done()
			left[facility] = p.at
		}
	}
	n.mu.Unlock()
	for facility, at := range left {
		_ = n.enqueue(facility, at)
	}
	n.running.Wait()
}

// enqueue inserts the job and tells the log when it cannot.
func (s *Server) enqueue(facility string, now time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := job.Insert(ctx, tx, evidence.JobEvaluate, evidence.JobArgs{Facility: facility}, job.InsertOpts{Unique: facility, Now: now, RunAt: now.Add(evaluateDelay)})
		return err
	})
	if err != nil {
		s.log.Warn("could not ask for an evaluation", "facility", facility, "err", err)
	}
	return err
}

// Close asks for the evaluations that still wait. Call it when no report comes in any
// more and the database is still open.
func (s *Server) Close() { s.nudges.close() }
