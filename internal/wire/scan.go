package wire

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner walks JSON text once, before anything is allocated for it, and checks
// everything that could hurt the parser or the database: depth, counts, lengths,
// surrogates, U+0000, members given twice. It leaves the grammar of numbers and
// literals to encoding/json.
type scanner struct {
	body   []byte
	pos    int
	limits Limits
	values int
	path   []step
	stop   int // offset at which the walk ends to tell its place; -1 = none
	keys   [][]byte
	// version is the text of the top-level member "version".
	version []byte
}

// step is one part of a place: a member's name or a row's number.
type step struct {
	key   []byte // nil for a row
	index int
}

// scan checks body and returns the text of its version member.
func scan(body []byte, limits Limits) ([]byte, *Refusal) {
	if !utf8.Valid(body) {
		return nil, refuse(CodeNotUTF8, placeAt(body, firstInvalid(body)), "not valid UTF-8")
	}
	if at := bytes.IndexByte(body, 0); at >= 0 {
		return nil, refuse(CodeNUL, placeAt(body, at), "holds U+0000")
	}
	s := scanner{body: body, limits: limits, stop: -1}
	if r := s.value(0); r != nil {
		return nil, r
	}
	s.space()
	if s.pos != len(body) {
		return nil, refuse(CodeMalformed, "", "bytes follow the end of the message")
	}
	return s.version, nil
}

// placeAt names the member that holds the byte at offset.
func placeAt(body []byte, offset int) string {
	limits := Limits{Depth: MaxDepth, StringBytes: len(body), Rows: len(body), Values: len(body)}
	s := scanner{body: body, limits: limits, stop: offset}
	if r := s.value(0); r != nil {
		return r.Place
	}
	return ""
}

func firstInvalid(body []byte) int {
	at := 0
	for at < len(body) {
		r, n := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && n <= 1 {
			return at
		}
		at += n
	}
	return at
}

// fail builds a refusal for where the walk is now.
func (s *scanner) fail(code Code, format string, args ...any) *Refusal {
	return refuse(code, s.place(), format, args...)
}

// place writes the path. Names come from the sender: strange ones are not repeated.
func (s *scanner) place() string {
	var b strings.Builder
	for _, p := range s.path {
		if p.key == nil {
			b.WriteString("[" + strconv.Itoa(p.index) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(plainName(p.key))
	}
	return b.String()
}

func plainName(key []byte) string {
	if len(key) == 0 || len(key) > 40 {
		return "?"
	}
	for _, c := range key {
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return "?"
		}
	}
	return string(key)
}

func (s *scanner) space() {
	for s.pos < len(s.body) {
		switch s.body[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// next skips space and gives the byte there without taking it; 0 at the end.
func (s *scanner) next() byte {
	s.space()
	if s.pos >= len(s.body) {
		return 0
	}
	return s.body[s.pos]
}

func (s *scanner) value(depth int) *Refusal {
	if s.values++; s.values > s.limits.Values {
		return s.fail(CodeTooMany, "more than %d values in one message", s.limits.Values)
	}
	c := s.next()
	if s.stop >= 0 && s.pos >= s.stop {
		return s.fail(CodeMalformed, "stopped")
	}
	if (c == '{' || c == '[') && depth >= s.limits.Depth {
		return s.fail(CodeDepth, "nested deeper than %d", s.limits.Depth)
	}
	switch {
	case s.pos >= len(s.body):
		return s.fail(CodeTruncated, "the message ends too early")
	case c == '{':
		return s.object(depth + 1)
	case c == '[':
		return s.array(depth + 1)
	case c == '"':
		_, r := s.text()
		return r
	}
	start := s.pos
	for s.pos < len(s.body) && strings.IndexByte(" \t\r\n,]}:{[\"", s.body[s.pos]) < 0 {
		s.pos++
	}
	if s.pos == start || s.stop >= 0 && s.pos > s.stop {
		return s.fail(CodeMalformed, "a value is missing")
	}
	if len(s.path) == 1 && string(s.path[0].key) == "version" {
		s.version = s.body[start:s.pos]
	}
	return nil
}

func (s *scanner) object(depth int) *Refusal {
	s.pos++
	first := len(s.keys)
	defer func() { s.keys = s.keys[:first] }()
	if s.next() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.next() != '"' {
			return s.unexpected("a member's name")
		}
		key, r := s.text()
		if r != nil {
			return r
		}
		s.path = append(s.path, step{key: key})
		if r := s.newKey(first, key); r != nil {
			return r
		}
		if s.next() != ':' {
			return s.unexpected("a colon")
		}
		s.pos++
		if r := s.value(depth); r != nil {
			return r
		}
		s.path = s.path[:len(s.path)-1]
		if done, r := s.more('}'); done || r != nil {
			return r
		}
	}
}

// maxMembers bounds the members of one object, and with them the cost of
// looking for repeated ones. The largest object of the protocol has 21.
const maxMembers = 64

// newKey refuses a name given twice. encoding/json takes names without regard
// to case, so "Name" after "name" is the same trick.
func (s *scanner) newKey(first int, key []byte) *Refusal {
	if len(s.keys)-first >= maxMembers {
		return s.fail(CodeTooMany, "more than %d members in one object", maxMembers)
	}
	if bytes.IndexByte(key, '\\') >= 0 {
		return s.fail(CodeMalformed, "a member's name is written with escapes")
	}
	for _, have := range s.keys[first:] {
		if bytes.EqualFold(have, key) {
			return s.fail(CodeMalformed, "the member is there twice")
		}
	}
	s.keys = append(s.keys, key)
	return nil
}

func (s *scanner) array(depth int) *Refusal {
	s.pos++
	if s.next() == ']' {
		s.pos++
		return nil
	}
	limit := s.rowLimit()
	for i := 0; ; i++ {
		if i >= limit {
			return s.fail(CodeTooMany, "more than %d rows", limit)
		}
		s.path = append(s.path, step{index: i})
		if r := s.value(depth); r != nil {
			return r
		}
		s.path = s.path[:len(s.path)-1]
		if done, r := s.more(']'); done || r != nil {
			return r
		}
	}
}

// rowLimit is how many rows the list at the current path may have.
func (s *scanner) rowLimit() int {
	if s.stop < 0 && len(s.path) == 2 && string(s.path[0].key) == "sections" {
		switch Section(s.path[1].key) {
		case SecPackages:
			return MaxPackages
		case SecAccounts:
			return MaxAccounts
		}
	}
	return s.limits.Rows
}

// more takes the comma or the closing byte after a row or member.
func (s *scanner) more(closing byte) (done bool, r *Refusal) {
	switch s.next() {
	case ',':
		s.pos++
		return false, nil
	case closing:
		s.pos++
		return true, nil
	}
	return false, s.unexpected("a comma or the end of the list")
}

func (s *scanner) unexpected(wanted string) *Refusal {
	if s.pos >= len(s.body) {
		return s.fail(CodeTruncated, "the message ends too early")
	}
	return s.fail(CodeMalformed, "not JSON: expected %s", wanted)
}

// text takes a string and gives its bytes between the quotes, still escaped.
func (s *scanner) text() ([]byte, *Refusal) {
	s.pos++
	start, size := s.pos, 0
	for s.pos < len(s.body) {
		c := s.body[s.pos]
		switch {
		case c == '"':
			text := s.body[start:s.pos]
			s.pos++
			if s.stop >= 0 && s.pos > s.stop {
				return nil, s.fail(CodeMalformed, "stopped")
			}
			return text, nil
		case c == '\\':
			n, r := s.escape()
			if r != nil {
				return nil, r
			}
			size += n
		case c < 0x20:
			return nil, s.fail(CodeMalformed, "not JSON: a control character in a string")
		default:
			s.pos++
			size++
		}
		if size > s.limits.StringBytes {
			return nil, s.fail(CodeTooLarge, "a string of more than %d bytes", s.limits.StringBytes)
		}
	}
	return nil, s.fail(CodeTruncated, "the message ends inside a string")
}

// escape takes one escape, or the two of a surrogate pair, and gives its length
// in UTF-8.
func (s *scanner) escape() (int, *Refusal) {
	if s.pos+1 >= len(s.body) {
		return 0, s.fail(CodeTruncated, "the message ends inside a string")
	}
	if s.body[s.pos+1] != 'u' {
		s.pos += 2 // encoding/json refuses letters that are no escape
		return 1, nil
	}
	r, refusal := s.hex4()
	if refusal != nil {
		return 0, refusal
	}
	if r == 0 {
		return 0, s.fail(CodeNUL, "holds U+0000")
	}
	if !utf16.IsSurrogate(r) {
		return utf8.RuneLen(r), nil
	}
	if s.pos+1 < len(s.body) && s.body[s.pos] == '\\' && s.body[s.pos+1] == 'u' {
		low, refusal := s.hex4()
		if refusal != nil {
			return 0, refusal
		}
		if utf16.DecodeRune(r, low) != utf8.RuneError {
			return 4, nil
		}
	}
	return 0, s.fail(CodeNotUTF8, "half of a surrogate pair")
}

// hex4 takes \uXXXX.
func (s *scanner) hex4() (rune, *Refusal) {
	if s.pos+6 > len(s.body) {
		return 0, s.fail(CodeTruncated, "the message ends inside a string")
	}
	n, err := strconv.ParseUint(string(s.body[s.pos+2:s.pos+6]), 16, 32)
	if err != nil {
		return 0, s.fail(CodeMalformed, "not JSON: a broken escape")
	}
	s.pos += 6
	return rune(n), nil
}
