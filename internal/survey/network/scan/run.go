package scan

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// JobRun is the kind of job that carries out a run.
const JobRun = "network.scan"

// RunArgs name a run. Facility is for those who list jobs.
type RunArgs struct {
	Facility string `json:"facility"`
	Run      string `json:"run"`
}

const runCols = `id, facility_id, plan_id, plan_revision, name, kind, state, slot_ms, by_name, job_id, created_ms, started_ms, finished_ms, beat_ms, total, done, answered, left_out, quiet, place, problem`

func scanRun(scan func(...any) error) (r Run, err error) {
	var problem string
	err = scan(&r.ID, &r.FacilityID, &r.PlanID, &r.PlanRevision, &r.Name, &r.Kind, &r.State, &r.SlotMS, &r.By, &r.JobID, &r.CreatedMS, &r.StartedMS, &r.FinishedMS, &r.BeatMS,
		&r.Total, &r.Done, &r.Answered, &r.LeftOut, &r.Quiet, &r.Place, &problem)
	r.Problem = unpackProblem(problem)
	return r, err
}

// Ask begins a run of a plan and queues its job; by is who asked, slotMS the time of the
// schedule, 0 when a person asks. Wake the queue after the commit. Errors: conflict when
// the plan has a live run, or when the slot was taken already.
func Ask(ctx context.Context, tx *store.Tx, p Plan, by string, slotMS, nowMS int64) (Run, error) {
	r := Run{ID: store.NewID(), FacilityID: p.FacilityID, PlanID: p.ID, PlanRevision: p.Revision, Name: p.Name, Kind: p.Kind, State: Waiting, SlotMS: slotMS, By: by, CreatedMS: nowMS, BeatMS: nowMS}
	n, err := r.insert(ctx, tx)
	if err != nil {
		return r, err
	}
	if n == 0 {
		return r, fault.Conflict("scan.error.live")
	}
	return r, r.queue(ctx, tx, nowMS)
}

// insert adds the row unless the plan has a live run or the slot was taken.
func (r *Run) insert(ctx context.Context, tx *store.Tx) (int64, error) {
	res, err := tx.Exec(ctx, `INSERT INTO network_scan_run (`+runCols+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, $11, $12, $13, 0, 0, 0, 0, 0, '', '') ON CONFLICT DO NOTHING`,
		r.ID, r.FacilityID, r.PlanID, r.PlanRevision, r.Name, string(r.Kind), string(r.State), r.SlotMS, r.By, r.CreatedMS, r.StartedMS, r.FinishedMS, r.BeatMS)
	if err != nil {
		return 0, fmt.Errorf("store run of %s: %w", r.Name, err)
	}
	return res.RowsAffected()
}

func (r *Run) queue(ctx context.Context, tx *store.Tx, nowMS int64) (err error) {
	if r.JobID, err = job.Insert(ctx, tx, JobRun, RunArgs{r.FacilityID, r.ID}, job.InsertOpts{Unique: r.ID, Now: store.Time(nowMS)}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE network_scan_run SET job_id = $1, beat_ms = $2 WHERE id = $3`, r.JobID, nowMS, r.ID)
	return err
}

// Taken reports whether a plan has a live run, or had one for a slot: that it need not be
// asked for.
func Taken(ctx context.Context, q store.Querier, planID string, slotMS int64) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM network_scan_run WHERE plan_id = $1 AND (slot_ms = $2 OR finished_ms = 0)`, planID, slotMS).Scan(&n)
	return n > 0, err
}

// Try begins the test of a credential on one address: a run of its own, so that the
// record of what was sent to whom holds it, too.
func Try(ctx context.Context, tx *store.Tx, c Credential, address, by string, nowMS int64) (Run, error) {
	list, err := ReadTargets(address)
	if err != nil || len(list) != 1 {
		return Run{}, fault.Invalid("scan.error.try_address").At("address")
	}
	r := Run{ID: store.NewID(), FacilityID: c.FacilityID, Name: c.Name, Kind: KindTry, State: Running, By: by, CreatedMS: nowMS, StartedMS: nowMS, BeatMS: nowMS}
	if _, err := r.insert(ctx, tx); err != nil {
		return r, err
	}
	return r, SetTargets(ctx, tx, r.ID, list)
}

// Pause keeps a run from sending until somebody lets it go on. Errors: conflict when it
// neither waits nor runs.
func Pause(ctx context.Context, tx *store.Tx, id string, nowMS int64) error {
	return move(ctx, tx, id, Paused, nowMS, Waiting, Running)
}

// GoOn lets a paused run go on where it was. Wake the queue after the commit. Errors:
// conflict when it is not paused.
func GoOn(ctx context.Context, tx *store.Tx, r Run, nowMS int64) error {
	if err := move(ctx, tx, r.ID, Waiting, nowMS, Paused); err != nil {
		return err
	}
	return r.queue(ctx, tx, nowMS)
}

// Stop ends a run; what it found stays. Errors: conflict when it is over.
func Stop(ctx context.Context, tx *store.Tx, id string, nowMS int64) error {
	return move(ctx, tx, id, Stopped, nowMS, Waiting, Running, Paused)
}

// move changes the state of a run that is in one of from.
func move(ctx context.Context, tx *store.Tx, id string, to State, nowMS int64, from ...State) error {
	finished := int64(0)
	if !to.Live() {
		finished = nowMS
	}
	args := []any{string(to), finished, nowMS, id}
	res, err := tx.Exec(ctx, `UPDATE network_scan_run SET state = $1, finished_ms = $2, beat_ms = $3 WHERE id = $4 AND `+store.In("state", from, &args), args...)
	if err != nil {
		return fmt.Errorf("change run %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.Conflict("scan.error.state").Because(err)
	}
	return nil
}

// Begin notes that a server works on a run. Errors: conflict when it is not to be worked
// on: a person paused or stopped it.
func Begin(ctx context.Context, tx *store.Tx, id string, nowMS int64) error {
	if err := move(ctx, tx, id, Running, nowMS, Waiting, Running); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE network_scan_run SET started_ms = $1 WHERE id = $2 AND started_ms = 0`, nowMS, id)
	return err
}

// Wait notes that a run goes on later, in the next hours of its schedule.
func Wait(ctx context.Context, tx *store.Tx, id string, nowMS int64) error {
	return move(ctx, tx, id, Waiting, nowMS, Running)
}

// Finish ends a run that runs: done, or failed with what was wrong.
func Finish(ctx context.Context, tx *store.Tx, id string, problem *fault.Error, nowMS int64) error {
	to := Done
	if problem != nil {
		to = Failed
	}
	if err := move(ctx, tx, id, to, nowMS, Waiting, Running); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE network_scan_run SET problem = $1 WHERE id = $2`, packProblem(problem), id)
	return err
}

// StateOf reads how a run stands; Stopped when it is gone.
func StateOf(ctx context.Context, q store.Querier, id string) (s State, err error) {
	err = q.QueryRow(ctx, `SELECT state FROM network_scan_run WHERE id = $1`, id).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return Stopped, nil
	}
	return s, err
}

// RunByID reads a run. Errors: not found.
func RunByID(ctx context.Context, q store.Querier, id string) (Run, error) {
	r, err := scanRun(q.QueryRow(ctx, `SELECT `+runCols+` FROM network_scan_run WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fault.NotFound("scan.error.run_not_found")
	}
	if err != nil {
		return r, fmt.Errorf("read run %s: %w", id, err)
	}
	return r, nil
}

// Runs lists the runs of a plan, the newest first; before is the ID of the last one seen.
func Runs(ctx context.Context, q store.Querier, planID, before string, limit int) ([]Run, error) {
	return rowsOf(ctx, q, "runs", `SELECT `+runCols+` FROM network_scan_run WHERE plan_id = $1 AND ($2 = '' OR id < $3) ORDER BY id DESC LIMIT $4`,
		[]any{planID, before, before, limit}, scanRun)
}

// CountRuns counts the runs of a plan that are kept.
func CountRuns(ctx context.Context, q store.Querier, planID string) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM network_scan_run WHERE plan_id = $1`, planID).Scan(&n)
	return n, err
}

// LastRuns gives the newest run of each plan, by plan.
func LastRuns(ctx context.Context, q store.Querier, plans []Plan) (map[string]Run, error) {
	out := map[string]Run{}
	if len(plans) == 0 {
		return out, nil
	}
	ids := make([]string, len(plans))
	for i, p := range plans {
		ids[i] = p.ID
	}
	var args []any
	in := store.In("plan_id", ids, &args)
	list, err := rowsOf(ctx, q, "last runs", `SELECT `+runCols+` FROM network_scan_run WHERE id IN (SELECT max(id) FROM network_scan_run WHERE `+in+` GROUP BY plan_id)`, args, scanRun)
	for _, r := range list {
		out[r.PlanID] = r
	}
	return out, err
}

// Lost lists runs that a server should work on and that showed no sign for a while.
func Lost(ctx context.Context, q store.Querier, beforeMS int64) ([]Run, error) {
	return rowsOf(ctx, q, "lost runs", `SELECT `+runCols+` FROM network_scan_run WHERE finished_ms = 0 AND state IN ('waiting', 'running') AND beat_ms < $1 ORDER BY id`, []any{beforeMS}, scanRun)
}

// Requeue gives a run that lost its job a new one.
func Requeue(ctx context.Context, tx *store.Tx, r Run, nowMS int64) error {
	return r.queue(ctx, tx, nowMS)
}

// problem is how a fault is kept, to be told in the reader's language later.
type problem struct {
	Code fault.Code `json:"code"`
	Key  string     `json:"key"`
	Args []string   `json:"args,omitempty"`
	Hint string     `json:"hint,omitempty"`
}

func packProblem(f *fault.Error) string {
	if f == nil {
		return ""
	}
	p := problem{Code: f.Code, Key: f.Key, Hint: f.Hint}
	for _, a := range f.Args {
		p.Args = append(p.Args, fmt.Sprint(a))
	}
	body, err := json.Marshal(p)
	if err != nil { // texts always encode
		return ""
	}
	return string(body)
}

func unpackProblem(text string) *fault.Error {
	var p problem
	if text == "" || json.Unmarshal([]byte(text), &p) != nil {
		return nil
	}
	f := fault.New(p.Code, p.Key)
	f.Hint = p.Hint
	for _, a := range p.Args {
		f.Args = append(f.Args, a)
	}
	return f
}
