package recognise

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// pattern is a regular expression that is compiled when it is first needed. Most of
// them never are: a literal that every match must hold is looked for first.
type pattern struct {
	text  string // with its flags
	need  string // lower case; empty: unknown
	start string // likewise, with which every match in a text of one line begins
	once  sync.Once
	re    *regexp.Regexp
	err   error
}

// newPattern prepares an expression; flags are those of regexp/syntax ("(?im)").
func newPattern(flags, text string) *pattern {
	p := &pattern{text: flags + text}
	if tree, err := syntax.Parse(p.text, syntax.Perl); err == nil {
		p.need, p.start = strings.ToLower(literal(tree)), strings.ToLower(beginning(tree))
	}
	return p
}

// compile compiles the expression. Errors: what regexp.Compile gives.
func (p *pattern) compile() error {
	p.once.Do(func() { p.re, p.err = regexp.Compile(p.text) })
	return p.err
}

// find gives the groups of the first match in text, nil when there is none. low is text
// in lower case, made once for many patterns.
func (p *pattern) find(text, low string) []string {
	if p.start != "" && !strings.HasPrefix(low, p.start) && strings.IndexByte(low, '\n') < 0 {
		return nil
	}
	if p.need != "" && !strings.Contains(low, p.need) {
		return nil
	}
	if p.compile() != nil {
		return nil
	}
	return p.re.FindStringSubmatch(text)
}

// literal is the longest text that every match of an expression holds, or part of it.
// Letters that have a third form when case is ignored (K and s, by Unicode's folding)
// are still found in lower case, since texts of devices do not use those forms.
func literal(t *syntax.Regexp) string {
	switch t.Op {
	case syntax.OpLiteral:
		return string(t.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return literal(t.Sub[0])
	case syntax.OpRepeat:
		if t.Min > 0 {
			return literal(t.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, s := range t.Sub {
			if l := literal(s); len(l) > len(best) {
				best = l
			}
		}
		return best
	}
	return ""
}

// beginning is the literal that follows an expression's ^ at once.
func beginning(t *syntax.Regexp) string {
	if t.Op == syntax.OpConcat && len(t.Sub) > 1 && (t.Sub[0].Op == syntax.OpBeginLine || t.Sub[0].Op == syntax.OpBeginText) && t.Sub[1].Op == syntax.OpLiteral {
		return string(t.Sub[1].Rune)
	}
	return ""
}
