package sbom

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"sonae/internal/platform/fault"
)

// scanJSON checks limits and syntax of a JSON document before anything is decoded, and
// gives the texts among its first-level members. lists names the members whose elements
// count as components, at any depth. It reads bytes, not tokens: a tenth of the time.
func scanJSON(text []byte, lists ...string) (top map[string]string, err error) {
	s := scanner{text: text, lists: lists, top: map[string]string{}}
	for s.at < len(text) && err == nil {
		err = s.step()
	}
	if err != nil {
		return nil, err
	}
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, syntaxFault(text, err, 0)
	}
	return s.top, nil
}

// frame is an object or array that is open.
type frame struct {
	array bool
	list  bool   // an array whose elements are components
	fresh bool   // the next thing is an element, or a key
	key   string // of the member
}

// scanner goes through a document that may be broken: what it makes of one does not
// matter, since syntax is checked after it.
type scanner struct {
	text               []byte
	at                 int
	lists              []string
	open               []frame
	top                map[string]string
	values, components int
}

func (s *scanner) step() error {
	c := s.text[s.at]
	s.at++
	switch c {
	case ' ', '\t', '\r', '\n', ':':
		return nil
	case '}', ']':
		s.open = s.open[:max(len(s.open)-1, 0)]
		return nil
	case ',':
		if n := len(s.open); n > 0 {
			s.open[n-1].fresh = true
		}
		return nil
	}
	var f *frame
	if n := len(s.open); n > 0 {
		f = &s.open[n-1]
	}
	if f != nil && f.array && f.fresh {
		f.fresh = false
		if err := s.count(f.list); err != nil {
			return err
		}
	}
	switch c {
	case '"':
		return s.quoted(f)
	case '{', '[':
		return s.begin(f, c == '[')
	}
	return nil
}

// begin opens an object or array.
func (s *scanner) begin(f *frame, array bool) error {
	list := array && f != nil && !f.array && contains(s.lists, f.key)
	s.open = append(s.open, frame{array: array, list: list, fresh: true})
	if len(s.open) > MaxDepth {
		return fault.TooLarge("sbom.error.deep", "Max", MaxDepth, "Line", lineAt(s.text, int64(s.at)))
	}
	return s.count(false)
}

// quoted reads a text, whose first quotation mark is behind: a key or a value.
func (s *scanner) quoted(f *frame) error {
	begin := s.at - 1
	for s.at < len(s.text) && s.text[s.at] != '"' {
		if s.text[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	s.at = min(s.at+1, len(s.text))
	if f == nil || f.array {
		return nil
	}
	if f.fresh {
		f.fresh = false
		f.key = unquoted(s.text[begin:s.at])
		return s.member(f.key)
	}
	if len(s.open) == 1 {
		s.top[f.key] = clip(unquoted(s.text[begin:s.at]), 200)
	}
	return nil
}

// unquoted is a text of JSON without its quotation marks; long ones are of no interest.
func unquoted(raw []byte) string {
	if len(raw) > 1000 {
		raw = append(raw[:500:500], '"')
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(bytes.Trim(raw, `"`))
	}
	var out string
	if json.Unmarshal(raw, &out) != nil {
		return ""
	}
	return out
}

// member refuses a member of the first level that stands there twice: readers differ in
// which of the two they take.
func (s *scanner) member(key string) error {
	if len(s.open) != 1 {
		return nil
	}
	if _, twice := s.top[key]; twice {
		return fault.Invalid("sbom.error.twice", "Key", clip(key, 40), "Line", lineAt(s.text, int64(s.at)))
	}
	s.top[key] = ""
	return nil
}

func (s *scanner) count(component bool) error {
	s.values++
	if component {
		s.components++
	}
	return tooMany(s.values, s.components, s.text, int64(s.at))
}

func tooMany(values, components int, text []byte, at int64) error {
	switch {
	case components > MaxComponents:
		return fault.TooLarge("sbom.error.many_components", "Max", MaxComponents, "Line", lineAt(text, at))
	case values > MaxValues:
		return fault.TooLarge("sbom.error.many_values", "Max", MaxValues, "Line", lineAt(text, at))
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if strings.EqualFold(v, s) { // as encoding/json takes them
			return true
		}
	}
	return false
}

func brokenJSON(text []byte, at int64) *fault.Error {
	return fault.Invalid("sbom.error.syntax", "Line", lineAt(text, at), "Column", columnAt(text, at)).WithHint("sbom.error.syntax.hint")
}

// syntaxFault names the place of an error of syntax.
func syntaxFault(text []byte, err error, at int64) *fault.Error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Invalid("sbom.error.truncated", "Line", lineAt(text, int64(len(text)))).WithHint("sbom.error.syntax.hint").Because(err)
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = s.Offset
		if strings.HasPrefix(s.Error(), "unexpected end") {
			return syntaxFault(text, io.ErrUnexpectedEOF, at)
		}
	}
	return brokenJSON(text, at).Because(err)
}

// valueFault names the place of a value of the wrong kind, as decoding met it.
func valueFault(text []byte, err error) *fault.Error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.Invalid("sbom.error.value", "Place", clip(t.Field, 80), "Line", lineAt(text, t.Offset)).Because(err)
	}
	return fault.Invalid("sbom.error.value", "Place", "?", "Line", 1).Because(err)
}

// scanXML checks syntax and limits of an XML document before anything is decoded. A
// document type is refused: it may define entities that grow, or name files elsewhere.
func scanXML(text []byte) error {
	// The decoder reads all attributes of an element before it can be asked.
	if bytes.Count(text, []byte(`="`))+bytes.Count(text, []byte(`='`)) > MaxValues {
		return tooMany(MaxValues+1, 0, text, 0)
	}
	dec := xml.NewDecoder(bytes.NewReader(text))
	depth, values, components := 0, 0, 0
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			if depth > 0 {
				return syntaxFault(text, io.ErrUnexpectedEOF, 0)
			}
			return nil
		}
		at := dec.InputOffset()
		if err != nil {
			return xmlFault(text, err, at)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return fault.Invalid("sbom.error.doctype", "Line", lineAt(text, at))
		case xml.StartElement:
			depth++
			values += 1 + len(t.Attr)
			if t.Name.Local == "component" {
				components++
			}
			if depth > MaxDepth {
				return fault.TooLarge("sbom.error.deep", "Max", MaxDepth, "Line", lineAt(text, at))
			}
			if err := tooMany(values, components, text, at); err != nil {
				return err
			}
		case xml.EndElement:
			depth--
		}
	}
}

func xmlFault(text []byte, err error, at int64) *fault.Error {
	if s, ok := errors.AsType[*xml.SyntaxError](err); ok && strings.HasPrefix(s.Msg, "unexpected EOF") {
		return syntaxFault(text, io.ErrUnexpectedEOF, at)
	}
	return fault.Invalid("sbom.error.xml", "Line", lineAt(text, at), "Column", columnAt(text, at)).WithHint("sbom.error.syntax.hint").Because(err)
}
