package account

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// owned is a table of accounts with the table of their owners.
type owned struct{ accounts, owners, parent string }

var (
	onMachines    = owned{"account_local", "account_owner", "asset_id"}
	inDirectories = owned{"account_directory", "account_directory_owner", "directory_id"}
)

// SetOwner says who an account of a machine belongs to, and ends what was said
// before. OwnerNone takes the owner away. The account need not be there any more:
// a review may settle what an older report showed. o.SetBy and o.SetMS are who and
// when. Errors: invalid with the place, not found (no such account was ever seen).
func SetOwner(ctx context.Context, tx *store.Tx, assetID, name string, o Owner) error {
	return onMachines.setOwner(ctx, tx, assetID, name, name, o)
}

// SetDirectoryOwner is SetOwner for an account of a directory; accountKey is DirectoryAccount.Key.
func SetDirectoryOwner(ctx context.Context, tx *store.Tx, directoryID, accountKey string, o Owner) error {
	e, err := DirectoryAccountByKey(ctx, tx, directoryID, accountKey)
	if err != nil {
		return err
	}
	return inDirectories.setOwner(ctx, tx, directoryID, accountKey, e.Name, o)
}

func (t owned) setOwner(ctx context.Context, tx *store.Tx, parent, id, name string, o Owner) error {
	o.Note = strings.TrimSpace(o.Note)
	if err := o.check(); err != nil {
		return err
	}
	var n int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM `+t.accounts+` WHERE `+t.parent+` = $1 AND row_key = $2`, parent, key(id)).Scan(&n); err != nil {
		return fmt.Errorf("look for account %s: %w", name, err)
	}
	if n == 0 {
		return fault.NotFound("account.error.not_found")
	}
	if _, err := tx.Exec(ctx, `UPDATE `+t.owners+` SET ended_ms = $1, ended_by = $2 WHERE `+t.parent+` = $3 AND account_key = $4 AND ended_ms IS NULL`,
		o.SetMS, o.SetBy, parent, key(id)); err != nil {
		return fmt.Errorf("end owner of account %s: %w", name, err)
	}
	if o.Kind == OwnerNone {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO `+t.owners+` (id, `+t.parent+`, account_key, account_name, kind, staff_id, vendor_id, note, set_by, set_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		store.NewID(), parent, key(id), name, string(o.Kind), orNull(o.StaffID), orNull(o.VendorID), o.Note, o.SetBy, o.SetMS)
	if store.KindOf(err) == store.KindUnique {
		return fault.Conflict("account.error.owner_meanwhile")
	}
	if err != nil {
		return fmt.Errorf("store owner of account %s: %w", name, err)
	}
	return nil
}

func (o Owner) check() error {
	switch {
	case o.Kind == OwnerStaff && !store.ValidID(o.StaffID):
		return fault.Invalid("account.error.staff").At("staff_id")
	case o.Kind == OwnerVendor && o.VendorID != "" && !store.ValidID(o.VendorID):
		return fault.Invalid("account.error.vendor").At("vendor_id")
	case o.Kind != OwnerStaff && o.StaffID != "":
		return fault.Invalid("account.error.staff").At("staff_id")
	case o.Kind != OwnerVendor && o.VendorID != "":
		return fault.Invalid("account.error.vendor").At("vendor_id")
	case utf8.RuneCountInString(o.Note) > 1000 || !utf8.ValidString(o.Note) || strings.Contains(o.Note, "\x00"):
		return fault.Invalid("account.error.note").At("note")
	}
	switch o.Kind {
	case OwnerNone, OwnerStaff, OwnerVendor, OwnerShared, OwnerSystem:
		return nil
	}
	return fault.Invalid("account.error.owner_kind").At("kind")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
