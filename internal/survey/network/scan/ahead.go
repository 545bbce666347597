package scan

import (
	"context"
	"fmt"
	"net/netip"

	"sonae/internal/platform/store"
)

// HowMaybe is the way of a line of the record that says: this address was about to be
// asked when the server ended without warning, and what was sent to it is not known.
const HowMaybe = "maybe"

// Ahead is a row of addresses that a run asks next, one following the other.
type Ahead struct {
	RunID      string
	FacilityID string
	// Seq is the place of the first in the run, from 0 on for sweeps and from 1 on for the
	// targets of SNMP; below 0: a station that packets to others go through.
	Seq    int64
	From   string // 192.0.2.1
	To     string // 192.0.2.62; the same as From for one address
	Number int64
	AtMS   int64
}

// WriteAhead keeps whom a run asks next. It is called before the first packet goes to any
// of them: a server that dies in between says too much, never too little.
func WriteAhead(ctx context.Context, tx *store.Tx, list []Ahead) error {
	cols := []store.Col{{Name: "run_id", Type: store.Text}, {Name: "seq", Type: store.Int}, {Name: "number", Type: store.Int}, {Name: "facility_id", Type: store.Text},
		{Name: "from_address", Type: store.Text}, {Name: "to_address", Type: store.Text}, {Name: "at_ms", Type: store.Int}}
	rows := make([][]any, len(list))
	for i, a := range list {
		rows[i] = []any{a.RunID, a.Seq, a.Number, a.FacilityID, a.From, a.To, a.AtMS}
	}
	err := tx.InsertMany(ctx, "network_scan_ahead", cols, rows, `ON CONFLICT (run_id, seq) DO UPDATE SET number = excluded.number, from_address = excluded.from_address, to_address = excluded.to_address`)
	if err != nil {
		return fmt.Errorf("keep whom a run asks next: %w", err)
	}
	return nil
}

// Arrived drops the rows of a sweep whose addresses all come before place next: what was
// sent to them is in the record. Errors: of the database.
func Arrived(ctx context.Context, tx *store.Tx, runID string, next int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM network_scan_ahead WHERE run_id = $1 AND seq >= 0 AND seq + number <= $2`, runID, next)
	return err
}

// ArrivedAt drops the row of one target of SNMP.
func ArrivedAt(ctx context.Context, tx *store.Tx, runID string, seq int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM network_scan_ahead WHERE run_id = $1 AND seq = $2`, runID, seq)
	return err
}

// ArrivedAll drops all rows of a run: nobody is being asked, and all that was sent is in
// the record.
func ArrivedAll(ctx context.Context, tx *store.Tx, runID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM network_scan_ahead WHERE run_id = $1`, runID)
	return err
}

// Lapse turns what a server that died left into lines of the record: something may have
// been sent to each address from place next on. It is called before a run goes on.
func Lapse(ctx context.Context, tx *store.Tx, runID string, next, nowMS int64) error {
	list, err := aheadOf(ctx, tx, `run_id = $1`, runID)
	if err != nil || len(list) == 0 {
		return err
	}
	var lines []Sent
	for _, a := range list {
		a.each(next, func(address string) {
			lines = append(lines, Sent{RunID: a.RunID, FacilityID: a.FacilityID, Address: address, How: HowMaybe, FirstMS: a.AtMS, LastMS: nowMS})
		})
	}
	if err := Note(ctx, tx, lines); err != nil {
		return err
	}
	return ArrivedAll(ctx, tx, runID)
}

// LapseEnded does so for runs that ended before beforeMS, stopped or given up while no
// server worked on them.
func LapseEnded(ctx context.Context, tx *store.Tx, beforeMS int64) error {
	list, err := rowsOf(ctx, tx, "what ended runs left", `SELECT DISTINCT a.run_id, r.beat_ms FROM network_scan_ahead a JOIN network_scan_run r ON r.id = a.run_id WHERE r.finished_ms > 0 AND r.finished_ms < $1`,
		[]any{beforeMS}, func(scan func(...any) error) (r Run, err error) { return r, scan(&r.ID, &r.BeatMS) })
	for _, r := range list {
		if err := Lapse(ctx, tx, r.ID, 0, r.BeatMS); err != nil {
			return err
		}
	}
	return err
}

// each calls fn with the addresses from place next on, and with stations on the way.
func (a Ahead) each(next int64, fn func(address string)) {
	addr, err := netip.ParseAddr(a.From)
	for i := int64(0); err == nil && i < a.Number && addr.IsValid(); i++ {
		if a.Seq < 0 || a.Seq+i >= next {
			fn(addr.String())
		}
		addr = addr.Next()
	}
}

// holds reports whether an address is one of the row.
func (a Ahead) holds(address string) bool {
	from, err1 := netip.ParseAddr(a.From)
	to, err2 := netip.ParseAddr(a.To)
	one, err3 := netip.ParseAddr(address)
	return err1 == nil && err2 == nil && err3 == nil && from.Compare(one) <= 0 && one.Compare(to) <= 0
}

// Show writes the row as people read it: 192.0.2.1, 192.0.2.1–192.0.2.62.
func (a Ahead) Show() string {
	if a.From == a.To {
		return a.From
	}
	return a.From + "–" + a.To
}

// AheadIn lists whom a run asks now, or asked when its server died, in the order of the run.
func AheadIn(ctx context.Context, q store.Querier, runID string) ([]Ahead, error) {
	return aheadOf(ctx, q, `run_id = $1`, runID)
}

func aheadOf(ctx context.Context, q store.Querier, where string, args ...any) ([]Ahead, error) {
	return rowsOf(ctx, q, "whom runs ask next", `SELECT run_id, facility_id, seq, number, from_address, to_address, at_ms FROM network_scan_ahead WHERE `+where+` ORDER BY run_id, seq`, args,
		func(scan func(...any) error) (a Ahead, err error) {
			return a, scan(&a.RunID, &a.FacilityID, &a.Seq, &a.Number, &a.From, &a.To, &a.AtMS)
		})
}

// underway are lines about the addresses of a device that are being asked, or were when a
// server died whose run has not gone on yet. Until it is known what was sent, it may have
// been sent at any time from then on, up to toMS.
func (s Subject) underway(ctx context.Context, q store.Querier, toMS int64) ([]Sent, error) {
	list, err := aheadOf(ctx, q, `facility_id = $1 AND at_ms < $2`, s.FacilityID, toMS)
	var out []Sent
	for _, a := range list {
		for _, address := range s.Addresses {
			if a.holds(address) {
				out = append(out, Sent{RunID: a.RunID, FacilityID: a.FacilityID, Address: address, How: HowMaybe, FirstMS: a.AtMS, LastMS: max(a.AtMS, toMS-1)})
			}
		}
	}
	return out, err
}
