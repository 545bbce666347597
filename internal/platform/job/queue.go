package job

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sonae/internal/platform/store"
)

// Periodic inserts a job of a kind again and again, once over all servers.
type Periodic struct {
	Kind  string
	Every time.Duration
}

// Config sets up a Queue. Zero fields get the defaults named at each.
type Config struct {
	Workers  map[string]Worker // by kind; jobs of other kinds are left for other servers
	Periodic []Periodic
	// Waited are kinds that a person waits for. One place is kept for them, so that
	// a long evaluation never holds up somebody's pack; none = every kind is equal.
	Waited      []string
	Concurrency int           // jobs at a time on this server; 4, and with Waited at least 2
	Poll        time.Duration // how often to look for work; 500 ms
	// Lease is how long a job stays with a server that gives no sign of life; 60 s.
	// Servers' clocks may differ by up to two thirds of it.
	Lease time.Duration
	Keep  time.Duration    // how long finished jobs are kept for people to see; 24 h
	Now   func() time.Time // time.Now
	Log   *slog.Logger     // slog.Default()
}

// Queue works on jobs. Make it with New, start it once with Run.
type Queue struct {
	db    *store.DB
	cfg   Config
	kinds []string      // those nobody waits for, when Waited are named
	first []string      // Waited that this server works on
	slots chan struct{} // one token a running job
	quiet atomic.Int32  // running jobs that nobody waits for
	wake  chan struct{}
	wg    sync.WaitGroup
	tidy  time.Time // when finished jobs were last removed
}

// New makes a queue; nothing runs yet.
func New(db *store.DB, cfg Config) *Queue {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&cfg.Poll, 500*time.Millisecond)
	def(&cfg.Lease, time.Minute)
	def(&cfg.Keep, 24*time.Hour)
	if cfg.Concurrency == 0 {
		cfg.Concurrency = 4
	}
	if len(cfg.Waited) > 0 {
		cfg.Concurrency = max(cfg.Concurrency, 2)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	q := &Queue{db: db, cfg: cfg, slots: make(chan struct{}, cfg.Concurrency), wake: make(chan struct{}, 1)}
	for _, kind := range slices.Sorted(maps.Keys(cfg.Workers)) {
		if slices.Contains(cfg.Waited, kind) {
			q.first = append(q.first, kind)
		} else {
			q.kinds = append(q.kinds, kind)
		}
	}
	return q
}

// Wake makes the queue look for work now; call it after a commit that inserted a
// job which somebody waits for. Never blocks.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. Then running jobs are told to stop, awaited, and put
// back for the next start without counting as an attempt. It returns nil then; a
// database that is away is logged and tried again.
func (q *Queue) Run(ctx context.Context) error {
	jobs, stop := context.WithCancel(ctx)
	defer q.wg.Wait()
	defer stop()
	tick := time.NewTicker(q.cfg.Poll)
	defer tick.Stop()
	for {
		if err := q.step(jobs); err != nil && ctx.Err() == nil {
			q.cfg.Log.Error("job queue", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-q.wake:
		}
	}
}

// step does one round: periodic jobs, removing old ones, starting what is ready.
func (q *Queue) step(ctx context.Context) error {
	now := q.cfg.Now()
	if err := q.periodic(ctx, now); err != nil {
		return err
	}
	if now.Sub(q.tidy) > 10*time.Minute {
		q.tidy = now
		if err := q.removeOld(ctx, now); err != nil {
			return err
		}
	}
	free := cap(q.slots) - len(q.slots)
	begun, err := q.start(ctx, q.first, free, nil)
	if err != nil {
		return err
	}
	free -= begun
	if len(q.first) > 0 {
		free = min(free, cap(q.slots)-1-int(q.quiet.Load()))
	}
	_, err = q.start(ctx, q.kinds, free, &q.quiet)
	return err
}

// start begins up to n jobs of the kinds and says how many; count, if given, is
// how many of them run.
func (q *Queue) start(ctx context.Context, kinds []string, n int, count *atomic.Int32) (int, error) {
	if n <= 0 || len(kinds) == 0 {
		return 0, nil
	}
	jobs, err := q.claim(ctx, kinds, n)
	for _, j := range jobs {
		q.slots <- struct{}{}
		if count != nil {
			count.Add(1)
		}
		q.wg.Go(func() {
			defer q.Wake() // a slot is free
			defer func() {
				if count != nil {
					count.Add(-1)
				}
				<-q.slots
			}()
			q.work(ctx, j)
		})
	}
	return len(jobs), err
}

// periodic inserts what is due. The row's time moves in the same transaction, so
// of several servers one inserts.
func (q *Queue) periodic(ctx context.Context, now time.Time) error {
	for _, p := range q.cfg.Periodic {
		var next int64
		err := q.db.QueryRow(ctx, `SELECT coalesce(max(next_ms), 0) FROM job_periodic WHERE kind = $1`, p.Kind).Scan(&next)
		if err != nil {
			return fmt.Errorf("periodic job %s: %w", p.Kind, err)
		}
		if next > store.MS(now) {
			continue
		}
		err = q.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			res, err := tx.Exec(ctx, `INSERT INTO job_periodic (kind, next_ms) VALUES ($1, $2)
				ON CONFLICT (kind) DO UPDATE SET next_ms = excluded.next_ms WHERE job_periodic.next_ms = $3`,
				p.Kind, store.MS(now.Add(p.Every)), next)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return err
			}
			_, err = Insert(ctx, tx, p.Kind, struct{}{}, InsertOpts{Unique: "periodic", Now: now})
			return err
		})
		if err != nil {
			return fmt.Errorf("periodic job %s: %w", p.Kind, err)
		}
	}
	return nil
}

// removeOld forgets finished jobs, some at a time.
func (q *Queue) removeOld(ctx context.Context, now time.Time) error {
	return q.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM job WHERE id IN (SELECT id FROM job WHERE finished_ms IS NOT NULL AND finished_ms < $1
			ORDER BY finished_ms LIMIT 5000)`, store.MS(now.Add(-q.cfg.Keep)))
		return err
	})
}

// ready is the condition for jobs to start, with the time as $1 and $2. One whose
// unique twin still runs waits for it.
const ready = `((state = 'available' AND run_at_ms <= $1) OR (state = 'running' AND lease_until_ms < $2))
	AND NOT (state = 'available' AND unique_key IS NOT NULL AND EXISTS (SELECT 1 FROM job AS twin
		WHERE twin.kind = job.kind AND twin.unique_key = job.unique_key AND twin.state = 'running'))`

// claim takes up to n jobs of the kinds for this server. It looks before it opens a
// transaction: an idle server must not keep the writer busy.
func (q *Queue) claim(ctx context.Context, kinds []string, n int) ([]Job, error) {
	nowMS := store.MS(q.cfg.Now())
	args := []any{nowMS, nowMS}
	where := ready + " AND " + store.In("kind", kinds, &args)
	var found int
	if err := q.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM job WHERE `+where+` LIMIT 1) AS t`, args...).Scan(&found); err != nil || found == 0 {
		return nil, err
	}
	args = append(args, n)
	var jobs []Job
	err := q.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		jobs = nil
		ids, err := readIDs(ctx, tx, fmt.Sprintf(`SELECT id FROM job WHERE %s ORDER BY run_at_ms, id LIMIT $%d%s`, where, len(args), tx.SkipLocked()), args)
		if err != nil {
			return err
		}
		for _, id := range ids {
			j, ok, err := q.take(ctx, tx, id, nowMS)
			if err != nil {
				return err
			}
			if ok {
				jobs = append(jobs, j)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	return jobs, nil
}

func readIDs(ctx context.Context, tx *store.Tx, query string, args []any) ([]string, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// take starts an attempt. A job whose servers died at every attempt is given up:
// it may be what kills them.
func (q *Queue) take(ctx context.Context, tx *store.Tx, id string, nowMS int64) (Job, bool, error) {
	res, err := tx.Exec(ctx, `UPDATE job SET state = 'discarded', finished_ms = $1, lease_until_ms = NULL,
		last_error = 'the server stopped without notice in the last attempt' WHERE id = $2 AND state = 'running' AND attempt >= max_attempts`, nowMS, id)
	if err != nil {
		return Job{}, false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return Job{}, false, err
	}
	j, err := scan(tx.QueryRow(ctx, `UPDATE job SET state = 'running', attempt = attempt + 1, lease_until_ms = $1 WHERE id = $2 RETURNING `+cols,
		nowMS+q.cfg.Lease.Milliseconds(), id).Scan)
	return j, err == nil, err
}
