package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// FacilityKind is what sort of institution a facility is.
type FacilityKind string

// The kinds of facilities, as the inspection sheets tell them apart.
const (
	Hospital FacilityKind = "hospital"
	Clinic   FacilityKind = "clinic"
	Dental   FacilityKind = "dental"
	Pharmacy FacilityKind = "pharmacy"
	Other    FacilityKind = "other" // offices, schools, care homes of the same group
)

// FacilityKinds lists the kinds in the order they are offered.
func FacilityKinds() []FacilityKind { return []FacilityKind{Hospital, Clinic, Dental, Pharmacy, Other} }

// Key is the message key of the kind's name.
func (k FacilityKind) Key() string { return "identity.facility_kind." + string(k) }

// Facility is a place that is inspected on its own; every asset belongs to one.
type Facility struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"` // unique whatever the case; at most 200 characters
	Code      string       `json:"code"` // 医療機関コード as printed; may be empty
	Kind      FacilityKind `json:"kind"`
	Beds      int          `json:"beds"` // licensed beds, 0–5000
	CreatedMS int64        `json:"created_ms"`
	ClosedMS  int64        `json:"closed_ms,omitempty"` // 0 = open
}

// validate cleans and checks what people typed.
func (f *Facility) validate() error {
	f.Name, f.Code = strings.TrimSpace(f.Name), strings.TrimSpace(f.Code)
	if f.Kind == "" {
		f.Kind = Hospital
	}
	if err := checkLine(f.Name, 200, true); err != nil {
		return err.At("name")
	}
	if err := checkLine(f.Code, 40, false); err != nil {
		return err.At("code")
	}
	if !slices.Contains(FacilityKinds(), f.Kind) {
		return fault.Invalid("identity.error.facility_kind").At("kind")
	}
	// The largest hospital of Japan has under 1,500 beds; the limit only stops slips.
	if f.Beds < 0 || f.Beds > 5000 {
		return fault.Invalid("identity.error.beds").At("beds")
	}
	return nil
}

// checkLine refuses what cannot be one line of text: broken UTF-8, control and
// direction-changing characters, and more than most characters.
func checkLine(s string, most int, required bool) *fault.Error {
	switch {
	case s == "" && required:
		return fault.Invalid("identity.error.empty")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, hidden):
		return fault.Invalid("identity.error.characters")
	case utf8.RuneCountInString(s) > most:
		return fault.Invalid("identity.error.too_long", "Most", most)
	}
	return nil
}

// hidden: control characters (Cc) and bidirectional controls (Unicode UAX #9,
// section 2), which make a text show as something else.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
}

// CreateFacility stores a new facility and returns it with its ID. A name that
// exists is a conflict.
func (r *Registry) CreateFacility(ctx context.Context, tx *store.Tx, f Facility) (Facility, error) {
	if err := f.validate(); err != nil {
		return Facility{}, err
	}
	f.ID, f.CreatedMS, f.ClosedMS = store.NewID(), r.nowMS(), 0
	_, err := tx.Exec(ctx, `INSERT INTO identity_facility (id, name, code, kind, beds, created_ms) VALUES ($1, $2, $3, $4, $5, $6)`,
		f.ID, f.Name, f.Code, string(f.Kind), f.Beds, f.CreatedMS)
	return f, facilityError(err)
}

func facilityError(err error) error {
	if store.KindOf(err) == store.KindUnique {
		return fault.Conflict("identity.error.facility_exists").At("name").Because(err)
	}
	if err != nil {
		return fmt.Errorf("store facility: %w", err)
	}
	return nil
}

// UpdateFacility stores name, code, kind, beds and ClosedMS of an existing one.
func (r *Registry) UpdateFacility(ctx context.Context, tx *store.Tx, f Facility) error {
	if err := f.validate(); err != nil {
		return err
	}
	res, err := tx.Exec(ctx, `UPDATE identity_facility SET name = $1, code = $2, kind = $3, beds = $4, closed_ms = $5 WHERE id = $6`,
		f.Name, f.Code, string(f.Kind), f.Beds, nullMS(f.ClosedMS), f.ID)
	if err != nil {
		return facilityError(err)
	}
	return found(res, "identity.error.facility_unknown")
}

const facilityCols = `id, name, code, kind, beds, created_ms, closed_ms`

func scanFacility(scan func(...any) error) (Facility, error) {
	var f Facility
	var closed sql.NullInt64
	err := scan(&f.ID, &f.Name, &f.Code, &f.Kind, &f.Beds, &f.CreatedMS, &closed)
	f.ClosedMS = closed.Int64
	return f, err
}

// Facilities lists all facilities by name, closed ones last. There are few: a
// group of hospitals has tens.
func (r *Registry) Facilities(ctx context.Context, q store.Querier) ([]Facility, error) {
	rows, err := q.Query(ctx, `SELECT `+facilityCols+` FROM identity_facility ORDER BY closed_ms IS NOT NULL, name, id LIMIT 10000`)
	if err != nil {
		return nil, fmt.Errorf("list facilities: %w", err)
	}
	return collect(rows, scanFacility)
}

// FacilitiesFor lists the facilities in which p may do action.
func (r *Registry) FacilitiesFor(ctx context.Context, q store.Querier, p Principal, action Action) ([]Facility, error) {
	all, err := r.Facilities(ctx, q)
	if err != nil {
		return nil, err
	}
	ids, every := p.Facilities(action)
	return slices.DeleteFunc(all, func(f Facility) bool { return !every && !slices.Contains(ids, f.ID) }), nil
}

// FacilityByID finds one facility; not found is a fault.
func (r *Registry) FacilityByID(ctx context.Context, q store.Querier, id string) (Facility, error) {
	f, err := scanFacility(q.QueryRow(ctx, `SELECT `+facilityCols+` FROM identity_facility WHERE id = $1`, id).Scan)
	return f, notFound(err, "identity.error.facility_unknown")
}

// FacilityByName finds a facility by its name, code or ID, as typed in a command.
func (r *Registry) FacilityByName(ctx context.Context, q store.Querier, name string) (Facility, error) {
	name = storable(name)
	f, err := scanFacility(q.QueryRow(ctx, `SELECT `+facilityCols+` FROM identity_facility
		WHERE lower(name) = lower($1) OR id = $2 OR (code <> '' AND code = $3) ORDER BY id LIMIT 1`, strings.TrimSpace(name), name, name).Scan)
	return f, notFound(err, "identity.error.facility_unknown")
}

// collect reads all rows of a query and closes it.
func collect[T any](rows *sql.Rows, scan func(func(...any) error) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// notFound turns "no rows" into a fault with this message.
func notFound(err error, key string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound(key).Because(err)
	}
	return err
}

// found is a fault when a statement met no row.
func found(res sql.Result, key string) error {
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound(key)
	}
	return nil
}

// nullMS stores 0 as NULL.
func nullMS(ms int64) sql.NullInt64 { return sql.NullInt64{Int64: ms, Valid: ms != 0} }
