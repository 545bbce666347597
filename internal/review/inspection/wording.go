package inspection

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// maxWording bounds a pasted sentence in characters.
const maxWording = 4000

// SetWording keeps the official sentence of a row as a person pasted it from the
// ministry's document, for this installation; empty takes it away. Errors: invalid,
// not_found.
func SetWording(ctx context.Context, tx *store.Tx, cat *catalog.Catalog, rowID, wording, by string, nowMS int64) error {
	if _, ok := cat.Row(rowID); !ok {
		return fault.NotFound("inspection.error.no_row", "Row", clip(rowID))
	}
	wording = strings.TrimSpace(strings.ReplaceAll(wording, "\r\n", "\n"))
	if utf8.RuneCountInString(wording) > maxWording || !plain(wording) {
		return fault.Invalid("inspection.error.wording", "Max", maxWording).At("wording")
	}
	var err error
	if wording == "" {
		_, err = tx.Exec(ctx, `DELETE FROM inspection_wording WHERE row_id = $1`, rowID)
	} else {
		_, err = tx.Exec(ctx, `INSERT INTO inspection_wording (row_id, body, set_by, set_ms) VALUES ($1, $2, $3, $4)
			ON CONFLICT (row_id) DO UPDATE SET body = excluded.body, set_by = excluded.set_by, set_ms = excluded.set_ms`, rowID, wording, by, nowMS)
	}
	if err != nil {
		return fmt.Errorf("store wording of %s: %w", rowID, err)
	}
	return nil
}

// wordingsOf reads all pasted sentences by row.
func wordingsOf(ctx context.Context, q store.Querier) (map[string]string, error) {
	rows, err := q.Query(ctx, `SELECT row_id, body FROM inspection_wording`)
	if err != nil {
		return nil, fmt.Errorf("read wordings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]string{}
	for rows.Next() {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, fmt.Errorf("read wordings: %w", err)
		}
		found[id] = body
	}
	return found, rows.Err()
}
