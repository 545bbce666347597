package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const externalCols = `id, revision, facility_id, name, party, party_kind, vendor_id, contract_id, coalesce(asset_id, ''), line, protocol, authentication, second_factor, source_limit,
	source_note, opening, patch_owner, log_to, last_session_on, reviewed_on, note, by_name, from_ms, coalesce(until_ms, 0)`

func scanExternal(scan func(...any) error) (e External, err error) {
	err = scan(&e.ID, &e.Revision, &e.FacilityID, &e.Name, &e.Party, &e.PartyKind, &e.VendorID, &e.ContractID, &e.AssetID, &e.Line, &e.Protocol, &e.Authentication, &e.SecondFactor, &e.SourceLimit,
		&e.SourceNote, &e.Opening, &e.PatchOwner, &e.LogTo, &e.LastSessionOn, &e.ReviewedOn, &e.Note, &e.By, &e.FromMS, &e.UntilMS)
	return e, err
}

// CreateExternal registers a way in. ID, revision and times are filled in. Errors:
// invalid with the place.
func CreateExternal(ctx context.Context, tx *store.Tx, e External, nowMS int64) (External, error) {
	if err := e.check(); err != nil {
		return e, err
	}
	e.ID, e.Revision = store.NewID(), 1
	return e, e.insert(ctx, tx, nowMS)
}

// UpdateExternal changes a way in; e.Revision is the one that was seen. Errors: invalid,
// conflict (changed meanwhile), not found.
func UpdateExternal(ctx context.Context, tx *store.Tx, e External, nowMS int64) (External, error) {
	if err := e.check(); err != nil {
		return e, err
	}
	if err := endExternal(ctx, tx, e.FacilityID, e.ID, e.Revision, nowMS); err != nil {
		return e, err
	}
	e.Revision++
	return e, e.insert(ctx, tx, nowMS)
}

// EndExternal takes a way in out of use; past days keep it. Errors: conflict (changed
// meanwhile), not found.
func EndExternal(ctx context.Context, tx *store.Tx, facilityID, id string, revision, nowMS int64) error {
	return endExternal(ctx, tx, facilityID, id, revision, nowMS)
}

func (e *External) insert(ctx context.Context, tx *store.Tx, nowMS int64) error {
	var box any
	if e.AssetID != "" {
		box = e.AssetID
	}
	e.FromMS, e.UntilMS = nowMS, 0
	_, err := tx.Exec(ctx, `INSERT INTO network_external (id, revision, facility_id, name, party, party_kind, vendor_id, contract_id, asset_id, line, protocol, authentication, second_factor,
		source_limit, source_note, opening, patch_owner, log_to, last_session_on, reviewed_on, note, by_name, from_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
		e.ID, e.Revision, e.FacilityID, e.Name, e.Party, string(e.PartyKind), e.VendorID, e.ContractID, box, string(e.Line), e.Protocol, string(e.Authentication), string(e.SecondFactor),
		string(e.SourceLimit), e.SourceNote, string(e.Opening), e.PatchOwner, e.LogTo, e.LastSessionOn, e.ReviewedOn, e.Note, e.By, e.FromMS)
	if err != nil {
		return fmt.Errorf("store way in %s: %w", e.ID, err)
	}
	return nil
}

func endExternal(ctx context.Context, tx *store.Tx, facilityID, id string, revision, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE network_external SET until_ms = $1 WHERE id = $2 AND facility_id = $3 AND revision = $4 AND until_ms IS NULL`, nowMS, id, facilityID, revision)
	if err != nil {
		return fmt.Errorf("end way in %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 1 {
		return nil
	}
	now, err := ExternalByID(ctx, tx, id)
	if err != nil || now.FacilityID != facilityID {
		return fault.NotFound("external.error.not_found")
	}
	return fault.Conflict("network.error.changed")
}

// ExternalByID reads a way in as it is now. Errors: not found.
func ExternalByID(ctx context.Context, q store.Querier, id string) (External, error) {
	e, err := scanExternal(q.QueryRow(ctx, `SELECT `+externalCols+` FROM network_external WHERE id = $1 AND until_ms IS NULL`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fault.NotFound("external.error.not_found")
	}
	if err != nil {
		return e, fmt.Errorf("read way in %s: %w", id, err)
	}
	return e, nil
}

// Externals lists the ways into facilities (nil = all) as they were known at atMS, by
// name.
func Externals(ctx context.Context, q store.Querier, facilityIDs []string, atMS int64) ([]External, error) {
	args := []any{atMS}
	where := `from_ms <= $1 AND (until_ms IS NULL OR until_ms > $1)`
	if facilityIDs != nil {
		where += ` AND ` + store.In("facility_id", facilityIDs, &args)
	}
	return read(ctx, q, "ways in", `SELECT `+externalCols+` FROM network_external WHERE `+where+` ORDER BY name, id`, args, func(rows *sql.Rows) (External, error) { return scanExternal(rows.Scan) })
}

// ExternalHistory lists every state of a way in, the newest first.
func ExternalHistory(ctx context.Context, q store.Querier, id string) ([]External, error) {
	return read(ctx, q, "states of a way in", `SELECT `+externalCols+` FROM network_external WHERE id = $1 ORDER BY revision DESC`, []any{id}, func(rows *sql.Rows) (External, error) { return scanExternal(rows.Scan) })
}
