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

// scanJSON checks syntax and limits of a JSON document before anything is decoded, and
// gives the texts among its first-level members. lists names the members whose elements
// count as components, at any depth.
func scanJSON(text []byte, lists ...string) (top map[string]string, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	s := scanner{text: text, lists: lists, top: map[string]string{}}
	for {
		tok, err := dec.Token()
		if err == io.EOF && len(s.open) == 0 && s.begun {
			return s.top, nil
		}
		if err != nil {
			return nil, syntaxFault(text, err, dec.InputOffset())
		}
		if err := s.take(tok, dec.InputOffset()); err != nil {
			return nil, err
		}
	}
}

// frame is an object or array that is open.
type frame struct {
	array, list bool
	wantValue   bool
	key         string
}

type scanner struct {
	text               []byte
	lists              []string
	open               []frame
	top                map[string]string
	begun              bool
	values, components int
}

func (s *scanner) take(tok json.Token, at int64) error {
	if d, ok := tok.(json.Delim); ok && (d == '}' || d == ']') {
		s.open = s.open[:len(s.open)-1]
		return nil
	}
	if len(s.open) == 0 {
		if s.begun || tok != json.Delim('{') {
			return brokenJSON(s.text, at)
		}
		s.begun = true
	}
	list := false
	if n := len(s.open); n > 0 {
		f := &s.open[n-1]
		if !f.array && !f.wantValue {
			f.key, f.wantValue = tok.(string), true
			return s.member(f.key, at)
		}
		f.wantValue = false
		list = !f.array && contains(s.lists, f.key)
		if f.array {
			if err := s.count(f.list, at); err != nil {
				return err
			}
		}
		if v, ok := tok.(string); ok && n == 1 {
			s.top[f.key] = clip(v, 200)
		}
	}
	if d, ok := tok.(json.Delim); ok {
		s.open = append(s.open, frame{array: d == '[', list: list && d == '['})
		if len(s.open) > MaxDepth {
			return fault.TooLarge("sbom.error.deep", "Max", MaxDepth, "Line", lineAt(s.text, at))
		}
		return s.count(false, at)
	}
	return nil
}

// member refuses a member of the first level that stands there twice: readers differ in
// which of the two they take.
func (s *scanner) member(key string, at int64) error {
	if len(s.open) != 1 {
		return nil
	}
	if _, twice := s.top[key]; twice {
		return fault.Invalid("sbom.error.twice", "Key", clip(key, 40), "Line", lineAt(s.text, at))
	}
	s.top[key] = ""
	return nil
}

func (s *scanner) count(component bool, at int64) error {
	s.values++
	if component {
		s.components++
	}
	return tooMany(s.values, s.components, s.text, at)
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
	dec := xml.NewDecoder(bytes.NewReader(text))
	depth, values, components := 0, 0, 0
	for {
		tok, err := dec.RawToken()
		if err == io.EOF {
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
