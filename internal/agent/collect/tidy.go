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
	for _, body := range s.Carried() {
		tidyValue(reflect.ValueOf(body.Value).Elem())
	}
	var notes []wire.Note
	cutTo(&notes, wire.SecDisks, s.Disks, wire.MaxRows)
	cutTo(&notes, wire.SecVolumes, s.Volumes, wire.MaxRows)
	cutTo(&notes, wire.SecInterfaces, s.Interfaces, wire.MaxRows)
	cutTo(&notes, wire.SecPackages, s.Packages, wire.MaxPackages)
	cutTo(&notes, wire.SecServices, s.Services, wire.MaxRows)
	cutTo(&notes, wire.SecPorts, s.Ports, wire.MaxRows)
	cutTo(&notes, wire.SecAccounts, s.Accounts, wire.MaxAccounts)
	if s.Updates != nil {
		cutTo(&notes, wire.SecUpdates, &s.Updates.Pending, wire.MaxRows)
	}
	return notes
}

func cutTo[T any](notes *[]wire.Note, section wire.Section, rows *[]T, most int) {
	if rows == nil || len(*rows) <= most {
		return
	}
	*notes = append(*notes, wire.Note{Section: section, State: wire.Partial, Reason: fmt.Sprintf("%d rows found, the first %d are reported", len(*rows), most)})
	*rows = (*rows)[:most]
}

// tidyValue walks what a section is made of: structs, slices, strings, pointers.
func tidyValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if text := v.String(); !clean(text) {
			v.SetString(cut(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", ""), wire.MaxStringBytes))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			tidyValue(field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			tidyValue(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			tidyValue(v.Elem())
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
