package scan

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/netip"

	"sonae/internal/platform/store"
)

// Swept is what a sweep tells at once.
type Swept struct {
	Answers []Target // who answered
	Sent    []Sent
	LeftOut int64 // addresses of this part that a rule kept back
	Done    int64 // addresses so far, of Total
	Total   int64
	Place   string // where to go on
	Next    int64  // the same as a place among the addresses
	Ended   bool   // nobody is being asked any more
}

// Sweep keeps a part of a sweep. An address that answers twice, because the run went on
// after a server died, is one line.
func Sweep(ctx context.Context, tx *store.Tx, r Run, s Swept, nowMS int64) error {
	if err := Note(ctx, tx, s.Sent); err != nil {
		return err
	}
	arrived := Arrived(ctx, tx, r.ID, s.Next)
	if s.Ended {
		arrived = ArrivedAll(ctx, tx, r.ID)
	}
	if arrived != nil {
		return fmt.Errorf("drop whom run %s asked: %w", r.ID, arrived)
	}
	var added int
	if len(s.Answers) > 0 {
		rows := make([][]any, len(s.Answers))
		for i, t := range s.Answers {
			rows[i] = []any{r.ID, place(t.Address), t.Address, t.IP, string(t.State), "", "", line(t.Name), "", t.Taken, "", int64(0), t.AtMS, t.TookMS}
		}
		var err error
		if added, err = tx.InsertNew(ctx, "network_scan_target", targetColumns, rows); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE network_scan_run SET done = $1, total = $2, answered = answered + $3, left_out = left_out + $4, place = $5, beat_ms = $6 WHERE id = $7`,
		s.Done, s.Total, added, s.LeftOut, s.Place, nowMS, r.ID)
	if err != nil {
		return fmt.Errorf("keep how far run %s is: %w", r.ID, err)
	}
	return nil
}

// place gives the line of an address in the report: IPv4 in its order, IPv6 behind.
func place(address string) int64 {
	a, err := netip.ParseAddr(address)
	if err == nil && a.Is4() {
		b := a.As4()
		return int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(address))
	return int64(h.Sum64()>>2) | 1<<61 //nolint:gosec // 62 bits
}
