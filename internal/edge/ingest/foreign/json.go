package foreign

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"sonae/internal/wire"
)

// jsonReader walks a message of GLPI Agent: {"action", "deviceid", "content": {section: …}}.
type jsonReader struct {
	d       *json.Decoder
	message Message
	depth   int
	values  int
}

// parseJSON reads a message.
func parseJSON(body string) (*Message, error) {
	j := jsonReader{d: json.NewDecoder(strings.NewReader(body)), message: Message{JSON: true, content: content{}}}
	j.d.UseNumber()
	err := j.object(j.head)
	if err == nil {
		if _, more := j.d.Token(); !errors.Is(more, io.EOF) {
			err = refuse(wire.CodeMalformed, "", "something follows the end")
		}
	}
	var refusal *wire.Refusal
	switch {
	case err == nil:
	case errors.As(err, &refusal):
		return nil, refusal
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, refuse(wire.CodeTruncated, "", "ends in the middle")
	default:
		return nil, refuse(wire.CodeMalformed, "", "is wrong near byte %d", j.d.InputOffset())
	}
	if j.message.Query == "" {
		return nil, refuse(wire.CodeMalformed, "action", "is missing")
	}
	return &j.message, nil
}

// token reads on and keeps count of depth and values.
func (j *jsonReader) token() (json.Token, error) {
	t, err := j.d.Token()
	if err != nil {
		return nil, err
	}
	if j.values++; j.values > 2*maxValues { // names count, too
		return nil, refuse(wire.CodeTooMany, "", "more than %d values", maxValues)
	}
	switch t {
	case json.Delim('{'), json.Delim('['):
		if j.depth++; j.depth > maxDepth {
			return nil, refuse(wire.CodeDepth, "", "deeper than %d", maxDepth)
		}
	case json.Delim('}'), json.Delim(']'):
		j.depth--
	}
	return t, nil
}

// object reads an object whose brace comes next, and calls member after each name.
func (j *jsonReader) object(member func(name string) error) error {
	t, err := j.token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return refuse(wire.CodeWrongType, "", "an object belongs here")
	}
	return j.members(member)
}

// members reads on to the end of an open object. A name twice is refused: two readers
// would see two different messages.
func (j *jsonReader) members(member func(name string) error) error {
	seen := map[string]bool{}
	for j.d.More() {
		t, err := j.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if len(name) > maxName || len(seen) >= maxSections {
			return refuse(wire.CodeTooMany, "", "too many or too long names")
		}
		if name = strings.ToUpper(name); seen[name] {
			return refuse(wire.CodeMalformed, clip(name), "stands twice")
		}
		seen[name] = true
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := j.token()
	return err
}

func (j *jsonReader) head(name string) error {
	switch name {
	case "CONTENT":
		return j.object(j.section)
	case "PARTIAL":
		t, err := j.token()
		if err != nil {
			return err
		}
		partial, ok := t.(bool)
		if !ok {
			return refuse(wire.CodeWrongType, "partial", "is neither true nor false")
		}
		j.message.Partial = partial
		return nil
	case "ACTION", "DEVICEID", "NAME", "VERSION", "ITEMTYPE":
		t, err := j.token()
		if err != nil {
			return err
		}
		text, ok := t.(string)
		if !ok {
			return refuse(wire.CodeWrongType, strings.ToLower(name), "is no text")
		}
		j.field(name, text)
		return nil
	}
	return j.skip()
}

func (j *jsonReader) field(name, text string) {
	switch name {
	case "ACTION":
		j.message.Query = Query(clip(strings.ToUpper(text)))
	case "DEVICEID":
		j.message.DeviceID = text
	case "NAME":
		j.message.Client = clip(text)
	case "ITEMTYPE":
		j.message.itemType = clip(text)
	case "VERSION":
		j.message.Client = clip(j.message.Client + "_v" + text)
	}
}

// section reads one section: an object, a list of objects, or a value.
func (j *jsonReader) section(name string) error {
	section := sectionName(name)
	if keptFields[section] == nil {
		if section == "VERSIONCLIENT" {
			text, err := j.value()
			if len(text) > 0 {
				j.message.Client = clip(text[0])
			}
			return err
		}
		return j.skip()
	}
	t, err := j.token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return j.row(section)
	case json.Delim('['):
		if j.message.content[section] == nil {
			j.message.content[section] = []row{} // present and empty
		}
		for j.d.More() {
			t, err := j.token()
			if err != nil {
				return err
			}
			if t != json.Delim('{') {
				return refuse(wire.CodeWrongType, section, "a row is no object")
			}
			if err := j.row(section); err != nil {
				return err
			}
		}
		_, err = j.token()
		return err
	case nil:
		return nil // null says nothing
	}
	return refuse(wire.CodeWrongType, section, "is neither object nor list")
}

func (j *jsonReader) row(section string) error {
	r, n, err := j.message.content.open(section)
	if err != nil {
		return err
	}
	return j.members(func(field string) error {
		if !keeps(section, field) {
			return j.skip()
		}
		values, err := j.value()
		if err != nil {
			return err
		}
		for _, v := range values {
			if err := r.add(section, n, field, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// value reads a text, number or truth, or a list of them; objects inside are left out.
func (j *jsonReader) value() ([]string, error) {
	t, err := j.token()
	if err != nil {
		return nil, err
	}
	switch v := t.(type) {
	case string:
		return []string{v}, nil
	case json.Number:
		return []string{v.String()}, nil
	case bool:
		if v {
			return []string{"1"}, nil
		}
		return []string{"0"}, nil
	case json.Delim:
		if v == '{' {
			return nil, j.rest()
		}
		var out []string
		for j.d.More() {
			one, err := j.value()
			if err != nil {
				return nil, err
			}
			out = append(out, one...)
		}
		_, err := j.token()
		return out, err
	}
	return nil, nil // null
}

// skip leaves a value out.
func (j *jsonReader) skip() error {
	t, err := j.token()
	if err != nil {
		return err
	}
	if t == json.Delim('{') || t == json.Delim('[') {
		return j.rest()
	}
	return nil
}

// rest leaves out what is open.
func (j *jsonReader) rest() error {
	for depth := j.depth; j.depth >= depth; {
		if _, err := j.token(); err != nil {
			return err
		}
	}
	return nil
}
