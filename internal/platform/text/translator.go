package text

import (
	"fmt"
	"log/slog"
	"testing"
	"time"
)

// Translator speaks one language in one time zone. It is a small value: copy it
// freely and use it from any goroutine. The zero value is not useful; take one
// from Catalogue.For.
type Translator struct {
	table *table
	zone  *time.Location
}

// Lang is the language as a BCP 47 tag, "ja" or "en": the lang attribute of a page.
func (t Translator) Lang() string { return t.table.lang }

// Zone is the time zone of all dates and clock times this translator writes.
func (t Translator) Zone() *time.Location { return t.zone }

// In returns the same translator with another time zone.
func (t Translator) In(zone *time.Location) Translator { t.zone = zone; return t }

// Has reports whether the key exists, for keys that are built from data.
func (t Translator) Has(key string) bool {
	_, ok := t.table.messages[key]
	return ok
}

// T gives the text of a key. args are name, value pairs for its placeholders:
// T("asset.count", "Count", 3). The result is plain text, never markup; escape it
// where it is shown. A missing key or value is a mistake of the caller: inside a
// test binary T panics, elsewhere it answers the key and logs once.
func (t Translator) T(key string, args ...any) string {
	m, ok := t.table.messages[key]
	if !ok {
		return t.mistake(key, "no such text")
	}
	if m.compiled == nil {
		return m.plain
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return t.mistake(key, fmt.Sprintf("argument %d is not a name", i))
		}
		values[name] = args[i+1]
	}
	out, err := m.compiled.Execute(values)
	if err != nil {
		return t.mistake(key, err.Error())
	}
	return out
}

// maxMissing bounds how many different mistakes are remembered and logged: keys
// built from hostile data must fill neither the memory nor the log.
const maxMissing = 1000

// maxLoggedKey bounds a logged key in bytes.
const maxLoggedKey = 100

// mistake reports a wrong use of T and gives what to show instead.
func (t Translator) mistake(key, what string) string {
	if testing.Testing() {
		panic(fmt.Sprintf("text %q (%s): %s", key, t.table.lang, what))
	}
	t.logOnce(key, what)
	return key
}

// logOnce writes the first mistake of each key to the log.
func (t Translator) logOnce(key, what string) {
	if t.table.missingCount.Load() >= maxMissing {
		return
	}
	if _, seen := t.table.missing.LoadOrStore(key, struct{}{}); seen {
		return
	}
	t.table.missingCount.Add(1)
	slog.Warn("text cannot be shown", "key", key[:min(len(key), maxLoggedKey)], "lang", t.table.lang, "err", what)
}
