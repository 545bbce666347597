package job

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"sonae/internal/platform/store"
)

// run is a job at work on this server.
type run struct {
	q      *Queue
	job    Job
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	told time.Time // when progress was last stored
}

type runKey struct{}

// Reasons for which a job's context ends.
var (
	// ErrLost is the cause when the job was cancelled, or another server has it.
	ErrLost = errors.New("job was cancelled or taken over")
)

// Progress says how far the job of this context is. It is stored twice a second at
// most, and always when done reaches total. It returns an error when the job should
// stop. Outside a job it does nothing.
func Progress(ctx context.Context, done, total int64) error {
	r, ok := ctx.Value(runKey{}).(*run)
	if !ok {
		return ctx.Err()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	now := r.q.cfg.Now()
	r.mu.Lock()
	skip := done != total && now.Sub(r.told) < 500*time.Millisecond
	if !skip {
		r.told = now
	}
	r.mu.Unlock()
	if skip {
		return nil
	}
	return r.update(ctx, `UPDATE job SET done = $1, total = $2 WHERE id = $3 AND attempt = $4 AND state = 'running'`, done, total)
}

// update changes the job's row if this server still has it. The last two
// parameters of query must be id and attempt.
func (r *run) update(ctx context.Context, query string, args ...any) error {
	err := r.q.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, query, append(append([]any(nil), args...), r.job.ID, r.job.Attempt)...)
		if err != nil {
			return fmt.Errorf("update job %s: %w", r.job.ID, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrLost
	})
	if errors.Is(err, ErrLost) {
		r.cancel(ErrLost)
	}
	return err
}

// work runs one attempt to its end.
func (q *Queue) work(stop context.Context, j Job) {
	ctx, cancel := context.WithCancelCause(stop)
	defer cancel(nil)
	r := &run{q: q, job: j, cancel: cancel}
	beat := make(chan struct{})
	go func() {
		defer close(beat)
		r.heartbeat(ctx)
	}()
	err := q.call(context.WithValue(ctx, runKey{}, r), j)
	lost := errors.Is(context.Cause(ctx), ErrLost)
	cancel(nil)
	<-beat
	if lost {
		return
	}
	// The end is stored even while the server stops.
	end, done := context.WithTimeout(context.WithoutCancel(stop), 10*time.Second)
	defer done()
	if err := r.finish(end, stop.Err() != nil, err); err != nil && !errors.Is(err, ErrLost) {
		q.cfg.Log.Error("job end not stored; it will run again", "job", j.ID, "kind", j.Kind, "err", err)
	}
}

// heartbeat renews the lease three times in its length.
func (r *run) heartbeat(ctx context.Context) {
	tick := time.NewTicker(r.q.cfg.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := r.renew(ctx)
		if err != nil && !errors.Is(err, ErrLost) && ctx.Err() == nil {
			r.q.cfg.Log.Warn("job lease not renewed", "job", r.job.ID, "err", err)
		}
	}
}

func (r *run) renew(ctx context.Context) error {
	return r.update(ctx, `UPDATE job SET lease_until_ms = $1 WHERE id = $2 AND attempt = $3 AND state = 'running'`,
		store.MS(r.q.cfg.Now().Add(r.q.cfg.Lease)))
}

// call runs the worker; a panic becomes an error.
func (q *Queue) call(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			q.cfg.Log.Error("job panic", "job", j.ID, "kind", j.Kind, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return q.cfg.Workers[j.Kind](ctx, j)
}

// finish stores how the attempt ended.
func (r *run) finish(ctx context.Context, stopping bool, err error) error {
	nowMS := store.MS(r.q.cfg.Now())
	var d *discard
	var s *snooze
	switch {
	case err == nil:
		return r.end(ctx, Completed, "", nowMS)
	case stopping:
		return r.again(ctx, nowMS, r.job.Attempt-1, r.job.LastError)
	case errors.As(err, &s):
		return r.again(ctx, nowMS+s.wait.Milliseconds(), r.job.Attempt-1, "")
	case errors.As(err, &d), r.job.Attempt >= r.job.MaxAttempts:
		r.q.cfg.Log.Error("job given up", "job", r.job.ID, "kind", r.job.Kind, "attempt", r.job.Attempt, "err", err)
		return r.end(ctx, Discarded, cut(err.Error()), nowMS)
	default:
		r.q.cfg.Log.Warn("job will be tried again", "job", r.job.ID, "kind", r.job.Kind, "attempt", r.job.Attempt, "err", err)
		return r.again(ctx, nowMS+backoff(r.job.Attempt).Milliseconds(), r.job.Attempt, cut(err.Error()))
	}
}

func (r *run) end(ctx context.Context, state State, lastError string, nowMS int64) error {
	return r.update(ctx, `UPDATE job SET state = $1, last_error = $2, finished_ms = $3, lease_until_ms = NULL
		WHERE id = $4 AND attempt = $5 AND state = 'running'`, string(state), lastError, nowMS)
}

// again puts the job back. When its unique twin waits already, that one does the
// work and this one ends.
func (r *run) again(ctx context.Context, runAtMS int64, attempt int, lastError string) error {
	err := r.update(ctx, `UPDATE job SET state = 'available', run_at_ms = $1, attempt = $2, last_error = $3, lease_until_ms = NULL
		WHERE id = $4 AND attempt = $5 AND state = 'running'`, runAtMS, attempt, lastError)
	if store.KindOf(err) == store.KindUnique {
		return r.end(ctx, Discarded, "replaced by a newer job of the same key", store.MS(r.q.cfg.Now()))
	}
	return err
}

// cut bounds an error text for the row; NUL has no place in PostgreSQL's text.
func cut(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
	if len(s) > 2000 {
		s = strings.ToValidUTF8(s[:2000], "")
	}
	return s
}

// backoff is attempt⁴ seconds (River's policy), at most an hour, ± 10 %.
func backoff(attempt int) time.Duration {
	a := min(attempt, 8) // 8⁴ s is already more than an hour
	d := min(time.Duration(a*a*a*a)*time.Second, time.Hour)
	return d - d/10 + rand.N(d/5+1)
}
