package recognise

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonae/internal/survey/network"
)

// kinds are the words of the ledger's kinds that a device of the network can be.
var kinds = []string{"pc", "server", "network", "vpn", "medical", "printer", "mobile", "storage", "vm", "other"}

// TestRules checks every file of rules: each expression compiles, each claim has a known
// field, each group that a template uses exists, each rule and each expression of a value
// has an example, and the example is recognised by it.
func TestRules(t *testing.T) {
	files, err := fs.Glob(ruleFiles, "rules/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	names := map[string]string{}
	objects := map[string]string{}
	for _, name := range files {
		f, err := readRules(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, o := range f.Objects {
			if objects[o.ID] != "" {
				t.Errorf("%s: object %s stands in %s, too", name, o.ID, objects[o.ID])
			}
			objects[o.ID] = name
			if !regexp.MustCompile(`^\d+(\.\d+)*$`).MatchString(o.ID) {
				t.Errorf("%s: object %q is no number", name, o.ID)
			}
			said := map[Field]string{}
			for f, v := range o.Said {
				said[Field(f)] = v
			}
			checkClaims(t, name+" "+o.ID, said, nil)
		}
		for i := range f.OIDs {
			x := f.OIDs[i]
			checkExtra(t, name, x)
			if other := names[x.Name]; other != "" {
				t.Errorf("%s: %s stands in %s, too", name, x.Name, other)
			}
			names[x.Name] = name
		}
		for _, r := range f.Rules {
			if other := names[r.Name]; other != "" && other == name {
				t.Errorf("%s: two rules %s", name, r.Name)
			}
			names[r.Name] = name
			checkRule(t, name, r)
		}
		for _, e := range f.Examples {
			checkExample(t, name, e)
		}
	}
}

func checkClaims(t *testing.T, at string, claims map[Field]string, groups []string) {
	t.Helper()
	if len(claims) == 0 {
		t.Errorf("%s: claims nothing", at)
	}
	for f, v := range claims {
		if !slices.Contains(Fields, f) {
			t.Errorf("%s: %q is no field", at, f)
		}
		if f == FieldKind && !slices.Contains(kinds, v) {
			t.Errorf("%s: %q is no kind", at, v)
		}
		if f == FieldMaker && !strings.Contains(v, "{") && v != MakerName(v) {
			t.Errorf("%s: maker %q is written %q (makers.txt)", at, v, MakerName(v))
		}
		for _, m := range regexp.MustCompile(`\{([^}]*)\}`).FindAllStringSubmatch(v, -1) {
			if !slices.Contains(groups, m[1]) {
				t.Errorf("%s: no group %q", at, m[1])
			}
		}
	}
}

func checkExtra(t *testing.T, file string, x extra) {
	t.Helper()
	at := file + " " + x.Name
	if x.Name == "" || x.Is == "" && len(x.Claims) == 0 && x.Match != "" {
		t.Errorf("%s: %s needs a name, and what its expression tells", at, x.OID)
	}
	if x.Is != "" && !slices.Contains(Fields, x.Is) {
		t.Errorf("%s: %q is no field", at, x.Is)
	}
	if len(x.Claims) > 0 {
		checkClaims(t, at, x.Claims, nil)
	}
	if x.Match == "" {
		return
	}
	p := newPattern("(?s)", x.Match)
	if err := p.compile(); err != nil {
		t.Errorf("%s: %v", at, err)
		return
	}
	if len(x.Example) != 2 {
		t.Errorf("%s: an expression needs an example: [value, what is found]", at)
		return
	}
	if m := p.find(x.Example[0], strings.ToLower(x.Example[0])); len(m) < 2 || m[1] != x.Example[1] {
		t.Errorf("%s: %q gives %q", at, x.Example[0], m)
	}
}

func checkRule(t *testing.T, file string, r *rule) {
	t.Helper()
	at := file + " " + r.Name
	var groups []string
	for _, c := range append(slices.Clone(r.When), r.Not...) {
		if err := c.pattern.compile(); err != nil {
			t.Errorf("%s: %v", at, err)
			return
		}
		groups = append(groups, c.pattern.re.SubexpNames()...)
	}
	checkClaims(t, at, r.Claims, groups)
	if len(r.When) == 0 || len(r.Example.Given) == 0 || len(r.Example.Want) == 0 {
		t.Errorf("%s: a rule needs a condition and an example", at)
		return
	}
	s := take(r.Example.traits())
	s.addMACs(r.Example.macs())
	if len(r.claims(s, map[string]string{})) == 0 {
		t.Errorf("%s: does not hold for its own example", at)
	}
	checkExample(t, at, r.Example)
}

func (e example) traits() []network.Trait {
	var out []network.Trait
	for _, k := range slices.Sorted(maps.Keys(e.Given)) {
		out = append(out, network.Trait{Key: k, Value: e.Given[k]})
	}
	return out
}

func (e example) macs() []string {
	if m := e.Given[traitMAC]; m != "" {
		return []string{m}
	}
	return nil
}

func checkExample(t *testing.T, at string, e example) {
	t.Helper()
	r := Device(e.traits(), e.macs())
	for f, want := range e.Want {
		if got := r.Answer(f); got.Value != want {
			t.Errorf("%s: %s is %q by %s, want %q", at, f, got.Value, got.Rule, want)
		}
	}
}
