package web

import (
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/review/inspection"
)

// checklistRows fills the table, in printed order with a line for each section, and
// gives the row to open when the address names none: the first unanswered one.
func (c *call) checklistRows(v *view.Checklist, o openSheet, sheet *inspection.Sheet, rowID string) (first *inspection.Row) {
	lang := c.lang()
	section := -1
	for _, row := range sheet.Rows {
		if row.SectionNumber != section {
			section = row.SectionNumber
			v.Rows = append(v.Rows, view.ChecklistRow{Section: c.sectionWords(sheet.Form, section)})
		}
		r := view.ChecklistRow{ID: row.ID, Number: row.Number, Title: row.Title.In(lang), Target: row.Target.Title().In(lang), Href: o.address(row.ID), Mark: string(row.Mark()), MarkWords: c.markWords(row.Row)}
		r.SuggestKind, r.Suggest = c.suggestion(row)
		r.AnswerKind, r.Answer, r.On = c.answerWords(row)
		if row.Review != inspection.ReviewNone {
			r.Review = c.tr.T("inspection.review." + string(row.Review))
		}
		r.ModeIcon, r.Mode = c.modeWords(row)
		if row.ID == rowID {
			r.Current = true
			c.checklistRow(v, o, sheet, row)
		}
		v.Rows = append(v.Rows, r)
		if first == nil && row.Number != "" && row.Answer == nil && !row.NotNeeded {
			first = &row
		}
	}
	if first == nil && len(sheet.Rows) > 0 {
		first = &sheet.Rows[min(1, len(sheet.Rows)-1)]
	}
	p := sheet.Progress
	v.Tally = view.Tally{Total: p.Total, Yes: p.Yes, No: p.No, NotApplicable: p.NotApplicable, Unanswered: p.Unanswered, Review: p.Review, Left: p.Left()}
	return first
}

func (c *call) sectionWords(form *catalog.Sheet, number int) string {
	for _, s := range form.Sections {
		if s.Number == number {
			if number == 0 {
				return s.Title.In(c.lang())
			}
			return c.tr.T("checklist.section", "Number", number, "Title", s.Title.In(c.lang()))
		}
	}
	return ""
}

// markWords says how sure the row's printed form is; empty when it was confirmed.
func (c *call) markWords(r *catalog.Row) string {
	if r.Mark() == catalog.MarkConfirmed {
		return ""
	}
	return c.tr.T("inspection.mark." + string(r.Mark()))
}

func (c *call) suggestion(row inspection.Row) (kind, words string) {
	switch row.Suggestion {
	case evidence.SuggestYes:
		return "ok", c.tr.T("inspection.value.yes")
	case evidence.SuggestNo:
		return "warn", c.tr.T("inspection.value.no")
	default:
		return "none", c.tr.T("checklist.no_suggestion")
	}
}

// answerWords are the last answer and its day, or the target day of いいえ.
func (c *call) answerWords(row inspection.Row) (kind, words, on string) {
	switch {
	case row.Answer == nil && row.NotNeeded:
		return "none", c.tr.T("inspection.not_needed"), ""
	case row.Answer == nil:
		return "none", c.tr.T("checklist.unanswered"), ""
	}
	a := row.Answer
	words, on = c.tr.T("inspection.value."+string(a.Value)), c.dayText(a.ConfirmedOn)
	switch a.Value {
	case inspection.Yes:
		return "ok", words, on
	case inspection.No:
		if a.TargetOn != "" {
			on = c.tr.T("checklist.target", "Day", c.dayText(a.TargetOn))
		}
		return "warn", words, on
	default:
		return "none", words, on
	}
}

// dayText writes a stored day short enough for a table.
func (c *call) dayText(day string) string {
	at, err := text.ParseDate(day)
	if err != nil {
		return day
	}
	return c.tr.In(text.Tokyo()).Date(at)
}

// modeWords say how far the row is computed.
func (c *call) modeWords(row inspection.Row) (icon, words string) {
	icons := map[catalog.Mode]string{catalog.ModeFull: "cpu", catalog.ModeAssisted: "adjustments", catalog.ModeAttestation: "user-circle", catalog.ModeVendorStatement: "building-store"}
	mode := row.Row.Evidence.Mode
	return icons[mode], c.tr.T("checklist.mode." + string(mode))
}

// checklistRow fills the card of one row: suggestion, rule, data, what fails, form.
func (c *call) checklistRow(v *view.Checklist, o openSheet, sheet *inspection.Sheet, row inspection.Row) {
	lang := c.lang()
	e := &view.RowEvidence{ID: row.ID, Number: row.Number, Title: row.Title.In(lang), MarkWords: c.markWords(row.Row), Wording: row.Wording, Contradicts: row.Contradicts, MayBeYes: row.MayBeYes}
	e.ModeIcon, e.Mode = c.modeWords(row)
	e.SuggestKind, e.Suggest = c.suggestion(row)
	e.Gate, e.MaySkip = row.IsGate(), row.MaySkip != "" || sheet.NoSystem
	e.NotNeeded = row.NotNeeded && !row.IsGate()
	for _, t := range row.AcceptableEvidence {
		e.Acceptable = append(e.Acceptable, t.In(lang))
	}
	for _, g := range row.GuidelineRefs {
		e.Guideline = append(e.Guideline, c.tr.T("checklist.guideline", "Edition", g.EditionID, "Part", g.Part.Title().In(lang), "Ref", g.Ref))
	}
	if row.Rule != nil {
		e.Rule, e.RuleID = row.Rule.Title.In(lang), row.Rule.ID
		e.HumanMust, e.CannotProve = row.Rule.HumanMust.In(lang), row.Rule.CannotProve.In(lang)
	}
	if row.Evidence != nil {
		c.proofWords(e, *row.Evidence)
	} else {
		e.Summary = c.tr.T("checklist.ask_person")
	}
	c.answerForm(e, o, sheet, row)
	for _, l := range row.Links {
		link := view.ProofLink{ID: l.ID, Kind: string(l.Kind), KindWords: c.tr.T("inspection.link." + string(l.Kind)), Title: l.Title, Target: l.Target, AddedMS: l.AddedMS}
		if l.Kind == inspection.LinkFile {
			link.Target, link.Size, link.SHA256 = o.fileHref(l.ID), c.tr.Bytes(l.SizeBytes), l.SHA256
		}
		e.Links = append(e.Links, link)
	}
	v.Evidence = e
}

// failShown bounds the list of the card; the pack holds more.
const failShown = 8

func (c *call) proofWords(e *view.RowEvidence, r evidence.Record) {
	e.Summary = r.Summary(c.tr)
	e.AsOfMS, e.SHA256 = r.ConfirmedAsOfMS, r.SHA256
	for _, res := range r.Body.Checks {
		kind := map[evidence.State]string{evidence.Pass: "ok", evidence.Fail: "warn", evidence.Unknown: "none"}[res.State]
		e.Checks = append(e.Checks, view.CheckLine{Kind: kind, State: c.tr.T("evidence.state." + string(res.State)), Title: res.Title(c.tr), Sentence: res.Sentence(c.tr)})
		if res.State != evidence.Fail {
			continue
		}
		e.FailingTotal += int(res.FailingTotal)
		for _, it := range res.Failing {
			if len(e.Failing) == failShown {
				break
			}
			line := view.FailLine{Name: it.Name(c.tr), Why: it.Text(c.tr)}
			if store.ValidID(it.AssetID) {
				line.Href = "/assets/" + it.AssetID
			}
			e.Failing = append(e.Failing, line)
		}
	}
	e.FailingMore = e.FailingTotal - len(e.Failing)
	for _, s := range r.Sources() {
		e.Sources = append(e.Sources, view.SourceLine{Kind: s.Source, Title: evidence.SourceTitle(c.tr, s.Source), Count: int(s.Count), NewestMS: s.NewestMS})
	}
}

// answerForm fills the form with what is stored, or with what is suggested.
func (c *call) answerForm(e *view.RowEvidence, o openSheet, sheet *inspection.Sheet, row inspection.Row) {
	first, last := text.FiscalYearDays(o.ref.FiscalYear)
	e.TargetMin, e.TargetMax = sheet.Day, last.Format("2006-01-02")
	e.YearFrom = first.Format("2006-01-02")
	e.ConfirmedOn, e.NextRound = sheet.Day, len(row.Rounds)+1
	if row.Answer != nil {
		e.Value, e.TargetOn = string(row.Answer.Value), row.Answer.TargetOn
	} else if row.Suggestion != evidence.SuggestNone && row.Suggestion != "" {
		e.Value = string(row.Suggestion)
	}
	for _, a := range slices.Backward(row.Rounds) {
		e.Rounds = append(e.Rounds, view.RoundLine{Round: a.Round, Value: c.tr.T("inspection.value." + string(a.Value)), On: c.dayText(a.ConfirmedOn), Target: c.targetText(a), By: a.By.Name, Note: a.Note})
	}
	if p := row.Proposal; p != nil && row.Answer == nil {
		e.Proposal = c.tr.T("checklist.proposal", "Value", c.tr.T("inspection.value."+string(p.Value)), "Day", c.dayText(p.From[0].ConfirmedOn))
	}
}

func (c *call) targetText(a inspection.Answer) string {
	if a.TargetOn == "" {
		return ""
	}
	return c.dayText(a.TargetOn)
}
