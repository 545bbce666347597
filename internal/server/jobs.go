package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"sonae/internal/edge/directory"
	"sonae/internal/edge/discover/scanner"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/evidence"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/silence"
	"sonae/internal/survey/software"
)

// Kinds of jobs that only this file knows: a signature under the audit log, so that
// a later cut shows; and the removal of what has run out (sessions, codes).
const (
	kindSign = "audit.sign"
	kindTidy = "identity.tidy"
)

// jobs builds the queue with every room's workers and periods.
func (s *Server) jobs() *job.Queue {
	workers := map[string]job.Worker{kindSign: s.sign, kindTidy: s.tidy, audit.JobVerify: s.Audit.VerifyWorker, inspection.JobPack: inspection.Worker(s.packDeps()), software.JobSettle: s.settle,
		asset.JobFigures: asset.FigureWorker(s.DB, s.facilityIDs, s.Now, text.Tokyo()),
		asset.JobPairs:   asset.PairsWorker(s.DB, hung(), func() int64 { return store.MS(s.Now()) }),
		asset.JobRebuild: asset.RebuildWorker(s.DB, func() int64 { return store.MS(s.Now()) }), intake.JobKind: s.intakeDeps().Worker(),
		silence.JobJudge: silence.Worker(s.DB, s.Now, text.Tokyo())}
	maps.Copy(workers, evidence.Workers(s.DB, s.Catalog, s.facilityIDs, s.Now))
	maps.Copy(workers, s.Directory.Workers())
	maps.Copy(workers, s.Scanner.Workers())
	for kind, work := range workers {
		workers[kind] = func(ctx context.Context, j job.Job) error {
			begin := time.Now()
			err := work(ctx, j)
			if time.Since(begin) > worthTrimming {
				s.trim.touch()
			}
			return err
		}
	}
	return job.New(s.DB, job.Config{
		Workers: workers,
		Waited:  []string{inspection.JobPack, intake.JobKind},
		// Two more than the usual: a search of each kind mostly waits for the network.
		Concurrency: 6,
		Periodic:    slices.Concat(scanner.Periodic(), []job.Periodic{evidence.Daily, {Kind: kindSign, Every: time.Minute}, {Kind: kindTidy, Every: time.Hour}, {Kind: audit.JobVerify, Every: 24 * time.Hour}, {Kind: software.JobSettle, Every: time.Minute}, asset.FigureJob, asset.PairsJob, directory.Due, silence.JudgeJob}),
		Now:         s.Now,
		Log:         s.Log,
	})
}

// queueAtStart asks for what a start makes necessary: an evaluation, because things
// changed while no server ran and the last one may have ended before it asked; and the
// recomputing of the ledger's rows, when another release made them. Without them lists
// and suggestions are older than they look: a reason to say so, not to stay down.
func (s *Server) queueAtStart(ctx context.Context) {
	err := s.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := job.Insert(ctx, tx, evidence.JobAll, struct{}{}, job.InsertOpts{Unique: "start", Now: s.Now()}); err != nil {
			return err
		}
		queued, err := asset.QueueRebuild(ctx, tx, store.MS(s.Now()))
		if queued {
			s.Log.Info("the ledger's rows are recomputed by the rules of this release")
		}
		return err
	})
	if err != nil {
		s.Log.Error("could not ask for the jobs of the start: suggestions and counts may be old until tomorrow", "err", err)
	}
}

func (s *Server) settle(ctx context.Context, _ job.Job) error {
	_, err := software.Settle(ctx, s.DB)
	return err
}

func (s *Server) tidy(ctx context.Context, _ job.Job) error { return s.Identity.Tidy(ctx) }

func (s *Server) sign(ctx context.Context, _ job.Job) error {
	_, err := s.Audit.Sign(ctx)
	return err
}

func (s *Server) facilityIDs(ctx context.Context) ([]string, error) {
	all, err := s.Identity.Facilities(ctx, s.DB)
	ids := make([]string, len(all))
	for i, f := range all {
		ids[i] = f.ID
	}
	return ids, err
}
