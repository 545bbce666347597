package inspection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const packCols = `id, facility_id, edition, fiscal_year, day, as_of_ms, lang, by_id, by_name, made_ms, blob_id, file_name, size_bytes, pages, manifest_sha256, answers`

// PackFilter says which packs are wanted.
type PackFilter struct {
	FacilityIDs []string // nil = all, empty = none; at most 500
	Edition     string   // empty = every edition
	After       string   // Next of the page before
	Limit       int      // 1–200; 0 = 50
}

// Packs lists packs, newest first. next is empty on the last page.
func Packs(ctx context.Context, q store.Querier, f PackFilter) (list []Pack, total int64, next string, err error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	where, args := f.where()
	if err := q.QueryRow(ctx, `SELECT count(*) FROM inspection_pack WHERE `+where, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count packs: %w", err)
	}
	if f.After != "" {
		args = append(args, f.After)
		// UUIDv7 rises with time, so the id alone orders by making.
		where += fmt.Sprintf(` AND id < $%d`, len(args))
	}
	args = append(args, f.Limit+1)
	rows, err := q.Query(ctx, `SELECT `+packCols+` FROM inspection_pack WHERE `+where+fmt.Sprintf(` ORDER BY id DESC LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, 0, "", fmt.Errorf("list packs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		p, err := scanPack(rows.Scan)
		if err != nil {
			return nil, 0, "", err
		}
		list = append(list, p)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, total, next, rows.Err()
}

func (f PackFilter) where() (string, []any) {
	where, args := `1 = 1`, []any{}
	if f.FacilityIDs != nil {
		if len(f.FacilityIDs) == 0 {
			return `1 = 0`, nil
		}
		where += ` AND ` + store.In("facility_id", f.FacilityIDs, &args)
	}
	if f.Edition != "" {
		args = append(args, f.Edition)
		where += fmt.Sprintf(` AND edition = $%d`, len(args))
	}
	return where, args
}

// PackByID finds a pack; not_found when there is none.
func PackByID(ctx context.Context, q store.Querier, id string) (Pack, error) {
	return scanPack(q.QueryRow(ctx, `SELECT `+packCols+` FROM inspection_pack WHERE id = $1`, id).Scan)
}

// Open streams the ZIP of a pack.
func (p Pack) Open(ctx context.Context, q store.Querier) (*blob.Reader, error) {
	return blob.Open(ctx, q, p.BlobID)
}

func scanPack(scan func(...any) error) (Pack, error) {
	var p Pack
	var counts string
	err := scan(&p.ID, &p.FacilityID, &p.Edition, &p.FiscalYear, &p.Day, &p.AsOfMS, &p.Lang, &p.By.ID, &p.By.Name, &p.MadeMS, &p.BlobID,
		&p.FileName, &p.SizeBytes, &p.Pages, &p.ManifestSHA256, &counts)
	if errors.Is(err, sql.ErrNoRows) {
		return Pack{}, fault.NotFound("inspection.error.no_pack")
	}
	if err != nil {
		return Pack{}, fmt.Errorf("read pack: %w", err)
	}
	if err := json.Unmarshal([]byte(counts), &p.Answers); err != nil {
		return Pack{}, fmt.Errorf("read answers of pack %s: %w", p.ID, err)
	}
	return p, nil
}

// Snapshot is a sheet as it went into a pack.
type Snapshot struct {
	Sheet, Subject string
	Body           SnapshotBody
	SHA256         string // of the stored body, hex
}

// Snapshots reads the sheets of a pack, in the order of their names.
func Snapshots(ctx context.Context, q store.Querier, packID string) ([]Snapshot, error) {
	rows, err := q.Query(ctx, `SELECT sheet, subject, body, sha256 FROM inspection_snapshot WHERE pack_id = $1 ORDER BY sheet, subject`, packID)
	if err != nil {
		return nil, fmt.Errorf("read snapshots of pack %s: %w", packID, err)
	}
	defer func() { _ = rows.Close() }()
	var list []Snapshot
	for rows.Next() {
		var s Snapshot
		var body []byte
		if err := rows.Scan(&s.Sheet, &s.Subject, &body, &s.SHA256); err != nil {
			return nil, fmt.Errorf("read snapshots: %w", err)
		}
		if err := json.Unmarshal(body, &s.Body); err != nil {
			return nil, fmt.Errorf("read snapshot of %s: %w", s.Sheet, err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
