package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/platform/fault"
)

// maxDepth bounds how deep a JSON body nests; the deepest of ours has four levels.
const maxDepth = 32

// maxQueryBytes bounds the query of an address: 100 chosen values of a filter fit.
const maxQueryBytes = 16 << 10

// jsonFormat reads strictly and writes without HTML escapes, so that every text
// comes back as it was sent.
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}

// unmarshal reads a body. huma calls it first with *any, to compare with the
// description, then with the handler's type: the first call checks the text.
func unmarshal(data []byte, v any) error {
	if _, first := v.(*any); first {
		if err := checkJSON(data); err != nil {
			return err
		}
	}
	return json.Unmarshal(data, v)
}

// badText is what is wrong with a text from outside: a message key and the place
// in bytes (0 = not said).
type badText struct {
	key    string
	offset int64
}

// Error is the form that refusal (problem.go) reads back.
func (b badText) Error() string { return fmt.Sprintf("%s|%d", b.key, b.offset) }

// checkJSON refuses what Go's decoder would silently change or keep one of two:
// broken UTF-8, lone surrogates and names that stand twice; and NUL, which
// databases refuse, and deep nesting.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return badText{"api.error.body.utf8", 0}
	}
	if at := badEscape(data); at >= 0 {
		return badText{"api.error.body.escape", int64(at)}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badText{"api.error.body.syntax", d.InputOffset()}
	}
	return nil
}

// checkValue reads one value.
func checkValue(d *json.Decoder, depth int) error {
	if depth > maxDepth {
		return badText{"api.error.body.depth", d.InputOffset()}
	}
	token, err := d.Token()
	if err != nil {
		return badText{"api.error.body.syntax", d.InputOffset()}
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return badText{"api.error.body.syntax", d.InputOffset()}
			}
			key, _ := name.(string) // a name is always a string
			if seen[key] {
				return badText{"api.error.body.twice", d.InputOffset()}
			}
			seen[key] = true
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return badText{"api.error.body.syntax", d.InputOffset()}
	}
	return nil
}

// badEscape finds the first \u0000 and the first half of a surrogate pair that
// stands alone (RFC 8259, section 8.2), or -1.
func badEscape(data []byte) int {
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		if data[i+1] != 'u' {
			i++ // the escaped character, which may be a backslash
			continue
		}
		unit, ok := hex4(data[i+2:])
		switch {
		case !ok:
			return -1 // the decoder says what is wrong
		case unit == 0, unit >= 0xDC00 && unit <= 0xDFFF:
			return i
		case unit >= 0xD800 && unit <= 0xDBFF:
			rest := data[min(len(data), i+6):]
			low, ok := hex4(rest[min(len(rest), 2):])
			if !ok || rest[0] != '\\' || rest[1] != 'u' || low < 0xDC00 || low > 0xDFFF {
				return i
			}
			i += 6
		}
		i += 5
	}
	return -1
}

func hex4(b []byte) (unit int, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		n := strings.IndexByte("0123456789abcdef", c|0x20)
		if n < 0 {
			return 0, false
		}
		unit = unit<<4 | n
	}
	return unit, true
}

// checkAddress refuses paths and queries with text that no room could hold.
func checkAddress(r *http.Request) error {
	if len(r.URL.RawQuery) > maxQueryBytes {
		return fault.TooLarge("api.error.query.large", "Max", maxQueryBytes>>10)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.Invalid("api.error.query.form").Because(err)
	}
	bad := func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) }
	if bad(r.URL.Path) {
		return fault.Invalid("api.error.query.text").At("path")
	}
	for name, values := range query {
		if bad(name) || bad(strings.Join(values, "")) {
			return fault.Invalid("api.error.query.text").At("query")
		}
	}
	return nil
}
