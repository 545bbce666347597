package oldwindows

import (
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// object is one object of "wmic … get /value": property names are never translated.
type object map[string]string

// get is a property as it may be stored.
func (o object) get(name string) string { return keep(o[name]) }

func (o object) number(name string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(o[name]), 10, 64)
	if err != nil || n < 0 || n > 1<<53 {
		return 0
	}
	return n
}

func (o object) yes(name string) bool { return strings.EqualFold(strings.TrimSpace(o[name]), "true") }

// list reads a property like {"a","b"}.
func (o object) list(name string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.Trim(strings.TrimSpace(o[name]), "{}"), ",") {
		if part = keep(strings.Trim(strings.TrimSpace(part), `"`)); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// objects reads all objects of an output. Empty lines divide them; a name that comes a
// second time begins another one, too.
func objects(text string) []object {
	var out []object
	o := object{}
	flush := func() {
		if len(o) > 0 {
			out = append(out, o)
			o = object{}
		}
	}
	for _, line := range lines(text) {
		line = strings.TrimRight(line, "\r ")
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		if _, again := o[name]; again {
			flush()
		}
		if len(out) >= wire.MaxPackages {
			break
		}
		o[name] = value
	}
	flush()
	return out
}

// wmic reads the objects of a file.
func (f *folder) wmic(section wire.Section, name string) []object {
	text, ok := f.text(section, "wmic-"+name+".txt")
	if !ok {
		return nil
	}
	list := objects(text)
	if len(list) == 0 {
		f.note(section, wire.Failed, "wmic-%s.txt holds no objects: wmic is missing or refused", name)
	}
	return list
}

// cimTime reads 20261127100340.123000+540 (DMTF DSP0004, datetime); 0 = not one.
func cimTime(s string) int64 {
	s = strings.TrimSpace(s)
	if len(s) < 14 {
		return 0
	}
	t, err := time.Parse("20060102150405", s[:14])
	if err != nil || t.Year() < 1980 || t.Year() > 2100 {
		return 0
	}
	if len(s) >= 25 {
		if minutes, err := strconv.Atoi(s[21:25]); err == nil && minutes > -1000 && minutes < 1000 {
			t = t.Add(-time.Duration(minutes) * time.Minute)
		}
	}
	return max(t.UnixMilli(), 0)
}

// collected is when the folder was written, by the machine's clock.
func (f *folder) collected() int64 {
	if body, ok := f.files["wmic-os.txt"]; ok {
		text, _ := decode(body, f.page)
		for _, o := range objects(text) {
			if ms := cimTime(o["LocalDateTime"]); ms > 0 {
				return ms
			}
		}
	}
	return 1 // before everything: the reader takes its own time
}
