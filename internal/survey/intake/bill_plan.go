package intake

import (
	"context"
	"maps"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/sbom"
	"sonae/internal/survey/software"
)

// billPlan is what a bill of materials would do, with what would be recorded.
type billPlan struct {
	Plan
	before software.Bill // in force now; its ID is empty when there is none
	list   []software.Component
}

// PartChange is one value of a component. Part is a word of "intake.part.".
type PartChange struct {
	Part string `json:"part"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// foreseeBill compares a document with the bill in force of the asset that a person
// named; without one, everything is new.
func foreseeBill(ctx context.Context, q store.Querier, o Order, doc sbom.Document) (billPlan, error) {
	p := billPlan{}
	var had []software.Component
	if o.AssetID != "" {
		var err error
		if p.before, err = software.BillInForce(ctx, q, o.AssetID); err != nil {
			return p, err
		}
		if had, err = software.ComponentsInForce(ctx, q, o.AssetID); err != nil {
			return p, err
		}
	}
	c := comparison{had: map[string]software.Component{}, seen: map[string]int{}}
	for _, h := range had {
		c.had[h.Key()] = h
	}
	for i := range doc.Components {
		r := c.row(&doc.Components[i])
		p.Rows = append(p.Rows, r)
		if r.Outcome != OutcomeRefuse && c.seen[componentOf(&doc.Components[i]).Key()] == r.Number {
			p.list = append(p.list, componentOf(&doc.Components[i]))
		}
	}
	p.Rows = append(p.Rows, c.gone(p.Rows)...)
	if len(p.list) == 0 { // nothing to record: nothing goes
		p.Rows = p.Rows[:len(doc.Components)]
	}
	for _, r := range p.Rows {
		p.Counts.add(r)
	}
	return p, nil
}

// refuse gives every row one reason.
func (p *billPlan) refuse(f *fault.Error) {
	p.list, p.Counts = nil, Counts{}
	p.Rows = slices.DeleteFunc(p.Rows, func(r Row) bool { return r.Outcome == OutcomeGone })
	for i := range p.Rows {
		p.Rows[i].Outcome, p.Rows[i].Problem = OutcomeRefuse, &Problem{Column: -1, Fault: f}
		p.Counts.add(p.Rows[i])
	}
}

// comparison tells what a document brings from what the bill in force says.
type comparison struct {
	had  map[string]software.Component // not met in the document yet, by key
	seen map[string]int                // number of the component with a key
}

func (c *comparison) row(part *sbom.Component) Row {
	one := componentOf(part)
	r := Row{Number: part.Number, Name: titled(one), Part: &one, Remark: part.Remark}
	if part.Problem != nil {
		r.Outcome, r.Problem, r.Remark = OutcomeRefuse, &Problem{Column: -1, Fault: part.Problem}, nil
		return r
	}
	key := one.Key()
	if n, twice := c.seen[key]; twice {
		r.Outcome, r.Remark = OutcomeSame, fault.Invalid("intake.remark.repeated", "Row", n)
		return r
	}
	c.seen[key] = part.Number
	before, known := c.had[key]
	delete(c.had, key)
	switch {
	case !known:
		r.Outcome = OutcomeCreate
	case before.Same(one):
		r.Outcome = OutcomeSame
	default:
		r.Outcome, r.Parts = OutcomeChange, partChanges(before, one)
	}
	return r
}

// gone makes the rows of what the document does not have any more. Where one component of
// a name went and one came, it is the same one in another version.
func (c *comparison) gone(rows []Row) []Row {
	came := map[string][]int{}
	for i, r := range rows {
		if r.Outcome == OutcomeCreate {
			came[baseOf(*r.Part)] = append(came[baseOf(*r.Part)], i)
		}
	}
	went := map[string][]string{}
	for key, h := range c.had {
		went[baseOf(h)] = append(went[baseOf(h)], key)
	}
	var out []Row
	for _, key := range slices.SortedFunc(maps.Keys(c.had), func(a, b string) int { return strings.Compare(titled(c.had[a])+a, titled(c.had[b])+b) }) {
		h := c.had[key]
		if at := came[baseOf(h)]; len(at) == 1 && len(went[baseOf(h)]) == 1 {
			r := &rows[at[0]]
			r.Outcome, r.Parts = OutcomeChange, partChanges(h, *r.Part)
			r.Name = clipped(h.Name+" "+h.Version, 200) + " → " + r.Part.Version
			continue
		}
		out = append(out, Row{Number: len(rows) + len(out) + 1, Outcome: OutcomeGone, Name: titled(h), Part: &h})
	}
	return out
}

// baseOf is what versions of one component have in common.
func baseOf(c software.Component) string {
	return software.NameKey(c.Name) + "\n" + c.Kind + "\n" + c.Arch
}

func titled(c software.Component) string {
	return clipped(strings.TrimSpace(c.Name+" "+c.Version), 250)
}

func clipped(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func componentOf(c *sbom.Component) software.Component {
	return software.Component{Kind: c.Kind, Name: c.Name, Version: c.Version, Supplier: c.Supplier, Arch: c.Arch, PURL: c.PURL, CPE: c.CPE, Licence: c.Licence, Hashes: c.Hashes}
}

// partChanges lists what two bills say differently of one component.
func partChanges(old, now software.Component) (out []PartChange) {
	for _, p := range []PartChange{{"version", old.Version, now.Version}, {"supplier", old.Supplier, now.Supplier}, {"licence", old.Licence, now.Licence},
		{"purl", old.PURL, now.PURL}, {"cpe", old.CPE, now.CPE}, {"hashes", old.Hashes, now.Hashes}} {
		if p.Old != p.New {
			out = append(out, p)
		}
	}
	return out
}

// billOf is a document as it is recorded.
func billOf(m Import, doc sbom.Document) software.Bill {
	s := doc.Subject
	return software.Bill{AssetID: m.Order.AssetID, ID: m.ID, Standard: doc.Standard, SpecVersion: doc.Version, DocumentID: doc.ID, Revision: int64(doc.Revision), WrittenMS: doc.CreatedMS,
		Authors: strings.Join(doc.Authors, ", "), Subject: s.Name, Version: s.Version, Supplier: s.Supplier, PURL: s.PURL, CPE: s.CPE, FileName: m.FileName, SHA256: m.SHA256, By: m.Order.By}
}
