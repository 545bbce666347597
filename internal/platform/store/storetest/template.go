package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sonae/internal/migration"
	"sonae/internal/platform/store"
)

// The schema is made once a test binary and engine and copied for each test: to make it
// takes a hundred times as long as to copy it, and a binary opens up to two hundred.

// template is the file of a migrated, closed SQLite database.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sonae-template-")
	if err != nil {
		return nil, fmt.Errorf("folder for the template: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := store.Open(context.Background(), store.Config{DataDir: dir}, migration.Files)
	if err != nil {
		return nil, fmt.Errorf("make the template: %w", err)
	}
	if err := db.Close(); err != nil { // the last connection writes the log into the file
		return nil, fmt.Errorf("close the template: %w", err)
	}
	for _, rest := range []string{"-wal", "-shm"} {
		if s, err := os.Stat(filepath.Join(dir, "sonae.db"+rest)); err == nil && s.Size() > 0 {
			return nil, fmt.Errorf("the template left %s behind", s.Name())
		}
	}
	return os.ReadFile(filepath.Join(dir, "sonae.db")) //nolint:gosec // a file of this test
})

// copySQLite puts a migrated database into a folder.
func copySQLite(t testing.TB, dir string) {
	t.Helper()
	body, err := template()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "sonae.db"), body, 0o600)
	}
	if err != nil {
		t.Fatalf("copy the migrated database: %v", err)
	}
}
