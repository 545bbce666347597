package api

import (
	"context"
	"encoding/json"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/job"
	"sonae/internal/review/audit"
)

func (a *API) registerJobs() {
	handle(a, op{method: get, path: "/jobs", id: "listJobs", summary: "Work in the background, newest first", action: identity.JobRead,
		about: "At most the newest 1,000. Work for a facility is seen where you may see it; work of the server by those without a limit."}, a.listJobs)
	handle(a, op{method: get, path: "/jobs/{id}", id: "getJob", summary: "One piece of work", action: identity.JobRead}, a.getJob)
}

// Job is a piece of work in the background.
type Job struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind"`
	FacilityID  string     `json:"facility_id,omitempty"`
	State       job.State  `json:"state" enum:"available,running,completed,discarded,cancelled"`
	Attempt     int        `json:"attempt"`
	MaxAttempts int        `json:"max_attempts"`
	Done        int64      `json:"done"`
	Total       int64      `json:"total" doc:"0 = not known."`
	LastError   string     `json:"last_error,omitempty" doc:"For operators."`
	RunAt       *time.Time `json:"run_at"`
	CreatedAt   *time.Time `json:"created_at"`
	FinishedAt  *time.Time `json:"finished_at,omitempty"`
}

// facilityOf reads which facility a job is for; empty = the server's own work.
func facilityOf(j job.Job) string {
	var args struct {
		Facility string `json:"facility"`
	}
	if json.Unmarshal(j.Args, &args) != nil {
		return ""
	}
	return args.Facility
}

func jobOut(j job.Job) Job {
	return Job{ID: j.ID, Kind: j.Kind, FacilityID: facilityOf(j), State: j.State, Attempt: j.Attempt, MaxAttempts: j.MaxAttempts, Done: j.Done, Total: j.Total,
		LastError: j.LastError, RunAt: moment(j.RunAtMS), CreatedAt: moment(j.CreatedMS), FinishedAt: moment(j.FinishedMS)}
}

type listJobsIn struct {
	Paging
	Kind  string    `query:"kind" maxLength:"60"`
	State job.State `query:"state" enum:"available,running,completed,discarded,cancelled"`
}

func (a *API) listJobs(ctx context.Context, p identity.Principal, in *listJobsIn) (*List[Job], error) {
	all, err := job.List(ctx, a.DB, in.Kind, in.State, 1000)
	if err != nil {
		return nil, err
	}
	var seen []Job
	for _, j := range all {
		if p.CanAt(identity.JobRead, facilityOf(j), "") {
			seen = append(seen, jobOut(j))
		}
	}
	return window("jobs", seen, in.Paging, func(j Job) string { return j.ID })
}

func (a *API) getJob(ctx context.Context, p identity.Principal, in *ByID) (*One[Job], error) {
	j, err := byID(ctx, a, in.ID, job.ByID)
	if err != nil {
		return nil, err
	}
	if err := a.need(ctx, p, identity.JobRead, identity.JobRead, audit.Object{Kind: "job", ID: j.ID, Name: j.Kind, FacilityID: facilityOf(j)}, ""); err != nil {
		return nil, err
	}
	return one(jobOut(j)), nil
}

func (a *API) oneJob(ctx context.Context, id string) (*One[Job], error) {
	j, err := job.ByID(ctx, a.DB, id)
	return one(jobOut(j)), err
}
