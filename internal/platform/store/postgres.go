package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib" // it keeps prepared statements itself
)

const (
	txTries = 5
	// maxConns is how many connections a server opens at most, and keeps while there is
	// work: making one costs a process of the database, and every statement prepared anew.
	maxConns = 24
)

func openPostgres(ctx context.Context, url string, files fs.FS) (*DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(preferIndexes))
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := migrate(ctx, pool, Postgres, files); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("bring PostgreSQL database up to date: %w", err)
	}
	return &DB{engine: Postgres, read: pool, write: pool, reads: newStatements(pool)}, nil
}

// preferIndexes tells the planner that a page read at random costs hardly more than the
// next one, as on every SSD (PostgreSQL's manual, 20.7.2: random_page_cost, 4 by default,
// is for disks that turn), unless somebody has set it already. Else a statement that is
// prepared on an empty table reads the whole table until it is analysed: each look for a
// machine's keys, while a list or the first reports come in. A database that does not know
// the setting goes on without.
func preferIndexes(ctx context.Context, conn *pgx.Conn) error {
	_, _ = conn.Exec(ctx, `SELECT set_config('random_page_cost', '1.1', false) FROM pg_settings WHERE name = 'random_page_cost' AND source = 'default'`)
	return nil
}

func (db *DB) txPostgres(ctx context.Context, fn func(context.Context, *Tx) error) error {
	var err error
	for try := range txTries {
		if try > 0 {
			wait := time.Duration(1<<try)*2*time.Millisecond + rand.N(5*time.Millisecond)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(wait):
			}
		}
		if err = db.tryPostgres(ctx, fn); KindOf(err) != KindRetry {
			return err
		}
	}
	return err
}

func (db *DB) tryPostgres(ctx context.Context, fn func(context.Context, *Tx) error) error {
	trip(ctx)
	t, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = t.Rollback() }() // no effect after Commit
	tx := &Tx{
		engine: Postgres,
		exec:   func(ctx context.Context, q string, a []any) (sql.Result, error) { return t.ExecContext(ctx, q, a...) },
		query:  func(ctx context.Context, q string, a []any) (*sql.Rows, error) { return t.QueryContext(ctx, q, a...) },
		row:    func(ctx context.Context, q string, a []any) *sql.Row { return t.QueryRowContext(ctx, q, a...) },
	}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	trip(ctx)
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
