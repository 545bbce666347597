package catalog

import (
	"slices"
	"strconv"
	"strings"
)

func (l *loader) checkRow(a place, r *Row) {
	a.require("id", "section", "target", "control", "title", "answer", "required", "acceptable_evidence", "evidence_basis",
		"guideline_refs", "evidence", "verified", "verification", "sources")
	if _, taken := l.cat.rowByID[r.ID]; taken {
		a.key("id").fail("id %q is used twice", r.ID)
	}
	l.cat.rowByID[r.ID] = r
	a.key("title").text(r.Title)
	for name, t := range map[string]Text{"yes_also_when": r.YesAlsoWhen, "change_note": r.ChangeNote,
		"expected_change": r.ExpectedChange, "note": r.Note} {
		a.optional(name, t)
	}
	if r.Target.order() < 0 {
		a.key("target").fail("%q is not a target", string(r.Target))
	}
	oneOf(a.key("answer"), r.Answer, AnswerGate, AnswerDated)
	oneOf(a.key("may_skip"), r.MaySkip, "", "no_vendor_contract")
	oneOf(a.key("evidence_basis"), r.EvidenceBasis, "manual_text", "manual_partial", "secondary", "inferred")
	if a.has("change") {
		oneOf(a.key("change"), r.Change, changes...)
	}
	if len(r.AcceptableEvidence) == 0 {
		a.key("acceptable_evidence").fail("names no evidence")
	}
	for i, t := range r.AcceptableEvidence {
		a.key("acceptable_evidence").index(i).text(t)
	}
	for i := range r.Sheet.Sections {
		if r.Sheet.Sections[i].Number == r.SectionNumber {
			r.Section = &r.Sheet.Sections[i]
		}
	}
	if r.Section == nil {
		a.key("section").fail("the sheet has no section %d", r.SectionNumber)
	}
	a.checkVerification(r)
	l.checkSources(a.key("sources"), r.SourceIDs)
	l.checkRowLinks(a, r)
	for i := range r.GuidelineRefs {
		l.checkRef(a.key("guideline_refs").index(i), &r.GuidelineRefs[i])
	}
}

// checkVerification keeps the marks honest: verified is true exactly when every aspect was seen, an unverified row says
// how sure it is, and a sheet that is not provisional holds no doubtful row.
func (a place) checkVerification(r *Row) {
	v := a.key("verification")
	v.require("exists", "number", "target")
	for _, s := range []struct{ name, value string }{{"exists", r.Verification.Exists}, {"number", r.Verification.Number}, {"target", r.Verification.Target}} {
		oneOf(v.key(s.name), s.value, "mhlw_text", "secondary", "none_printed", "recall", "inferred")
	}
	if r.Verified != r.Verification.seen() {
		a.key("verified").fail("is %t, but the aspects under verification say otherwise", r.Verified)
	}
	a.when(!r.Verified, "confidence", "an unverified row, and no other, says how sure it is")
	if !r.Verified {
		oneOf(a.key("confidence"), r.Confidence, "high", "medium", "low")
		if !r.Sheet.Provisional && r.Confidence != "high" {
			a.key("confidence").fail("a row of %q confidence makes its sheet provisional", string(r.Confidence))
		}
	}
}

func (l *loader) checkRowLinks(a place, r *Row) {
	var ok bool
	if r.Control, ok = l.cat.controlByID[r.ControlID]; !ok {
		a.key("control").fail("control %q is not in controls.yaml", r.ControlID)
	}
	e := a.key("evidence")
	e.require("rule", "mode")
	if r.Rule, ok = l.cat.ruleByID[r.Evidence.RuleID]; !ok {
		e.key("rule").fail("no rule %q", r.Evidence.RuleID)
	} else if r.Evidence.Mode != r.Rule.Mode {
		e.key("mode").fail("is %q, but rule %s is %q", string(r.Evidence.Mode), r.Rule.ID, string(r.Rule.Mode))
	}
	e.when(r.Sheet.Kind == SheetVendor, "cross_check", "vendor rows, and no others, name the rule to compare with")
	if _, ok := l.cat.ruleByID[r.Evidence.CrossCheck]; e.has("cross_check") && !ok {
		e.key("cross_check").fail("no rule %q", r.Evidence.CrossCheck)
	}
}

// checkRef resolves a guideline reference. In a part with catalogued items a circled digit must name its items and a
// chapter number must exist.
func (l *loader) checkRef(a place, r *GuidelineRef) {
	a.require("edition", "part", "basis")
	oneOf(a.key("basis"), r.Basis, "manual_r6", "manual_r7_draft", "mapped")
	if r.Part.Title().IsZero() {
		a.key("part").fail("%q is not a part", string(r.Part))
	}
	g, ok := l.cat.guidelineByID[r.EditionID]
	if !ok {
		a.key("edition").fail("guideline edition %q is not in guideline/editions.yaml", r.EditionID)
		return
	}
	part, catalogued := g.Part(r.Part)
	for i, id := range r.ItemIDs {
		item, ok := g.Item(id)
		if !ok || item.Part.Part != r.Part {
			a.key("items").index(i).fail("no item %q in part %s of guideline %s", id, r.Part, g.ID)
			continue
		}
		r.Items = append(r.Items, item)
	}
	if !catalogued {
		return
	}
	if digits := len(circledInRef.FindAllString(r.Ref, -1)); digits != len(r.ItemIDs) {
		a.fail("%q names %d items, but items lists %d", r.Ref, digits, len(r.ItemIDs))
	}
	if m := chapterInRef.FindString(r.Ref); m != "" {
		n, _ := strconv.Atoi(m)
		if _, ok := part.Chapter(n); !ok {
			a.key("ref").fail("part %s has no chapter %d", r.Part, n)
		}
	}
}

// checkSequence checks what holds between editions: no overlap in time, previous is the edition just before, and rows
// carry over from rows of the same control that they cover.
func (l *loader) checkSequence(s *fileSet) {
	places := map[string]place{}
	for _, f := range s.editions {
		places[f.data.ID] = f.at(l)
	}
	for i, e := range l.cat.editions {
		a := places[e.ID]
		before := &Edition{} // the oldest edition carries nothing over
		if i > 0 {
			before = l.cat.editions[i-1]
		}
		if i > 0 && e.InForce.From <= before.InForce.To {
			a.key("in_force").fail("overlaps edition %s, which runs to %s", before.ID, before.InForce.To)
		}
		if e.PreviousID != before.ID {
			a.key("previous").fail("is %q, but the edition before is %q", e.PreviousID, before.ID)
			continue
		}
		for si, sheet := range e.Sheets {
			old := before.sheetOf(sheet.Kind)
			for ri, r := range sheet.Rows {
				a.key("sheets").index(si).key("rows").index(ri).checkCarry(r, old)
			}
		}
	}
}

// checkCarry compares carries_over with the rows that the older sheet really has for the control: the row of the same
// target, or all of them when the new row covers every target.
func (a place) checkCarry(r *Row, old *Sheet) {
	var same, all []string
	if old != nil {
		for _, o := range old.Rows {
			if o.ControlID != r.ControlID {
				continue
			}
			all = append(all, o.ID)
			if o.Target == r.Target {
				same = append(same, o.ID)
			}
		}
	}
	want := same
	if len(same) == 0 && r.Target == TargetAll {
		want = all
	}
	if !slices.Equal(r.CarriesOver, want) {
		a.key("carries_over").fail("is [%s], but the edition before has [%s] for control %s and target %s",
			strings.Join(r.CarriesOver, ", "), strings.Join(want, ", "), r.ControlID, r.Target)
	}
}
