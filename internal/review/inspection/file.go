package inspection

import (
	"context"
	"fmt"
	"path"
	"strings"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// MaxYearFilesBytes bounds the files beside the rows of one edition, facility and
// fiscal year: all of them go into one pack (see maxPackBytes).
const MaxYearFilesBytes = 150 << 20

// AddFile puts an uploaded file beside a row: l needs Ref, RowID, AddedBy and AddedMS.
// Its title is the file's name, cleaned. Errors: as AddLink and blob.PutFile, and
// too_large over MaxYearFilesBytes.
func AddFile(ctx context.Context, tx *store.Tx, cat *catalog.Catalog, l Link, name string, file blob.File) (Link, error) {
	if _, err := rowOf(cat, l.Ref, l.RowID); err != nil {
		return Link{}, err
	}
	u, err := blob.PutFile(ctx, tx, name, file)
	if err != nil {
		return Link{}, err
	}
	var bytes int64
	err = tx.QueryRow(ctx, `SELECT coalesce(CAST(sum(size_bytes) AS BIGINT), 0) FROM inspection_link
		WHERE facility_id = $1 AND edition = $2 AND fiscal_year = $3 AND kind = $4 AND removed_ms IS NULL`,
		l.Ref.FacilityID, l.Ref.Edition, l.Ref.FiscalYear, string(LinkFile)).Scan(&bytes)
	if err != nil {
		return Link{}, fmt.Errorf("measure files of %s: %w", l.Ref.Edition, err)
	}
	if bytes+u.SizeBytes > MaxYearFilesBytes {
		return Link{}, fault.TooLarge("inspection.error.files", "Max", MaxYearFilesBytes>>20).At("file").WithHint("inspection.error.files.hint")
	}
	l.Kind, l.Title, l.Target = LinkFile, u.Name, u.ID
	return AddLink(ctx, tx, cat, l)
}

// OpenFile gives the content of a file that stands beside a row of a sheet now.
// Errors: not_found.
func OpenFile(ctx context.Context, q store.Querier, ref Ref, id string) (Link, *blob.Reader, error) {
	found, err := filesOf(ctx, q, ref, id)
	if err != nil {
		return Link{}, nil, err
	}
	if len(found) == 0 {
		return Link{}, nil, fault.NotFound("inspection.error.no_link")
	}
	r, err := blob.Open(ctx, q, found[0].Target)
	if err != nil {
		return Link{}, nil, fmt.Errorf("open file %s: %w", id, err)
	}
	return found[0], r, nil
}

// filesOf reads one file beside a sheet of any year and subject.
func filesOf(ctx context.Context, q store.Querier, ref Ref, id string) ([]Link, error) {
	rows, err := q.Query(ctx, `SELECT id, row_id, title, ref, size_bytes, sha256, added_by, added_ms FROM inspection_link
		WHERE id = $1 AND facility_id = $2 AND edition = $3 AND sheet = $4 AND kind = $5 AND removed_ms IS NULL`,
		id, ref.FacilityID, ref.Edition, ref.Sheet, string(LinkFile))
	if err != nil {
		return nil, fmt.Errorf("find file %s: %w", id, err)
	}
	defer func() { _ = rows.Close() }()
	var list []Link
	for rows.Next() {
		l := Link{Ref: ref, Kind: LinkFile}
		if err := rows.Scan(&l.ID, &l.RowID, &l.Title, &l.Target, &l.SizeBytes, &l.SHA256, &l.AddedBy, &l.AddedMS); err != nil {
			return nil, fmt.Errorf("find file %s: %w", id, err)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// maxZipNameBytes keeps a file's name inside the pack below the 255 bytes that file
// systems allow, with room for what a person puts before it.
const maxZipNameBytes = 200

// zipNames gives every file beside the rows its place in the pack, by link id:
// files/01-medical/r7.medical.2.1/01-name.pdf.
func (c *content) zipNames() map[string]string {
	names := map[string]string{}
	for i, s := range c.sheets {
		for _, r := range s.Rows {
			n := 0
			for _, l := range r.Links {
				if l.Kind == LinkFile {
					n++
					names[l.ID] = fmt.Sprintf("files/%02d-%s/%s/%02d-%s", i+1, s.Ref.Sheet, r.ID, n, shortName(l.Title))
				}
			}
		}
	}
	return names
}

// shortName cuts a cleaned file name to maxZipNameBytes; the ending stays.
func shortName(name string) string {
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	if len(name) <= maxZipNameBytes {
		return name
	}
	stem = strings.ToValidUTF8(stem[:maxZipNameBytes-len(ext)], "")
	return strings.TrimRight(stem, ". ") + ext
}

// whereOf is what stands beside a link's title: its address or place, or where its
// file lies in the pack.
func (c *content) whereOf(l Link) string {
	if l.Kind == LinkFile {
		return c.files[l.ID]
	}
	return l.Target
}
