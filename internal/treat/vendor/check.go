package vendor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// check collects the first fault of an input, field by field.
type check struct{ err error }

func (c *check) fail(field, key string, args ...any) {
	if c.err == nil {
		c.err = fault.Invalid(key, args...).At(field)
	}
}

// text trims *s and holds it to a length in characters; line breaks only where lines
// are wanted.
func (c *check) text(field string, s *string, needed bool, maxChars int, lines bool) {
	*s = strings.TrimSpace(*s)
	switch {
	case needed && *s == "":
		c.fail(field, "vendor.error.empty")
	case utf8.RuneCountInString(*s) > maxChars:
		c.fail(field, "vendor.error.too_long", "Max", maxChars)
	case !plain(*s, lines):
		c.fail(field, "vendor.error.characters")
	}
}

func (c *check) day(field, day string, needed bool) {
	if day == "" {
		if needed {
			c.fail(field, "vendor.error.empty")
		}
		return
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		c.fail(field, "vendor.error.day")
	}
}

func (c *check) order(field, from, until string) {
	if from != "" && until != "" && until < from {
		c.fail(field, "vendor.error.order")
	}
}

// plain reports whether text is valid UTF-8 without control characters; line breaks
// and tabs are allowed where lines are.
func plain(text string, lines bool) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < ' ' || r == 0x7f) && (!lines || r != '\n' && r != '\r' && r != '\t')
	})
}

// companyForms are words for "company limited" that one list writes and the next
// leaves out; in NFKC form, where ㈱ is (株).
var companyForms = strings.NewReplacer("株式会社", "", "有限会社", "", "合同会社", "", "(株)", "", "(有)", "", "(同)", "")

// NameKey is the form of a vendor's name that is compared: NFKC (Unicode Standard
// Annex 15), lower case, without form of company and spaces. ㈱サンプル and
// 株式会社 サンプル are one vendor.
func NameKey(name string) string {
	folded := strings.ToLower(norm.NFKC.String(name))
	key := strings.Join(strings.Fields(companyForms.Replace(folded)), "")
	if key == "" { // nothing but a form of company
		return strings.Join(strings.Fields(folded), "")
	}
	return key
}

func found(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound("vendor.error.not_found")
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// changed tells why an UPDATE with a revision hit no row.
func changed(ctx context.Context, tx *store.Tx, res sql.Result, table, id string) error {
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	var n int64
	err := tx.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE id = $1`, id).Scan(&n)
	switch {
	case err != nil:
		return fmt.Errorf("look for %s: %w", id, err)
	case n == 0:
		return fault.NotFound("vendor.error.not_found")
	}
	return fault.Conflict("vendor.error.changed")
}

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

func pageLimit(n int) int {
	if n <= 0 {
		return 100
	}
	return min(n, 1000)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
