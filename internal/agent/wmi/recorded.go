package wmi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Recorded answers from a JSON object: "namespace:class" → rows, each an object of
// texts, or the word "denied". What is not in it is not there.
type Recorded struct {
	answers map[string][]Row
	denied  map[string]bool
}

// Read makes a Recorded from JSON.
func Read(body []byte) (*Recorded, error) {
	var file map[string]json.RawMessage
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, fmt.Errorf("recorded WMI: %w", err)
	}
	r := &Recorded{answers: map[string][]Row{}, denied: map[string]bool{}}
	for class, raw := range file {
		class = strings.ToLower(class)
		if string(raw) == `"denied"` {
			r.denied[class] = true
			continue
		}
		var rows []map[string]string
		if err := json.Unmarshal(raw, &rows); err != nil {
			return nil, fmt.Errorf("recorded WMI, %s: %w", class, err)
		}
		r.answers[class] = nil
		for _, row := range rows {
			low := Row{}
			for name, value := range row {
				low[strings.ToLower(name)] = value
			}
			r.answers[class] = append(r.answers[class], low)
		}
	}
	return r, nil
}

// Add records rows of a class.
func (r *Recorded) Add(namespace, class string, rows []Row) {
	if r.answers == nil {
		r.answers = map[string][]Row{}
	}
	r.answers[strings.ToLower(namespace+":"+class)] = rows
}

// Query answers from the record.
func (r *Recorded) Query(ctx context.Context, namespace, class string, properties ...string) ([]Row, error) {
	if _, err := statement(class, properties); err != nil {
		return nil, err
	}
	key := strings.ToLower(namespace + ":" + class)
	if r.denied[key] {
		return nil, fmt.Errorf("WMI %s: %w", class, fs.ErrPermission)
	}
	rows, known := r.answers[key]
	if !known {
		return nil, fmt.Errorf("WMI %s: %w", class, ErrNotThere)
	}
	var list []Row
	for _, row := range rows[:min(len(rows), MaxRows)] {
		part := Row{}
		for _, name := range properties {
			if value, ok := row[strings.ToLower(name)]; ok {
				part[strings.ToLower(name)] = value
			}
		}
		list = append(list, part)
	}
	return list, ctx.Err()
}

// ParseList reads what "wmic CLASS get /format:list" prints: NAME=VALUE lines,
// rows apart by empty lines; UTF-16 or UTF-8. Lists stand as {"a","b"}.
func ParseList(body []byte) ([]Row, error) {
	const most = 16 << 20
	if len(body) > most {
		return nil, errors.New("recorded WMI: too long")
	}
	var rows []Row
	row := Row{}
	for line := range strings.Lines(listText(body)) {
		line = strings.Trim(line, "\r\n\ufeff")
		name, value, ok := strings.Cut(line, "=")
		if !ok || !word.MatchString(name) {
			continue
		}
		name = strings.ToLower(name)
		if _, again := row[name]; again { // wmic writes more than one empty line, so names tell rows apart
			rows, row = append(rows, row), Row{}
		}
		if value = listValue(value); value != "" {
			row[name] = value
		} else {
			row[name] = ""
		}
		if len(rows) > MaxRows {
			return nil, errors.New("recorded WMI: too many rows")
		}
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows, nil
}

func listValue(value string) string {
	if inner, ok := strings.CutPrefix(value, `{"`); ok && strings.HasSuffix(inner, `"}`) {
		return strings.ReplaceAll(strings.TrimSuffix(inner, `"}`), `","`, "\n")
	}
	return value
}

func listText(body []byte) string {
	for len(body) >= 2 && body[0] == 0xff && body[1] == 0xfe {
		body = body[2:]
	}
	if len(body) >= 2 && body[0] != 0 && body[1] == 0 {
		units := make([]uint16, len(body)/2)
		for i := range units {
			units[i] = uint16(body[2*i]) | uint16(body[2*i+1])<<8
		}
		return string(utf16.Decode(units))
	}
	if utf8.Valid(body) {
		return string(body)
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}
