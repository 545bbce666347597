package server

import (
	"context"
	"maps"
	"runtime/debug"
	"time"

	"sonae/internal/edge/directory"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/evidence"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/asset"
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
	workers := map[string]job.Worker{kindSign: s.sign, kindTidy: s.tidy, audit.JobVerify: s.Audit.VerifyWorker, inspection.JobPack: s.makePack, software.JobSettle: s.settle,
		asset.JobFigures: asset.FigureWorker(s.DB, s.facilityIDs, s.Now, text.Tokyo()),
		asset.JobRebuild: asset.RebuildWorker(s.DB, func() int64 { return store.MS(s.Now()) })}
	s.queueRebuild()
	maps.Copy(workers, evidence.Workers(s.DB, s.Catalog, s.facilityIDs, s.Now))
	maps.Copy(workers, s.Directory.Workers())
	for kind, work := range workers {
		workers[kind] = func(ctx context.Context, j job.Job) error {
			defer s.trim.touch()
			return work(ctx, j)
		}
	}
	return job.New(s.DB, job.Config{
		Workers:  workers,
		Periodic: []job.Periodic{evidence.Daily, {Kind: kindSign, Every: time.Minute}, {Kind: kindTidy, Every: time.Hour}, {Kind: audit.JobVerify, Every: 24 * time.Hour}, {Kind: software.JobSettle, Every: time.Minute}, asset.FigureJob, directory.Due},
		Now:      s.Now,
		Log:      s.Log,
	})
}

// queueRebuild asks for the ledger's rows to be recomputed when another release made
// them. Without it lists count by the rules of that release: a reason to say so, not
// to stay down.
func (s *Server) queueRebuild() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := s.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		queued, err := asset.QueueRebuild(ctx, tx, store.MS(s.Now()))
		if queued {
			s.Log.Info("the ledger's rows are recomputed by the rules of this release")
		}
		return err
	})
	if err != nil {
		s.Log.Error("queue the recomputing of the ledger's rows", "err", err)
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

// makePack gives memory back afterwards: a large pack needs fonts and tables once
// that an idle server should not hold.
func (s *Server) makePack(ctx context.Context, j job.Job) error {
	defer debug.FreeOSMemory()
	return inspection.Worker(s.packDeps())(ctx, j)
}

func (s *Server) facilityIDs(ctx context.Context) ([]string, error) {
	all, err := s.Identity.Facilities(ctx, s.DB)
	ids := make([]string, len(all))
	for i, f := range all {
		ids[i] = f.ID
	}
	return ids, err
}
