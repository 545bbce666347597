package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// Kinds of jobs of this room. JobEvaluate judges one facility (JobArgs); one waits
// at most. JobAll queues it for every facility; it runs daily (Daily), so that time
// alone is noticed, too: a stocktake that grows old, a contract that ends.
const (
	JobEvaluate = "evidence.evaluate"
	JobAll      = "evidence.evaluate_all"
)

// Daily is the periodic job of this room.
var Daily = job.Periodic{Kind: JobAll, Every: 24 * time.Hour}

// JobArgs are the arguments of JobEvaluate.
type JobArgs struct {
	Facility string `json:"facility"`
}

// settle is how long an evaluation waits for more changes to come: a morning's
// reports of 400 machines cause a few evaluations, not 400.
const settle = 30 * time.Second

// Enqueue asks for an evaluation of a facility soon, in the transaction of the
// change that may alter its outcome.
func Enqueue(ctx context.Context, tx *store.Tx, facilityID string, now time.Time) error {
	_, err := job.Insert(ctx, tx, JobEvaluate, JobArgs{Facility: facilityID}, job.InsertOpts{Unique: facilityID, RunAt: now.Add(settle), Now: now})
	return err
}

// rest is how long a facility is left alone after an evaluation, in durations of
// that evaluation: judging takes at most a tenth of a core, however many reports
// come in and however large the ledger is.
const rest = 9

// maxPause bounds the rest between two rules of an evaluation.
const maxPause = time.Second

// pause leaves half the time to whoever waits for a page or hands in a report: it lasts
// as long as the work before it, at most maxPause, and ends with the job.
func pause(ctx context.Context, worked time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(min(worked, maxPause)):
	}
}

// pace remembers when each facility may be judged again. Its zero value is ready.
type pace struct {
	mu   sync.Mutex
	next map[string]time.Time
}

// wait is how long the facility still rests; 0 = not at all.
func (p *pace) wait(facility string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, time.Until(p.next[facility]))
}

// start begins an evaluation; the returned function ends it.
func (p *pace) start(facility string) (end func()) {
	begin := time.Now()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.next == nil {
			p.next = map[string]time.Time{}
		}
		p.next[facility] = time.Now().Add(rest * time.Since(begin))
	}
}

// Workers gives the workers of both kinds. facilities lists the ids of all
// facilities; it is a room of its own.
func Workers(db *store.DB, cat *catalog.Catalog, facilities func(context.Context) ([]string, error), now func() time.Time) map[string]job.Worker {
	var pace pace
	return map[string]job.Worker{
		JobEvaluate: func(ctx context.Context, j job.Job) error {
			var args JobArgs
			if err := json.Unmarshal(j.Args, &args); err != nil || args.Facility == "" {
				return job.Discard(fmt.Errorf("arguments of %s: %s", j.Kind, j.Args))
			}
			if wait := pace.wait(args.Facility); wait > 0 {
				return job.Snooze(wait)
			}
			defer pace.start(args.Facility)()
			at, last := store.MS(now()), time.Now()
			_, err := Evaluate(ctx, db, cat, Request{FacilityID: args.Facility, AsOfMS: at, NowMS: at,
				Progress: func(done, total int) {
					_ = job.Progress(ctx, int64(done), int64(total))
					pause(ctx, time.Since(last))
					last = time.Now()
				}})
			return err
		},
		JobAll: func(ctx context.Context, _ job.Job) error {
			ids, err := facilities(ctx)
			if err != nil {
				return err
			}
			return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				for _, id := range ids {
					if _, err := job.Insert(ctx, tx, JobEvaluate, JobArgs{Facility: id}, job.InsertOpts{Unique: id, Now: now()}); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}
