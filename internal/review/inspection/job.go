package inspection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// JobPack is the kind of job that makes a pack; its arguments are a Request. The
// finished pack is the newest of the facility (Packs).
const JobPack = "inspection.pack"

// Enqueue asks for a pack and gives the job's id, whose progress pages show.
func Enqueue(ctx context.Context, tx *store.Tx, r Request) (string, error) {
	return job.Insert(ctx, tx, JobPack, r, job.InsertOpts{MaxAttempts: 3})
}

// Worker makes packs. A request that can never be made is given up at once.
func Worker(d Deps) job.Worker {
	return func(ctx context.Context, j job.Job) error {
		var r Request
		if err := json.Unmarshal(j.Args, &r); err != nil {
			return job.Discard(fmt.Errorf("arguments of %s: %w", JobPack, err))
		}
		_, err := Make(ctx, d, r)
		var f *fault.Error
		if errors.As(err, &f) && f.Code != fault.CodeUnavailable {
			return job.Discard(err)
		}
		return err
	}
}
