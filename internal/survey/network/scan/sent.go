package scan

import (
	"context"
	"fmt"
	"time"

	"sonae/internal/platform/store"
)

// HowSNMP is how a plan of SNMP reaches a device; a sweep's ways are words of Methods.
const HowSNMP = "snmp"

// Sent is what was sent to an address in a run, or that nothing was because of a rule.
type Sent struct {
	RunID      string
	FacilityID string
	Address    string // 192.0.2.7
	MAC        string // aabbccddeeff; empty = not known
	How        string // HowSNMP, a word of Methods, or HowMaybe
	Rule       string // kind and value of the rule that kept it back; empty = it was sent
	Packets    int64  // retransmissions included; 0 = not known
	FirstMS    int64
	LastMS     int64
}

// Note keeps what was sent; that it is going to be sent is kept before, by WriteAhead. Later
// notes of the same run, address and way add packets and move the end.
func Note(ctx context.Context, tx *store.Tx, list []Sent) error {
	if len(list) == 0 {
		return nil
	}
	type key struct{ run, address, how, rule string }
	rows := make([][]any, 0, len(list))
	at := map[key]int{}
	for _, s := range list {
		k := key{s.RunID, s.Address, s.How, s.Rule}
		if i, twice := at[k]; twice { // one statement may touch a row once
			rows[i][6] = rows[i][6].(int64) + s.Packets
			rows[i][8] = max(rows[i][8].(int64), s.LastMS)
			continue
		}
		at[k] = len(rows)
		rows = append(rows, []any{s.RunID, s.Address, s.How, line(s.Rule), s.FacilityID, s.MAC, s.Packets, s.FirstMS, s.LastMS})
	}
	cols := []store.Col{{Name: "run_id", Type: store.Text}, {Name: "address", Type: store.Text}, {Name: "how", Type: store.Text}, {Name: "rule", Type: store.Text}, {Name: "facility_id", Type: store.Text},
		{Name: "mac", Type: store.Text}, {Name: "packets", Type: store.Int}, {Name: "first_ms", Type: store.Int}, {Name: "last_ms", Type: store.Int}}
	err := tx.InsertMany(ctx, "network_scan_sent", cols, rows, `ON CONFLICT (run_id, address, how, rule) DO UPDATE SET packets = network_scan_sent.packets + excluded.packets,
		mac = CASE WHEN excluded.mac = '' THEN network_scan_sent.mac ELSE excluded.mac END,
		last_ms = CASE WHEN excluded.last_ms > network_scan_sent.last_ms THEN excluded.last_ms ELSE network_scan_sent.last_ms END`)
	if err != nil {
		return fmt.Errorf("keep what is sent: %w", err)
	}
	return nil
}

const sentCols = `run_id, facility_id, address, mac, how, rule, packets, first_ms, last_ms`

func scanSent(scan func(...any) error) (s Sent, err error) {
	return s, scan(&s.RunID, &s.FacilityID, &s.Address, &s.MAC, &s.How, &s.Rule, &s.Packets, &s.FirstMS, &s.LastMS)
}

// SentIn lists what a run sent and what it left out, by address; after is the last address
// seen. An address is never split over two pages.
func SentIn(ctx context.Context, q store.Querier, runID, after string, limit int) ([]Sent, error) {
	return rowsOf(ctx, q, "what was sent", `SELECT `+sentCols+` FROM network_scan_sent WHERE run_id = $1 AND address > $2
		AND address IN (SELECT DISTINCT address FROM network_scan_sent WHERE run_id = $3 AND address > $4 ORDER BY address LIMIT $5) ORDER BY address, how, rule`,
		[]any{runID, after, runID, after, limit}, scanSent)
}

// Keep is how long runs are kept with their reports and records: a fiscal year, and the
// month in which its inspection is prepared.
const Keep = 400 * 24 * time.Hour

// SentMost bounds the record of a facility: about 300 MB. The oldest runs go first.
const SentMost = 2_000_000

// Tidy removes runs older than Keep, and the oldest while the record of a facility is
// longer than most (SentMost), and notes since when the record is whole. At most 50 runs
// at a time; more tells that there is more to do.
func Tidy(ctx context.Context, tx *store.Tx, most, nowMS int64) (more bool, err error) {
	old, err := rowsOf(ctx, tx, "old runs", `SELECT `+runCols+` FROM network_scan_run WHERE finished_ms > 0 AND finished_ms < $1 ORDER BY finished_ms, id LIMIT 50`,
		[]any{nowMS - Keep.Milliseconds()}, scanRun)
	if err != nil {
		return false, err
	}
	if len(old) == 0 {
		if old, err = tooMuch(ctx, tx, most); err != nil {
			return false, err
		}
	}
	for _, r := range old {
		if err := r.remove(ctx, tx); err != nil {
			return false, err
		}
	}
	return len(old) > 0, nil
}

// tooMuch gives the oldest finished run of each facility whose record is too long.
func tooMuch(ctx context.Context, tx *store.Tx, most int64) ([]Run, error) {
	return rowsOf(ctx, tx, "oldest runs", `SELECT `+runCols+` FROM network_scan_run WHERE id IN (SELECT min(r.id) FROM network_scan_run r
		WHERE r.finished_ms > 0 AND r.facility_id IN (SELECT facility_id FROM network_scan_sent GROUP BY facility_id HAVING count(*) > $1) GROUP BY r.facility_id)`, []any{most}, scanRun)
}

func (r *Run) remove(ctx context.Context, tx *store.Tx) error {
	for _, table := range []string{"network_scan_sent", "network_scan_target", "network_scan_ahead"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE run_id = $1`, r.ID); err != nil {
			return fmt.Errorf("remove run %s: %w", r.ID, err)
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM network_scan_run WHERE id = $1`, r.ID); err != nil {
		return fmt.Errorf("remove run %s: %w", r.ID, err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO network_scan_kept (facility_id, from_ms) VALUES ($1, $2) ON CONFLICT (facility_id) DO UPDATE
		SET from_ms = CASE WHEN excluded.from_ms > network_scan_kept.from_ms THEN excluded.from_ms ELSE network_scan_kept.from_ms END`, r.FacilityID, r.FinishedMS+1)
	return err
}
