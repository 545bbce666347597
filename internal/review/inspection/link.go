package inspection

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// LinkKind says what a link points to.
type LinkKind string

// The kinds.
const (
	LinkFile  LinkKind = "file"  // Ref is a blob
	LinkPage  LinkKind = "page"  // Ref is an https or http address
	LinkPlace LinkKind = "place" // Ref says where the paper is kept
)

// Link is proof that a person put beside an answer. It belongs to the row in that
// fiscal year, not to a round. Removing it keeps its trace.
type Link struct {
	ID        string
	Ref       Ref
	RowID     string
	Kind      LinkKind
	Title     string // 1–200 characters
	Target    string // see LinkKind; at most 2,000 characters
	SizeBytes int64  // of a file
	SHA256    string // of a file
	AddedBy   string // user id
	AddedMS   int64
	RemovedMS int64 // 0 = there
}

// maxTarget bounds an address or place in characters.
const maxTarget = 2000

// AddLink puts proof beside a row. A file must be stored as a blob before, in the
// same transaction. Errors: invalid with the field, not_found.
func AddLink(ctx context.Context, tx *store.Tx, cat *catalog.Catalog, l Link) (Link, error) {
	if _, err := rowOf(cat, l.Ref, l.RowID); err != nil {
		return Link{}, err
	}
	l.Title, l.Target = strings.TrimSpace(l.Title), strings.TrimSpace(l.Target)
	if l.Title == "" || !line(l.Title, maxName) {
		return Link{}, fault.Invalid("inspection.error.link_title").At("title")
	}
	if l.Target == "" || !line(l.Target, maxTarget) {
		return Link{}, fault.Invalid("inspection.error.link_target").At("target")
	}
	switch l.Kind {
	case LinkFile:
		b, err := blob.Stat(ctx, tx, l.Target)
		if err != nil {
			return Link{}, err
		}
		l.SizeBytes, l.SHA256 = b.SizeBytes, b.SHA256
	case LinkPage:
		u, err := url.Parse(l.Target)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
			return Link{}, fault.Invalid("inspection.error.link_address").At("target")
		}
	case LinkPlace:
	default:
		return Link{}, fault.Invalid("inspection.error.link_kind").At("kind")
	}
	l.ID = store.NewID()
	_, err := tx.Exec(ctx, `INSERT INTO inspection_link (id, facility_id, edition, fiscal_year, sheet, subject, row_id, kind, title, ref, size_bytes, sha256, added_by, added_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		l.ID, l.Ref.FacilityID, l.Ref.Edition, l.Ref.FiscalYear, l.Ref.Sheet, l.Ref.Subject, l.RowID, string(l.Kind), l.Title, l.Target, l.SizeBytes, l.SHA256, l.AddedBy, l.AddedMS)
	if err != nil {
		return Link{}, fmt.Errorf("store link of %s: %w", l.RowID, err)
	}
	return l, nil
}

// RemoveLink takes a link away; packs made before keep it. Errors: not_found.
func RemoveLink(ctx context.Context, tx *store.Tx, facilityID, id, by string, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE inspection_link SET removed_by = $1, removed_ms = $2 WHERE id = $3 AND facility_id = $4 AND removed_ms IS NULL`,
		by, nowMS, id, facilityID)
	if err != nil {
		return fmt.Errorf("remove link %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.NotFound("inspection.error.no_link")
	}
	return nil
}

// linksOf reads the links of a sheet as of a moment, by row.
func linksOf(ctx context.Context, q store.Querier, ref Ref, asOfMS int64) (map[string][]Link, error) {
	rows, err := q.Query(ctx, `SELECT id, row_id, kind, title, ref, size_bytes, sha256, added_by, added_ms, coalesce(removed_ms, 0) FROM inspection_link
		WHERE facility_id = $1 AND edition = $2 AND fiscal_year = $3 AND sheet = $4 AND subject = $5 AND added_ms <= $6 AND (removed_ms IS NULL OR removed_ms > $7)
		ORDER BY row_id, added_ms, id`, ref.FacilityID, ref.Edition, ref.FiscalYear, ref.Sheet, ref.Subject, asOfMS, asOfMS)
	if err != nil {
		return nil, fmt.Errorf("read links of %s %s: %w", ref.Edition, ref.Sheet, err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string][]Link{}
	for rows.Next() {
		l := Link{Ref: ref}
		var kind string
		if err := rows.Scan(&l.ID, &l.RowID, &kind, &l.Title, &l.Target, &l.SizeBytes, &l.SHA256, &l.AddedBy, &l.AddedMS, &l.RemovedMS); err != nil {
			return nil, fmt.Errorf("read links: %w", err)
		}
		l.Kind = LinkKind(kind)
		found[l.RowID] = append(found[l.RowID], l)
	}
	return found, rows.Err()
}
