package network

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// MaxSpots bounds what may be moved by hand on the map of a facility.
const MaxSpots = 2000

// spotLimit bounds a place on the map in its units: far beyond any map.
const spotLimit = 100_000

// Spot is a box of the map that a person moved.
type Spot struct {
	Box  string // key of the box in the layout, at most 300 bytes
	X, Y int64  // upper left corner, 0–100,000
}

// Spots are the boxes that people moved on the map of a facility, by key.
func Spots(ctx context.Context, q store.Querier, facilityID string) ([]Spot, error) {
	return read(ctx, q, "places on the map", `SELECT box_key, x, y FROM network_spot WHERE facility_id = $1 ORDER BY box_key`, []any{facilityID},
		func(rows *sql.Rows) (s Spot, err error) { return s, rows.Scan(&s.Box, &s.X, &s.Y) })
}

// MoveSpots writes where a person put boxes; those not named stay as they are. Errors:
// invalid (key or place), too_many.
func MoveSpots(ctx context.Context, tx *store.Tx, facilityID, by string, list []Spot, nowMS int64) error {
	if len(list) > MaxSpots {
		return fault.New(fault.CodeTooMany, "network.error.spots", "Max", MaxSpots)
	}
	for _, s := range list {
		if s.Box == "" || len(s.Box) > 300 || !fits(s.Box, 300) || s.X < 0 || s.Y < 0 || s.X > spotLimit || s.Y > spotLimit {
			return fault.Invalid("network.error.spot")
		}
		_, err := tx.Exec(ctx, `INSERT INTO network_spot (facility_id, box_key, x, y, moved_by, moved_ms) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (facility_id, box_key) DO UPDATE SET x = excluded.x, y = excluded.y, moved_by = excluded.moved_by, moved_ms = excluded.moved_ms`,
			facilityID, s.Box, s.X, s.Y, by, nowMS)
		if err != nil {
			return fmt.Errorf("move %s on the map: %w", s.Box, err)
		}
	}
	var n int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM network_spot WHERE facility_id = $1`, facilityID).Scan(&n); err != nil {
		return fmt.Errorf("count places on the map: %w", err)
	}
	if n > MaxSpots {
		return fault.New(fault.CodeTooMany, "network.error.spots", "Max", MaxSpots)
	}
	return nil
}

// ClearSpots gives the map of a facility back to its own order.
func ClearSpots(ctx context.Context, tx *store.Tx, facilityID string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM network_spot WHERE facility_id = $1`, facilityID); err != nil {
		return fmt.Errorf("clear places on the map: %w", err)
	}
	return nil
}

// Edition is a numbered state of a facility's map.
type Edition struct {
	Number int64
	Hash   string // of its facts
	FromMS int64
}

// EditionAt is the newest edition of a facility's map on a day; the zero Edition when
// there is none yet.
func EditionAt(ctx context.Context, q store.Querier, facilityID string, atMS int64) (Edition, error) {
	list, err := read(ctx, q, "editions of the map", `SELECT number, content_hash, from_ms FROM network_revision WHERE facility_id = $1 AND from_ms <= $2
		ORDER BY number DESC LIMIT 1`, []any{facilityID, atMS}, func(rows *sql.Rows) (e Edition, err error) {
		return e, rows.Scan(&e.Number, &e.Hash, &e.FromMS)
	})
	if err != nil || len(list) == 0 {
		return Edition{}, err
	}
	return list[0], nil
}

// NextEdition numbers the state of now: the newest number when its facts are those of
// hash, else one more.
func NextEdition(ctx context.Context, tx *store.Tx, facilityID, hash string, nowMS int64) (Edition, error) {
	var last int64
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) FROM network_revision WHERE facility_id = $1`, facilityID).Scan(&last); err != nil {
		return Edition{}, fmt.Errorf("read editions of the map: %w", err)
	}
	if last > 0 {
		if e, err := edition(ctx, tx, facilityID, last); err != nil || e.Hash == hash {
			return e, err
		}
	}
	// Another process may number the same state at this moment: it is then read.
	_, err := tx.Exec(ctx, `INSERT INTO network_revision (facility_id, number, content_hash, from_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (facility_id, number) DO NOTHING`, facilityID, last+1, hash, nowMS)
	if err != nil {
		return Edition{}, fmt.Errorf("number edition %d of the map: %w", last+1, err)
	}
	return edition(ctx, tx, facilityID, last+1)
}

func edition(ctx context.Context, tx *store.Tx, facilityID string, number int64) (Edition, error) {
	e := Edition{Number: number}
	err := tx.QueryRow(ctx, `SELECT content_hash, from_ms FROM network_revision WHERE facility_id = $1 AND number = $2`, facilityID, number).Scan(&e.Hash, &e.FromMS)
	if err != nil {
		return e, fmt.Errorf("read edition %d of the map: %w", number, err)
	}
	return e, nil
}
