// Package migration holds the one sequence of schema changes, as numbered SQL
// files that run unchanged on SQLite and PostgreSQL. Each file belongs to the
// room it is named after; released files never change (docs/add-a-migration.md).
package migration

import "embed"

// Files is the sequence; platform/store applies it with goose, one transaction a file.
//
//go:embed *.sql
var Files embed.FS
