package intake

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// State is where an import stands. Shown by "intake.state." + word.
type State string

// States.
const (
	StateDraft   State = "draft"   // read and shown; nothing is in the ledger
	StateRunning State = "running" // goes into the ledger, batch by batch
	StateDone    State = "done"
	StateUndoing State = "undoing"
	StatePart    State = "part" // taken back but for machines that later files speak of
	StateUndone  State = "undone"
)

// Import is one list and what became of it.
type Import struct {
	ID         string // UUIDv7
	FileName   string
	SHA256     string // of the file, hex
	SizeBytes  int64
	Sheet      string
	Order      Order
	State      State
	ByID       string
	CreatedMS  int64
	StartedMS  int64 // 0 = not yet
	FinishedMS int64 // 0 = not yet
	UndoneMS   int64 // 0 = not taken back
	UndoneBy   string
	Done       int // rows done of Total, or taken back
	Total      int
	Counts     Counts // of the rows done
	Form       Form
	blobID     string
}

const importCols = `id, facility_id, file_name, blob_id, sha256, size_bytes, sheet, columns, without_number, state, by_id, by_name, created_ms, started_ms,
	finished_ms, undone_ms, undone_by, next_row, rows_total, counts, form, asset_id`

func scanImport(scan func(...any) error) (Import, error) {
	var m Import
	var columns, counts string
	err := scan(&m.ID, &m.Order.FacilityID, &m.FileName, &m.blobID, &m.SHA256, &m.SizeBytes, &m.Sheet, &columns, &m.Order.WithoutNumber, &m.State, &m.ByID, &m.Order.By,
		&m.CreatedMS, &m.StartedMS, &m.FinishedMS, &m.UndoneMS, &m.UndoneBy, &m.Done, &m.Total, &counts, &m.Form, &m.Order.AssetID)
	if err != nil {
		return m, err
	}
	m.Order.FileName = m.FileName
	if err := json.Unmarshal([]byte(columns), &m.Order.Columns); err != nil {
		return m, fmt.Errorf("columns of import %s: %w", m.ID, err)
	}
	if err := json.Unmarshal([]byte(counts), &m.Counts); err != nil {
		return m, fmt.Errorf("counts of import %s: %w", m.ID, err)
	}
	return m, nil
}

// ByID reads an import; not_found when there is none.
func ByID(ctx context.Context, q store.Querier, id string) (Import, error) {
	return byID(ctx, q, id, "")
}

func byID(ctx context.Context, q store.Querier, id, lock string) (Import, error) {
	m, err := scanImport(q.QueryRow(ctx, `SELECT `+importCols+` FROM intake_import WHERE id = $1`+lock, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return m, fault.NotFound("intake.error.unknown")
	}
	if err != nil {
		return m, fmt.Errorf("read import %s: %w", id, err)
	}
	return m, nil
}

// Upload is a file that came, and who brought it.
type Upload struct {
	FacilityID string
	FileName   string
	Sheet      string // of Excel; empty = the first with something in it
	Body       []byte
	ByID, By   string
}

// Create keeps a file as a draft, with the columns as they were chosen for the same
// headings before, else as proposed. Errors: those of Read; nothing is stored then.
func Create(ctx context.Context, tx *store.Tx, u Upload, nowMS int64) (Import, error) {
	l, err := Read(u.Body, u.Sheet)
	if err != nil {
		return Import{}, err
	}
	b, err := blob.Put(ctx, tx, bytes.NewReader(u.Body), blob.MaxFileBytes)
	if err != nil {
		return Import{}, err
	}
	columns, err := Columns(ctx, tx, u.FacilityID, l.Headings)
	if err != nil {
		return Import{}, err
	}
	m := Import{ID: store.NewID(), FileName: cleanName(u.FileName), SHA256: b.SHA256, SizeBytes: b.SizeBytes, Sheet: l.Grid.Sheet, State: StateDraft, ByID: u.ByID,
		CreatedMS: nowMS, Total: len(l.Grid.Rows), Form: FormList, blobID: b.ID, Order: Order{FacilityID: u.FacilityID, By: u.By, Columns: columns}}
	m.Order.FileName = m.FileName
	return m, m.insert(ctx, tx)
}

// insert stores a new draft.
func (m Import) insert(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO intake_import (`+importCols+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, '', 0, $14, '{}', $15, $16)`,
		m.ID, m.Order.FacilityID, m.FileName, m.blobID, m.SHA256, m.SizeBytes, m.Sheet, columnText(m.Order.Columns), m.Order.WithoutNumber, string(m.State), m.ByID, m.Order.By, m.CreatedMS, m.Total, string(m.Form), m.Order.AssetID)
	if err != nil {
		return fmt.Errorf("store import: %w", err)
	}
	return nil
}

func columnText(columns []asset.Field) string {
	if columns == nil {
		columns = []asset.Field{}
	}
	body, err := json.Marshal(columns)
	if err != nil { // words always marshal
		return "[]"
	}
	return string(body)
}

// cleanName keeps what tells a file: its last part, without signs of control, short.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '_'
		}
		return r
	}, name)
	return short(name)
}

// Columns gives the field of each heading: as last chosen at the facility for the same
// headings, else as Propose has it.
func Columns(ctx context.Context, q store.Querier, facilityID string, headings []string) ([]asset.Field, error) {
	var text string
	err := q.QueryRow(ctx, `SELECT columns FROM intake_mapping WHERE facility_id = $1 AND headings_key = $2`, facilityID, headingsKey(headings)).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return Propose(headings), nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up columns: %w", err)
	}
	var columns []asset.Field
	if err := json.Unmarshal([]byte(text), &columns); err != nil || (Order{Columns: columns}).check(headings) != nil {
		return Propose(headings), nil //nolint:nilerr // written by another release: propose anew
	}
	return columns, nil
}

// Arrange changes how a draft is to be taken in, and remembers the columns for the
// next list with the same headings. Errors: invalid for columns that cannot be;
// conflict when the import has begun.
func Arrange(ctx context.Context, tx *store.Tx, id string, columns []asset.Field, withoutNumber bool, by string, nowMS int64) (Import, error) {
	m, err := locked(ctx, tx, id, StateDraft)
	if err != nil {
		return m, err
	}
	if m.Form == FormMachines {
		m.Order.WithoutNumber = withoutNumber
		if _, err = tx.Exec(ctx, `UPDATE intake_import SET without_number = $1 WHERE id = $2`, withoutNumber, id); err != nil {
			return m, fmt.Errorf("arrange import %s: %w", id, err)
		}
		return m, nil
	}
	if m.Form == FormBill {
		return m, fault.Invalid("intake.error.columns").At("columns")
	}
	l, err := m.List(ctx, tx)
	if err != nil {
		return m, err
	}
	m.Order.Columns, m.Order.WithoutNumber = columns, withoutNumber
	if err := m.Order.check(l.Headings); err != nil {
		return m, err
	}
	_, err = tx.Exec(ctx, `UPDATE intake_import SET columns = $1, without_number = $2 WHERE id = $3`, columnText(columns), withoutNumber, id)
	if err != nil {
		return m, fmt.Errorf("arrange import %s: %w", id, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO intake_mapping (facility_id, headings_key, columns, by_name, updated_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (facility_id, headings_key) DO UPDATE SET columns = excluded.columns, by_name = excluded.by_name, updated_ms = excluded.updated_ms`,
		m.Order.FacilityID, headingsKey(l.Headings), columnText(columns), by, nowMS)
	if err != nil {
		return m, fmt.Errorf("remember columns: %w", err)
	}
	return m, nil
}

// CanUndo reports whether an import is in a state to be taken back.
func (m Import) CanUndo() bool { return m.State == StateDone || m.State == StatePart }

// locked reads an import for changing; conflict when it is in none of the states.
func locked(ctx context.Context, tx *store.Tx, id string, states ...State) (Import, error) {
	m, err := byID(ctx, tx, id, tx.ForUpdate())
	if err == nil && !slices.Contains(states, m.State) {
		return m, fault.Conflict("intake.error.state." + string(m.State))
	}
	return m, err
}

// List reads the file again.
func (m Import) List(ctx context.Context, q store.Querier) (List, error) {
	body, err := m.body(ctx, q)
	if err != nil {
		return List{}, err
	}
	return Read(body, m.Sheet)
}

func (m Import) body(ctx context.Context, q store.Querier) ([]byte, error) {
	r, err := blob.Open(ctx, q, m.blobID)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r, blob.MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read file of import %s: %w", m.ID, err)
	}
	return body, nil
}

// JobKind is the kind of the job that carries imports out and takes them back.
const JobKind = "intake.run"

// jobArgs names the import.
type jobArgs struct {
	ID string `json:"id"`
}

// Start has a draft carried out: a job does it. Errors: conflict when it has begun
// already; those of the order.
func Start(ctx context.Context, tx *store.Tx, id string, nowMS int64) (Import, error) {
	m, err := locked(ctx, tx, id, StateDraft)
	if err != nil {
		return m, err
	}
	if m.Form == FormList {
		l, err := m.List(ctx, tx)
		if err != nil {
			return m, err
		}
		if err := m.Order.check(l.Headings); err != nil {
			return m, err
		}
	}
	if m.Form == FormBill && m.Order.AssetID == "" {
		return m, fault.Invalid("intake.error.no_asset").At("asset_id")
	}
	m.State, m.StartedMS = StateRunning, nowMS
	return m, m.send(ctx, tx, `UPDATE intake_import SET state = $1, started_ms = $2, next_row = 0 WHERE id = $3`, string(m.State), nowMS, id)
}

// Undo has an import taken back: a job does it. Lists may be taken back in any order, files
// of a machine the newest first: a machine of which a later file speaks stays as it is, and
// the import can be taken back once more. Errors: conflict unless it is done; conflict
// that names a later import when that one speaks of all its machines.
func Undo(ctx context.Context, tx *store.Tx, id, by string) (Import, error) {
	m, err := locked(ctx, tx, id, StateDone, StatePart)
	if err == nil {
		err = newerBill(ctx, tx, m)
	}
	if err != nil {
		return m, err
	}
	if err := inTheWay(ctx, tx, m); err != nil {
		return m, err
	}
	m.State, m.UndoneBy, m.Done = StateUndoing, by, 0
	return m, m.send(ctx, tx, `UPDATE intake_import SET state = $1, undone_by = $2, next_row = 0 WHERE id = $3`, string(m.State), by, id)
}

// send changes the state and inserts the job, in one.
func (m Import) send(ctx context.Context, tx *store.Tx, query string, args ...any) error {
	if _, err := tx.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("change state of import %s: %w", m.ID, err)
	}
	_, err := job.Insert(ctx, tx, JobKind, jobArgs{m.ID}, job.InsertOpts{Unique: m.ID})
	return err
}

// Discard forgets a draft and its file. Errors: conflict when the import has begun.
func Discard(ctx context.Context, tx *store.Tx, id string) (Import, error) {
	m, err := locked(ctx, tx, id, StateDraft)
	if err != nil {
		return m, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM intake_import WHERE id = $1`, id); err != nil {
		return m, fmt.Errorf("discard import %s: %w", id, err)
	}
	return m, blob.Delete(ctx, tx, m.blobID)
}

// Filter says which imports to list.
type Filter struct {
	FacilityIDs []string // nil = all
	After       string   // ID of the last one of the page before
	Limit       int      // 1–200; 0 = 50
}

// Imports lists imports, newest first, with the number of all pages. next is the After of
// the next page; empty on the last one.
func Imports(ctx context.Context, q store.Querier, f Filter) (list []Import, next string, total int, err error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	cond, args := "1 = 1", []any{}
	if f.FacilityIDs != nil {
		cond = store.In("facility_id", f.FacilityIDs, &args)
	}
	if err := q.QueryRow(ctx, `SELECT count(*) FROM intake_import WHERE `+cond, args...).Scan(&total); err != nil {
		return nil, "", 0, fmt.Errorf("count imports: %w", err)
	}
	if f.After != "" {
		args = append(args, f.After)
		cond += fmt.Sprintf(" AND id < $%d", len(args))
	}
	args = append(args, f.Limit+1)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT `+importCols+` FROM intake_import WHERE %s ORDER BY id DESC LIMIT $%d`, cond, len(args)), args...)
	if err != nil {
		return nil, "", 0, fmt.Errorf("list imports: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		m, err := scanImport(rows.Scan)
		if err != nil {
			return nil, "", 0, err
		}
		list = append(list, m)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, total, rows.Err()
}
