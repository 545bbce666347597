package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"modernc.org/sqlite" // pure Go driver, registers "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// isBusy reports that another connection is writing (SQLITE_BUSY and its variants,
// https://www.sqlite.org/rescode.html#busy).
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// dsn gives the connection text. busy_timeout comes first so that the following
// pragmas already wait; synchronous FULL makes an acknowledged commit survive a
// power loss (https://www.sqlite.org/pragma.html#pragma_synchronous). The log may grow
// to 32 MB (8000 pages) before it is copied into the database: pages that many reports
// change are copied once.
func dsn(path string, readOnly bool) string {
	q := url.Values{}
	for _, p := range []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(8000)", "foreign_keys(ON)", "temp_store(MEMORY)", "cache_size(-8192)"} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Add("_pragma", "query_only(ON)")
	} else {
		// A transaction that reads first and writes later does not wait for another
		// process: it fails at once.
		q.Set("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func openSQLite(ctx context.Context, path string, readers int, files fs.FS) (*DB, error) {
	write, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := migrate(ctx, write, SQLite, files); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("bring database %s up to date: %w", path, err)
	}
	read, err := sql.Open("sqlite", dsn(path, true))
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("open database %s for reading: %w", path, err)
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(2) // each idle connection holds a page cache
	conn, err := write.Conn(ctx)
	if err != nil {
		_ = write.Close()
		_ = read.Close()
		return nil, fmt.Errorf("take the writing connection of %s: %w", path, err)
	}
	// The writer waits by itself: see begin. The engine's own waiting asks ten times a
	// second at most, and never meets the gaps of a busy process.
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 1"); err != nil {
		_ = conn.Close()
		_ = write.Close()
		_ = read.Close()
		return nil, fmt.Errorf("set up the writing connection of %s: %w", path, err)
	}
	db := &DB{engine: SQLite, read: read, reads: newStatements(read), write: write, path: path}
	db.group = newGroup(conn)
	return db, nil
}

// CopySQLite writes a consistent copy of a SQLite database to a new file while
// others read and write (VACUUM INTO, https://www.sqlite.org/lang_vacuum.html).
func CopySQLite(ctx context.Context, db *DB, file string) error {
	if db.engine != SQLite {
		return fmt.Errorf("copy to %s: not a SQLite database", file)
	}
	// Its own connection: the writer must stay free, and VACUUM needs no transaction.
	side, err := sql.Open("sqlite", dsn(db.path, false))
	if err != nil {
		return fmt.Errorf("open %s: %w", db.path, err)
	}
	defer func() { _ = side.Close() }()
	if _, err := side.ExecContext(ctx, `VACUUM INTO $1`, file); err != nil {
		return fmt.Errorf("copy database to %s: %w", file, err)
	}
	return nil
}

// CheckSQLite reads a whole SQLite file and tells the first fault of its structure
// (PRAGMA quick_check, https://www.sqlite.org/pragma.html#pragma_quick_check).
func CheckSQLite(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", dsn(file, true))
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	defer func() { _ = db.Close() }()
	var first string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&first); err != nil {
		return fmt.Errorf("check %s: %w", file, err)
	}
	if first != "ok" {
		return fmt.Errorf("check %s: %s", file, first)
	}
	return nil
}
