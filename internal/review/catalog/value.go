package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Value is a parameter or argument value: a number, a word, or a list of words. The zero Value is none of them.
type Value struct {
	kind   valueKind
	number float64
	word   string
	list   []string
}

type valueKind int

const (
	kindNone valueKind = iota
	kindNumber
	kindWord
	kindList
)

// maxList bounds the words in a list value.
const maxList = 200

// Number returns a number value.
func Number(n float64) Value { return Value{kind: kindNumber, number: n} }

// Word returns a word value.
func Word(s string) Value { return Value{kind: kindWord, word: s} }

// List returns a list value.
func List(words ...string) Value { return Value{kind: kindList, list: words} }

// Float returns the number; ok is false for words and lists.
func (v Value) Float() (n float64, ok bool) { return v.number, v.kind == kindNumber }

// Int returns the number when it is whole.
func (v Value) Int() (n int, ok bool) {
	if v.kind != kindNumber || v.number != math.Trunc(v.number) || math.Abs(v.number) > 1<<31 {
		return 0, false
	}
	return int(v.number), true
}

// Word returns the word; ok is false for numbers and lists.
func (v Value) Word() (s string, ok bool) { return v.word, v.kind == kindWord }

// Words returns a copy of the list; ok is false for numbers and words.
func (v Value) Words() (list []string, ok bool) {
	return append([]string(nil), v.list...), v.kind == kindList
}

// String writes the value for people and logs.
func (v Value) String() string {
	switch v.kind {
	case kindNumber:
		return strconv.FormatFloat(v.number, 'f', -1, 64)
	case kindList:
		return strings.Join(v.list, ", ")
	default:
		return v.word
	}
}

// Equal reports whether both are the same value.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.number == w.number && v.word == w.word && strings.Join(v.list, "\x00") == strings.Join(w.list, "\x00")
}

// reference returns the parameter name of a "$name" argument.
func (v Value) reference() (name string, ok bool) {
	return strings.CutPrefix(v.word, "$")
}

// MarshalJSON writes the value as number, string or array of strings.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case kindNumber:
		return json.Marshal(v.number)
	case kindList:
		return json.Marshal(v.list)
	case kindWord:
		return json.Marshal(v.word)
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	var n float64
	var s string
	var list []string
	switch {
	case string(data) == "null":
		*v = Value{}
	case json.Unmarshal(data, &n) == nil:
		*v = Number(n)
	case json.Unmarshal(data, &s) == nil:
		*v = Word(s)
	case json.Unmarshal(data, &list) == nil && len(list) <= maxList:
		*v = List(list...)
	default:
		return errors.New("value is neither number, text nor list of texts")
	}
	return nil
}

// UnmarshalYAML reads a number, a word or a list of words.
func (v *Value) UnmarshalYAML(node *yaml.Node) error {
	switch {
	case node.Kind == yaml.ScalarNode && (node.Tag == "!!int" || node.Tag == "!!float"):
		n, err := strconv.ParseFloat(node.Value, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return lineError(node, "%q is not a plain number", node.Value)
		}
		*v = Number(n)
	case node.Kind == yaml.ScalarNode && node.Tag == "!!str":
		*v = Word(node.Value)
	case node.Kind == yaml.SequenceNode && len(node.Content) <= maxList:
		list := make([]string, 0, len(node.Content))
		for _, c := range node.Content {
			if c.Kind != yaml.ScalarNode || c.Tag != "!!str" {
				return lineError(c, "a list value holds words only")
			}
			list = append(list, c.Value)
		}
		*v = List(list...)
	default:
		return lineError(node, "a value is a number, a word or a list of at most %d words", maxList)
	}
	return nil
}

// lineError is an error in the form the YAML library collects.
func lineError(node *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", node.Line, fmt.Sprintf(format, args...))}}
}

// Args are the arguments of a check by name.
type Args map[string]Value

// Int returns a whole-number argument.
func (a Args) Int(name string) (int, error) {
	if n, ok := a[name].Int(); ok {
		return n, nil
	}
	return 0, fmt.Errorf("argument %s: want a whole number, have %q", name, a[name])
}

// Float returns a number argument.
func (a Args) Float(name string) (float64, error) {
	if n, ok := a[name].Float(); ok {
		return n, nil
	}
	return 0, fmt.Errorf("argument %s: want a number, have %q", name, a[name])
}

// Word returns a word argument.
func (a Args) Word(name string) (string, error) {
	if s, ok := a[name].Word(); ok {
		return s, nil
	}
	return "", fmt.Errorf("argument %s: want a word, have %q", name, a[name])
}

// Words returns a list argument.
func (a Args) Words(name string) ([]string, error) {
	if l, ok := a[name].Words(); ok {
		return l, nil
	}
	return nil, fmt.Errorf("argument %s: want a list of words, have %q", name, a[name])
}
