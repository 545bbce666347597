package server

import (
	"context"
	"maps"
	"time"

	"sonae/internal/platform/job"
	"sonae/internal/review/evidence"
	"sonae/internal/review/inspection"
)

// kindSign is the job that puts a signature under the audit log, so that a later
// cut shows.
const kindSign = "audit.sign"

// jobs builds the queue with every room's workers and periods.
func (s *Server) jobs() *job.Queue {
	workers := map[string]job.Worker{kindSign: s.sign}
	maps.Copy(workers, evidence.Workers(s.DB, s.Catalog, s.facilityIDs, s.Now))
	maps.Copy(workers, inspection.Workers(s.packDeps()))
	return job.New(s.DB, job.Config{
		Workers:  workers,
		Periodic: []job.Periodic{evidence.Daily, {Kind: kindSign, Every: time.Hour}},
		Now:      s.Now,
		Log:      s.Log,
	})
}

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
