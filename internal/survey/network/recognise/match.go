package recognise

import (
	"strings"

	"sonae/internal/survey/network"
)

// claims asks every own rule.
func (all *rules) claims(s seen) []Claim {
	out := all.fromObjectID(s)
	out = append(out, all.fromExtras(s)...)
	low := map[string]string{}
	for key := range s {
		for _, r := range all.rules[key] {
			out = append(out, r.claims(s, low)...)
		}
	}
	return out
}

// fromObjectID looks sysObjectID up: whose number it is, and what the longest known
// beginning says about each field.
func (all *rules) fromObjectID(s seen) []Claim {
	var out []Claim
	for _, v := range s[network.TraitSysObjectID] {
		id, ok := below(v)
		if !ok || len(id) > maxValue {
			continue
		}
		number, _, _ := strings.Cut(id, ".")
		maker, listed := all.makers[number]
		if !listed {
			maker = organisations()[number]
		}
		if maker != "" {
			out = add(out, FieldMaker, maker, 60, "enterprise-"+number, network.TraitSysObjectID, v)
		}
		told := map[Field]bool{}
		for _, p := range prefixes(id) {
			for _, o := range all.objects[p] {
				for name, value := range o.Said {
					if f := Field(name); !told[f] {
						out = add(out, f, value, orElse(o.Confidence, 70), o.name, network.TraitSysObjectID, v)
						told[f] = true
					}
				}
			}
		}
	}
	return out
}

// fromExtras reads the makers' own values.
func (all *rules) fromExtras(s seen) []Claim {
	var out []Claim
	for key, values := range s {
		for _, x := range all.byTrait[key] {
			for _, v := range values {
				out = append(out, x.claims(key, v)...)
			}
		}
	}
	return out
}

// claims gives what a maker's own value says.
func (x extra) claims(key, v string) []Claim {
	value := v
	if x.pattern != nil {
		m := x.pattern.find(v, strings.ToLower(v))
		if len(m) < 2 {
			return nil
		}
		value = m[1]
	}
	if nothing[strings.ToLower(tidy(value))] {
		return nil
	}
	var out []Claim
	if x.Is != "" {
		out = add(out, x.Is, value, orElse(x.Confidence, 85), "oid/"+x.Name, key, v)
	}
	for f, fixed := range x.Claims {
		out = add(out, f, fixed, orElse(x.Confidence, 85), "oid/"+x.Name, key, v)
	}
	return out
}

// claims gives what a rule claims about a device; low remembers values in lower case.
func (r *rule) claims(s seen, low map[string]string) []Claim {
	groups := map[string]string{}
	var key, proof string
	for i, c := range r.When {
		v, ok := c.holds(s, low, groups)
		if !ok {
			return nil
		}
		if i == 0 {
			key, proof = c.key, v
		}
	}
	for _, c := range r.Not {
		if _, ok := c.holds(s, low, nil); ok {
			return nil
		}
	}
	var out []Claim
	for f, template := range r.Claims {
		out = add(out, f, fill(template, groups), orElse(r.Confidence, 80), r.Name, key, proof)
	}
	return out
}

// holds looks for the first value that matches and adds its named groups.
func (c condition) holds(s seen, low, groups map[string]string) (string, bool) {
	for _, v := range s[c.key] {
		l, ok := low[v]
		if !ok {
			l = strings.ToLower(v)
			low[v] = l
		}
		m := c.pattern.find(v, l)
		if m == nil {
			continue
		}
		if groups != nil {
			for i, name := range c.pattern.re.SubexpNames() {
				if name != "" && (m[i] != "" || groups[name] == "") {
					groups[name] = m[i]
				}
			}
		}
		return v, true
	}
	return "", false
}

// fill puts groups into a template: "{model} {revision}". A group that matched nothing
// is left out; a template whose groups are all empty says nothing.
func fill(template string, groups map[string]string) string {
	var b strings.Builder
	had, wanted := false, false
	for {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			break
		}
		wanted = true
		if v := strings.TrimSpace(groups[name]); v != "" {
			had = true
			b.WriteString(v)
		}
		template = after
	}
	if wanted && !had {
		return ""
	}
	return strings.TrimSpace(b.String())
}

func add(out []Claim, f Field, value string, confidence int, rule, key, proof string) []Claim {
	if c, ok := claim(f, value, confidence, rule, key, proof); ok {
		return append(out, c)
	}
	return out
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
