package store

import (
	"context"
	"fmt"
	"strings"
)

// TakeBack undoes a Sync of atMS as of nowMS: rows that it opened and that are still
// open end now, and those that it ended begin again now, as they were. What was true in
// between stays in the history. It is right only while no later Sync of the same owner
// and source has come; volatile columns keep what was reported last.
func (s Section) TakeBack(ctx context.Context, tx *Tx, owner, source string, atMS, nowMS int64) (Change, error) {
	var ch Change
	res, err := tx.Exec(ctx, `UPDATE `+s.Table+` SET gone_ms = $1 WHERE `+s.Owner+` = $2 AND source = $3 AND first_ms = $4 AND gone_ms IS NULL`, nowMS, owner, source, atMS)
	if err != nil {
		return ch, fmt.Errorf("take back rows of %s: %w", s.Table, err)
	}
	if n, err := res.RowsAffected(); err == nil {
		ch.Gone = int(n)
	}
	cols := []string{s.Owner, "source", "row_key", "digest"}
	for _, c := range s.Cols {
		cols = append(cols, c.Name)
	}
	list := strings.Join(cols, ", ")
	res, err = tx.Exec(ctx, `INSERT INTO `+s.Table+` (`+list+`, first_ms) SELECT `+list+`, CAST($1 AS BIGINT) FROM `+s.Table+
		` WHERE `+s.Owner+` = $2 AND source = $3 AND gone_ms = $4 `+s.conflict(), nowMS, owner, source, atMS)
	if err != nil {
		return ch, fmt.Errorf("give back rows of %s: %w", s.Table, err)
	}
	if n, err := res.RowsAffected(); err == nil {
		ch.Added = int(n)
	}
	return ch, nil
}
