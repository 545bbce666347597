package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// migrate applies the numbered files that are not applied yet, one transaction each.
func migrate(ctx context.Context, db *sql.DB, engine Engine, files fs.FS) error {
	dialect := database.DialectSQLite3
	if engine == Postgres {
		dialect = database.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, db, files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("apply migrations: %w", err)
	}
	return nil
}
