package inspection

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/platform/document"
	"sonae/internal/review/catalog"
)

// heading is what the pack is called.
func (c *content) heading() string { return c.tr.T("pack.title") }

// pdf lays out the paper: cover, forms, ledger, evidence.
func (c *content) pdf() *document.PDF {
	p := document.NewPDF(document.PDFOptions{
		Title: c.facility.Name + " " + c.heading(), Lang: c.tr.Lang(), Author: c.byName, Created: clock(c.madeMS),
		HeaderLeft:  c.facility.Name + "　" + c.heading(),
		HeaderRight: c.tr.T("pack.header", "Day", c.tr.Date(dayOf(c.day)), "AsOf", c.tr.DateTime(clock(c.asOfMS))),
		FooterLeft:  c.tr.T("pack.footer", "Mark", c.mark),
		MissingNote: c.tr.T("pack.missing_glyphs"),
	})
	c.cover(p)
	for i, s := range c.sheets {
		p.PageBreak()
		c.form(p, i, s)
	}
	c.ledgerPages(p)
	c.evidencePages(p)
	c.paperPages(p)
	return p
}

// cover is the first page; the contents follow on a page of their own, so that the
// boxes to sign stand on the first one however long they are.
func (c *content) cover(p *document.PDF) {
	p.Title(c.facility.Name, c.heading(), c.tr.T("pack.subtitle", "Edition", c.edition.Era.In(c.lang)))
	c.banner(p)
	p.Label(c.tr.T("pack.about_title"))
	p.Paragraph(c.tr.T("pack.about_text"))
	if c.year != c.edition.FiscalYear {
		p.Paragraph(c.tr.T("pack.other_year", "Edition", c.edition.Era.In(c.lang), "Year", c.tr.FiscalYear(c.year)))
	}
	p.Signatures(c.tr.T("pack.sign.made", "Name", c.byName), c.tr.T("pack.sign.checked"), c.tr.T("pack.sign.approved"))
	p.PageBreak()
	p.Contents(c.tr.T("pack.contents"))
}

// banner warns that an edition's rows are not all confirmed.
func (c *content) banner(p *document.PDF) {
	if !c.edition.Provisional {
		return
	}
	p.Table(document.Table{Columns: []document.Column{{Title: c.tr.T("pack.provisional.title"), Weight: 1}},
		Rows: [][]document.Cell{document.Cells(c.edition.ProvisionalReason.In(c.lang))}})
}

// chapter numbers the forms: 1, or 1.1, 1.2 … when there are several.
func (c *content) chapter(p *document.PDF, i int, s *Sheet) {
	if len(c.sheets) == 1 {
		p.Heading(1, "1. "+c.tr.T("pack.checklist", "Sheet", c.title(s)))
		return
	}
	if i == 0 {
		p.Heading(1, "1. "+c.tr.T("pack.checklists"))
	}
	p.Heading(2, fmt.Sprintf("1.%d %s", i+1, c.tr.T("pack.checklist", "Sheet", c.title(s))))
}

// form is one filled sheet.
func (c *content) form(p *document.PDF, i int, s *Sheet) {
	c.chapter(p, i, s)
	if i == 0 {
		c.banner(p)
	}
	p.Paragraph(c.tr.T("pack.own_words"))
	if s.NoSystem {
		p.Paragraph(c.tr.T("pack.no_system"))
	}
	c.formTable(p, s)
	c.marks(p, s)
	p.Paragraph(c.tr.T("pack.counts", "Yes", s.Progress.Yes, "No", s.Progress.No, "NotApplicable", s.Progress.NotApplicable, "Unanswered", s.Progress.Unanswered))
	c.roundsForm(p, s)
	c.remarks(p, s)
}

// formTable is the sheet in printed order and numbering.
func (c *content) formTable(p *document.PDF, s *Sheet) {
	t := document.Table{Columns: []document.Column{
		{Title: c.tr.T("pack.col.number"), WidthMM: 16, Align: document.Center}, {Title: c.tr.T("pack.col.row"), Weight: 1},
		{Title: c.tr.T("pack.col.answer"), WidthMM: 21, Align: document.Center}, {Title: c.tr.T("pack.col.confirmed_on"), WidthMM: 29, Align: document.Center},
		{Title: c.tr.T("pack.col.target_on"), WidthMM: 29, Align: document.Center}, {Title: c.tr.T("pack.col.chapter"), WidthMM: 15, Align: document.Center},
		{Title: c.tr.T("pack.col.page"), WidthMM: 15, Align: document.Center}}}
	section := -1
	for _, r := range s.Rows {
		if r.SectionNumber != section && r.Number != "" {
			section = r.SectionNumber
			t.Rows = append(t.Rows, c.sectionRow(s.Form, section, len(t.Columns)))
		}
		confirmed, target := "", ""
		if r.Answer != nil {
			confirmed, target = c.paperDay(r.Answer.ConfirmedOn), c.paperDay(r.Answer.TargetOn)
		}
		row := document.Cells(r.Number+c.shortMark(r), c.rowTitle(r), c.value(r), confirmed, target)
		t.Rows = append(t.Rows, append(row, chapterCells(c.proofOf(r))...))
	}
	p.Table(t)
}

// chapterCells name the chapter of a row's evidence and its page; both lead there.
func chapterCells(chapter string) []document.Cell {
	if chapter == "" {
		return document.Cells("—", "—")
	}
	return []document.Cell{{Text: chapter, To: chapter}, {PageOf: chapter}}
}

// sectionRow is the line that names a section of the form.
func (c *content) sectionRow(form *catalog.Sheet, number, columns int) []document.Cell {
	row := make([]document.Cell, columns)
	for i := range row {
		row[i].Shade = true
	}
	row[0].Text, row[0].Bold = strconv.Itoa(number), true
	for _, s := range form.Sections {
		if s.Number == number {
			row[1].Text, row[1].Bold = s.Title.In(c.lang), true
		}
	}
	return row
}

// rowTitle is our short title with the target where the form prints several rows
// under one number.
func (c *content) rowTitle(r Row) string {
	title := r.Title.In(c.lang)
	if r.Target != catalog.TargetAll && r.Target != catalog.TargetOrganisation {
		title += c.tr.T("pack.target", "Target", r.Target.Title().In(c.lang))
	}
	if r.Wording != "" {
		title += "\n" + r.Wording
	}
	return title
}

// shortMark stands beside the number of a row that was not confirmed.
func (c *content) shortMark(r Row) string {
	switch r.Mark() {
	case catalog.MarkLikely:
		return "※1"
	case catalog.MarkProvisional:
		return "※2"
	default:
		return ""
	}
}

// marks explains the marks that occur.
func (c *content) marks(p *document.PDF, s *Sheet) {
	for _, mark := range []catalog.Mark{catalog.MarkLikely, catalog.MarkProvisional} {
		at := slices.IndexFunc(s.Rows, func(r Row) bool { return r.Mark() == mark })
		if at >= 0 {
			p.Note(c.shortMark(s.Rows[at]) + " " + c.tr.T("pack.mark."+string(mark)))
		}
	}
}

// paperDay writes a day as the form does: in the Japanese era.
func (c *content) paperDay(day string) string {
	if day == "" {
		return ""
	}
	return c.tr.Era(dayOf(day))
}

// roundsForm repeats the sheet as the form has it: one column a round, with はい・
// いいえ to ring, for rows that have answers.
func (c *content) roundsForm(p *document.PDF, s *Sheet) {
	rounds := s.Edition.Rounds
	t := document.Table{Columns: []document.Column{{Title: c.tr.T("pack.col.number"), WidthMM: 15, Align: document.Center}}, SizePt: 7.5}
	for n := range rounds {
		t.Columns = append(t.Columns, document.Column{Title: c.tr.T("pack.round", "N", n+1), Weight: 1, Align: document.Center})
		if n < rounds-1 {
			t.Columns = append(t.Columns, document.Column{Title: c.tr.T("pack.col.target_on"), WidthMM: 27, Align: document.Center})
		}
	}
	for _, r := range s.Rows {
		if len(r.Rounds) == 0 || r.Number == "" {
			continue
		}
		row := []document.Cell{{Text: r.Number}}
		for n, a := range formRounds(r.Rounds, rounds) {
			row = append(row, c.ringed(a))
			if n < rounds-1 {
				target := ""
				if a != nil {
					target = c.paperDay(a.TargetOn)
				}
				row = append(row, document.Cell{Text: target})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) > 0 {
		p.Label(c.tr.T("pack.rounds_title"))
		p.Table(t)
	}
}

// formRounds fits the rounds of a row to those of the form: the first ones, and the
// last one in the last column. A missing round is nil.
func formRounds(given []Answer, rounds int) []*Answer {
	list := make([]*Answer, rounds)
	for i := range given {
		list[min(i, rounds-1)] = &given[i]
	}
	return list
}

// ringed is an answer as one gives it on paper.
func (c *content) ringed(a *Answer) document.Cell {
	if a == nil {
		return document.Cell{}
	}
	if a.Value == NotApplicable {
		return document.Cell{Text: c.tr.T("inspection.value.not_applicable") + "\n" + c.paperDay(a.ConfirmedOn)}
	}
	return document.Cell{Text: c.tr.T("pack.yes_or_no") + "\n" + c.paperDay(a.ConfirmedOn), Circle: c.tr.T("inspection.value." + string(a.Value))}
}

// remarks lists who answered in each round, with notes, reviews and the proof
// beside rows.
func (c *content) remarks(p *document.PDF, s *Sheet) {
	t := document.Table{SizePt: 7.5, Columns: []document.Column{{Title: c.tr.T("pack.col.number"), WidthMM: 17, Align: document.Center},
		{Title: c.tr.T("pack.col.round"), WidthMM: 12, Align: document.Center}, {Title: c.tr.T("pack.col.by"), WidthMM: 34},
		{Title: c.tr.T("pack.col.suggested_then"), WidthMM: 24, Align: document.Center}, {Title: c.tr.T("pack.col.note"), Weight: 1}}}
	for _, r := range s.Rows {
		for i, a := range r.Rounds {
			t.Rows = append(t.Rows, document.Cells(cmp.Or(r.Number, c.tr.T("pack.gate")), strconv.Itoa(a.Round), a.By.Name,
				c.tr.T("evidence.suggestion."+string(a.Suggested)), strings.Join(c.noteLines(r, a, i == len(r.Rounds)-1), "\n")))
		}
	}
	if len(t.Rows) > 0 {
		p.Label(c.tr.T("pack.remarks_title"))
		p.Table(t)
	}
}

// noteLines are the lines of the last column: the note of the round; beside the
// last round also review and links, which belong to the row.
func (c *content) noteLines(r Row, a Answer, last bool) []string {
	var lines []string
	if a.Note != "" {
		lines = append(lines, a.Note)
	}
	if !last {
		return lines
	}
	if r.Review != ReviewNone {
		lines = append(lines, c.review(r))
	}
	if r.Contradicts {
		lines = append(lines, c.tr.T("pack.contradicts"))
	}
	for _, l := range r.Links {
		lines = append(lines, c.tr.T("inspection.link."+string(l.Kind))+": "+l.Title+" "+c.whereOf(l))
	}
	return lines
}
