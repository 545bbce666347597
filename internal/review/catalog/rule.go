package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rule is one evidence rule: which checks suggest an answer, and what a person still has to do.
type Rule struct {
	Schema      string      `yaml:"schema"`
	ID          string      `yaml:"id"`      // "AE-INV-01"
	Version     int         `yaml:"version"` // from 1; raised whenever judgement, checks or defaults change
	Title       Text        `yaml:"title"`
	Mode        Mode        `yaml:"mode"`
	Judge       Text        `yaml:"judgement"` // one sentence with {parameter} places; use Judgement to read it
	Parameters  []Parameter `yaml:"parameters"`
	Checks      []Check     `yaml:"checks"` // empty: the person is asked
	Data        []Text      `yaml:"data"`   // what the rule looks at
	HumanMust   Text        `yaml:"human_must"`
	CannotProve Text        `yaml:"cannot_prove"`
	Documents   []Text      `yaml:"documents"` // what the rule adds to the inspection pack
}

// AsksPerson reports whether no check decides, so that the answer comes from a person
// alone, who may be shown what checks found.
func (r *Rule) AsksPerson() bool {
	return !slices.ContainsFunc(r.Checks, func(c Check) bool { return c.Decides != DecidesInfo })
}

// Computes reports whether there is a check at all.
func (r *Rule) Computes() bool { return len(r.Checks) > 0 }

// Parameter is a number or name of a rule that a site may change.
type Parameter struct {
	Name      string           `yaml:"name"`
	Default   Value            `yaml:"default"`
	ByEdition map[string]Value `yaml:"by_edition"` // default of single checklist editions
	Unit      Unit             `yaml:"unit"`
	Meaning   Text             `yaml:"meaning"`
}

// Unit is the unit of a parameter.
type Unit string

// The units. A share runs from 0 to 1; a date is ISO; a name is a plain word.
const (
	UnitDays  Unit = "days"
	UnitHours Unit = "hours"
	UnitCount Unit = "count"
	UnitShare Unit = "share"
	UnitDate  Unit = "date"
	UnitName  Unit = "name"
)

// Decides says what the outcome of a check does to the suggestion.
type Decides string

const (
	// DecidesYes means that the check must pass before はい is suggested; when it fails alone, nothing is suggested.
	DecidesYes Decides = "yes"
	// DecidesNo is as DecidesYes, and when it fails いいえ is suggested.
	DecidesNo Decides = "no"
	// DecidesInfo is shown beside the row, never changes the suggestion.
	DecidesInfo Decides = "info"
)

// Check calls one named check of the evidence engine: one measurable condition.
type Check struct {
	Name    string  `yaml:"check"`
	Args    Args    `yaml:"args"` // may name parameters as "$name"; Rule.Bind replaces them
	Decides Decides `yaml:"decides"`
}

// Values are the parameter values of a rule by name.
type Values map[string]Value

// Values returns the values in force for a checklist edition: the default, the edition's own default, then overrides of
// the site. It refuses an override of an unknown name, another kind or outside the unit's range.
func (r *Rule) Values(edition string, overrides Values) (Values, error) {
	values := make(Values, len(r.Parameters))
	for _, p := range r.Parameters {
		values[p.Name] = p.Default
		if v, ok := p.ByEdition[edition]; ok {
			values[p.Name] = v
		}
	}
	for name, v := range overrides {
		p, ok := r.parameter(name)
		if !ok {
			return nil, fmt.Errorf("rule %s: no parameter %q", r.ID, name)
		}
		if err := p.accepts(v); err != nil {
			return nil, fmt.Errorf("rule %s: parameter %s: %w", r.ID, name, err)
		}
		values[name] = v
	}
	return values, nil
}

// Bind returns the checks with every "$name" argument replaced from values (see Values). It fails on a missing value.
func (r *Rule) Bind(values Values) ([]Check, error) {
	bound := make([]Check, 0, len(r.Checks))
	for _, c := range r.Checks {
		args := make(Args, len(c.Args))
		for name, v := range c.Args {
			if ref, ok := v.reference(); ok {
				if v, ok = values[ref]; !ok {
					return nil, fmt.Errorf("rule %s: check %s: no value for $%s", r.ID, c.Name, ref)
				}
			}
			args[name] = v
		}
		bound = append(bound, Check{Name: c.Name, Args: args, Decides: c.Decides})
	}
	return bound, nil
}

var placeholder = regexp.MustCompile(`\{([a-z0-9_]+)\}`)

// Judgement returns the rule's sentence in lang with the values written in ("365日", "95%"). A place without value
// stays as it is.
func (r *Rule) Judgement(lang Lang, values Values) string {
	return placeholder.ReplaceAllStringFunc(r.Judge.In(lang), func(s string) string {
		name := strings.Trim(s, "{}")
		p, ok := r.parameter(name)
		v, set := values[name]
		if !ok || !set {
			return s
		}
		return p.format(lang, v)
	})
}

func (r *Rule) parameter(name string) (*Parameter, bool) {
	for i := range r.Parameters {
		if r.Parameters[i].Name == name {
			return &r.Parameters[i], true
		}
	}
	return nil, false
}

// format writes a value with its unit.
func (p *Parameter) format(lang Lang, v Value) string {
	n, isNumber := v.Float()
	switch {
	case p.Unit == UnitShare && isNumber:
		return strconv.FormatFloat(n*100, 'f', -1, 64) + "%"
	case p.Unit == UnitDays && isNumber:
		return quantity(lang, v.String(), n, "日", "day")
	case p.Unit == UnitHours && isNumber:
		return quantity(lang, v.String(), n, "時間", "hour")
	case p.Unit == UnitDate && lang != English:
		if t, err := time.Parse(time.DateOnly, v.String()); err == nil {
			return t.Format("2006年1月2日")
		}
	}
	return v.String()
}

func quantity(lang Lang, number string, n float64, ja, en string) string {
	if lang != English {
		return number + ja
	}
	if n == 1 {
		return number + " " + en
	}
	return number + " " + en + "s"
}

// accepts reports why v cannot be a value of the parameter.
func (p *Parameter) accepts(v Value) error {
	n, isNumber := v.Float()
	switch p.Unit {
	case UnitShare:
		if !isNumber || n < 0 || n > 1 {
			return fmt.Errorf("%s is not a share between 0 and 1", v)
		}
	case UnitDays, UnitHours, UnitCount:
		if _, whole := v.Int(); !whole || n < 0 || n > 100_000 {
			return fmt.Errorf("%s is not a whole number of %s from 0 to 100000", v, p.Unit)
		}
	case UnitDate:
		if s, ok := v.Word(); !ok || !Date(s).Valid() {
			return fmt.Errorf("%s is not a date", v)
		}
	case UnitName:
		if s, ok := v.Word(); !ok || !nameForm.MatchString(s) {
			return fmt.Errorf("%s is not a name", v)
		}
	}
	return nil
}
