package identity

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Takeover is whether a device may go on with a machine that another device, still
// good, reports for. Machines that were set up anew need that; somebody who only holds
// a group token and says "I am the server of the electronic records" must not get it.
type Takeover string

// The states.
const (
	TakeoverNone    Takeover = ""        // nothing to go on with, or done
	TakeoverGranted Takeover = "granted" // a person said yes, or made a token for one machine
	TakeoverWaits   Takeover = "waits"   // a person has to decide; its reports are refused until then
)

// TakeOver decides in the transaction of a report whether device d becomes the one
// that reports for an asset that others report for. It returns the others that were
// revoked by it: those that were still good. Without a grant it is a forbidden fault,
// and AskTakeOver puts the question to people. A person's yes holds for the asset that
// the person saw, and for no other; a token for one machine names none.
func (r *Registry) TakeOver(ctx context.Context, tx *store.Tx, d Device, assetID string, others []string) (ended []Device, err error) {
	good, err := r.goodDevices(ctx, tx, others)
	if err != nil || len(good) == 0 {
		return nil, err
	}
	var state Takeover
	var asset string
	if err := tx.QueryRow(ctx, `SELECT takeover, takeover_asset FROM identity_device WHERE id = $1`, d.ID).Scan(&state, &asset); err != nil {
		return nil, notFound(err, "identity.error.device_unknown")
	}
	if state != TakeoverGranted || asset != "" && asset != assetID {
		return nil, fault.Forbidden("identity.error.takeover_waits").WithHint("identity.hint.takeover")
	}
	for _, old := range good {
		if err := r.RevokeDevice(ctx, tx, old.ID, "replaced by "+d.ID); err != nil {
			return nil, err
		}
	}
	return good, nil
}

// EndTakeOver takes back a grant: the device has found its machine.
func (r *Registry) EndTakeOver(ctx context.Context, tx *store.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE identity_device SET takeover = '', takeover_of = '', takeover_asset = '', takeover_ms = 0 WHERE id = $1`, id)
	r.devices.drop(id)
	if err != nil {
		return fmt.Errorf("end takeover: %w", err)
	}
	return nil
}

// goodDevices are those of ids that may report.
func (r *Registry) goodDevices(ctx context.Context, q store.Querier, ids []string) ([]Device, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !store.ValidID(id) })
	if len(ids) == 0 {
		return nil, nil
	}
	var args []any
	rows, err := q.Query(ctx, `SELECT `+deviceCols+` FROM identity_device WHERE `+store.In("id", ids, &args)+` AND revoked_ms IS NULL ORDER BY id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list devices of an asset: %w", err)
	}
	return collect(rows, scanDevice)
}

// AskTakeOver notes that d wants to go on with an asset of another device. It tells
// whether the question is new. A yes that came meanwhile stays, unless it was for
// another asset; a question about another asset is put anew (rows of the ledger become
// one, and are parted).
func (r *Registry) AskTakeOver(ctx context.Context, tx *store.Tx, id, assetID string, others []string) (asked bool, err error) {
	good, err := r.goodDevices(ctx, tx, others)
	if err != nil || len(good) == 0 {
		return false, err
	}
	res, err := tx.Exec(ctx, `UPDATE identity_device SET takeover = $1, takeover_of = $2, takeover_asset = $3, takeover_ms = $4
		WHERE id = $5 AND (takeover = '' OR takeover = $6 AND takeover_asset <> '' AND takeover_asset <> $3 OR takeover = $1 AND takeover_asset <> $3)`,
		TakeoverWaits, good[0].ID, assetID, r.nowMS(), id, TakeoverGranted)
	r.devices.drop(id)
	if err != nil {
		return false, fmt.Errorf("ask for takeover: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// GrantTakeOver is a person's yes: with its next report the device goes on with the
// machine, and the device before is revoked. assetID is the asset that the person saw:
// when the question is another one by now, it is a conflict. No is RevokeDevice.
func (r *Registry) GrantTakeOver(ctx context.Context, tx *store.Tx, id, assetID string) error {
	res, err := tx.Exec(ctx, `UPDATE identity_device SET takeover = $1 WHERE id = $2 AND takeover = $3 AND takeover_asset = $4 AND revoked_ms IS NULL`,
		TakeoverGranted, id, TakeoverWaits, assetID)
	if err != nil {
		return fmt.Errorf("grant takeover: %w", err)
	}
	r.devices.drop(id)
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.Conflict("identity.error.takeover_settled")
}

// WaitingTakeovers lists devices of a scope that wait for a person, the longest
// waiting first; at most 100.
func (r *Registry) WaitingTakeovers(ctx context.Context, q store.Querier, scope Scope) ([]Device, error) {
	var args []any
	where := scope.Where("facility_id", "", &args)
	args = append(args, TakeoverWaits)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT %s FROM identity_device WHERE %s AND takeover = $%d AND revoked_ms IS NULL ORDER BY takeover_ms, id LIMIT 100`,
		deviceCols, where, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list waiting devices: %w", err)
	}
	return collect(rows, scanDevice)
}
