//go:build !unix

package storetest

import "testing"

// PostgresURL leaves the test out: PostgreSQL is started for tests on Unix only.
func PostgresURL(t testing.TB) string {
	t.Helper()
	t.Skip("PostgreSQL is started for tests on Unix only")
	return ""
}

func migratedURL(t testing.TB) string { return PostgresURL(t) }
