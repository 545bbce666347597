package wmi

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
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
