// Package text holds every sentence people can read, in Japanese and English, and
// the formats that depend on the reader's language: dates, eras, numbers, sizes.
//
// The texts are ja.json and en.json in this folder: flat, sorted, one key a line.
// Japanese is the primary language; English is checked against it (same keys, same
// placeholders) by the tests. Files are parsed by go-i18n; each text is compiled
// once when loaded, so looking one up is a map access.
//
//	catalogue, err := text.Load()
//	t := catalogue.For(text.Match(r.Header.Get("Accept-Language")))
//	t.T("asset.count", "Count", 3)         // "機器 3台"
//	t.Ago(time.Now(), lastSeen)            // "今日 8:15"
//
// Add texts with the tool beside this package, which many people may run at once:
//
//	go run ./internal/platform/text/sortkeys add asset.count "機器 {{.Count}}台" "{{.Count}} devices"
//
// A text is a Go template over the named values given to T. English plurals are
// written in the text: "{{.Count}} device{{if ne .Count 1}}s{{end}}".
package text

import (
	_ "embed" // the two files of texts
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed ja.json
var jaJSON []byte

//go:embed en.json
var enJSON []byte

// The languages that exist, as BCP 47 tags.
const (
	Japanese = "ja" // primary; used when nothing else is asked for
	English  = "en"
)

// Languages lists the languages in the order they are offered to people.
func Languages() []string { return []string{Japanese, English} }

// Catalogue is all texts of all languages, ready to use. It never changes after
// Load and may be used by any number of goroutines.
type Catalogue struct {
	tables map[string]*table
	zone   *time.Location
}

// table is one language. Only missing changes after loading.
type table struct {
	lang         string
	messages     map[string]message
	missing      sync.Map // key → struct{}: already logged
	missingCount atomic.Int64
}

// message is one text: plain when it has no placeholder, else compiled.
type message struct {
	plain    string
	compiled template.ParsedTemplate
}

// Load parses the embedded texts. It fails on broken JSON or a text that is not a
// valid template, which the tests of this package rule out for a released binary.
func Load() (*Catalogue, error) {
	catalogue := &Catalogue{tables: map[string]*table{}, zone: Tokyo()}
	for lang, data := range map[string][]byte{Japanese: jaJSON, English: enJSON} {
		t, err := newTable(lang, data)
		if err != nil {
			return nil, err
		}
		catalogue.tables[lang] = t
	}
	return catalogue, nil
}

// newTable compiles one language from the bytes of its file.
func newTable(lang string, data []byte) (*table, error) {
	file, err := i18n.ParseMessageFileBytes(data, lang+".json", nil)
	if err != nil {
		return nil, fmt.Errorf("parse texts %s.json: %w", lang, err)
	}
	t := &table{lang: lang, messages: make(map[string]message, len(file.Messages))}
	for _, m := range file.Messages {
		compiled, err := compile(m.Other)
		if err != nil {
			return nil, fmt.Errorf("text %s of %s.json: %w", m.ID, lang, err)
		}
		t.messages[m.ID] = compiled
	}
	return t, nil
}

// compile prepares one text. A placeholder without a value is an error when the
// text is used, because "<no value>" on a page helps nobody.
func compile(source string) (message, error) {
	if !strings.Contains(source, "{{") {
		return message{plain: source}, nil
	}
	parser := template.TextParser{Option: "missingkey=error"}
	parsed, err := parser.Parse(source, "", "")
	return message{compiled: parsed}, err
}

// In returns the same texts with another time zone for dates and clock times.
// Load starts with Asia/Tokyo.
func (c *Catalogue) In(zone *time.Location) *Catalogue {
	return &Catalogue{tables: c.tables, zone: zone}
}

// For gives the translator of a language; an unknown one gets Japanese.
func (c *Catalogue) For(lang string) Translator {
	t, ok := c.tables[lang]
	if !ok {
		t = c.tables[Japanese]
	}
	return Translator{table: t, zone: c.zone}
}

// Keys lists all message keys in sorted order: for tests that look for unused ones.
func Keys() []string {
	t, err := newTable(Japanese, jaJSON)
	if err != nil {
		panic(err) // the embedded file is broken: the tests of this package fail too
	}
	return slices.Sorted(maps.Keys(t.messages))
}

// maxAcceptLanguage bounds the header in bytes; browsers send well under 200.
const maxAcceptLanguage = 1000

// Match chooses "ja" or "en" for an Accept-Language header (RFC 9110, 12.5.4), or
// for a single tag such as "en-GB". Empty, broken and other languages give "ja".
func Match(acceptLanguage string) string {
	if len(acceptLanguage) > maxAcceptLanguage {
		return Japanese
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage) // sorted by weight
	if err != nil {
		return Japanese
	}
	for _, tag := range tags {
		if base, _ := tag.Base(); slices.Contains(Languages(), base.String()) {
			return base.String()
		}
	}
	return Japanese
}
