// Package storetest opens fresh databases for tests, on both engines:
//
//	storetest.Each(t, func(t *testing.T, db *store.DB) { … })
//
// SQLite lives in the test's folder. PostgreSQL is started once a test binary
// from Debian's binaries on a free loopback port (never as root) and each test
// gets a database of its own, copied from one with the real schema. Without PostgreSQL the test says so and leaves it
// out, except with CI=true, where that is a failure.
package storetest

import (
	"context"
	"testing"

	"sonae/internal/migration"
	"sonae/internal/platform/store"
)

// Each runs fn once on each engine as a sub-test with an empty, migrated database.
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite opens a fresh SQLite database that is closed when the test ends.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	dir := t.TempDir()
	copySQLite(t, dir)
	return open(t, store.Config{DataDir: dir})
}

// Postgres opens a fresh PostgreSQL database that is dropped when the test ends.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return open(t, store.Config{URL: migratedURL(t)})
}

func open(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg, migration.Files)
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return db
}
