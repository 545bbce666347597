package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

const targetCols = `run_id, seq, address, ip, state, trouble, rule, name, coalesce(asset_id, ''), credential_id, taken, partial, before_ms, at_ms, took_ms`

func scanTarget(scan func(...any) error) (t Target, err error) {
	var partial string
	if err = scan(&t.RunID, &t.Seq, &t.Address, &t.IP, &t.State, &t.Trouble, &t.Rule, &t.Name, &t.AssetID, &t.CredentialID, &t.Taken, &partial, &t.BeforeMS, &t.AtMS, &t.TookMS); err != nil {
		return t, err
	}
	if partial != "" {
		err = json.Unmarshal([]byte(partial), &t.Partial)
	}
	return t, err
}

// targetColumns are what a new line of a report is written with.
var targetColumns = []store.Col{{Name: "run_id", Type: store.Text}, {Name: "seq", Type: store.Int}, {Name: "address", Type: store.Text}, {Name: "ip", Type: store.Text}, {Name: "state", Type: store.Text},
	{Name: "trouble", Type: store.Text}, {Name: "rule", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "credential_id", Type: store.Text}, {Name: "taken", Type: store.Int},
	{Name: "partial", Type: store.Text}, {Name: "before_ms", Type: store.Int}, {Name: "at_ms", Type: store.Int}, {Name: "took_ms", Type: store.Int}}

// SetTargets writes the targets of a run that has none yet, all open, and how many.
func SetTargets(ctx context.Context, tx *store.Tx, runID string, addresses []string) error {
	rows := make([][]any, len(addresses))
	for i, a := range addresses {
		rows[i] = []any{runID, int64(i + 1), a, "", string(Open), "", "", "", "", int64(0), "", int64(0), int64(0), int64(0)}
	}
	if _, err := tx.InsertNew(ctx, "network_scan_target", targetColumns, rows); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE network_scan_run SET total = $1 WHERE id = $2`, len(addresses), runID)
	return err
}

// OpenTargets gives targets of a run that are still to be asked, after seq, in order.
func OpenTargets(ctx context.Context, q store.Querier, runID string, after int64, limit int) ([]Target, error) {
	return rowsOf(ctx, q, "open targets", `SELECT `+targetCols+` FROM network_scan_target WHERE run_id = $1 AND state = 'open' AND seq > $2 ORDER BY seq LIMIT $3`,
		[]any{runID, after, limit}, scanTarget)
}

// Settle writes what became of an open target and counts it in its run. A target that
// was settled already stays as it is, and ok is false.
func Settle(ctx context.Context, tx *store.Tx, r Run, t Target) (ok bool, err error) {
	partial := ""
	if len(t.Partial) > 0 {
		body, err := json.Marshal(t.Partial)
		if err != nil {
			return false, fmt.Errorf("encode parts of %s: %w", t.Address, err)
		}
		partial = string(body)
	}
	var asset any
	if t.AssetID != "" {
		asset = t.AssetID
	}
	res, err := tx.Exec(ctx, `UPDATE network_scan_target SET ip = $1, state = $2, trouble = $3, rule = $4, name = $5, asset_id = $6, credential_id = $7, taken = $8, partial = $9, before_ms = $10, at_ms = $11, took_ms = $12
		WHERE run_id = $13 AND seq = $14 AND state = 'open'`,
		t.IP, string(t.State), t.Trouble, t.Rule, line(t.Name), asset, t.CredentialID, t.Taken, partial, t.BeforeMS, t.AtMS, t.TookMS, r.ID, t.Seq)
	if err != nil {
		return false, fmt.Errorf("settle %s: %w", t.Address, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if t.State == Answered {
		if err := know(ctx, tx, r.FacilityID, t); err != nil {
			return false, err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE network_scan_run SET done = done + 1, answered = answered + $1, left_out = left_out + $2, quiet = quiet + $3, beat_ms = $4 WHERE id = $5`,
		count1(t.State == Answered), count1(t.State == LeftOut), count1(t.State == Quiet), t.AtMS, r.ID)
	return true, err
}

func count1(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// line is a text from outside as one line of bounded length.
func line(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200])
	}
	return s
}

// Known is an address that answered before.
type Known struct {
	Address      string
	CredentialID string
	Name         string
	AnsweredMS   int64
}

func know(ctx context.Context, tx *store.Tx, facilityID string, t Target) error {
	_, err := tx.Exec(ctx, `INSERT INTO network_scan_known (facility_id, address, credential_id, name, answered_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (facility_id, address) DO UPDATE SET credential_id = excluded.credential_id, name = excluded.name, answered_ms = excluded.answered_ms`,
		facilityID, t.Address, t.CredentialID, line(t.Name), t.AtMS)
	if err != nil {
		return fmt.Errorf("keep that %s answered: %w", t.Address, err)
	}
	return nil
}

// KnownOf reads which addresses of a facility answered before, by address.
func KnownOf(ctx context.Context, q store.Querier, facilityID string) (map[string]Known, error) {
	list, err := rowsOf(ctx, q, "known addresses", `SELECT address, credential_id, name, answered_ms FROM network_scan_known WHERE facility_id = $1`, []any{facilityID},
		func(scan func(...any) error) (k Known, err error) {
			return k, scan(&k.Address, &k.CredentialID, &k.Name, &k.AnsweredMS)
		})
	out := make(map[string]Known, len(list))
	for _, k := range list {
		out[k.Address] = k
	}
	return out, err
}

// TargetFilter chooses lines of a report.
type TargetFilter struct {
	RunID  string
	States []TargetState // nil = all
	After  int64         // seq of the last line seen
	Limit  int
}

// Report lists the targets of a run in their order, and how many there are in all.
func Report(ctx context.Context, q store.Querier, f TargetFilter) (list []Target, total int, err error) {
	args := []any{f.RunID}
	where := `run_id = $1`
	if len(f.States) > 0 {
		where += ` AND ` + store.In("state", f.States, &args)
	}
	if err := q.QueryRow(ctx, `SELECT count(*) FROM network_scan_target WHERE `+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count lines of a report: %w", err)
	}
	args = append(args, f.After, f.Limit)
	list, err = rowsOf(ctx, q, "lines of a report", fmt.Sprintf(`SELECT `+targetCols+` FROM network_scan_target WHERE %s AND seq > $%d ORDER BY seq LIMIT $%d`, where, len(args)-1, len(args)), args, scanTarget)
	return list, total, err
}

// Counts gives the number of targets of a run by state.
func Counts(ctx context.Context, q store.Querier, runID string) (map[TargetState]int, error) {
	type count struct {
		state TargetState
		n     int
	}
	list, err := rowsOf(ctx, q, "counts of a report", `SELECT state, count(*) FROM network_scan_target WHERE run_id = $1 GROUP BY state`, []any{runID},
		func(scan func(...any) error) (c count, err error) { return c, scan(&c.state, &c.n) })
	out := map[TargetState]int{}
	for _, c := range list {
		out[c.state] = c.n
	}
	return out, err
}

// shut are the troubles of a device that answers, and refuses who asks.
var shut = []string{"user", "credential", "encryption", "level"}

// Shut counts the targets of a run that refused the credentials, and answered to one of
// them before: a passphrase was changed there.
func Shut(ctx context.Context, q store.Querier, runID string) (n int, err error) {
	args := []any{runID}
	err = q.QueryRow(ctx, `SELECT count(*) FROM network_scan_target WHERE run_id = $1 AND before_ms > 0 AND `+store.In("trouble", shut, &args), args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count devices that refuse their credentials: %w", err)
	}
	return n, nil
}
