package silence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Exception is what a person said about the pace of one machine.
type Exception struct {
	ID      string
	AssetID string
	Source  asset.Source // empty = every source
	// Weekdays on which the machine is on: bit 0 = Sunday … bit 6 = Saturday. 0 = it is
	// not expected at all.
	Weekdays  int64
	UntilOn   string // last day it holds, 2006-01-02; required, at most two years ahead
	Reason    string // required, 1–500 characters
	By        string
	CreatedMS int64
	EndedMS   int64 // 0 = a person did not end it
	EndedBy   string
}

// Limits of an exception.
const (
	exceptionYears  = 2 // longer ones are forgotten; a machine that is gone is retired
	maxReason       = 500
	mostExceptions  = 20 // that hold at a time, for one machine
	everyDayOfAWeek = 1<<7 - 1
)

// Except adds an exception for a machine. today is the day of the person who says so,
// 2006-01-02. Errors: invalid with its place, conflict when there are too many.
func Except(ctx context.Context, tx *store.Tx, x Exception, today string, nowMS int64) (Exception, error) {
	x.Reason = strings.TrimSpace(x.Reason)
	if n := utf8.RuneCountInString(x.Reason); n == 0 || n > maxReason || !utf8.ValidString(x.Reason) || strings.ContainsRune(x.Reason, 0) {
		return x, fault.Invalid("silence.error.reason", "Max", maxReason).At("reason")
	}
	if x.Source != "" && !slices.Contains(asset.Sources, x.Source) {
		return x, fault.Invalid("silence.error.kind").At("source")
	}
	if x.Weekdays < 0 || x.Weekdays > everyDayOfAWeek {
		return x, fault.Invalid("silence.error.weekdays").At("weekdays")
	}
	until, err := time.Parse(time.DateOnly, x.UntilOn)
	from, errFrom := time.Parse(time.DateOnly, today)
	if err != nil || errFrom != nil || until.Before(from) || until.After(from.AddDate(exceptionYears, 0, 0)) {
		return x, fault.Invalid("silence.error.until", "Years", exceptionYears).At("until_on")
	}
	var held int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM silence_exception WHERE asset_id = $1 AND ended_ms IS NULL AND until_on >= $2`, x.AssetID, today).Scan(&held); err != nil {
		return x, fmt.Errorf("count exceptions: %w", err)
	}
	if held >= mostExceptions {
		return x, fault.Conflict("silence.error.many", "Max", mostExceptions)
	}
	x.ID, x.CreatedMS, x.EndedMS, x.EndedBy = store.NewID(), nowMS, 0, ""
	_, err = tx.Exec(ctx, `INSERT INTO silence_exception (id, asset_id, source, weekdays, until_on, reason, by_name, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		x.ID, x.AssetID, string(x.Source), x.Weekdays, x.UntilOn, x.Reason, x.By, x.CreatedMS)
	if err != nil {
		return x, fmt.Errorf("store exception: %w", err)
	}
	return x, nil
}

// EndException ends an exception before its day. Errors: not found, also when it has
// ended already.
func EndException(ctx context.Context, tx *store.Tx, id, by string, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE silence_exception SET ended_ms = $1, ended_by = $2 WHERE id = $3 AND ended_ms IS NULL`, nowMS, by, id)
	if err != nil {
		return fmt.Errorf("end exception: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.NotFound("silence.error.exception_unknown")
}

const exceptionCols = `id, asset_id, source, weekdays, until_on, reason, by_name, created_ms, coalesce(ended_ms, 0), ended_by`

func scanException(scan func(...any) error) (Exception, error) {
	var x Exception
	err := scan(&x.ID, &x.AssetID, &x.Source, &x.Weekdays, &x.UntilOn, &x.Reason, &x.By, &x.CreatedMS, &x.EndedMS, &x.EndedBy)
	return x, err
}

// ExceptionByID reads one exception, ended or not. Errors: not found.
func ExceptionByID(ctx context.Context, q store.Querier, id string) (Exception, error) {
	x, err := scanException(q.QueryRow(ctx, `SELECT `+exceptionCols+` FROM silence_exception WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return x, fault.NotFound("silence.error.exception_unknown")
	}
	if err != nil {
		return x, fmt.Errorf("read exception: %w", err)
	}
	return x, nil
}

// Exceptions are those that hold on a day, by machine, the newest first. assetID ""
// reads those of all machines.
func Exceptions(ctx context.Context, q store.Querier, assetID, today string) (map[string][]Exception, error) {
	args := []any{today}
	where := `ended_ms IS NULL AND until_on >= $1`
	if assetID != "" {
		args = append(args, assetID)
		where += ` AND asset_id = $2`
	}
	rows, err := q.Query(ctx, `SELECT `+exceptionCols+` FROM silence_exception WHERE `+where+` ORDER BY created_ms DESC, id DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("list exceptions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string][]Exception{}
	for rows.Next() {
		x, err := scanException(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list exceptions: %w", err)
		}
		out[x.AssetID] = append(out[x.AssetID], x)
	}
	return out, rows.Err()
}
