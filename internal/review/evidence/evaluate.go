package evidence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
)

// Key tells what a suggestion is for: rows of any edition that ask the same rule
// about the same devices with the same limits share one.
type Key struct {
	RuleID  string
	Target  catalog.Target
	Variant string // checklist edition where the rule's limits differ by edition, else empty
}

// KeyOf is the key of the evidence that stands beside a row; ok is false when the
// row's rule computes nothing.
func KeyOf(row *catalog.Row) (Key, bool) {
	rule := row.Rule
	if rule == nil || !rule.Computes() {
		return Key{}, false
	}
	return Key{RuleID: rule.ID, Target: row.Target, Variant: variant(rule, row.Edition.ID)}, true
}

// variant names the edition when one of the rule's limits has its own value there.
func variant(rule *catalog.Rule, edition string) string {
	for _, p := range rule.Parameters {
		if _, ok := p.ByEdition[edition]; ok {
			return edition
		}
	}
	return ""
}

// Keys is what the rows of all editions ask for, sorted.
func Keys(cat *catalog.Catalog) []Key { return KeysOf(cat.Editions()...) }

// KeysOf is what the rows of some editions ask for, sorted.
func KeysOf(editions ...*catalog.Edition) []Key {
	seen := map[Key]bool{}
	var keys []Key
	for _, e := range editions {
		for _, s := range e.Sheets {
			for _, r := range s.Rows {
				if k, ok := KeyOf(r); ok && !seen[k] {
					seen[k] = true
					keys = append(keys, k)
				}
			}
		}
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(strings.Compare(a.RuleID, b.RuleID), strings.Compare(string(a.Target), string(b.Target)), strings.Compare(a.Variant, b.Variant))
	})
	return keys
}

// InUse are the editions that somebody may be filling in on the day of a moment:
// of its fiscal year, the year before (an edition goes on being used while the next
// one is not known well enough) and later.
func InUse(cat *catalog.Catalog, asOfMS int64) []*catalog.Edition {
	year := text.FiscalYear(time.UnixMilli(asOfMS))
	all := cat.Editions()
	list := slices.DeleteFunc(slices.Clone(all), func(e *catalog.Edition) bool { return e.FiscalYear < year-1 })
	if len(list) == 0 {
		return all[len(all)-1:]
	}
	return list
}

// Request says what to evaluate.
type Request struct {
	FacilityID string
	Edition    string // only what this edition asks for; empty = all editions in use (InUse)
	AsOfMS     int64  // moment whose facts count, Unix ms; not after NowMS
	NowMS      int64  // when this happens
	Progress   func(done, total int)
}

// liveMS is how old a moment may be to count as now: an evaluation takes its facts
// from the ledger's current rows up to there.
const liveMS = 60_000

// Summary says what an evaluation did.
type Summary struct {
	Evaluated int // rules, by target
	Stored    int // new records: something changed
	Confirmed int // found as before
}

// Evaluate runs all rules for a facility as of a moment and stores what they found.
// For a past moment it reads the histories that the survey keeps; last-seen times
// are known for now only and count as of that moment at most. The checks read
// outside a transaction; one short transaction stores the records.
func Evaluate(ctx context.Context, db *store.DB, cat *catalog.Catalog, req Request) (Summary, error) {
	if req.AsOfMS > req.NowMS {
		req.AsOfMS = req.NowMS
	}
	overrides, err := Parameters(ctx, db)
	if err != nil {
		return Summary{}, err
	}
	var past *Ledger
	if req.NowMS-req.AsOfMS > liveMS {
		if past, err = ReadLedger(ctx, db, req.FacilityID, req.AsOfMS); err != nil {
			return Summary{}, err
		}
	}
	editions := InUse(cat, req.AsOfMS)
	if req.Edition != "" {
		e, ok := cat.Edition(req.Edition)
		if !ok {
			return Summary{}, fault.NotFound("evidence.error.no_edition", "Edition", req.Edition)
		}
		editions = []*catalog.Edition{e}
	}
	keys := KeysOf(editions...)
	bodies := make([]Body, 0, len(keys))
	for i, k := range keys {
		body, err := judge(ctx, db, cat, k, req, past, overrides[k.RuleID])
		if err != nil {
			return Summary{}, err
		}
		bodies = append(bodies, body)
		if req.Progress != nil {
			req.Progress(i+1, len(keys))
		}
	}
	sum := Summary{Evaluated: len(bodies)}
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		sum.Stored, sum.Confirmed = 0, 0
		for _, b := range bodies {
			stored, err := keep(ctx, tx, b, req)
			if err != nil {
				return err
			}
			if stored {
				sum.Stored++
			} else {
				sum.Confirmed++
			}
		}
		return nil
	})
	if err != nil {
		return Summary{}, fmt.Errorf("store evidence of facility %s: %w", req.FacilityID, err)
	}
	return sum, nil
}

// judge runs one rule.
func judge(ctx context.Context, q store.Querier, cat *catalog.Catalog, k Key, req Request, past *Ledger, overrides catalog.Values) (Body, error) {
	rule, ok := cat.Rule(k.RuleID)
	if !ok {
		return Body{}, fmt.Errorf("no evidence rule %q", k.RuleID)
	}
	values, err := rule.Values(k.Variant, overrides)
	if err != nil {
		return Body{}, err
	}
	calls, err := rule.Bind(values)
	if err != nil {
		return Body{}, err
	}
	body := Body{Rule: rule.ID, Version: rule.Version, Variant: k.Variant, Target: k.Target, Facility: req.FacilityID, Values: values}
	known := registry()
	for _, call := range calls {
		check, ok := known[call.Name]
		if !ok {
			return Body{}, fmt.Errorf("rule %s calls check %q, which does not exist", rule.ID, call.Name)
		}
		in := Input{FacilityID: req.FacilityID, AsOfMS: req.AsOfMS, Past: past, Target: k.Target, Args: call.Args}
		out, err := check.Run(ctx, q, in)
		if err != nil {
			return Body{}, fmt.Errorf("check %s of rule %s: %w", call.Name, rule.ID, err)
		}
		if err := in.notReporting(ctx, q, &out); err != nil {
			return Body{}, fmt.Errorf("count machines that do not report for check %s of rule %s: %w", call.Name, rule.ID, err)
		}
		body.Checks = append(body.Checks, Result{Check: call.Name, Decides: call.Decides, Args: call.Args, State: out.State,
			Figures: out.Figures, Failing: out.Failing, FailingTotal: out.FailingTotal, Sources: out.Sources, Missing: out.Missing})
	}
	body.clean()
	body.Suggestion = suggest(body.Checks)
	return body, nil
}

// CrossKeyOf is the key of the facts that a vendor's answer is compared with; ok is
// false on the institution's sheets and where no rule computes such facts.
func CrossKeyOf(cat *catalog.Catalog, row *catalog.Row) (Key, bool) {
	rule, ok := cat.Rule(row.Evidence.CrossCheck)
	if !ok || !rule.Computes() {
		return Key{}, false
	}
	return Key{RuleID: rule.ID, Target: row.Target, Variant: variant(rule, row.Edition.ID)}, true
}
