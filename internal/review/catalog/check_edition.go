package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

var (
	editionID    = regexp.MustCompile(`^r\d{1,2}$`)
	circledForm  = regexp.MustCompile(`^(\d)([①-⑳])$`)
	parenForm    = regexp.MustCompile(`^(\d)\((\d{1,2})\)$`)
	circledInRef = regexp.MustCompile(`[①-⑳]`)
	chapterInRef = regexp.MustCompile(`^(\d{1,2})`)
)

// changes are the known kinds of change against the edition before.
var changes = []string{"new", "renumbered", "merged", "reworded", "unchanged", "carried_over", "added_as_mandatory"}

func (l *loader) checkEditions(s *fileSet) {
	for _, f := range s.editions {
		e := f.data
		register(f.at(l), l.cat.editionByID, e.ID, e)
		l.cat.editions = append(l.cat.editions, e)
	}
	for _, f := range s.editions {
		l.checkEdition(f.at(l), f.data)
	}
	for _, f := range s.rules {
		for i, p := range f.data.Parameters {
			for id := range p.ByEdition {
				if _, ok := l.cat.editionByID[id]; !ok {
					f.at(l).key("parameters").index(i).key("by_edition").key(id).fail("no checklist edition %q", id)
				}
			}
		}
	}
}

func (l *loader) checkEdition(a place, e *Edition) {
	a.schema(e.Schema, "sonae.checklist/1")
	a.require("id", "fiscal_year", "era", "title", "in_force", "guideline", "provisional", "numbering", "rounds",
		"rounds_verified", "goal", "inspection", "published", "page", "documents", "sources", "sheets")
	if !editionID.MatchString(e.ID) {
		a.key("id").fail("%q is not an edition id like r7", e.ID)
	}
	a.fileName("checklists/" + e.ID + ".yaml")
	for name, t := range map[string]Text{"era": e.Era, "title": e.Title, "goal": e.Goal, "inspection": e.Inspection} {
		a.key(name).text(t)
	}
	a.provisional(e.Provisional, e.ProvisionalReason)
	year := strconv.Itoa(e.FiscalYear)
	next := strconv.Itoa(e.FiscalYear + 1)
	if e.InForce.From != Date(year+"-04-01") || e.InForce.To != Date(next+"-03-31") {
		a.key("in_force").fail("fiscal year %s runs from %s-04-01 to %s-03-31", year, year, next)
	}
	if _, ok := l.cat.guidelineByID[e.GuidelineID]; !ok {
		a.key("guideline").fail("guideline edition %q is not in guideline/editions.yaml", e.GuidelineID)
	}
	if a.has("previous") {
		if _, ok := l.cat.editionByID[e.PreviousID]; !ok {
			a.key("previous").fail("no checklist edition %q", e.PreviousID)
		}
	}
	oneOf(a.key("numbering"), e.Numbering, NumberingCircled, NumberingParenthesised)
	if e.Rounds < 1 || e.Rounds > 9 {
		a.key("rounds").fail("%d is not a number of rounds from 1 to 9", e.Rounds)
	}
	a.key("page").link(e.Page)
	for i, p := range e.Published {
		at := a.key("published").index(i)
		at.key("what").text(p.What)
		if !monthOrDate.MatchString(p.Date) {
			at.key("date").fail("%q is not a date or month", p.Date)
		}
	}
	l.checkDocuments(a.key("documents"), e)
	l.checkSources(a.key("sources"), e.SourceIDs)
	l.checkSheets(a.key("sheets"), e)
}

func (l *loader) checkDocuments(a place, e *Edition) {
	for i, d := range e.Documents {
		at := a.index(i)
		at.require("id", "kind", "url")
		at.document(d)
		oneOf(at.key("kind"), d.Kind, "checklist", "checklist_repost", "manual", "workbook")
		if _, ok := e.Sheet(d.SheetID); at.has("sheet") && !ok {
			at.key("sheet").fail("the edition has no sheet %q", d.SheetID)
		}
	}
}

func (l *loader) checkSources(a place, ids []string) {
	if len(ids) == 0 {
		a.fail("no source is named")
	}
	for i, id := range ids {
		if _, ok := l.cat.sourceByID[id]; !ok {
			a.index(i).fail("source %q is not in sources.yaml", id)
		}
	}
}

// provisional checks that a provisional mark and its reason come together.
func (a place) provisional(on bool, reason Text) {
	a.when(on, "provisional_reason", "a reason is given exactly when provisional is true")
	a.optional("provisional_reason", reason)
}

func (l *loader) checkSheets(a place, e *Edition) {
	seen := map[string]bool{}
	kinds := map[SheetKind]int{}
	for i, s := range e.Sheets {
		at := a.index(i)
		s.Edition = e
		at.require("id", "kind", "title", "one_per", "provisional", "completeness", "sections", "rows")
		at.key("id").name(s.ID)
		if seen[s.ID] {
			at.key("id").fail("id %q is used twice", s.ID)
		}
		seen[s.ID] = true
		kinds[s.Kind]++
		oneOf(at.key("kind"), s.Kind, SheetInstitution, SheetVendor)
		oneOf(at.key("one_per"), s.OnePer, "institution", "vendor_system")
		at.key("title").text(s.Title)
		at.key("completeness").text(s.Completeness)
		at.provisional(s.Provisional, s.ProvisionalReason)
		if e.Provisional && !s.Provisional {
			at.key("provisional").fail("a sheet of a provisional edition is provisional")
		}
		l.checkRows(at, s)
	}
	if kinds[SheetInstitution] != 1 || kinds[SheetVendor] > 1 {
		a.fail("an edition has one institution sheet and at most one vendor sheet")
	}
}

func (l *loader) checkRows(a place, s *Sheet) {
	for i := range s.Sections {
		at := a.key("sections").index(i)
		at.require("number", "title")
		at.key("title").text(s.Sections[i].Title)
		if i > 0 && s.Sections[i].Number <= s.Sections[i-1].Number {
			at.key("number").fail("sections do not rise")
		}
	}
	if len(s.Rows) == 0 {
		a.key("rows").fail("a sheet has rows")
	}
	var last []int
	for i, r := range s.Rows {
		at := a.key("rows").index(i)
		r.Edition, r.Sheet = s.Edition, s
		l.checkRow(at, r)
		n := at.checkNumber(r)
		order := []int{r.SectionNumber, n, r.Target.order()}
		if s.Edition.Numbering == NumberingParenthesised {
			order[1], order[2] = order[2], order[1]
		}
		if i > 0 && slices.Compare(order, last) <= 0 {
			at.fail("row %q stands out of printed order", r.Number)
		}
		last = order
	}
	if s.Kind == SheetInstitution && s.Edition.Numbering == NumberingCircled {
		a.key("rows").checkGaps(s)
	}
}

// checkNumber reads the printed number and checks it with the row's section and id. It returns the number inside the
// section, 0 for the gate question.
func (a place) checkNumber(r *Row) int {
	id := fmt.Sprintf("%s.%s.%d", r.Edition.ID, r.Sheet.ID, r.SectionNumber)
	a.when(!r.IsGate(), "number", "every row but the gate question has a printed number")
	if r.IsGate() {
		if r.SectionNumber != 0 || r.ID != id {
			a.key("id").fail("the gate question is row %s.%s.0 in section 0", r.Edition.ID, r.Sheet.ID)
		}
		return 0
	}
	n, section := 0, ""
	if m := circledForm.FindStringSubmatch(r.Number); m != nil && r.Edition.Numbering == NumberingCircled {
		n, section = circledValue(m[2]), m[1]
	} else if m := parenForm.FindStringSubmatch(r.Number); m != nil && r.Edition.Numbering == NumberingParenthesised {
		section = m[1]
		n, _ = strconv.Atoi(m[2])
	}
	if n == 0 || section != strconv.Itoa(r.SectionNumber) {
		a.key("number").fail("%q is not a %s number of section %d", r.Number, r.Edition.Numbering, r.SectionNumber)
	}
	id += "." + strconv.Itoa(n)
	if r.ID != id && r.ID != id+"."+string(r.Target) {
		a.key("id").fail("id is %q, want %q, or %q where a number is repeated", r.ID, id, id+"."+string(r.Target))
	}
	return n
}

// checkGaps reports a missing number on a form that numbers its rows without gap.
func (a place) checkGaps(s *Sheet) {
	section, last := -1, 0
	for i, r := range s.Rows {
		m := circledForm.FindStringSubmatch(r.Number)
		if m == nil {
			continue // the gate question, or reported already
		}
		n := circledValue(m[2])
		if r.SectionNumber != section {
			section, last = r.SectionNumber, 0
		}
		if n > last+1 {
			a.index(i).key("number").fail("%q leaves a gap after %d", r.Number, last)
		}
		last = n
	}
}
