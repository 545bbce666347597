// Package store is the database under every room: one SQL text for SQLite (the
// embedded default) and PostgreSQL, short transactions that are retried as a
// whole, bulk inserts, and rows that come and go with their history.
//
// On SQLite one connection writes and a pool reads (docs/decisions/0002). Waiting
// transactions share one commit: each runs in its own savepoint, and all are
// acknowledged after one fsync. On PostgreSQL every transaction stands alone.
//
//	err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
//		_, err := tx.Exec(ctx, `UPDATE asset_asset SET name = $1 WHERE id = $2`, name, id)
//		return err
//	})
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Engine names the database engine behind a DB.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Querier reads: a DB (outside transactions) and a Tx both do.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
	Engine() Engine
}

// Config says which database to open.
type Config struct {
	// URL is postgres://…, or empty for a SQLite file in DataDir.
	URL string
	// DataDir holds sonae.db when URL is empty; it is made when missing (mode 0700).
	DataDir string
	// Readers is the number of reading connections on SQLite; 0 means 8.
	Readers int
}

// DB is an open database. Safe for concurrent use.
type DB struct {
	engine Engine
	read   *sql.DB
	reads  *statements
	write  *sql.DB // PostgreSQL: same as read
	group  *group  // SQLite only: the one writer
	path   string  // SQLite file, else empty
}

// Open opens the database and brings its schema up to date with the migrations
// in files. Errors name the database and what to do next.
func Open(ctx context.Context, cfg Config, files fs.FS) (*DB, error) {
	if cfg.URL != "" {
		return openPostgres(ctx, cfg.URL, files)
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder %s: %w", cfg.DataDir, err)
	}
	readers := cfg.Readers
	if readers == 0 {
		readers = 8
	}
	return openSQLite(ctx, filepath.Join(cfg.DataDir, "sonae.db"), readers, files)
}

// Engine tells which engine this is; only statistics and this package may care.
func (db *DB) Engine() Engine { return db.engine }

// Path is the SQLite file, or empty on PostgreSQL.
func (db *DB) Path() string { return db.path }

// Close ends the writer and closes all connections. Idempotent.
func (db *DB) Close() error {
	if db.group != nil {
		db.group.close()
	}
	db.reads.close()
	return errors.Join(db.write.Close(), db.read.Close())
}

// Query reads outside a transaction.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	trip(ctx)
	st, err := db.reads.get(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// QueryRow reads one row outside a transaction.
func (db *DB) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	trip(ctx)
	st, err := db.reads.get(ctx, query)
	if err != nil {
		// Let the driver report the same error through the Row.
		return db.read.QueryRowContext(ctx, query, args...)
	}
	return st.QueryRowContext(ctx, args...)
}

// Ping checks that the database answers (readiness).
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.QueryRow(ctx, `SELECT 1`).Scan(&one)
}

// Tx runs fn in a transaction and commits when fn returns nil. When another
// transaction was in the way (SQLSTATE 40001, 40P01), fn runs again, up to five
// times in all: fn must not keep effects outside the database. fn must use the
// context it is given, and must not call Tx again.
func (db *DB) Tx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if db.group != nil {
		return db.group.run(ctx, fn)
	}
	return db.txPostgres(ctx, fn)
}

// Tx is a running transaction. Not safe for concurrent use.
type Tx struct {
	engine Engine
	exec   func(ctx context.Context, query string, args []any) (sql.Result, error)
	query  func(ctx context.Context, query string, args []any) (*sql.Rows, error)
	row    func(ctx context.Context, query string, args []any) *sql.Row
	fresh  map[string]bool
}

// MarkNew notes that an owner of rows was made in this transaction: nobody can have
// stored rows for it, so that Section.Sync and others need not look.
func (tx *Tx) MarkNew(owner string) {
	if tx.fresh == nil {
		tx.fresh = map[string]bool{}
	}
	tx.fresh[owner] = true
}

// IsNew reports whether MarkNew was called for owner.
func (tx *Tx) IsNew(owner string) bool { return tx.fresh[owner] }

// Engine tells which engine this is.
func (tx *Tx) Engine() Engine { return tx.engine }

// Exec runs a statement.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	trip(ctx)
	return tx.exec(ctx, query, args)
}

// Query reads inside the transaction. Close the rows before the next statement:
// the writer is one connection.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	trip(ctx)
	return tx.query(ctx, query, args)
}

// QueryRow reads one row inside the transaction.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	trip(ctx)
	return tx.row(ctx, query, args)
}

// ForUpdate is the row lock suffix where the engine has one; SQLite has a single
// writer and needs none.
func (tx *Tx) ForUpdate() string {
	if tx.engine == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// SkipLocked is the suffix that takes only rows nobody else holds.
func (tx *Tx) SkipLocked() string {
	if tx.engine == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// NewID makes a UUIDv7 (RFC 9562, section 5.7): sorted by time, safe to make on
// any server.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// ValidID reports whether s has the form of an ID; handlers check it before
// asking the database.
func ValidID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// MS is a time as Unix milliseconds, the form of every time in the database.
func MS(t time.Time) int64 { return t.UnixMilli() }

// Time is the reverse of MS, in UTC; zero gives the zero time.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// In writes "col IN ($n, …)" and appends the values to args. At most 500 values:
// split longer lists before. An empty list matches nothing.
func In[T any](col string, values []T, args *[]any) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	var b strings.Builder
	b.WriteString(col + " IN (")
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		*args = append(*args, v)
		fmt.Fprintf(&b, "$%d", len(*args))
	}
	b.WriteString(")")
	return b.String()
}

// Like makes a pattern for "lower(col) LIKE $n ESCAPE '\'" that finds s anywhere,
// whatever wildcards s holds.
func Like(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	return "%" + r.Replace(strings.ToLower(s)) + "%"
}
