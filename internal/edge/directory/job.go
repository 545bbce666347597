package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// Kinds of jobs: one reading, and the look at the clock that asks for readings.
const (
	JobRead = "directory.read"
	JobDue  = "directory.due"
)

// Due is the period of JobDue.
var Due = job.Periodic{Kind: JobDue, Every: time.Minute}

// retry is how long after a failed reading the next one begins at the latest.
const retry = 15 * time.Minute

// args of a reading. Facility is for those who list jobs.
type args struct {
	Facility  string `json:"facility"`
	Directory string `json:"directory"`
	Full      bool   `json:"full,omitempty"`
	Accept    bool   `json:"accept,omitempty"` // even when much less is found than is known
}

// Workers are the kinds of jobs this room does.
func (d *Directory) Workers() map[string]job.Worker {
	return map[string]job.Worker{JobRead: d.work, JobDue: d.due}
}

// Asked says how a reading is to be done.
type Asked struct {
	Full   bool // everything, not only what changed
	Accept bool // store it even when less than half of what is known is found
}

// Ask queues a reading and gives the job's ID; one that waits already is kept, with
// its arguments. Call Wake of the queue after the commit.
func (d *Directory) Ask(ctx context.Context, tx *store.Tx, s Source, how Asked) (string, error) {
	id, err := job.Insert(ctx, tx, JobRead, args{s.FacilityID, s.ID, how.Full || how.Accept, how.Accept}, job.InsertOpts{Unique: s.ID, MaxAttempts: 5, Now: d.deps.Now()})
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `UPDATE directory_source SET job_id = $1 WHERE id = $2`, id, s.ID); err != nil {
		return "", fmt.Errorf("note job of directory %s: %w", s.ID, err)
	}
	return id, nil
}

// Stop ends a reading that waits or runs; what is stored stays. conflict when none
// does.
func (d *Directory) Stop(ctx context.Context, tx *store.Tx, s Source) error {
	if s.State.JobID == "" {
		return fault.Conflict("job.error.finished")
	}
	return job.Cancel(ctx, tx, s.State.JobID, d.nowMS())
}

// Job is the last reading that was asked for; ok is false when it is long over.
func (d *Directory) Job(ctx context.Context, s Source) (j job.Job, ok bool, err error) {
	if s.State.JobID == "" {
		return j, false, nil
	}
	j, err = job.ByID(ctx, d.deps.DB, s.State.JobID)
	if fault.Is(err, fault.CodeNotFound) {
		return j, false, nil
	}
	return j, err == nil, err
}

// due asks for the readings whose time has come.
func (d *Directory) due(ctx context.Context, _ job.Job) error {
	list, err := d.List(ctx, nil)
	if err != nil {
		return err
	}
	for _, s := range list {
		wait := time.Duration(s.Minutes) * time.Minute
		if s.State.Silent() {
			wait = min(wait, retry)
		}
		if s.Paused || d.nowMS()-s.State.TriedMS < wait.Milliseconds() {
			continue
		}
		if j, ok, err := d.Job(ctx, s); err != nil || ok && (j.State == job.Available || j.State == job.Running) {
			continue
		} else if ok && j.State == job.Cancelled && d.nowMS()-j.FinishedMS < wait.Milliseconds() {
			continue // a person stopped it: not again at once
		}
		err := d.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := d.Ask(ctx, tx, s, Asked{})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// work does one reading. A reading that failed is noted where people see it and is
// tried again when it is due, not by the queue; one that the server's end or a
// person stopped is not a failure.
func (d *Directory) work(ctx context.Context, j job.Job) error {
	var a args
	if err := json.Unmarshal(j.Args, &a); err != nil {
		return job.Discard(fmt.Errorf("arguments of a reading: %w", err))
	}
	s, err := d.ByID(ctx, a.Directory)
	if fault.Is(err, fault.CodeNotFound) {
		return job.Discard(err)
	}
	if err != nil {
		return err
	}
	err = d.once(ctx, s, a, j)
	if err == nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if store.KindOf(err) == store.KindFull {
		err = fault.New(fault.CodeUnavailable, "problem.503.what").Because(err)
	}
	if noted := d.failed(ctx, s.ID, fault.Of(err)); noted != nil {
		return errors.Join(err, noted)
	}
	return job.Discard(err)
}

func (d *Directory) once(ctx context.Context, s Source, a args, j job.Job) error {
	if err := job.Progress(ctx, 0, 0); err != nil {
		return err
	}
	r, err := d.read(ctx, s, a.Full)
	if err != nil {
		return err
	}
	if err := r.shrunk(s); err != nil && !a.Accept {
		return err
	}
	return d.keep(ctx, s, r, j)
}
