package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// A group commit: everything that waits for the one writer shares the next
// fsync. groupMax and groupTime bound how long the first one waits for the last.
const (
	groupMax  = 128
	groupTime = 25 * time.Millisecond
)

// Another process (an import at the terminal, a backup) may write to the same file. While
// the writer has work without end it stands back for pauseTime every pauseAfter, and who
// waits asks every askAgain, so that each finds the gap of the other; beginTime is when
// waiting has become hopeless.
const (
	pauseAfter = time.Second
	pauseTime  = 10 * time.Millisecond
	askAgain   = 3 * time.Millisecond
	beginTime  = 30 * time.Second
)

var errClosed = errors.New("database is closed")

// group is SQLite's one writer: a goroutine that owns the writing connection.
type group struct {
	conn  *sql.Conn
	stmts *statements
	queue chan *request
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
}

type request struct {
	ctx  context.Context
	fn   func(context.Context, *Tx) error
	done chan error
	err  error // result of fn, told after the commit
	pan  any   // a panic of fn is raised again in its caller
}

func newGroup(conn *sql.Conn) *group {
	g := &group{conn: conn, stmts: newStatements(conn), queue: make(chan *request), quit: make(chan struct{}), done: make(chan struct{})}
	go g.loop()
	return g
}

func (g *group) close() {
	g.once.Do(func() { close(g.quit) })
	<-g.done
}

// run hands fn to the writer and waits for the commit. Once fn has started, its
// outcome is awaited even when ctx ends: the caller must know what was stored.
func (g *group) run(ctx context.Context, fn func(context.Context, *Tx) error) error {
	r := &request{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case g.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.quit:
		return errClosed
	}
	err := <-r.done
	if r.pan != nil {
		panic(r.pan)
	}
	return err
}

func (g *group) loop() {
	defer close(g.done)
	defer func() { g.stmts.close(); _ = g.conn.Close() }()
	paused := time.Now() // when somebody else last had the chance to write
	for {
		idle := time.Now()
		select {
		case r := <-g.queue:
			if now := time.Now(); now.Sub(idle) >= pauseTime {
				paused = now
			} else if now.Sub(paused) >= pauseAfter {
				time.Sleep(pauseTime)
				paused = time.Now()
			}
			g.commit(r)
		case <-g.quit:
			return
		}
	}
}

// begin waits for its turn among the processes that write to the file.
func (g *group) begin(ctx context.Context) error {
	for start := time.Now(); ; time.Sleep(askAgain) {
		_, err := g.exec(ctx, "BEGIN IMMEDIATE", nil)
		if err == nil || !isBusy(err) || time.Since(start) >= beginTime {
			return err
		}
	}
}

// commit runs first and all that wait in one transaction, then tells each.
func (g *group) commit(first *request) {
	ctx := context.Background() // the group outlives any single caller
	if err := g.begin(ctx); err != nil {
		first.done <- fmt.Errorf("begin: %w", err)
		return
	}
	ran := []*request{first}
	broken := g.step(ctx, first)
	start := time.Now()
	for broken == nil && len(ran) < groupMax && time.Since(start) < groupTime {
		select {
		case r := <-g.queue:
			ran = append(ran, r)
			broken = g.step(ctx, r)
			continue
		default:
		}
		break
	}
	if broken == nil {
		_, broken = g.exec(ctx, "COMMIT", nil)
	}
	if broken != nil {
		// Best effort: the engine may have rolled back by itself (disk full).
		_, _ = g.exec(ctx, "ROLLBACK", nil)
		broken = fmt.Errorf("commit: %w", broken)
	}
	for _, r := range ran {
		if r.err == nil {
			r.err = broken
		}
		r.done <- r.err
	}
}

// step runs one request in a savepoint. It returns an error only when the whole
// transaction is lost (I/O error, disk full), so that nobody is told otherwise.
func (g *group) step(ctx context.Context, r *request) error {
	if _, err := g.exec(ctx, "SAVEPOINT s", nil); err != nil {
		return err
	}
	r.err = g.call(r)
	if r.err == nil {
		_, err := g.exec(ctx, "RELEASE s", nil)
		return err
	}
	if _, err := g.exec(ctx, "ROLLBACK TO s", nil); err != nil {
		return errors.Join(r.err, err)
	}
	_, err := g.exec(ctx, "RELEASE s", nil)
	return err
}

func (g *group) call(r *request) (err error) {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			r.pan = p
			err = fmt.Errorf("panic in transaction: %v\n%s", p, debug.Stack())
		}
	}()
	// Cancelling in the middle of a statement would interrupt the shared
	// transaction, so fn sees the values of its context but not its end.
	return r.fn(context.WithoutCancel(r.ctx), &Tx{engine: SQLite, exec: g.exec, query: g.query, row: g.row})
}

func (g *group) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	st, err := g.stmts.get(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (g *group) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	st, err := g.stmts.get(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (g *group) row(ctx context.Context, text string, args []any) *sql.Row {
	st, err := g.stmts.get(ctx, text)
	if err != nil {
		return g.conn.QueryRowContext(ctx, text, args...)
	}
	return st.QueryRowContext(ctx, args...)
}
