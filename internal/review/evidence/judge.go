package evidence

import "sonae/internal/review/catalog"

// Result is one check of a rule with what it found; part of a record's body.
type Result struct {
	Check        string          `json:"check"`
	Decides      catalog.Decides `json:"decides"`
	Args         catalog.Args    `json:"args"`
	State        State           `json:"state"`
	Figures      []Figure        `json:"figures"`
	Failing      []Item          `json:"failing"`
	FailingTotal int64           `json:"failing_total"`
	Sources      []SourceAge     `json:"sources"`
	Missing      string          `json:"missing,omitempty"`
}

// suggest combines the checks of a rule (catalog.Decides says how): a failing
// check that decides "no" suggests no; yes needs every deciding check to pass;
// anything else, also a rule without deciding checks, suggests nothing.
func suggest(results []Result) Suggestion {
	deciding, passed := 0, 0
	for _, r := range results {
		if r.Decides == catalog.DecidesInfo {
			continue
		}
		deciding++
		switch {
		case r.State == Pass:
			passed++
		case r.State == Fail && r.Decides == catalog.DecidesNo:
			return SuggestNo
		}
	}
	if deciding > 0 && passed == deciding {
		return SuggestYes
	}
	return SuggestNone
}

// informing returns the checks that only inform: what was found to be wrong first, then
// what is not known, then what is as it should be.
func (b Body) informing() []Result {
	var out []Result
	for _, s := range []State{Fail, Unknown, Pass} {
		for _, r := range b.Checks {
			if r.Decides == catalog.DecidesInfo && r.State == s {
				out = append(out, r)
			}
		}
	}
	return out
}

// Deciding returns the checks that keep a record from suggesting yes, in the order
// of the rule: those that fail first decide "no", then the rest. Empty with yes.
func (b Body) Deciding() []Result {
	var no, open []Result
	for _, r := range b.Checks {
		switch {
		case r.Decides == catalog.DecidesInfo || r.State == Pass:
		case r.State == Fail && r.Decides == catalog.DecidesNo:
			no = append(no, r)
		default:
			open = append(open, r)
		}
	}
	return append(no, open...)
}
