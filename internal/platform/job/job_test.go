package job

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// clock is a time that only tests move. Safe for concurrent use.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time      { return time.UnixMilli(c.ms.Load()) }
func (c *clock) add(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func queue(db *store.DB, c *clock, workers map[string]Worker) *Queue {
	return New(db, Config{Workers: workers, Now: c.now, Log: slog.New(slog.DiscardHandler)})
}

// round does one step and waits for the jobs it started.
func round(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.step(t.Context()); err != nil {
		t.Fatal(err)
	}
	q.wg.Wait()
}

func insert(t *testing.T, db *store.DB, c *clock, kind string, args any, o InsertOpts) string {
	t.Helper()
	o.Now = c.now()
	var id string
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		var err error
		id, err = Insert(ctx, tx, kind, args, o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func get(t *testing.T, db *store.DB, id string) Job {
	t.Helper()
	j, err := ByID(t.Context(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestRunsOnceWithArgs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		var got []string
		q := queue(db, c, map[string]Worker{"greet": func(_ context.Context, j Job) error {
			var name string
			err := json.Unmarshal(j.Args, &name)
			got = append(got, name)
			return err
		}})
		id := insert(t, db, c, "greet", "山田", InsertOpts{})
		later := insert(t, db, c, "greet", "later", InsertOpts{RunAt: c.now().Add(time.Minute)})
		other := insert(t, db, c, "unknown here", nil, InsertOpts{})
		round(t, q)
		round(t, q)
		if len(got) != 1 || got[0] != "山田" || get(t, db, id).State != Completed {
			t.Errorf("got %q, job %+v", got, get(t, db, id))
		}
		c.add(time.Minute)
		round(t, q)
		if len(got) != 2 || get(t, db, later).State != Completed || get(t, db, other).State != Available {
			t.Errorf("got %q", got)
		}
	})
}

func TestInsertIsPartOfTheTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		boom := errors.New("boom")
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := Insert(ctx, tx, "x", nil, InsertOpts{}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if n, err := Counts(t.Context(), db); len(n) != 0 || err != nil {
			t.Errorf("jobs %v, %v", n, err)
		}
	})
}

func TestRetryBackoffAndGivingUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		q := queue(db, c, map[string]Worker{
			"fails":    func(context.Context, Job) error { return errors.New("no\x00pe") },
			"panics":   func(context.Context, Job) error { panic("oh") },
			"hopeless": func(context.Context, Job) error { return Discard(errors.New("wrong")) },
		})
		fails := insert(t, db, c, "fails", nil, InsertOpts{MaxAttempts: 2})
		panics := insert(t, db, c, "panics", nil, InsertOpts{})
		hopeless := insert(t, db, c, "hopeless", nil, InsertOpts{})
		round(t, q)
		for id, want := range map[string]State{fails: Available, panics: Available, hopeless: Discarded} {
			if j := get(t, db, id); j.State != want || j.LastError == "" {
				t.Errorf("after one attempt: %+v", j)
			}
		}
		if wait := get(t, db, fails).RunAtMS - store.MS(c.now()); wait < 900 || wait > 1100 {
			t.Errorf("waits %d ms", wait)
		}
		c.add(2 * time.Second)
		round(t, q)
		if j := get(t, db, fails); j.State != Discarded || j.Attempt != 2 || j.LastError != "no?pe" {
			t.Errorf("after two attempts: %+v", j)
		}
		if j := get(t, db, panics); j.State != Available || j.Attempt != 2 {
			t.Errorf("panicking job: %+v", j)
		}
	})
}

func TestUnique(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		var running, most, runs atomic.Int64
		gate := make(chan struct{})
		q := queue(db, c, map[string]Worker{"evaluate": func(context.Context, Job) error {
			most.Store(max(most.Load(), running.Add(1)))
			runs.Add(1)
			<-gate
			running.Add(-1)
			return nil
		}})
		far := InsertOpts{Unique: "a1", RunAt: c.now().Add(time.Hour)}
		first := insert(t, db, c, "evaluate", nil, far)
		if again := insert(t, db, c, "evaluate", nil, InsertOpts{Unique: "a1"}); again != first {
			t.Errorf("two jobs wait: %s, %s", first, again)
		}
		if err := q.step(t.Context()); err != nil { // the earlier time won: it starts
			t.Fatal(err)
		}
		second := insert(t, db, c, "evaluate", nil, InsertOpts{Unique: "a1"})
		if second == first {
			t.Error("news during a run was lost")
		}
		if err := q.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		close(gate)
		q.wg.Wait()
		round(t, q)
		if runs.Load() != 2 || most.Load() != 1 {
			t.Errorf("%d runs, %d at the same time", runs.Load(), most.Load())
		}
	})
}

func TestFailedJobGivesWayToItsTwin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		var twin string
		q := queue(db, c, map[string]Worker{"x": func(_ context.Context, j Job) error {
			if twin == "" {
				twin = insert(t, db, c, "x", nil, InsertOpts{Unique: "k"})
				return errors.New("fails once")
			}
			return nil
		}})
		first := insert(t, db, c, "x", nil, InsertOpts{Unique: "k"})
		round(t, q)
		round(t, q)
		if a, b := get(t, db, first), get(t, db, twin); a.State != Discarded || b.State != Completed {
			t.Errorf("first %+v, twin %+v", a, b)
		}
	})
}

func TestLostServerIsReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		dead := queue(db, c, map[string]Worker{"x": nil})
		id := insert(t, db, c, "x", nil, InsertOpts{MaxAttempts: 2})
		jobs, err := dead.claim(t.Context(), dead.kinds, 5)
		if err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		ran := 0
		alive := queue(db, c, map[string]Worker{"x": func(context.Context, Job) error { ran++; return nil }})
		c.add(59 * time.Second)
		round(t, alive)
		if ran != 0 {
			t.Fatal("taken while its lease held")
		}
		late := &run{q: dead, job: jobs[0], cancel: func(error) {}}
		c.add(2 * time.Second)
		round(t, alive)
		if ran != 1 || get(t, db, id).State != Completed {
			t.Errorf("ran %d, %+v", ran, get(t, db, id))
		}
		// The first server wakes up again: its word does not count any more.
		if err := late.finish(t.Context(), false, errors.New("late")); !errors.Is(err, ErrLost) {
			t.Errorf("late finish: %v", err)
		}
		if err := late.renew(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("late renewal: %v", err)
		}
		if j := get(t, db, id); j.State != Completed || j.Attempt != 2 {
			t.Errorf("%+v", j)
		}
	})
}

func TestJobThatKillsServersIsGivenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		q := queue(db, c, map[string]Worker{"x": nil})
		id := insert(t, db, c, "x", nil, InsertOpts{MaxAttempts: 2})
		for range 3 { // the third claim gives up
			if _, err := q.claim(t.Context(), q.kinds, 5); err != nil {
				t.Fatal(err)
			}
			c.add(2 * time.Minute)
		}
		if j := get(t, db, id); j.State != Discarded || j.LastError == "" {
			t.Errorf("%+v", j)
		}
	})
}

func TestCancel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		cancel := func(id string) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return Cancel(ctx, tx, id, store.MS(c.now())) })
		}
		var stopped error
		q := queue(db, c, map[string]Worker{"x": func(ctx context.Context, j Job) error {
			if err := cancel(j.ID); err != nil {
				return err
			}
			stopped = Progress(ctx, 1, 1)
			<-ctx.Done()
			return ctx.Err()
		}})
		waits := insert(t, db, c, "other", nil, InsertOpts{})
		if err := cancel(waits); err != nil {
			t.Fatal(err)
		}
		if err := cancel(waits); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("cancelled twice: %v", err)
		}
		id := insert(t, db, c, "x", nil, InsertOpts{})
		round(t, q)
		if j := get(t, db, id); j.State != Cancelled || !errors.Is(stopped, ErrLost) {
			t.Errorf("%+v, worker told %v", j, stopped)
		}
	})
}

func TestStopPutsBackAndResumes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		started := make(chan struct{})
		var resumed Job
		worker := func(ctx context.Context, j Job) error {
			if j.Done > 0 {
				resumed = j
				return nil
			}
			if err := Progress(ctx, 40, 100); err != nil {
				return err
			}
			close(started)
			<-ctx.Done()
			return ctx.Err()
		}
		id := insert(t, db, c, "long", nil, InsertOpts{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- queue(db, c, map[string]Worker{"long": worker}).Run(ctx) }()
		<-started
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if j := get(t, db, id); j.State != Available || j.Attempt != 0 {
			t.Fatalf("after the stop: %+v", j)
		}
		round(t, queue(db, c, map[string]Worker{"long": worker}))
		if resumed.Done != 40 || resumed.Total != 100 || resumed.Attempt != 1 {
			t.Errorf("resumed with %+v", resumed)
		}
	})
}

func TestSnooze(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		n := 0
		q := queue(db, c, map[string]Worker{"x": func(context.Context, Job) error {
			if n++; n < 3 {
				return Snooze(time.Minute)
			}
			return nil
		}})
		id := insert(t, db, c, "x", nil, InsertOpts{MaxAttempts: 1})
		for range 3 {
			round(t, q)
			c.add(time.Minute)
		}
		if j := get(t, db, id); n != 3 || j.State != Completed {
			t.Errorf("%d runs, %+v", n, j)
		}
	})
}

func TestPeriodicOnceOverAllServers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		var runs atomic.Int64
		servers := make([]*Queue, 3)
		for i := range servers {
			servers[i] = queue(db, c, map[string]Worker{"tick": func(context.Context, Job) error { runs.Add(1); return nil }})
			servers[i].cfg.Periodic = []Periodic{{Kind: "tick", Every: time.Hour}}
		}
		for range 4 {
			var wg sync.WaitGroup
			for _, q := range servers {
				wg.Go(func() { round(t, q); round(t, q) })
			}
			wg.Wait()
			c.add(time.Hour)
		}
		if runs.Load() != 4 {
			t.Errorf("%d runs in 4 hours", runs.Load())
		}
	})
}

func TestManyServersDoEachJobOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		var mu sync.Mutex
		done := map[string]int{}
		worker := func(_ context.Context, j Job) error {
			mu.Lock()
			defer mu.Unlock()
			done[j.ID]++
			return nil
		}
		for range 60 {
			insert(t, db, c, "x", nil, InsertOpts{})
		}
		var wg sync.WaitGroup
		for range 3 {
			q := queue(db, c, map[string]Worker{"x": worker})
			wg.Go(func() {
				for range 40 {
					round(t, q)
				}
			})
		}
		wg.Wait()
		if len(done) != 60 {
			t.Errorf("%d jobs done of 60", len(done))
		}
		for id, n := range done {
			if n != 1 {
				t.Errorf("job %s done %d times", id, n)
			}
		}
	})
}

func TestFinishedJobsAreForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		q := queue(db, c, map[string]Worker{"x": func(context.Context, Job) error { return nil }})
		id := insert(t, db, c, "x", nil, InsertOpts{})
		round(t, q)
		c.add(23 * time.Hour)
		round(t, q)
		if js, err := List(t.Context(), db, "x", Completed, 10); len(js) != 1 || js[0].ID != id || err != nil {
			t.Fatal(js, err)
		}
		c.add(2 * time.Hour)
		round(t, q)
		if _, err := ByID(t.Context(), db, id); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("err = %v", err)
		}
	})
}

func TestBackoffGrowsToAnHour(t *testing.T) {
	for attempt, want := range map[int]time.Duration{1: time.Second, 3: 81 * time.Second, 8: time.Hour, 1000: time.Hour} {
		for range 100 {
			if d := backoff(attempt); d < want*9/10 || d > want*11/10+1 {
				t.Errorf("attempt %d waits %s, want about %s", attempt, d, want)
			}
		}
	}
}
