package intake

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/sbom"
	"sonae/internal/survey/software"
)

// createBill keeps a bill of materials as a draft. Which asset it is about is what a
// person says (Choose), now or later.
func createBill(ctx context.Context, tx *store.Tx, u Upload, assetID string, nowMS int64) (Import, error) {
	doc, err := sbom.Read(u.Body)
	if err != nil {
		return Import{}, err
	}
	if err := billAsset(ctx, tx, u.FacilityID, assetID); err != nil {
		return Import{}, err
	}
	b, err := blob.Put(ctx, tx, bytes.NewReader(u.Body), blob.MaxFileBytes)
	if err != nil {
		return Import{}, err
	}
	m := Import{ID: store.NewID(), FileName: cleanName(u.FileName), SHA256: b.SHA256, SizeBytes: b.SizeBytes, State: StateDraft, ByID: u.ByID,
		CreatedMS: nowMS, Total: len(doc.Components), Form: FormBill, blobID: b.ID, Order: Order{FacilityID: u.FacilityID, By: u.By, AssetID: assetID}}
	m.Order.FileName = m.FileName
	return m, m.insert(ctx, tx)
}

// billAsset checks that an asset that was named, if one was, stands in the facility.
func billAsset(ctx context.Context, q store.Querier, facilityID, id string) error {
	if id == "" {
		return nil
	}
	a, err := asset.Get(ctx, q, asset.Scope{All: true}, id)
	if fault.Is(err, fault.CodeNotFound) || err == nil && a.FacilityID != facilityID {
		return fault.NotFound("asset.error.named").At("asset_id")
	}
	if err == nil && a.Kind == asset.KindCloud {
		return fault.Invalid("intake.error.cloud").At("asset_id")
	}
	return err
}

// Choose says which asset a draft of a bill of materials is about. The caller has checked
// that the person may see it. Errors: not_found outside of the import's facility; conflict
// when the import has begun; invalid for imports of other forms.
func Choose(ctx context.Context, tx *store.Tx, id, assetID string) (Import, error) {
	m, err := locked(ctx, tx, id, StateDraft)
	if err != nil {
		return m, err
	}
	if m.Form != FormBill || assetID == "" {
		return m, fault.Invalid("intake.error.no_asset").At("asset_id")
	}
	if err := billAsset(ctx, tx, m.Order.FacilityID, assetID); err != nil {
		return m, err
	}
	m.Order.AssetID = assetID
	if _, err := tx.Exec(ctx, `UPDATE intake_import SET asset_id = $1 WHERE id = $2`, assetID, id); err != nil {
		return m, fmt.Errorf("choose the asset of import %s: %w", id, err)
	}
	return m, nil
}

// Bill reads the bill of materials of an import again.
func (m Import) Bill(ctx context.Context, q store.Querier) (sbom.Document, error) {
	body, err := m.body(ctx, q)
	if err != nil {
		return sbom.Document{}, err
	}
	return sbom.Read(body)
}

// takeBill makes a bill the one in force of its asset: all in one transaction, since half
// of a list would say that the other half is gone.
func (d Deps) takeBill(ctx context.Context, tx *store.Tx, m *Import, doc sbom.Document) error {
	nowMS := d.NowMS()
	found, err := lockAsset(ctx, tx, m.Order)
	if err != nil {
		return err
	}
	p, err := foreseeBill(ctx, tx, m.Order, doc)
	if err != nil {
		return err
	}
	if !found {
		p.refuse(fault.NotFound("asset.error.named"))
	}
	if len(p.list) > 0 {
		nowMS = max(nowMS, p.before.FirstMS+1)
		if _, err := software.RecordBill(ctx, tx, billOf(*m, doc), nowMS, p.list); err != nil {
			return err
		}
	}
	m.Counts = p.Counts
	rows := make([][]any, len(p.Rows))
	for i, r := range p.Rows {
		rows[i] = rowOf(m.ID, r)
		rows[i][3] = r.Name // with its versions
	}
	if err := tx.InsertMany(ctx, "intake_row", rowCols, rows, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	m.Done, m.Total = len(doc.Components), len(doc.Components)
	m.State, m.FinishedMS = StateDone, nowMS
	return d.keep(ctx, tx, *m, true)
}

// lockAsset reports whether the asset of an import is still there, and holds it.
func lockAsset(ctx context.Context, tx *store.Tx, o Order) (bool, error) {
	var id string
	err := tx.QueryRow(ctx, `SELECT id FROM asset_asset WHERE id = $1 AND facility_id = $2`+tx.ForUpdate(), o.AssetID, o.FacilityID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for asset %s: %w", o.AssetID, err)
	}
	return true, nil
}

// takeBillBack makes the list of an asset what it was before the import, unless a newer
// bill has come since.
func (d Deps) takeBillBack(ctx context.Context, tx *store.Tx, m *Import) error {
	nowMS := max(d.NowMS(), m.FinishedMS+1)
	found, err := lockAsset(ctx, tx, m.Order)
	if err != nil {
		return err
	}
	now, err := software.BillInForce(ctx, tx, m.Order.AssetID)
	if err != nil {
		return err
	}
	word := "back"
	switch {
	case !found:
		word = "gone"
	case now.ID != m.ID:
		word = "kept"
	default:
		if err := software.ReturnBill(ctx, tx, m.Order.AssetID, m.FinishedMS-1, max(nowMS, now.FirstMS+1)); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE intake_row SET taken_back = $1 WHERE import_id = $2 AND outcome IN ('create', 'change', 'gone')`, word, m.ID); err != nil {
		return fmt.Errorf("note rows of import %s: %w", m.ID, err)
	}
	m.Done, m.State, m.UndoneMS = m.Total, StateUndone, nowMS
	return d.keep(ctx, tx, *m, true)
}

// newerBill refuses to take a bill back while a newer one is in force.
func newerBill(ctx context.Context, q store.Querier, m Import) error {
	if m.Form != FormBill {
		return nil
	}
	now, err := software.BillInForce(ctx, q, m.Order.AssetID)
	if err == nil && now.ID != "" && now.ID != m.ID {
		return fault.Conflict("intake.error.newer_bill", "File", now.FileName)
	}
	return err
}
