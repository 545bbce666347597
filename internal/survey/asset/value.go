package asset

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sonae/internal/platform/fault"
)

// Canonical checks a value for a field and gives its stored form: text exactly as
// given, addresses and numbers in one notation. Empty or blank means "no value"
// and gives "". Faults are invalid and name the field as their place.
func Canonical(f Field, value string) (string, error) {
	info, ok := Info(f)
	if !ok {
		return "", fault.Invalid("asset.error.no_such_field", "Field", clip(string(f))).At(clip(string(f)))
	}
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "", fault.Invalid("asset.error.not_text").At(string(f))
	}
	if strings.TrimSpace(value) == "" {
		return "", nil
	}
	out, key := info.canonical(value)
	if key != "" {
		return "", fault.Invalid(key, "Max", strconv.Itoa(info.MaxChars)).At(string(f))
	}
	return out, nil
}

// clip keeps hostile words short in messages and logs.
func clip(s string) string {
	return cutText(strings.ToValidUTF8(s, "\uFFFD"), 64)
}

// canonical gives the stored form, or the message key of what is wrong.
func (f FieldInfo) canonical(value string) (out, key string) {
	trimmed := strings.TrimSpace(value)
	switch f.Type {
	case TypeEnum, TypeBool3:
		if !slices.Contains(f.Choices, trimmed) {
			return "", "asset.error.choice"
		}
		return trimmed, ""
	case TypeDate:
		return date(trimmed)
	case TypeInt, TypeBytes:
		n, err := strconv.ParseInt(trimmed, 10, 64)
		if err != nil || n < 0 {
			return "", "asset.error.number"
		}
		return strconv.FormatInt(n, 10), ""
	case TypeIP:
		a, err := netip.ParseAddr(trimmed)
		if err != nil || a.Zone() != "" {
			return "", "asset.error.ip"
		}
		return a.Unmap().String(), ""
	case TypeMAC:
		mac, ok := ParseMAC(trimmed)
		if !ok {
			return "", "asset.error.mac"
		}
		return mac, ""
	case TypeFile:
		if len(trimmed) != 36 {
			return "", "asset.error.file"
		}
		return trimmed, ""
	}
	if utf8.RuneCountInString(value) > f.MaxChars {
		return "", "asset.error.too_long"
	}
	return value, ""
}

// date accepts 1900-01-01 to 2199-12-31: anything else is a slip.
func date(s string) (out, key string) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return "", "asset.error.date"
	}
	return s, ""
}

// canonicalAll checks a set of values and drops the empty ones.
func canonicalAll(set Values) (Values, error) {
	out := make(Values, len(set))
	for f, v := range set {
		c, err := Canonical(f, v)
		if err != nil {
			return nil, err
		}
		if c != "" {
			out[f] = c
		}
	}
	return out, nil
}

// same reports whether two values say the same thing: names of hosts, makers and
// the like differ in case and width only between sources.
func same(a, b string) bool { return a == b || fold(a) == fold(b) }

// Int reads a TypeInt or TypeBytes value; ok is false when there is none.
func (v Values) Int(f Field) (n int64, ok bool) {
	n, err := strconv.ParseInt(v[f], 10, 64)
	return n, err == nil
}
