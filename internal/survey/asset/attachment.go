package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Attachment is a document kept with an asset: contract page, certificate of
// destruction, photo of a type plate. Its bytes are in platform/blob.
type Attachment struct {
	ID        string
	AssetID   string
	BlobID    string
	Name      string // cleaned file name, for the download
	MediaType string // as found in the content, never as claimed
	SizeBytes int64
	SHA256    string // hex
	By        string
	AddedMS   int64
	GoneMS    int64 // 0 = still attached
	GoneBy    string
}

const attachmentCols = `id, asset_id, blob_id, name, media_type, size_bytes, sha256, by_name, added_ms, COALESCE(gone_ms, 0), gone_by`

func scanAttachment(scan func(...any) error) (a Attachment, err error) {
	err = scan(&a.ID, &a.AssetID, &a.BlobID, &a.Name, &a.MediaType, &a.SizeBytes, &a.SHA256, &a.By, &a.AddedMS, &a.GoneMS, &a.GoneBy)
	return a, err
}

// attachmentOf reads one attachment that is still there.
func attachmentOf(ctx context.Context, q store.Querier, assetID, id string) (Attachment, error) {
	a, err := scanAttachment(q.QueryRow(ctx, `SELECT `+attachmentCols+` FROM asset_attachment WHERE id = $1 AND asset_id = $2 AND gone_ms IS NULL`, id, assetID).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.NotFound("asset.error.not_found")
	}
	if err != nil {
		return a, fmt.Errorf("read attachment %s: %w", id, err)
	}
	return a, nil
}

// AttachmentOf reads one attachment of an asset in the scope.
func AttachmentOf(ctx context.Context, q store.Querier, scope Scope, assetID, id string) (Attachment, error) {
	if _, err := Get(ctx, q, scope, assetID); err != nil {
		return Attachment{}, err
	}
	return attachmentOf(ctx, q, assetID, id)
}

// Attachments lists what is attached now, newest first.
func Attachments(ctx context.Context, q store.Querier, assetID string) ([]Attachment, error) {
	rows, err := q.Query(ctx, `SELECT `+attachmentCols+` FROM asset_attachment WHERE asset_id = $1 AND gone_ms IS NULL ORDER BY id DESC`, assetID)
	if err != nil {
		return nil, fmt.Errorf("list attachments of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Attachment
	for rows.Next() {
		a, err := scanAttachment(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list attachments of asset %s: %w", assetID, err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}
