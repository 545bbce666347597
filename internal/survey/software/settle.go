package software

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"sonae/internal/platform/store"
)

// JobSettle is the kind of the periodic job that calls Settle; once a minute is
// plenty. Lists by title are right without it, only slower.
const JobSettle = "software.settle"

// settleBatch is how many machines enter the index in one transaction: about 10,000
// rows, so that the writer is not held up for more than some 50 ms.
const settleBatch = 32

// Settle moves new installs into the index by title, many at a time, and tells how
// many machines that were. Reports only put a machine on a list, because writing the
// index row by row takes as long as everything else a report writes together. Safe to
// run on several servers at once.
func Settle(ctx context.Context, db *store.DB) (machines int, err error) {
	for {
		var n int
		begin := time.Now()
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			n, err = settleSome(ctx, tx)
			return err
		})
		machines += n
		if err != nil || n < settleBatch {
			return machines, err
		}
		// Half the writer's time stays for reports and people.
		select {
		case <-ctx.Done():
			return machines, ctx.Err()
		case <-time.After(time.Since(begin)):
		}
	}
}

type unsettled struct{ assetID, stamp string }

func settleSome(ctx context.Context, tx *store.Tx) (int, error) {
	list, err := read(ctx, tx, "machines to settle", `SELECT asset_id, stamp FROM software_unsettled ORDER BY asset_id LIMIT $1`, []any{settleBatch},
		func(rows *sql.Rows) (u unsettled, err error) {
			err = rows.Scan(&u.assetID, &u.stamp)
			return u, err
		})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	ids := make([]string, len(list))
	for i, u := range list {
		ids[i] = u.assetID
	}
	var args []any
	if _, err := tx.Exec(ctx, `UPDATE software_install SET settled = TRUE WHERE NOT settled AND `+store.In("asset_id", ids, &args), args...); err != nil {
		return 0, fmt.Errorf("settle installs: %w", err)
	}
	for _, u := range list {
		// A report that came meanwhile has set another stamp: its rows come next time.
		if _, err := tx.Exec(ctx, `DELETE FROM software_unsettled WHERE asset_id = $1 AND stamp = $2`, u.assetID, u.stamp); err != nil {
			return 0, fmt.Errorf("settle installs of %s: %w", u.assetID, err)
		}
	}
	return len(list), nil
}

// unsettle puts a machine on the list of those with new rows.
func unsettle(ctx context.Context, tx *store.Tx, assetID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO software_unsettled (asset_id, stamp) VALUES ($1, $2)
		ON CONFLICT (asset_id) DO UPDATE SET stamp = excluded.stamp`, assetID, store.NewID())
	if err != nil {
		return fmt.Errorf("list new installs of %s: %w", assetID, err)
	}
	return nil
}

// part is one of the places where installs of a title are found.
type part struct {
	after string // how it stands after software_title; SQLite keeps the order of a CROSS JOIN
	from  string
	where string
}

// partsNow are the open installs: those in the index, and those of machines on the
// list, which are found by machine.
var partsNow = []part{
	{` CROSS JOIN `, `software_install i`, `i.settled AND i.gone_ms IS NULL`},
	{` CROSS JOIN `, `software_unsettled u JOIN software_install i ON i.asset_id = u.asset_id`, `NOT i.settled AND i.gone_ms IS NULL`},
}

// parts are the places for now or for atMS; a past day is looked for in all rows.
func parts(atMS int64, args *[]any) []part {
	if atMS == 0 {
		return partsNow
	}
	return []part{{`, `, `software_install i`, openOrAt("i", atMS, args)}}
}
