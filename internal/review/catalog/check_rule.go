package catalog

import (
	"regexp"
)

var ruleID = regexp.MustCompile(`^AE-[A-Z]{2,4}-\d{2}$`)

func (l *loader) checkRules(s *fileSet) {
	for _, f := range s.rules {
		a, r := f.at(l), f.data
		a.schema(r.Schema, "sonae.rule/1")
		a.require("id", "version", "title", "mode", "judgement", "parameters", "checks", "data", "human_must", "cannot_prove", "documents")
		if !ruleID.MatchString(r.ID) {
			a.key("id").fail("%q is not an id like AE-INV-01", r.ID)
		}
		a.fileName("rules/" + r.ID + ".yaml")
		if r.Version < 1 {
			a.key("version").fail("versions begin at 1")
		}
		oneOf(a.key("mode"), r.Mode, ModeFull, ModeAssisted, ModeAttestation, ModeVendorStatement)
		if r.AsksPerson() && r.Mode == ModeFull {
			a.key("mode").fail("full needs at least one check")
		}
		a.checkRuleTexts(r)
		a.checkParameters(r)
		a.checkChecks(r)
		register(a, l.cat.ruleByID, r.ID, r)
		l.cat.rules = append(l.cat.rules, r)
	}
}

func (a place) checkRuleTexts(r *Rule) {
	a.key("title").text(r.Title)
	a.key("judgement").text(r.Judge)
	a.key("human_must").text(r.HumanMust)
	a.key("cannot_prove").text(r.CannotProve)
	for i, t := range r.Data {
		a.key("data").index(i).text(t)
	}
	for i, t := range r.Documents {
		a.key("documents").index(i).text(t)
	}
	for lang, s := range map[string]string{"ja": r.Judge.JA, "en": r.Judge.EN} {
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			if _, ok := r.parameter(m[1]); !ok {
				a.key("judgement").key(lang).fail("{%s} is not a parameter of the rule", m[1])
			}
		}
	}
}

func (a place) checkParameters(r *Rule) {
	seen := map[string]bool{}
	for i := range r.Parameters {
		p := &r.Parameters[i]
		at := a.key("parameters").index(i)
		at.require("name", "default", "unit", "meaning")
		at.key("name").name(p.Name)
		if seen[p.Name] {
			at.key("name").fail("parameter %q is used twice", p.Name)
		}
		seen[p.Name] = true
		at.key("meaning").text(p.Meaning)
		oneOf(at.key("unit"), p.Unit, UnitDays, UnitHours, UnitCount, UnitShare, UnitDate, UnitName)
		if err := p.accepts(p.Default); err != nil {
			at.key("default").fail("%s", err)
		}
		for edition, v := range p.ByEdition {
			if err := p.accepts(v); err != nil {
				at.key("by_edition").key(edition).fail("%s", err)
			}
		}
	}
}

func (a place) checkChecks(r *Rule) {
	used := map[string]bool{}
	for i, c := range r.Checks {
		at := a.key("checks").index(i)
		at.require("check", "decides")
		at.key("check").name(c.Name)
		oneOf(at.key("decides"), c.Decides, DecidesYes, DecidesNo, DecidesInfo)
		for name, v := range c.Args {
			at.key("args").key(name).name(name)
			ref, ok := v.reference()
			if !ok {
				continue
			}
			used[ref] = true
			if _, ok := r.parameter(ref); !ok {
				at.key("args").key(name).fail("$%s is not a parameter of the rule", ref)
			}
		}
	}
	// A rule whose checks decide nothing keeps its thresholds for the person who judges; where
	// checks decide, an unused one is a mistake.
	for i, p := range r.Parameters {
		if !r.AsksPerson() && !used[p.Name] {
			a.key("parameters").index(i).fail("no check uses the parameter %q", p.Name)
		}
	}
}
