package organisation

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const staffColumns = `id, facility_id, number, name, kana, coalesce(department_id, ''), job, mail, phone, employed_from, employed_until, revision, created_ms, updated_ms`

func scanStaff(row interface{ Scan(...any) error }) (s Staff, err error) {
	err = row.Scan(&s.ID, &s.FacilityID, &s.Number, &s.Name, &s.Kana, &s.DepartmentID, &s.Job, &s.Mail, &s.Phone,
		&s.EmployedFrom, &s.EmployedUntil, &s.Revision, &s.CreatedMS, &s.UpdatedMS)
	return s, err
}

func (s *Staff) check(ctx context.Context, tx *store.Tx) error {
	var c check
	c.text("number", &s.Number, false, 40, false)
	c.text("name", &s.Name, true, 100, false)
	c.text("kana", &s.Kana, false, 100, false)
	c.text("job", &s.Job, false, 100, false)
	c.text("mail", &s.Mail, false, 254, false) // RFC 5321, section 4.5.3.1.3
	c.text("phone", &s.Phone, false, 40, false)
	c.day("employed_from", s.EmployedFrom, false)
	c.day("employed_until", s.EmployedUntil, false)
	c.order("employed_until", s.EmployedFrom, s.EmployedUntil)
	c.facility(s.FacilityID)
	if c.err != nil || s.DepartmentID == "" {
		return c.err
	}
	d, err := DepartmentByID(ctx, tx, s.DepartmentID)
	if err == nil && d.FacilityID == s.FacilityID {
		return nil
	}
	if err != nil && !fault.Is(err, fault.CodeNotFound) {
		return err
	}
	return fault.Invalid("organisation.error.department").At("department_id")
}

// CreateStaff adds a person. ID, revision and times are filled in. Errors: invalid
// with the place, conflict when the number is taken.
func CreateStaff(ctx context.Context, tx *store.Tx, s Staff, nowMS int64) (Staff, error) {
	if err := s.check(ctx, tx); err != nil {
		return s, err
	}
	s.ID, s.Revision, s.CreatedMS, s.UpdatedMS = store.NewID(), 1, nowMS, nowMS
	_, err := tx.Exec(ctx, `INSERT INTO organisation_staff (id, facility_id, number, name, kana, department_id, job, mail, phone,
		employed_from, employed_until, revision, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		s.ID, s.FacilityID, s.Number, s.Name, s.Kana, orNull(s.DepartmentID), s.Job, s.Mail, s.Phone, s.EmployedFrom, s.EmployedUntil, s.Revision, nowMS, nowMS)
	return s, written(err, "person", "organisation.error.number_taken", "number")
}

// UpdateStaff changes a person, also when they leave (EmployedUntil); s.Revision is
// the one that was seen. Errors: invalid, conflict, not found.
func UpdateStaff(ctx context.Context, tx *store.Tx, s Staff, nowMS int64) (Staff, error) {
	if err := s.check(ctx, tx); err != nil {
		return s, err
	}
	res, err := tx.Exec(ctx, `UPDATE organisation_staff SET number = $1, name = $2, kana = $3, department_id = $4, job = $5, mail = $6, phone = $7,
		employed_from = $8, employed_until = $9, revision = revision + 1, updated_ms = $10 WHERE id = $11 AND facility_id = $12 AND revision = $13`,
		s.Number, s.Name, s.Kana, orNull(s.DepartmentID), s.Job, s.Mail, s.Phone, s.EmployedFrom, s.EmployedUntil, nowMS, s.ID, s.FacilityID, s.Revision)
	if err := written(err, "person", "organisation.error.number_taken", "number"); err != nil {
		return s, err
	}
	if err := changed(ctx, tx, res, "organisation_staff", s.ID, s.FacilityID); err != nil {
		return s, err
	}
	s.Revision, s.UpdatedMS = s.Revision+1, nowMS
	return s, nil
}

// StaffByID reads a person. Errors: not found.
func StaffByID(ctx context.Context, q store.Querier, id string) (Staff, error) {
	s, err := scanStaff(q.QueryRow(ctx, `SELECT `+staffColumns+` FROM organisation_staff WHERE id = $1`, id))
	return s, found(err, "person "+id)
}

// StaffFilter says which people are wanted. Fields left at zero do not filter.
type StaffFilter struct {
	Facilities   []string // nil = all, empty = none
	Text         string   // in name, kana, number or job
	DepartmentID string
	EmployedOn   string // works on this day, 2006-01-02
	After        string // Next of the page before
	Limit        int    // 1–1000; 0 = 100
}

// ListStaff lists people by name, and how many there are in all. next is the After
// of the following page, empty at the end.
func ListStaff(ctx context.Context, q store.Querier, f StaffFilter) (list []Staff, total int64, next string, err error) {
	var args []any
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	from := ` FROM organisation_staff WHERE true`
	if f.Facilities != nil {
		from += ` AND ` + store.In("facility_id", f.Facilities, &args)
	}
	if f.Text != "" {
		like := param(store.Like(f.Text))
		from += fmt.Sprintf(` AND (lower(name) LIKE %[1]s ESCAPE '\' OR lower(kana) LIKE %[1]s ESCAPE '\' OR lower(number) LIKE %[1]s ESCAPE '\' OR lower(job) LIKE %[1]s ESCAPE '\')`, like)
	}
	if f.DepartmentID != "" {
		from += ` AND department_id = ` + param(f.DepartmentID)
	}
	if f.EmployedOn != "" {
		day := param(f.EmployedOn)
		from += ` AND (employed_from = '' OR employed_from <= ` + day + `) AND (employed_until = '' OR employed_until >= ` + day + `)`
	}
	if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count people: %w", err)
	}
	if id, name, ok := strings.Cut(f.After, "/"); ok {
		n, i := param(name), param(id)
		from += ` AND (name, id) > (` + n + `, ` + i + `)`
	}
	limit := pageLimit(f.Limit)
	query := `SELECT ` + staffColumns + from + ` ORDER BY name, id LIMIT ` + param(limit+1)
	list, err = read(ctx, q, "people", query, args, scanStaff)
	if err == nil && len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID + "/" + list[limit-1].Name
	}
	return list, total, next, err
}

func pageLimit(n int) int {
	if n <= 0 {
		return 100
	}
	return min(n, 1000)
}
