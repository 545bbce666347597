package job

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// In these tests time is the bubble's: hours pass in milliseconds.

func TestHeartbeatKeepsALongJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t)
		var runs atomic.Int64
		worker := func(ctx context.Context, _ Job) error {
			runs.Add(1)
			select {
			case <-time.After(10 * time.Minute):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		for range 2 { // two servers; either could steal it
			q := New(db, Config{Workers: map[string]Worker{"long": worker}, Log: slog.New(slog.DiscardHandler)})
			go func() { ended <- q.Run(ctx) }()
		}
		var id string
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = Insert(ctx, tx, "long", nil, InsertOpts{})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Minute)
		if j := get(t, db, id); j.State != Completed || runs.Load() != 1 || j.FinishedMS-j.CreatedMS > 601_000 {
			t.Errorf("%d runs, %+v", runs.Load(), j)
		}
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRunningJobLearnsOfItsCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t)
		var told atomic.Int64
		begin := time.Now()
		q := New(db, Config{Log: slog.New(slog.DiscardHandler), Workers: map[string]Worker{"x": func(ctx context.Context, _ Job) error {
			<-ctx.Done()
			told.Store(int64(time.Since(begin)))
			return ctx.Err()
		}}})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx) }()
		var id string
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = Insert(ctx, tx, "x", nil, InsertOpts{})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return Cancel(ctx, tx, id, store.MS(time.Now()))
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if after := time.Duration(told.Load()); after < 5*time.Second || after > 26*time.Second {
			t.Errorf("told after %s", after)
		}
		stop()
		if err := <-ended; err != nil || get(t, db, id).State != Cancelled {
			t.Errorf("%v, %+v", err, get(t, db, id))
		}
	})
}

func TestPeriodicJobsOverADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t)
		var runs atomic.Int64
		q := New(db, Config{
			Log: slog.New(slog.DiscardHandler), Poll: 10 * time.Second, Periodic: []Periodic{{Kind: "hourly", Every: time.Hour}},
			Workers: map[string]Worker{"hourly": func(context.Context, Job) error { runs.Add(1); return nil }},
		})
		ctx, stop := context.WithTimeout(t.Context(), 24*time.Hour-time.Minute)
		defer stop()
		if err := q.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if runs.Load() != 24 {
			t.Errorf("%d runs", runs.Load())
		}
	})
}

func TestWakeStartsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t)
		ran := make(chan time.Time, 1)
		q := New(db, Config{Poll: time.Hour, Log: slog.New(slog.DiscardHandler), Workers: map[string]Worker{"x": func(context.Context, Job) error {
			ran <- time.Now()
			return nil
		}}})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx) }()
		synctest.Wait()
		begin := time.Now()
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := Insert(ctx, tx, "x", nil, InsertOpts{})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		q.Wake()
		if wait := (<-ran).Sub(begin); wait > time.Second {
			t.Errorf("started after %s", wait)
		}
		stop()
		<-ended
	})
}

// Jobs that nobody waits for leave a place to those that somebody does.
func TestWaitedJobsHaveAPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		release := make(chan struct{})
		var long, pack atomic.Int32
		q := New(db, Config{
			Now: c.now, Log: slog.New(slog.DiscardHandler), Concurrency: 3, Waited: []string{"pack", "elsewhere"},
			Workers: map[string]Worker{
				"long": func(context.Context, Job) error { long.Add(1); <-release; return nil },
				"pack": func(context.Context, Job) error { pack.Add(1); return nil },
			},
		})
		for range 5 {
			insert(t, db, c, "long", nil, InsertOpts{})
		}
		step := func() {
			t.Helper()
			if err := q.step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		step()
		step()
		c.add(time.Second)
		wanted := insert(t, db, c, "pack", nil, InsertOpts{})
		step()
		for deadline := time.Now().Add(time.Minute); get(t, db, wanted).State != Completed && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		if pack.Load() != 1 || long.Load() != 2 {
			t.Errorf("with 3 places %d long jobs and %d packs ran; want 2 and 1", long.Load(), pack.Load())
		}
		close(release)
		q.wg.Wait()
		step()
		q.wg.Wait()
		if long.Load() != 4 {
			t.Errorf("%d long jobs ran after two more places were free; want 4", long.Load())
		}
	})
}
