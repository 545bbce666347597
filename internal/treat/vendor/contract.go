package vendor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const contractColumns = `c.id, c.vendor_id, v.name, c.facility_id, c.title, c.number, c.kind, c.starts_on, c.ends_on, c.auto_renew, c.notice_days,
	c.patch_owner, c.remote, coalesce(c.document_id, ''), c.note, c.cancelled_on, c.revision, c.created_ms, c.updated_ms,
	(SELECT count(*) FROM vendor_coverage k WHERE k.contract_id = c.id AND k.removed_ms IS NULL)`

func scanContract(row interface{ Scan(...any) error }) (c Contract, err error) {
	err = row.Scan(&c.ID, &c.VendorID, &c.VendorName, &c.FacilityID, &c.Title, &c.Number, &c.Kind, &c.StartsOn, &c.EndsOn, &c.AutoRenew, &c.NoticeDays,
		&c.PatchOwner, &c.Remote, &c.DocumentID, &c.Note, &c.CancelledOn, &c.Revision, &c.CreatedMS, &c.UpdatedMS, &c.AssetCount)
	return c, err
}

// maxAssets bounds the machines of one contract.
const maxAssets = 5000

func (c *Contract) check(ctx context.Context, tx *store.Tx) error {
	var k check
	k.text("title", &c.Title, true, 200, false)
	k.text("number", &c.Number, false, 60, false)
	k.day("starts_on", c.StartsOn, true)
	k.day("ends_on", c.EndsOn, false)
	k.day("cancelled_on", c.CancelledOn, false)
	k.order("ends_on", c.StartsOn, c.EndsOn)
	k.order("cancelled_on", c.StartsOn, c.CancelledOn)
	k.text("note", &c.Note, false, 4000, true)
	k.text("document_id", &c.DocumentID, false, 100, false)
	choice(&k, "kind", &c.Kind, ContractKinds, ContractOther)
	choice(&k, "patch_owner", &c.PatchOwner, PatchOwners, PatchUnknown)
	choice(&k, "remote", &c.Remote, Remotes, RemoteUnknown)
	switch {
	case c.NoticeDays < 0 || c.NoticeDays > 3650:
		k.fail("notice_days", "vendor.error.notice")
	case c.FacilityID == "":
		k.fail("facility_id", "vendor.error.facility")
	case len(c.Assets) > maxAssets:
		k.fail("assets", "vendor.error.too_many_assets", "Max", maxAssets)
	}
	if k.err != nil {
		return k.err
	}
	v, err := ByID(ctx, tx, c.VendorID)
	if fault.Is(err, fault.CodeNotFound) {
		return fault.Invalid("vendor.error.vendor").At("vendor_id")
	}
	c.VendorName = v.Name
	return err
}

// choice sets an empty answer to its default and refuses unknown ones.
func choice[T ~string](k *check, field string, value *T, all []T, empty T) {
	if *value == "" {
		*value = empty
	}
	if !slices.Contains(all, *value) {
		k.fail(field, "vendor.error."+field)
	}
}

// CreateContract adds a contract with the machines it covers. ID, revision, times and
// the vendor's name are filled in. Errors: invalid with the place.
func CreateContract(ctx context.Context, tx *store.Tx, c Contract, nowMS int64) (Contract, error) {
	if err := c.check(ctx, tx); err != nil {
		return c, err
	}
	c.ID, c.Revision, c.CreatedMS, c.UpdatedMS = store.NewID(), 1, nowMS, nowMS
	_, err := tx.Exec(ctx, `INSERT INTO vendor_contract (id, vendor_id, facility_id, title, number, kind, starts_on, ends_on, auto_renew, notice_days,
		patch_owner, remote, document_id, note, cancelled_on, revision, created_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		c.ID, c.VendorID, c.FacilityID, c.Title, c.Number, string(c.Kind), c.StartsOn, c.EndsOn, c.AutoRenew, c.NoticeDays,
		string(c.PatchOwner), string(c.Remote), orNull(c.DocumentID), c.Note, c.CancelledOn, c.Revision, nowMS, nowMS)
	if err != nil {
		return c, fmt.Errorf("store contract %s: %w", c.Title, err)
	}
	return c, c.cover(ctx, tx, nowMS)
}

// UpdateContract changes a contract and the machines it covers, also to end it early
// (CancelledOn); c.Revision is the one that was seen. The facility stays. Errors:
// invalid, conflict, not found.
func UpdateContract(ctx context.Context, tx *store.Tx, c Contract, nowMS int64) (Contract, error) {
	if err := c.check(ctx, tx); err != nil {
		return c, err
	}
	res, err := tx.Exec(ctx, `UPDATE vendor_contract SET vendor_id = $1, title = $2, number = $3, kind = $4, starts_on = $5, ends_on = $6, auto_renew = $7,
		notice_days = $8, patch_owner = $9, remote = $10, document_id = $11, note = $12, cancelled_on = $13, revision = revision + 1, updated_ms = $14
		WHERE id = $15 AND facility_id = $16 AND revision = $17`,
		c.VendorID, c.Title, c.Number, string(c.Kind), c.StartsOn, c.EndsOn, c.AutoRenew, c.NoticeDays, string(c.PatchOwner), string(c.Remote),
		orNull(c.DocumentID), c.Note, c.CancelledOn, nowMS, c.ID, c.FacilityID, c.Revision)
	if err != nil {
		return c, fmt.Errorf("store contract %s: %w", c.ID, err)
	}
	if err := changed(ctx, tx, res, "vendor_contract", c.ID); err != nil {
		return c, err
	}
	c.Revision, c.UpdatedMS = c.Revision+1, nowMS
	return c, c.cover(ctx, tx, nowMS)
}

// cover makes the open coverage equal to c.Assets. A machine must belong to the
// ledger of the contract's facility.
func (c *Contract) cover(ctx context.Context, tx *store.Tx, nowMS int64) error {
	slices.Sort(c.Assets)
	c.Assets = slices.Compact(c.Assets)
	c.AssetCount = int64(len(c.Assets))
	now, err := coverage(ctx, tx, c.ID, 0)
	if err != nil {
		return err
	}
	var add, gone []string
	for _, id := range c.Assets {
		if !slices.Contains(now, id) {
			add = append(add, id)
		}
	}
	for _, id := range now {
		if !slices.Contains(c.Assets, id) {
			gone = append(gone, id)
		}
	}
	if err := c.known(ctx, tx, add); err != nil {
		return err
	}
	for part := range slices.Chunk(gone, 400) {
		args := []any{nowMS, c.ID}
		q := `UPDATE vendor_coverage SET removed_ms = $1 WHERE contract_id = $2 AND removed_ms IS NULL AND ` + store.In("asset_id", part, &args)
		if _, err := tx.Exec(ctx, q, args...); err != nil {
			return fmt.Errorf("end coverage of contract %s: %w", c.ID, err)
		}
	}
	rows := make([][]any, len(add))
	for i, id := range add {
		rows[i] = []any{c.ID, id, nowMS}
	}
	cols := []store.Col{{Name: "contract_id", Type: store.Text}, {Name: "asset_id", Type: store.Text}, {Name: "added_ms", Type: store.Int}}
	return tx.InsertMany(ctx, "vendor_coverage", cols, rows, "ON CONFLICT (contract_id, asset_id, added_ms) DO UPDATE SET removed_ms = NULL")
}

func (c *Contract) known(ctx context.Context, tx *store.Tx, assets []string) error {
	for part := range slices.Chunk(assets, 400) {
		args := []any{c.FacilityID}
		var n int
		q := `SELECT count(*) FROM asset_asset WHERE facility_id = $1 AND ` + store.In("id", part, &args)
		if err := tx.QueryRow(ctx, q, args...).Scan(&n); err != nil {
			return fmt.Errorf("look for machines of contract %s: %w", c.ID, err)
		}
		if n != len(part) {
			return fault.Invalid("vendor.error.assets").At("assets")
		}
	}
	return nil
}

func coverage(ctx context.Context, q store.Querier, contractID string, atMS int64) ([]string, error) {
	query, args := `SELECT asset_id FROM vendor_coverage WHERE contract_id = $1 AND removed_ms IS NULL ORDER BY asset_id`, []any{contractID}
	if atMS != 0 {
		query, args = `SELECT DISTINCT asset_id FROM vendor_coverage WHERE contract_id = $1 AND added_ms <= $2 AND (removed_ms IS NULL OR removed_ms > $2) ORDER BY asset_id`, append(args, atMS)
	}
	return read(ctx, q, "coverage of contract "+contractID, query, args, func(row interface{ Scan(...any) error }) (id string, err error) {
		err = row.Scan(&id)
		return id, err
	})
}

// Covered lists the machines a contract covers, now or at atMS (0 = now).
func Covered(ctx context.Context, q store.Querier, contractID string, atMS int64) ([]string, error) {
	return coverage(ctx, q, contractID, atMS)
}

// ContractByID reads a contract with the machines it covers now. Errors: not found.
func ContractByID(ctx context.Context, q store.Querier, id string) (Contract, error) {
	c, err := scanContract(q.QueryRow(ctx, `SELECT `+contractColumns+` FROM vendor_contract c JOIN vendor_vendor v ON v.id = c.vendor_id WHERE c.id = $1`, id))
	if err := found(err, "contract "+id); err != nil {
		return c, err
	}
	c.Assets, err = coverage(ctx, q, id, 0)
	return c, err
}

// lastDay is Contract.LastDay as SQL; '9999-12-31' stands for an open end.
const lastDay = `(CASE WHEN c.cancelled_on <> '' AND (c.ends_on = '' OR c.cancelled_on < c.ends_on) THEN c.cancelled_on
	WHEN c.ends_on = '' THEN '9999-12-31' ELSE c.ends_on END)`

// ContractFilter says which contracts are wanted. Fields left at zero do not filter.
type ContractFilter struct {
	Facilities []string // nil = all, empty = none
	VendorID   string
	AssetID    string // covers this machine now
	Text       string // in title, number or the vendor's name
	ActiveOn   string // in force on this day, 2006-01-02
	EndsFrom   string // last day on this day or later
	EndsUntil  string // last day on this day or earlier; leaves out open ends
	PatchOwner PatchOwner
	Remote     Remote
	After      string // Next of the page before
	Limit      int    // 1–1000; 0 = 100
}

// Contracts lists contracts by last day, those that end first at the top and open
// ends last, and how many there are in all. next is the After of the following page,
// empty at the end.
func Contracts(ctx context.Context, q store.Querier, f ContractFilter) (list []Contract, total int64, next string, err error) {
	from, args := f.from()
	if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, "", fmt.Errorf("count contracts: %w", err)
	}
	if id, day, ok := strings.Cut(f.After, "/"); ok {
		n := len(args)
		from += fmt.Sprintf(` AND (`+lastDay+`, c.id) > ($%d, $%d)`, n+1, n+2)
		args = append(args, day, id)
	}
	limit := pageLimit(f.Limit)
	args = append(args, limit+1)
	query := `SELECT ` + contractColumns + from + ` ORDER BY ` + lastDay + fmt.Sprintf(`, c.id LIMIT $%d`, len(args))
	list, err = read(ctx, q, "contracts", query, args, scanContract)
	if err == nil && len(list) > limit {
		list = list[:limit]
		day := list[limit-1].LastDay()
		if day == "" {
			day = "9999-12-31"
		}
		next = list[limit-1].ID + "/" + day
	}
	return list, total, next, err
}

func (f ContractFilter) from() (string, []any) {
	var args []any
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	from := ` FROM vendor_contract c JOIN vendor_vendor v ON v.id = c.vendor_id WHERE true`
	if f.Facilities != nil {
		from += ` AND ` + store.In("c.facility_id", f.Facilities, &args)
	}
	var fromSb243 strings.Builder
	for _, c := range []struct{ column, value string }{{"c.vendor_id", f.VendorID}, {"c.patch_owner", string(f.PatchOwner)}, {"c.remote", string(f.Remote)}} {
		if c.value != "" {
			fromSb243.WriteString(` AND ` + c.column + ` = ` + param(c.value))
		}
	}
	from += fromSb243.String()
	if f.AssetID != "" {
		from += ` AND EXISTS (SELECT 1 FROM vendor_coverage k WHERE k.contract_id = c.id AND k.removed_ms IS NULL AND k.asset_id = ` + param(f.AssetID) + `)`
	}
	if f.Text != "" {
		like := param(store.Like(f.Text))
		from += ` AND (lower(c.title) LIKE ` + like + ` ESCAPE '\' OR lower(c.number) LIKE ` + like + ` ESCAPE '\' OR lower(v.name) LIKE ` + like + ` ESCAPE '\')`
	}
	if f.ActiveOn != "" {
		d := param(f.ActiveOn)
		from += ` AND c.starts_on <= ` + d + ` AND (c.cancelled_on = '' OR c.cancelled_on >= ` + d + `) AND (c.auto_renew OR c.ends_on = '' OR c.ends_on >= ` + d + `)`
	}
	if f.EndsFrom != "" {
		from += ` AND ` + lastDay + ` >= ` + param(f.EndsFrom)
	}
	if f.EndsUntil != "" {
		from += ` AND ` + lastDay + ` <= ` + param(f.EndsUntil)
	}
	return from, args
}
