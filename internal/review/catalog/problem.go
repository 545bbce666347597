package catalog

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one mistake in a catalog file.
type Problem struct {
	File    string // path in the catalog folder
	Line    int    // from 1; 0 when the mistake is about the whole file
	Path    string // "sheets[0].rows[3].control"; "" when about the whole file
	Message string
}

// String writes "file:line: path: message".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// LoadError tells all mistakes found in a catalog, in the order of files and lines.
type LoadError struct{ Problems []Problem }

// Error lists the problems one a line, at most twenty.
func (e *LoadError) Error() string {
	const most = 20
	lines := make([]string, 0, most+1)
	for i, p := range e.Problems {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-most))
			break
		}
		lines = append(lines, p.String())
	}
	return "catalog: " + strings.Join(lines, "\ncatalog: ")
}

// place is a value in a document, to which problems are reported.
type place struct {
	l    *loader
	doc  *document
	path string
}

func (a place) key(name string) place {
	if a.path != "" {
		name = a.path + "." + name
	}
	return place{a.l, a.doc, name}
}

func (a place) index(i int) place { return place{a.l, a.doc, fmt.Sprintf("%s[%d]", a.path, i)} }

func (a place) has(name string) bool {
	_, ok := a.doc.lines[a.key(name).path]
	return ok
}

func (a place) fail(format string, args ...any) {
	a.l.add(Problem{File: a.doc.name, Line: a.doc.line(a.path), Path: a.path, Message: fmt.Sprintf(format, args...)})
}

// require reports every key that is missing.
func (a place) require(names ...string) {
	for _, n := range names {
		if !a.has(n) {
			a.fail("key %q is missing", n)
		}
	}
}

// when reports a key that is present without need, or absent though needed.
func (a place) when(need bool, name, why string) {
	switch has := a.has(name); {
	case need && !has:
		a.fail("key %q is missing: %s", name, why)
	case !need && has:
		a.key(name).fail("not allowed here: %s", why)
	}
}

// maxTextRunes bounds one catalog text; the longest real one has about 400 characters.
const maxTextRunes = 2000

// text reports a text that lacks a language, is too long or holds control characters. Optional texts that are absent
// are skipped by the caller.
func (a place) text(t Text) {
	for _, v := range []struct{ lang, s string }{{"ja", t.JA}, {"en", t.EN}} {
		switch {
		case strings.TrimSpace(v.s) == "":
			a.fail("text in %q is missing", v.lang)
		case v.s != strings.TrimSpace(v.s):
			a.key(v.lang).fail("text begins or ends with a space")
		case utf8.RuneCountInString(v.s) > maxTextRunes:
			a.key(v.lang).fail("text is longer than %d characters", maxTextRunes)
		case strings.ContainsFunc(v.s, unicode.IsControl):
			a.key(v.lang).fail("text holds a line break or control character")
		}
	}
}

// optional checks a text only where it is given.
func (a place) optional(name string, t Text) {
	if a.has(name) {
		a.key(name).text(t)
	}
}

func oneOf[S ~string](a place, value S, allowed ...S) {
	if !slices.Contains(allowed, value) {
		a.fail("%q is not one of %s", string(value), join(allowed))
	}
}

func join[S ~string](list []S) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// name reports a value that is not a lower-case name.
func (a place) name(s string) {
	if !nameForm.MatchString(s) {
		a.fail("%q is not a name of lower-case letters, digits and _", s)
	}
}

func (a place) date(d Date) {
	if !d.Valid() {
		a.fail("%q is not a date like 2025-04-01", string(d))
	}
}

// link reports a value that is not an absolute https address.
func (a place) link(s string) {
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(s) > 500 {
		a.fail("%q is not an https address", s)
	}
}
