package organisation

import (
	"context"
	"fmt"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// OwnerKind says what a file stands beside.
type OwnerKind string

// The kinds of owners; each word is the name of its table.
const (
	OwnerRecord      OwnerKind = "record"      // minutes, sheets, photos
	OwnerAppointment OwnerKind = "appointment" // the letter
)

// Owner is the record or appointment that a file stands beside.
type Owner struct {
	Kind       OwnerKind
	ID         string
	FacilityID string
}

// Owner names a record to the functions about files.
func (r Record) Owner() Owner { return Owner{OwnerRecord, r.ID, r.FacilityID} }

// Owner names an appointment to the functions about files.
func (a Appointment) Owner() Owner { return Owner{OwnerAppointment, a.ID, a.FacilityID} }

// File is a document beside a record or an appointment. Its bytes are in
// platform/blob.
type File struct {
	ID        string
	Owner     Owner
	BlobID    string
	Name      string // cleaned file name, for the download
	MediaType string // as found in the content, never as claimed
	SizeBytes int64
	SHA256    string // hex
	By        string // name of who added it
	AddedMS   int64
}

// maxFiles bounds what stands beside one record or appointment.
const maxFiles = 50

// AddFile puts an uploaded file beside a record or an appointment. A withdrawn record
// takes no more. Errors: as blob.PutFile (too_large, unsupported, invalid), conflict
// for a withdrawn record, not_found.
func AddFile(ctx context.Context, tx *store.Tx, of Owner, name string, file blob.File, by string, nowMS int64) (File, error) {
	if err := touch(ctx, tx, of, nowMS); err != nil {
		return File{}, err
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM organisation_file WHERE owner_kind = $1 AND owner_id = $2 AND gone_ms IS NULL`, string(of.Kind), of.ID).Scan(&n); err != nil {
		return File{}, fmt.Errorf("count files: %w", err)
	}
	if n >= maxFiles {
		return File{}, fault.TooLarge("organisation.error.files", "Max", maxFiles).At("file")
	}
	u, err := blob.PutFile(ctx, tx, name, file)
	if err != nil {
		return File{}, err
	}
	f := File{ID: store.NewID(), Owner: of, BlobID: u.ID, Name: u.Name, MediaType: u.MediaType, SizeBytes: u.SizeBytes, SHA256: u.SHA256, By: by, AddedMS: nowMS}
	_, err = tx.Exec(ctx, `INSERT INTO organisation_file (id, owner_kind, owner_id, facility_id, blob_id, name, media_type, size_bytes, sha256, by_name, added_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, f.ID, string(of.Kind), of.ID, of.FacilityID, f.BlobID, f.Name, f.MediaType, f.SizeBytes, f.SHA256, f.By, f.AddedMS)
	if err != nil {
		return File{}, fmt.Errorf("store file: %w", err)
	}
	return f, nil
}

// touch marks the owner as changed, which also keeps two uploads from passing the
// limit side by side. The revision stays: what people typed has not changed.
func touch(ctx context.Context, tx *store.Tx, of Owner, nowMS int64) error {
	table, open := "organisation_appointment", ""
	if of.Kind == OwnerRecord {
		table, open = "organisation_record", " AND withdrawn_ms IS NULL"
	}
	res, err := tx.Exec(ctx, `UPDATE `+table+` SET updated_ms = $1 WHERE id = $2 AND facility_id = $3`+open, nowMS, of.ID, of.FacilityID)
	if err != nil {
		return fmt.Errorf("add file to %s %s: %w", of.Kind, of.ID, err)
	}
	err = changed(ctx, tx, res, table, of.ID, of.FacilityID)
	if fault.Is(err, fault.CodeConflict) {
		return fault.Conflict("organisation.error.withdrawn")
	}
	return err
}

const fileColumns = `id, owner_kind, owner_id, facility_id, blob_id, name, media_type, size_bytes, sha256, by_name, added_ms`

func scanFile(row interface{ Scan(...any) error }) (f File, err error) {
	err = row.Scan(&f.ID, &f.Owner.Kind, &f.Owner.ID, &f.Owner.FacilityID, &f.BlobID, &f.Name, &f.MediaType, &f.SizeBytes, &f.SHA256, &f.By, &f.AddedMS)
	return f, err
}

// Files lists what stands beside a record or an appointment now, newest first.
func Files(ctx context.Context, q store.Querier, of Owner) ([]File, error) {
	return read(ctx, q, "files", `SELECT `+fileColumns+` FROM organisation_file
		WHERE owner_kind = $1 AND owner_id = $2 AND gone_ms IS NULL ORDER BY added_ms DESC, id DESC`, []any{string(of.Kind), of.ID}, scanFile)
}

// FileCounts counts the files beside records or appointments of one list, at most 500;
// one without files is absent.
func FileCounts(ctx context.Context, q store.Querier, kind OwnerKind, ids []string) (map[string]int, error) {
	args := []any{string(kind)}
	query := `SELECT owner_id, count(*) FROM organisation_file WHERE owner_kind = $1 AND gone_ms IS NULL AND ` + store.In("owner_id", ids, &args) + ` GROUP BY owner_id`
	type count struct {
		id string
		n  int
	}
	list, err := read(ctx, q, "file counts", query, args, func(row interface{ Scan(...any) error }) (c count, err error) {
		err = row.Scan(&c.id, &c.n)
		return c, err
	})
	out := make(map[string]int, len(list))
	for _, c := range list {
		out[c.id] = c.n
	}
	return out, err
}

// fileOf finds one file that stands beside its owner now.
func fileOf(ctx context.Context, q store.Querier, of Owner, id string) (File, error) {
	f, err := scanFile(q.QueryRow(ctx, `SELECT `+fileColumns+` FROM organisation_file
		WHERE id = $1 AND owner_kind = $2 AND owner_id = $3 AND gone_ms IS NULL`, id, string(of.Kind), of.ID))
	return f, found(err, "file "+id)
}

// OpenFile gives the content of a file. Errors: not_found.
func OpenFile(ctx context.Context, q store.Querier, of Owner, id string) (File, *blob.Reader, error) {
	f, err := fileOf(ctx, q, of, id)
	if err != nil {
		return File{}, nil, err
	}
	r, err := blob.Open(ctx, q, f.BlobID)
	if err != nil {
		return File{}, nil, fmt.Errorf("open file %s: %w", id, err)
	}
	return f, r, nil
}

// RemoveFile takes a file off and deletes its content; that it was there, with its
// hash and who added and removed it, stays known. Errors: not_found, conflict for a
// withdrawn record, which stays as it was.
func RemoveFile(ctx context.Context, tx *store.Tx, of Owner, id, by string, nowMS int64) (File, error) {
	if err := touch(ctx, tx, of, nowMS); err != nil {
		return File{}, err
	}
	f, err := fileOf(ctx, tx, of, id)
	if err != nil {
		return File{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE organisation_file SET gone_ms = $1, gone_by = $2 WHERE id = $3`, nowMS, by, id); err != nil {
		return File{}, fmt.Errorf("remove file %s: %w", id, err)
	}
	return f, blob.Delete(ctx, tx, f.BlobID)
}
