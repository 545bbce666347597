package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"; it keeps prepared statements itself
)

const txTries = 5

func openPostgres(ctx context.Context, url string, files fs.FS) (*DB, error) {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool.SetMaxOpenConns(24)
	pool.SetMaxIdleConns(8)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := migrate(ctx, pool, Postgres, files); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("bring PostgreSQL database up to date: %w", err)
	}
	return &DB{engine: Postgres, read: pool, write: pool, reads: newStatements(pool)}, nil
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
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
