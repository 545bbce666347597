package sbom

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sonae/internal/platform/fault"
)

// Longest texts, in characters. Real ones stay far below; what is longer is left out and
// told of, except for names, without which there is no component.
const (
	maxName   = 300
	maxText   = 1000 // versions, suppliers, package URLs, CPE names
	maxLong   = 4000 // licence expressions, hashes
	maxAuthor = 20
)

// add takes the next component.
func (d *Document) add(c Component) {
	c.Number = len(d.Components) + 1
	if kind, ok := purlKind(c.PURL); ok {
		c.Kind, c.Arch = kind, purlArch(c.PURL)
	}
	d.Components = append(d.Components, c)
}

// leave counts what is not taken.
func (d *Document) leave(kind string, n int) {
	for i := range d.LeftOut {
		if d.LeftOut[i].Kind == kind {
			d.LeftOut[i].Count += n
			return
		}
	}
	if n > 0 {
		d.LeftOut = append(d.LeftOut, Count{kind, n})
	}
}

// tidy makes all texts printable and judges every component by itself: names that are
// missing, texts that are too long, references that two share.
func tidy(d *Document) {
	for _, s := range []*string{&d.ID, &d.Version, &d.Subject.Name, &d.Subject.Version, &d.Subject.Supplier, &d.Subject.Serial, &d.Subject.PURL, &d.Subject.CPE} {
		*s = clip(clean(*s), maxName)
	}
	if len(d.Authors) > maxAuthor {
		d.Authors = d.Authors[:maxAuthor]
	}
	for i, a := range d.Authors {
		d.Authors[i] = clip(clean(a), maxName)
	}
	refs := map[string]int{}
	for i := range d.Components {
		c := &d.Components[i]
		c.tidy()
		if c.Ref == "" {
			continue
		}
		if n, twice := refs[c.Ref]; twice {
			if c.Remark == nil {
				c.Remark = fault.Invalid("sbom.remark.ref", "Ref", clip(c.Ref, 60), "Row", n)
			}
			continue
		}
		refs[c.Ref] = c.Number
	}
}

func (c *Component) tidy() {
	c.Ref, c.Name, c.Kind, c.Arch = clean(c.Ref), clean(c.Name), clip(clean(c.Kind), 40), clip(clean(c.Arch), 40)
	switch {
	case c.Name == "":
		c.Problem = fault.Invalid("sbom.error.no_name")
	case utf8.RuneCountInString(c.Name) > maxName:
		c.Problem = fault.TooLarge("sbom.error.long_name", "Max", maxName)
		c.Name = clip(c.Name, 40)
	}
	for _, t := range []struct {
		field string
		text  *string
		max   int
	}{{"version", &c.Version, maxText}, {"supplier", &c.Supplier, maxText}, {"purl", &c.PURL, maxText}, {"cpe", &c.CPE, maxText}, {"licence", &c.Licence, maxLong}, {"hashes", &c.Hashes, maxLong}} {
		*t.text = clean(*t.text)
		if utf8.RuneCountInString(*t.text) > t.max {
			*t.text = ""
			c.Remark = fault.TooLarge("sbom.remark.long", "Part", t.field, "Max", t.max)
		}
	}
}

// clean takes away what no name has: signs of control, of direction (which make a name
// read as another) and line ends; runs of blanks become one.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == utf8.RuneError, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func clip(s string, max int) string {
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	return string([]rune(s)[:max]) + "…"
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// joined puts texts together, each once.
func joined(list []string, between string) string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return strings.Join(out, between)
}

// purlKind is the type of a package URL: pkg:TYPE/…
// (https://github.com/package-url/purl-spec, "Rules for each purl component").
func purlKind(purl string) (string, bool) {
	rest, ok := strings.CutPrefix(purl, "pkg:")
	if !ok {
		return "", false
	}
	kind, _, ok := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	kind = strings.ToLower(kind)
	if !ok || kind == "" || len(kind) > 40 || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789.+-") != "" {
		return "", false
	}
	return kind, kind != "generic"
}

// purlArch is the qualifier arch of a package URL, which tells packages of an operating
// system apart.
func purlArch(purl string) string {
	_, qualifiers, _ := strings.Cut(purl, "?")
	qualifiers, _, _ = strings.Cut(qualifiers, "#")
	for q := range strings.SplitSeq(qualifiers, "&") {
		if v, ok := strings.CutPrefix(q, "arch="); ok {
			return v
		}
	}
	return ""
}
