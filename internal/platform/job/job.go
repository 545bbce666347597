// Package job is a small durable queue on the database, in the words of River
// (kind, args, unique, attempt, periodic), so that River could replace it. A job
// is inserted in the transaction of the change that needs it: after a crash there
// is either both or neither. Any number of servers work on one queue.
//
// A running job holds a lease that its server renews; when the server dies, the
// lease runs out and another takes the job. So a job may run more than once and
// must be written for that. Its attempt number fences late writers off.
//
//	id, err := job.Insert(ctx, tx, "evaluate", args, job.InsertOpts{Unique: assetID})
//
//	q := job.New(db, job.Config{Workers: map[string]job.Worker{"evaluate": evaluate}})
//	err := q.Run(ctx) // until ctx ends; unfinished jobs go back to the queue
package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// State is where a job stands.
type State string

// The states of a job.
const (
	Available State = "available" // waits for its time or a free worker
	Running   State = "running"
	Completed State = "completed"
	Discarded State = "discarded" // gave up after MaxAttempts, or the worker said Discard
	Cancelled State = "cancelled" // a person stopped it
)

// Job is one piece of work.
type Job struct {
	ID          string
	Kind        string
	Args        json.RawMessage
	State       State
	Attempt     int // 1 while it runs for the first time
	MaxAttempts int
	RunAtMS     int64
	CreatedMS   int64
	FinishedMS  int64 // 0 = not finished
	// Done and Total are what Progress last said, also from an earlier attempt: a
	// long job can go on from Done. Total 0 = unknown.
	Done, Total int64
	LastError   string // for operators; at most 2000 bytes
}

// Worker does the jobs of one kind. It runs on its own goroutine; ctx ends when the
// job is cancelled, its lease is lost or the server stops: return soon then. A nil
// error completes the job; Discard and Snooze are special; any other error, and a
// panic, makes it wait and try again.
type Worker func(ctx context.Context, j Job) error

// InsertOpts says when and how often. The zero value: now, not unique, 10 attempts.
type InsertOpts struct {
	// Unique lets only one job of this kind and key wait; inserting another gives
	// the ID of the waiting one. One that already runs does not count, because it
	// may have read what has changed since; the two never run at the same time.
	Unique      string
	RunAt       time.Time
	MaxAttempts int
	Now         time.Time // for tests; zero = time.Now
}

// maxArgsBytes bounds the arguments: they name things, they do not carry them.
const maxArgsBytes = 64 << 10

// Insert adds a job in the caller's transaction and gives its ID. args must encode
// to JSON.
func Insert(ctx context.Context, tx *store.Tx, kind string, args any, o InsertOpts) (string, error) {
	body, err := json.Marshal(args)
	if err != nil {
		return "", fmt.Errorf("job %s: encode args: %w", kind, err)
	}
	if len(body) > maxArgsBytes {
		return "", fmt.Errorf("job %s: args of %d bytes, at most %d", kind, len(body), maxArgsBytes)
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.RunAt.IsZero() {
		o.RunAt = o.Now
	}
	if o.MaxAttempts == 0 {
		o.MaxAttempts = 10
	}
	id := store.NewID()
	unique := sql.NullString{String: o.Unique, Valid: o.Unique != ""}
	// DO UPDATE in place of DO NOTHING: the row that is there comes back locked and
	// cannot start between this statement and the commit. An earlier time wins.
	err = tx.QueryRow(ctx, `INSERT INTO job (id, kind, args, unique_key, state, max_attempts, run_at_ms, created_ms)
		VALUES ($1, $2, $3, $4, 'available', $5, $6, $7)
		ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL AND state = 'available'
		DO UPDATE SET run_at_ms = CASE WHEN excluded.run_at_ms < job.run_at_ms THEN excluded.run_at_ms ELSE job.run_at_ms END
		RETURNING id`,
		id, kind, string(body), unique, o.MaxAttempts, store.MS(o.RunAt), store.MS(o.Now)).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("insert job %s: %w", kind, err)
	}
	return id, nil
}

// Discard wraps an error that trying again will not mend: the job ends at once.
func Discard(err error) error { return &discard{err} }

type discard struct{ err error }

func (d *discard) Error() string { return d.err.Error() }
func (d *discard) Unwrap() error { return d.err }

// Snooze makes the job wait this long without counting as an attempt.
func Snooze(wait time.Duration) error { return &snooze{wait} }

type snooze struct{ wait time.Duration }

func (s *snooze) Error() string { return "snooze " + s.wait.String() }

const cols = `id, kind, args, state, attempt, max_attempts, run_at_ms, created_ms, finished_ms, done, total, last_error`

func scan(row func(...any) error) (Job, error) {
	var j Job
	var args string
	var finished sql.NullInt64
	err := row(&j.ID, &j.Kind, &args, &j.State, &j.Attempt, &j.MaxAttempts, &j.RunAtMS, &j.CreatedMS, &finished, &j.Done, &j.Total, &j.LastError)
	j.Args, j.FinishedMS = json.RawMessage(args), finished.Int64
	return j, err
}

// ByID finds a job; one that finished long ago is gone (not found).
func ByID(ctx context.Context, q store.Querier, id string) (Job, error) {
	j, err := scan(q.QueryRow(ctx, `SELECT `+cols+` FROM job WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return j, fault.NotFound("job.error.unknown")
	}
	return j, err
}

// List gives the newest jobs first; kind and state may be empty. At most limit.
func List(ctx context.Context, q store.Querier, kind string, state State, limit int) ([]Job, error) {
	rows, err := q.Query(ctx, `SELECT `+cols+` FROM job WHERE ($1 = '' OR kind = $2) AND ($3 = '' OR state = $4)
		ORDER BY id DESC LIMIT $5`, kind, kind, string(state), string(state), limit)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Job
	for rows.Next() {
		j, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		out = append(out, j)
	}
	return out, rows.Err()
}

// Counts gives the number of jobs by state, for health and metrics.
func Counts(ctx context.Context, q store.Querier) (map[State]int64, error) {
	rows, err := q.Query(ctx, `SELECT state, count(*) FROM job GROUP BY state`)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[State]int64{}
	for rows.Next() {
		var s State
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		out[s] = n
	}
	return out, rows.Err()
}

// Cancel ends a job that waits or runs; a running one learns of it within a third
// of its lease, on whichever server. A finished job is a conflict.
func Cancel(ctx context.Context, tx *store.Tx, id string, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE job SET state = 'cancelled', finished_ms = $1, lease_until_ms = NULL
		WHERE id = $2 AND state IN ('available', 'running')`, nowMS, id)
	if err != nil {
		return fmt.Errorf("cancel job %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.Conflict("job.error.finished")
}
