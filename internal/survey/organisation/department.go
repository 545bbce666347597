package organisation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const departmentColumns = `id, facility_id, name, code, phone, closed_on, revision, created_ms, updated_ms`

func scanDepartment(row interface{ Scan(...any) error }) (d Department, err error) {
	err = row.Scan(&d.ID, &d.FacilityID, &d.Name, &d.Code, &d.Phone, &d.ClosedOn, &d.Revision, &d.CreatedMS, &d.UpdatedMS)
	return d, err
}

func (d *Department) check() error {
	var c check
	c.text("name", &d.Name, true, 100, false)
	c.text("code", &d.Code, false, 40, false)
	c.text("phone", &d.Phone, false, 40, false)
	c.day("closed_on", d.ClosedOn, false)
	c.facility(d.FacilityID)
	return c.err
}

// CreateDepartment adds a department. ID, revision and times are filled in. Errors:
// invalid with the place, conflict when an open one has the name.
func CreateDepartment(ctx context.Context, tx *store.Tx, d Department, nowMS int64) (Department, error) {
	if err := d.check(); err != nil {
		return d, err
	}
	d.ID, d.Revision, d.CreatedMS, d.UpdatedMS = store.NewID(), 1, nowMS, nowMS
	_, err := tx.Exec(ctx, `INSERT INTO organisation_department (`+departmentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.ID, d.FacilityID, d.Name, d.Code, d.Phone, d.ClosedOn, d.Revision, d.CreatedMS, d.UpdatedMS)
	return d, written(err, "department", "organisation.error.department_taken", "name")
}

// UpdateDepartment changes a department, also to close it (ClosedOn); d.Revision is
// the one that was seen. Errors: invalid, conflict, not found.
func UpdateDepartment(ctx context.Context, tx *store.Tx, d Department, nowMS int64) (Department, error) {
	if err := d.check(); err != nil {
		return d, err
	}
	res, err := tx.Exec(ctx, `UPDATE organisation_department SET name = $1, code = $2, phone = $3, closed_on = $4, revision = revision + 1, updated_ms = $5
		WHERE id = $6 AND facility_id = $7 AND revision = $8`, d.Name, d.Code, d.Phone, d.ClosedOn, nowMS, d.ID, d.FacilityID, d.Revision)
	if err := written(err, "department", "organisation.error.department_taken", "name"); err != nil {
		return d, err
	}
	if err := changed(ctx, tx, res, "organisation_department", d.ID, d.FacilityID); err != nil {
		return d, err
	}
	d.Revision, d.UpdatedMS = d.Revision+1, nowMS
	return d, nil
}

// DepartmentByID reads a department. Errors: not found.
func DepartmentByID(ctx context.Context, q store.Querier, id string) (Department, error) {
	d, err := scanDepartment(q.QueryRow(ctx, `SELECT `+departmentColumns+` FROM organisation_department WHERE id = $1`, id))
	return d, found(err, "department "+id)
}

// Departments lists the departments of a facility by name that are open on day
// (2006-01-02), or all that ever were when day is empty.
func Departments(ctx context.Context, q store.Querier, facilityID, day string) ([]Department, error) {
	query, args := `SELECT `+departmentColumns+` FROM organisation_department WHERE facility_id = $1`, []any{facilityID}
	if day != "" {
		query, args = query+` AND (closed_on = '' OR closed_on >= $2)`, append(args, day)
	}
	return read(ctx, q, "departments", query+` ORDER BY name, id`, args, scanDepartment)
}

// read runs a query and scans each row.
func read[T any](ctx context.Context, q store.Querier, what, query string, args []any, scan func(interface{ Scan(...any) error }) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// found turns "no rows" into a not-found fault.
func found(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound("organisation.error.not_found")
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// written explains the error of an INSERT or UPDATE.
func written(err error, what, takenKey, place string) error {
	switch {
	case err == nil:
		return nil
	case store.KindOf(err) == store.KindUnique:
		return fault.Conflict(takenKey).At(place)
	}
	return fmt.Errorf("store %s: %w", what, err)
}

// changed tells why an UPDATE with a revision hit no row.
func changed(ctx context.Context, tx *store.Tx, res sql.Result, table, id, facilityID string) error {
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	var n int64
	err := tx.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE id = $1 AND facility_id = $2`, id, facilityID).Scan(&n)
	switch {
	case err != nil:
		return fmt.Errorf("look for %s: %w", id, err)
	case n == 0:
		return fault.NotFound("organisation.error.not_found")
	}
	return fault.Conflict("organisation.error.changed")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
