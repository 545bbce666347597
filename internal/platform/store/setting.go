package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Setting reads a server-wide value; ok is false when it was never set.
func Setting(ctx context.Context, q Querier, name string) (value string, ok bool, err error) {
	err = q.QueryRow(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read setting %s: %w", name, err)
	}
	return value, true, nil
}

// SetSetting stores a server-wide value.
func SetSetting(ctx context.Context, tx *Tx, name, value string, nowMS int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO setting (name, value, updated_ms) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_ms = excluded.updated_ms`, name, value, nowMS)
	if err != nil {
		return fmt.Errorf("store setting %s: %w", name, err)
	}
	return nil
}
