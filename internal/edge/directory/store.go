package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const columns = `id, facility_id, name, address, base_dn, bind_name, secret, ca_pem, pin, every_minutes, paused, revision, created_ms, updated_ms,
	job_id, tried_ms, good_ms, full_ms, failing_ms, problem, server_key, usn, computers, accounts`

func scan(row func(...any) error) (s Source, err error) {
	var problem string
	st := &s.State
	err = row(&s.ID, &s.FacilityID, &s.Name, &s.Address, &s.BaseDN, &s.BindName, &s.secret, &s.CAPEM, &s.Pin, &s.Minutes, &s.Paused, &s.Revision, &s.CreatedMS, &s.UpdatedMS,
		&st.JobID, &st.TriedMS, &st.GoodMS, &st.FullMS, &st.FailingMS, &problem, &st.serverKey, &st.usn, &st.Computers, &st.Accounts)
	st.Problem = unpackProblem(problem)
	return s, err
}

// problem is how a fault is kept, to be told in the reader's language later.
type problem struct {
	Code fault.Code `json:"code"`
	Key  string     `json:"key"`
	Args []string   `json:"args,omitempty"`
	Hint string     `json:"hint,omitempty"`
}

func packProblem(f *fault.Error) string {
	p := problem{Code: f.Code, Key: f.Key, Hint: f.Hint}
	for _, a := range f.Args {
		p.Args = append(p.Args, fmt.Sprint(a))
	}
	body, err := json.Marshal(p)
	if err != nil { // texts always encode
		return ""
	}
	return string(body)
}

func unpackProblem(text string) *fault.Error {
	var p problem
	if text == "" || json.Unmarshal([]byte(text), &p) != nil {
		return nil
	}
	f := fault.New(p.Code, p.Key)
	f.Hint = p.Hint
	for _, a := range p.Args {
		f.Args = append(f.Args, a)
	}
	return f
}

// List gives the directories of facilities by name; nil = all, empty = none.
func (d *Directory) List(ctx context.Context, facilities []string) ([]Source, error) {
	var args []any
	query := `SELECT ` + columns + ` FROM directory_source`
	if facilities != nil {
		query += ` WHERE ` + store.In("facility_id", facilities, &args)
	}
	rows, err := d.deps.DB.Query(ctx, query+` ORDER BY name, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list directories: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Source
	for rows.Next() {
		s, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list directories: %w", err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// ByID finds a directory, whatever its facility; not_found when there is none.
func (d *Directory) ByID(ctx context.Context, id string) (Source, error) {
	return byID(ctx, d.deps.DB, id)
}

func byID(ctx context.Context, q store.Querier, id string) (Source, error) {
	s, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM directory_source WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fault.NotFound("directory.error.not_found")
	}
	if err != nil {
		return s, fmt.Errorf("read directory %s: %w", id, err)
	}
	return s, nil
}

// failed notes that a reading ended badly; what is stored of the directory stays.
func (d *Directory) failed(ctx context.Context, id string, f *fault.Error) error {
	now := d.nowMS()
	return d.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE directory_source SET tried_ms = $1, failing_ms = CASE WHEN failing_ms = 0 THEN $2 ELSE failing_ms END, problem = $3 WHERE id = $4`,
			now, now, packProblem(f), id)
		if err != nil {
			return fmt.Errorf("note failed reading of directory %s: %w", id, err)
		}
		return nil
	})
}

// succeeded notes a good reading, in the transaction that stores its end. conflict
// when the directory was set up anew meanwhile.
func succeeded(ctx context.Context, tx *store.Tx, s Source, r *reading) error {
	full := s.State.FullMS
	if r.full {
		full = r.atMS
	}
	res, err := tx.Exec(ctx, `UPDATE directory_source SET tried_ms = $1, good_ms = $2, full_ms = $3, failing_ms = 0, problem = '', server_key = $4, usn = $5,
		computers = (SELECT count(*) FROM directory_computer WHERE directory_id = $6 AND gone_ms IS NULL),
		accounts = (SELECT count(*) FROM account_directory WHERE directory_id = $7 AND gone_ms IS NULL)
		WHERE id = $8 AND revision = $9`, r.atMS, r.atMS, full, r.serverKey, r.usn, s.ID, s.ID, s.ID, s.Revision)
	if err != nil {
		return fmt.Errorf("note reading of directory %s: %w", s.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.Conflict("directory.error.changed_meanwhile").Because(err)
	}
	return nil
}
