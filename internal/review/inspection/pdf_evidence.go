package inspection

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/platform/document"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
)

// evidencePages is chapter 3: a chapter for each rule and target.
func (c *content) evidencePages(p *document.PDF) {
	p.PageBreak()
	p.Heading(1, "3. "+c.tr.T("pack.evidence"))
	p.Paragraph(c.tr.T("pack.evidence_text"))
	for _, pr := range c.proofs {
		c.proofPages(p, pr)
	}
}

// proofPages is one chapter.
func (c *content) proofPages(p *document.PDF, pr proof) {
	title := pr.number
	if n := pr.numbers(); n != "" {
		title += " " + n
	}
	title += " " + pr.rule.Title.In(c.lang)
	if t := pr.rows[0].Target; t != catalog.TargetAll && t != catalog.TargetOrganisation {
		title += c.tr.T("pack.target", "Target", t.Title().In(c.lang))
	}
	p.Place(2, title, pr.number)
	if pr.record == nil {
		c.personPages(p, pr)
		return
	}
	r := *pr.record
	p.Paragraph(c.tr.T("pack.suggestion."+string(r.Suggestion), "Why", r.Summary(c.tr)))
	p.Note(c.tr.T("pack.rule", "Rule", pr.rule.ID, "Version", r.Body.Version, "Judgement", pr.rule.Judgement(c.lang, r.Body.Values)))
	c.checkRows(p, r)
	c.failingRows(p, r)
	c.sourceRows(p, r)
	c.linkRows(p, pr)
	p.Note(c.tr.T("pack.cannot_prove", "Text", pr.rule.CannotProve.In(c.lang)))
	p.Note(c.tr.T("pack.record", "AsOf", c.tr.DateTime(clock(r.ConfirmedAsOfMS)), "ID", r.ID, "Hash", r.SHA256))
}

// personPages is a chapter about a row that a person answers.
func (c *content) personPages(p *document.PDF, pr proof) {
	p.Paragraph(c.tr.T("pack.person_answers", "Text", pr.rule.HumanMust.In(c.lang)))
	c.linkRows(p, pr)
	if len(pr.rule.Documents) > 0 {
		names := make([]string, len(pr.rule.Documents))
		for i, d := range pr.rule.Documents {
			names[i] = d.In(c.lang)
		}
		p.Note(c.tr.T("pack.documents", "List", strings.Join(names, c.tr.T("pack.separator"))))
	}
}

// checkRows are the checks with their figures.
func (c *content) checkRows(p *document.PDF, r evidence.Record) {
	t := document.Table{SizePt: 8, Columns: []document.Column{{Title: c.tr.T("pack.col.check"), WidthMM: 46}, {Title: c.tr.T("pack.col.state"), WidthMM: 20, Align: document.Center},
		{Title: c.tr.T("pack.col.sentence"), Weight: 1}}}
	for _, k := range r.Body.Checks {
		name := k.Title(c.tr)
		if k.Decides == catalog.DecidesInfo {
			name += c.tr.T("pack.info_only")
		}
		t.Rows = append(t.Rows, document.Cells(name, c.tr.T("evidence.state."+string(k.State)), lines(k.Sentence(c.tr), c.figures(k))))
	}
	p.Table(t)
}

// failingRows are the things that fail. Things with one reason share a line: fifty
// machines that never reported are one line with fifty names.
func (c *content) failingRows(p *document.PDF, r evidence.Record) {
	for _, k := range r.Body.Checks {
		if len(k.Failing) == 0 {
			continue
		}
		p.Label(c.tr.T("pack.failing", "Check", k.Title(c.tr), "N", c.tr.Number(k.FailingTotal)))
		t := document.Table{SizePt: 7.5, Columns: []document.Column{{Title: c.tr.T("pack.col.reason"), WidthMM: 66}, {Title: c.tr.T("pack.col.count"), WidthMM: 14, Align: document.Right},
			{Title: c.tr.T("pack.col.thing"), Weight: 1}}}
		var reasons []string
		names := map[string][]string{}
		for _, it := range k.Failing {
			reason := it.Text(c.tr)
			if names[reason] == nil {
				reasons = append(reasons, reason)
			}
			names[reason] = append(names[reason], it.Name(c.tr))
		}
		for _, reason := range reasons {
			t.Rows = append(t.Rows, document.Cells(reason, c.tr.Number(int64(len(names[reason]))), strings.Join(names[reason], c.tr.T("pack.separator"))))
		}
		p.Table(t)
		if more := k.FailingTotal - int64(len(k.Failing)); more > 0 {
			p.Note(c.tr.T("pack.more", "N", c.tr.Number(more)))
		}
	}
}

// sourceRows say who told it and how fresh that is.
func (c *content) sourceRows(p *document.PDF, r evidence.Record) {
	sources := slices.DeleteFunc(r.Sources(), func(s evidence.SourceAge) bool { return s.Count == 0 })
	if len(sources) == 0 {
		p.Note(c.tr.T("pack.no_sources"))
		return
	}
	t := document.Table{SizePt: 7.5, Columns: []document.Column{{Title: c.tr.T("pack.col.source"), WidthMM: 60}, {Title: c.tr.T("pack.col.count"), WidthMM: 24, Align: document.Right},
		{Title: c.tr.T("pack.col.newest"), Weight: 1}}}
	for _, s := range sources {
		t.Rows = append(t.Rows, document.Cells(evidence.SourceTitle(c.tr, s.Source), c.tr.Number(s.Count), c.tr.DateTime(clock(s.NewestMS))))
	}
	p.Table(t)
}

// linkRows list the proof people put beside the rows of a chapter.
func (c *content) linkRows(p *document.PDF, pr proof) {
	t := document.Table{SizePt: 7.5, Columns: []document.Column{{Title: c.tr.T("pack.col.link_kind"), WidthMM: 24}, {Title: c.tr.T("pack.col.link_title"), Weight: 1}, {Title: c.tr.T("pack.col.link_target"), Weight: 1}}}
	for _, r := range pr.rows {
		for _, l := range r.Links {
			t.Rows = append(t.Rows, document.Cells(c.tr.T("inspection.link."+string(l.Kind)), l.Title, c.whereOf(l)))
		}
	}
	if len(t.Rows) > 0 {
		p.Label(c.tr.T("pack.links"))
		p.Table(t)
	}
}

// paperPages is chapter 4: all the proof that people put beside rows, form by form.
func (c *content) paperPages(p *document.PDF) {
	if !slices.ContainsFunc(c.sheets, func(s *Sheet) bool { return s.hasLinks() }) {
		return
	}
	p.PageBreak()
	p.Place(1, papersChapter+". "+c.tr.T("pack.papers"), papersChapter)
	p.Paragraph(c.tr.T("pack.papers_text"))
	for i, s := range c.sheets {
		if !s.hasLinks() {
			continue
		}
		if len(c.sheets) > 1 {
			p.Heading(3, papersChapter+"."+strconv.Itoa(i+1)+" "+c.title(s))
		}
		t := document.Table{SizePt: 7.5, Columns: []document.Column{{Title: c.tr.T("pack.col.number"), WidthMM: 14, Align: document.Center}, {Title: c.tr.T("pack.col.link_kind"), WidthMM: 20},
			{Title: c.tr.T("pack.col.link_title"), WidthMM: 60}, {Title: c.tr.T("pack.col.link_target"), WidthMM: 80}}}
		for _, r := range s.Rows {
			for _, l := range r.Links {
				where := c.whereOf(l)
				if l.Kind == LinkFile {
					where += "\nSHA-256 " + l.SHA256
				}
				t.Rows = append(t.Rows, document.Cells(cmp.Or(r.Number, c.tr.T("pack.gate")), c.tr.T("inspection.link."+string(l.Kind)), l.Title, where))
			}
		}
		p.Table(t)
	}
}

// hasLinks reports whether somebody put proof beside a row.
func (s *Sheet) hasLinks() bool {
	return slices.ContainsFunc(s.Rows, func(r Row) bool { return len(r.Links) > 0 })
}
