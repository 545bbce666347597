package vendor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const vendorColumns = `id, name, kana, kind, contact, phone, emergency_phone, mail, note, closed_on, revision, created_ms, updated_ms`

func scanVendor(row interface{ Scan(...any) error }) (v Vendor, err error) {
	err = row.Scan(&v.ID, &v.Name, &v.Kana, &v.Kind, &v.Contact, &v.Phone, &v.EmergencyPhone, &v.Mail, &v.Note, &v.ClosedOn, &v.Revision, &v.CreatedMS, &v.UpdatedMS)
	return v, err
}

func (v *Vendor) check() error {
	var c check
	c.text("name", &v.Name, true, 200, false)
	c.text("kana", &v.Kana, false, 200, false)
	if v.Kind == "" {
		v.Kind = KindOther
	}
	if !slices.Contains(Kinds, v.Kind) {
		c.fail("kind", "vendor.error.kind")
	}
	c.text("contact", &v.Contact, false, 200, false)
	c.text("phone", &v.Phone, false, 60, false)
	c.text("emergency_phone", &v.EmergencyPhone, false, 60, false)
	c.text("mail", &v.Mail, false, 254, false) // RFC 5321, section 4.5.3.1.3
	c.text("note", &v.Note, false, 4000, true)
	c.day("closed_on", v.ClosedOn, false)
	return c.err
}

// Create adds a vendor. ID, revision and times are filled in. Errors: invalid with
// the place, conflict when an open vendor has the name.
func Create(ctx context.Context, tx *store.Tx, v Vendor, nowMS int64) (Vendor, error) {
	if err := v.check(); err != nil {
		return v, err
	}
	v.ID, v.Revision, v.CreatedMS, v.UpdatedMS = store.NewID(), 1, nowMS, nowMS
	_, err := tx.Exec(ctx, `INSERT INTO vendor_vendor (id, name, name_key, kana, kind, contact, phone, emergency_phone, mail, note, closed_on, revision, created_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		v.ID, v.Name, NameKey(v.Name), v.Kana, string(v.Kind), v.Contact, v.Phone, v.EmergencyPhone, v.Mail, v.Note, v.ClosedOn, v.Revision, nowMS, nowMS)
	return v, written(err, v.Name)
}

// Update changes a vendor, also to close it (ClosedOn); v.Revision is the one that
// was seen. Errors: invalid, conflict, not found.
func Update(ctx context.Context, tx *store.Tx, v Vendor, nowMS int64) (Vendor, error) {
	if err := v.check(); err != nil {
		return v, err
	}
	res, err := tx.Exec(ctx, `UPDATE vendor_vendor SET name = $1, name_key = $2, kana = $3, kind = $4, contact = $5, phone = $6, emergency_phone = $7,
		mail = $8, note = $9, closed_on = $10, revision = revision + 1, updated_ms = $11 WHERE id = $12 AND revision = $13`,
		v.Name, NameKey(v.Name), v.Kana, string(v.Kind), v.Contact, v.Phone, v.EmergencyPhone, v.Mail, v.Note, v.ClosedOn, nowMS, v.ID, v.Revision)
	if err := written(err, v.Name); err != nil {
		return v, err
	}
	if err := changed(ctx, tx, res, "vendor_vendor", v.ID); err != nil {
		return v, err
	}
	v.Revision, v.UpdatedMS = v.Revision+1, nowMS
	return v, nil
}

func written(err error, name string) error {
	switch {
	case err == nil:
		return nil
	case store.KindOf(err) == store.KindUnique:
		return fault.Conflict("vendor.error.name_taken", "Name", name).At("name")
	}
	return fmt.Errorf("store vendor %s: %w", name, err)
}

// ByID reads a vendor. Errors: not found.
func ByID(ctx context.Context, q store.Querier, id string) (Vendor, error) {
	v, err := scanVendor(q.QueryRow(ctx, `SELECT `+vendorColumns+` FROM vendor_vendor WHERE id = $1`, id))
	return v, found(err, "vendor "+id)
}

// ByName finds the open vendor with this name in any usual writing (NameKey).
// Errors: not found.
func ByName(ctx context.Context, q store.Querier, name string) (Vendor, error) {
	v, err := scanVendor(q.QueryRow(ctx, `SELECT `+vendorColumns+` FROM vendor_vendor WHERE name_key = $1 AND closed_on = ''`, NameKey(name)))
	return v, found(err, "vendor "+name)
}

// Filter says which vendors are wanted. Fields left at zero do not filter.
type Filter struct {
	Text   string // in name, kana or contact
	Kind   Kind
	OpenOn string // in business with us on this day, 2006-01-02
	After  string // Next of the page before
	Limit  int    // 1–1000; 0 = 100
}

// List lists vendors by name, and how many there are in all. next is the After of the
// following page, empty at the end.
func List(ctx context.Context, q store.Querier, f Filter) (list []Vendor, total int64, next string, err error) {
	var args []any
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	from := ` FROM vendor_vendor WHERE true`
	if f.Text != "" {
		key, like := param(store.Like(NameKey(f.Text))), param(store.Like(f.Text))
		from += ` AND (name_key LIKE ` + key + ` ESCAPE '\' OR lower(kana) LIKE ` + like + ` ESCAPE '\' OR lower(contact) LIKE ` + like + ` ESCAPE '\')`
	}
	if f.Kind != "" {
		from += ` AND kind = ` + param(string(f.Kind))
	}
	if f.OpenOn != "" {
		from += ` AND (closed_on = '' OR closed_on >= ` + param(f.OpenOn) + `)`
	}
	if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count vendors: %w", err)
	}
	if id, key, ok := strings.Cut(f.After, "/"); ok {
		k, i := param(key), param(id)
		from += ` AND (name_key, id) > (` + k + `, ` + i + `)`
	}
	limit := pageLimit(f.Limit)
	query := `SELECT ` + vendorColumns + from + ` ORDER BY name_key, id LIMIT ` + param(limit+1)
	list, err = read(ctx, q, "vendors", query, args, scanVendor)
	if err == nil && len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID + "/" + NameKey(list[limit-1].Name)
	}
	return list, total, next, err
}
