package collect

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"sonae/internal/wire"
)

// tidy makes every section fit the limits of wire: strings valid and not too
// long, lists not longer than allowed. It returns a note for each list it cut.
func tidy(s *wire.Sections) []wire.Note {
	var notes []wire.Note
	for _, body := range s.Carried() {
		most := wire.MaxRows
		switch body.Section {
		case wire.SecPackages:
			most = wire.MaxPackages
		case wire.SecAccounts:
			most = wire.MaxAccounts
		}
		t := tidier{section: body.Section}
		t.value(reflect.ValueOf(body.Value).Elem(), most)
		notes = append(notes, t.notes...)
	}
	return notes
}

// tidier walks one section.
type tidier struct {
	section wire.Section
	notes   []wire.Note
}

// value walks what a section is made of: structs, slices, strings, pointers. most is
// how many rows v may have when it is a list.
func (t *tidier) value(v reflect.Value, most int) {
	switch v.Kind() {
	case reflect.String:
		if text := v.String(); !clean(text) {
			v.SetString(cut(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", ""), wire.MaxStringBytes))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			t.value(field, wire.MaxRows)
		}
	case reflect.Slice:
		if v.Len() > most {
			t.notes = append(t.notes, wire.Note{Section: t.section, State: wire.Partial, Reason: fmt.Sprintf("%d rows found, the first %d are reported", v.Len(), most)})
			v.SetLen(most)
		}
		for i := range v.Len() {
			t.value(v.Index(i), wire.MaxRows)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			t.value(v.Elem(), wire.MaxRows)
		}
	}
}

func clean(text string) bool {
	return len(text) <= wire.MaxStringBytes && utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// cut shortens text to at most n bytes without breaking a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
