package recognise

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed rules/*.yaml
var ruleFiles embed.FS

// ruleFile is one file of rules: what is known about a group of makers. Numbers of
// enterprises and objects are written without .1.3.6.1.4.1 in front.
type ruleFile struct {
	Makers   []enterprise `yaml:"makers"`
	Objects  []object     `yaml:"objects"`
	OIDs     []extra      `yaml:"oids"`
	Rules    []*rule      `yaml:"rules"`
	Examples []example    `yaml:"examples"`
}

// enterprise says whose sysObjectIDs begin with a number (IANA, Private Enterprise Numbers).
type enterprise struct {
	Number string `yaml:"number"`
	Maker  string `yaml:"maker"`
}

// object says what a sysObjectID, or all that begin with it, stands for. The longest
// one that fits says a field.
type object struct {
	ID         string            `yaml:"id"`
	Said       map[string]string `yaml:",inline"` // by field
	Confidence int               `yaml:"confidence"`
	name       string
}

// extra is a value that a maker keeps outside of the standard MIBs.
type extra struct {
	Under      []string         `yaml:"under"` // sysObjectIDs begin with one of these; empty: with the OID's own number
	OID        string           `yaml:"oid"`
	Next       bool             `yaml:"next"`  // the first value below OID: a column of a table
	Name       string           `yaml:"name"`  // in the maker's MIB
	Is         Field            `yaml:"is"`    // what it tells; empty: only rules use it
	Match      string           `yaml:"match"` // the first group, where the value holds more
	Example    []string         `yaml:"example"`
	Confidence int              `yaml:"confidence"`
	Claims     map[Field]string `yaml:"claims"` // what follows from its being there at all
	pattern    *pattern
}

// rule claims something when all its conditions hold.
type rule struct {
	Name       string           `yaml:"name"`
	When       conditions       `yaml:"when"`
	Not        conditions       `yaml:"not"`
	Claims     map[Field]string `yaml:"claims"`
	Confidence int              `yaml:"confidence"`
	Example    example          `yaml:"example"`
}

// conditions are traits and the expressions that one of their values must match, in
// the order of the file: the first is the proof.
type conditions []condition

type condition struct {
	key     string
	pattern *pattern
}

// example is a made-up device and what must be recognised.
type example struct {
	Given map[string]string `yaml:"given"`
	Want  map[Field]string  `yaml:"want"`
}

// UnmarshalYAML reads a mapping and keeps its order.
func (c *conditions) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a mapping of traits to expressions is wanted", n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		*c = append(*c, condition{n.Content[i].Value, newPattern("(?s)", n.Content[i+1].Value)})
	}
	return nil
}

// rules are all files together, ready to be asked.
type rules struct {
	makers  map[string]string // enterprise number → maker
	objects map[string][]object
	extras  []extra
	byTrait map[string][]extra // by the trait that their value becomes
	rules   map[string][]*rule // by the trait of their first condition
}

// ownRules reads the embedded rules, once. They are checked by the package's tests, so
// a file that cannot be read is left out here.
var ownRules = sync.OnceValue(func() *rules {
	all := &rules{makers: map[string]string{}, objects: map[string][]object{}, byTrait: map[string][]extra{}, rules: map[string][]*rule{}}
	files, _ := fs.Glob(ruleFiles, "rules/*.yaml")
	for _, name := range files {
		if f, err := readRules(name); err == nil {
			all.add(name, f)
		}
	}
	return all
})

// readRules reads one embedded file. Errors: what is written that nobody knows.
func readRules(name string) (*ruleFile, error) {
	b, err := ruleFiles.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	f := &ruleFile{}
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("read rules %s: %w", name, err)
	}
	return f, nil
}

func (all *rules) add(name string, f *ruleFile) {
	group := strings.TrimSuffix(path.Base(name), ".yaml")
	for _, e := range f.Makers {
		all.makers[e.Number] = e.Maker
	}
	for _, o := range f.Objects {
		o.name = group + "/object-" + o.ID
		all.objects[o.ID] = append(all.objects[o.ID], o)
	}
	for _, x := range f.OIDs {
		if x.Match != "" {
			x.pattern = newPattern("(?s)", x.Match)
		}
		if len(x.Under) == 0 {
			number, _, _ := strings.Cut(x.OID, ".")
			x.Under = []string{number}
		}
		all.extras = append(all.extras, x)
		all.byTrait[x.key()] = append(all.byTrait[x.key()], x)
	}
	for _, r := range f.Rules {
		r.Name = group + "/" + r.Name
		if len(r.When) > 0 {
			all.rules[r.When[0].key] = append(all.rules[r.When[0].key], r)
		}
	}
}

// prefixes are the beginnings of a dotted number, longest first.
func prefixes(id string) []string {
	parts := strings.Split(id, ".")
	out := make([]string, 0, len(parts))
	for n := len(parts); n > 0; n-- {
		out = append(out, strings.Join(parts[:n], "."))
	}
	return out
}

// enterprises is the arc of the private enterprise numbers.
const enterprises = ".1.3.6.1.4.1."

// below gives the part of a sysObjectID after the arc; false: it lies elsewhere.
func below(oid string) (string, bool) {
	if !strings.HasPrefix(oid, ".") {
		oid = "." + oid
	}
	return strings.CutPrefix(oid, enterprises)
}

func under(id string, list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return id == p || strings.HasPrefix(id, p+".") })
}
