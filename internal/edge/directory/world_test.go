package directory

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"sonae/internal/platform/job"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
)

const facility = "0192f0c1-2b3c-7d4e-8f5a-000000000001"

// world is the room on a database, with a clock that tests move.
type world struct {
	t   *testing.T
	db  *store.DB
	dir *Directory
	now time.Time
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	key, err := seal.NewKey(make([]byte, seal.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, now: time.Now().Truncate(time.Millisecond)}
	w.dir = New(Deps{DB: db, Seal: key, Now: func() time.Time { return w.now }})
	w.dir.limits.rows = 20
	return w
}

func (w *world) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Tx(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) create(s Source, password string) Source {
	w.t.Helper()
	if s.FacilityID = facility; s.Minutes == 0 {
		s.Minutes = 60
	}
	w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		s, err = w.dir.Create(ctx, tx, s, password)
		return err
	})
	return s
}

// read asks for a reading, lets the queue do it, and gives the state after it.
func (w *world) read(id string, how Asked) Source {
	w.t.Helper()
	var jobID string
	w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		jobID, err = w.dir.Ask(ctx, tx, w.source(id), how)
		return err
	})
	ctx, stop := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	q := job.New(w.db, job.Config{Workers: w.dir.Workers(), Poll: 10 * time.Millisecond, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)})
	go func() { ended <- q.Run(ctx) }()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		j, err := job.ByID(w.t.Context(), w.db, jobID)
		if err != nil {
			w.t.Fatal(err)
		}
		if j.FinishedMS != 0 {
			break
		}
		if time.Now().After(end) {
			w.t.Fatalf("reading does not end: %+v", j)
		}
	}
	stop()
	if err := <-ended; err != nil {
		w.t.Fatal(err)
	}
	return w.source(id)
}

func (w *world) source(id string) Source {
	w.t.Helper()
	s, err := w.dir.ByID(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// good is read that must succeed.
func (w *world) good(id string, how Asked) Source {
	w.t.Helper()
	s := w.read(id, how)
	if s.State.Problem != nil {
		w.t.Fatalf("reading failed: %v", s.State.Problem)
	}
	return s
}

func (w *world) accounts(f account.DirectoryFilter) map[string]account.DirectoryAccount {
	w.t.Helper()
	f.Limit = 1000
	list, _, _, err := account.ListDirectory(w.t.Context(), w.db, f)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]account.DirectoryAccount{}
	for _, e := range list {
		out[e.Name] = e
	}
	return out
}

func (w *world) computers(id string, gone bool) map[string]Computer {
	w.t.Helper()
	list, _, _, err := Computers(w.t.Context(), w.db, ComputerFilter{DirectoryID: id, Gone: gone, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]Computer{}
	for _, c := range list {
		out[c.Name] = c
	}
	return out
}

func (w *world) asset(id string) asset.Asset {
	w.t.Helper()
	a, err := asset.Get(w.t.Context(), w.db, asset.Scope{All: true}, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}
