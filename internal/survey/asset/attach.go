package asset

import (
	"context"
	"fmt"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// maxAttachments bounds what hangs on one asset.
const maxAttachments = 200

// MaxAttachmentBytes bounds one attached file.
const MaxAttachmentBytes = blob.MaxFileBytes

// AttachmentTypes lists the accepted file name endings, for the page.
func AttachmentTypes() []string { return blob.FileTypes() }

// Attach stores a file with an asset. name is as the person's browser gave it;
// the type is found by content. Edges serve it as a download only, never inline.
// Errors: too_large over MaxAttachmentBytes, unsupported for other types,
// not_found outside the scope.
func Attach(ctx context.Context, tx *store.Tx, scope Scope, assetID, name string, file blob.File, by string, nowMS int64) (Attachment, error) {
	if _, err := lockIn(ctx, tx, scope, assetID); err != nil {
		return Attachment{}, err
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM asset_attachment WHERE asset_id = $1 AND gone_ms IS NULL`, assetID).Scan(&n); err != nil {
		return Attachment{}, fmt.Errorf("count attachments: %w", err)
	}
	if n >= maxAttachments {
		return Attachment{}, fault.TooLarge("asset.error.too_many_rows", "Max", maxAttachments).At("file")
	}
	u, err := blob.PutFile(ctx, tx, name, file)
	if err != nil {
		return Attachment{}, err
	}
	a := Attachment{ID: store.NewID(), AssetID: assetID, BlobID: u.ID, Name: u.Name, MediaType: u.MediaType, SizeBytes: u.SizeBytes, SHA256: u.SHA256, By: by, AddedMS: nowMS}
	_, err = tx.Exec(ctx, `INSERT INTO asset_attachment (id, asset_id, blob_id, name, media_type, size_bytes, sha256, by_name, added_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, a.ID, a.AssetID, a.BlobID, a.Name, a.MediaType, a.SizeBytes, a.SHA256, a.By, a.AddedMS)
	if err != nil {
		return Attachment{}, fmt.Errorf("store attachment: %w", err)
	}
	return a, nil
}

// OpenAttachment gives the content of an attachment of an asset in the scope.
func OpenAttachment(ctx context.Context, q store.Querier, scope Scope, assetID, id string) (Attachment, *blob.Reader, error) {
	a, err := AttachmentOf(ctx, q, scope, assetID, id)
	if err != nil {
		return Attachment{}, nil, err
	}
	r, err := blob.Open(ctx, q, a.BlobID)
	if err != nil {
		return Attachment{}, nil, fmt.Errorf("open attachment %s: %w", id, err)
	}
	return a, r, nil
}

// Detach takes an attachment off an asset and deletes its content; who had added
// what stays known. The proof of a disposal cannot be taken off.
func Detach(ctx context.Context, tx *store.Tx, scope Scope, assetID, id, by string, nowMS int64) (Attachment, error) {
	owner, err := lockIn(ctx, tx, scope, assetID)
	if err != nil {
		return Attachment{}, err
	}
	a, err := attachmentOf(ctx, tx, assetID, id)
	if err != nil {
		return Attachment{}, err
	}
	if owner.Values[FieldDisposalProof] == id {
		return Attachment{}, fault.Conflict("asset.error.proof_in_use")
	}
	if _, err := tx.Exec(ctx, `UPDATE asset_attachment SET gone_ms = $1, gone_by = $2 WHERE id = $3`, nowMS, by, id); err != nil {
		return Attachment{}, fmt.Errorf("detach %s: %w", id, err)
	}
	if err := blob.Delete(ctx, tx, a.BlobID); err != nil {
		return Attachment{}, err
	}
	a.GoneMS, a.GoneBy = nowMS, by
	return a, nil
}
