package network

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Mark is what a person said of a device that is not in the ledger: it belongs to a
// visitor, or is rented, until a date.
type Mark struct {
	ID         string
	FacilityID string
	PartyKey   string // Party.Key
	UntilMS    int64  // after AtMS, within a year
	Note       string // whose it is; 1–200 characters
	By         string
	AtMS       int64
	EndedMS    int64 // 0 = in force
}

// markDays is how long a device may stay a visitor's: whatever is longer in the house
// belongs into the ledger.
const markDays = 366

// SetMark marks a device; an earlier mark of it ends. Errors: invalid with the place.
func SetMark(ctx context.Context, tx *store.Tx, m Mark, nowMS int64) (Mark, error) {
	m.Note = strings.TrimSpace(m.Note)
	const dayMS = 24 * 60 * 60 * 1000
	switch {
	case m.Note == "" || !fits(m.Note, 200):
		return m, fault.Invalid("network.error.mark_note").At("note")
	case m.UntilMS <= nowMS || m.UntilMS > nowMS+markDays*dayMS:
		return m, fault.Invalid("network.error.mark_until", "Days", markDays).At("until")
	case m.PartyKey == "" || len(m.PartyKey) > keyMax:
		return m, fault.NotFound("network.error.device_not_found")
	}
	if err := EndMark(ctx, tx, m.FacilityID, m.PartyKey, nowMS); err != nil {
		return m, err
	}
	m.ID, m.AtMS, m.EndedMS = store.NewID(), nowMS, 0
	_, err := tx.Exec(ctx, `INSERT INTO network_mark (id, facility_id, party_key, state, until_ms, note, by_name, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, m.FacilityID, m.PartyKey, string(StateVisitor), m.UntilMS, m.Note, m.By, m.AtMS)
	if err != nil {
		return m, fmt.Errorf("mark device %s: %w", m.PartyKey, err)
	}
	return m, nil
}

// EndMark ends the mark of a device, if it has one.
func EndMark(ctx context.Context, tx *store.Tx, facilityID, partyKey string, nowMS int64) error {
	_, err := tx.Exec(ctx, `UPDATE network_mark SET ended_ms = $1 WHERE facility_id = $2 AND party_key = $3 AND ended_ms IS NULL`, nowMS, facilityID, partyKey)
	if err != nil {
		return fmt.Errorf("end mark of %s: %w", partyKey, err)
	}
	return touch(ctx, tx, facilityID)
}

// Marks lists the marks of a facility that were in force at atMS.
func Marks(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]Mark, error) {
	query := `SELECT id, party_key, until_ms, note, by_name, at_ms, coalesce(ended_ms, 0) FROM network_mark
		WHERE facility_id = $1 AND at_ms <= $2 AND (ended_ms IS NULL OR ended_ms > $3) ORDER BY party_key, at_ms`
	return read(ctx, q, "marks", query, []any{facilityID, atMS, atMS}, func(rows *sql.Rows) (Mark, error) {
		m := Mark{FacilityID: facilityID}
		err := rows.Scan(&m.ID, &m.PartyKey, &m.UntilMS, &m.Note, &m.By, &m.AtMS, &m.EndedMS)
		return m, err
	})
}
