package web

import (
	"strconv"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/text"
	"sonae/internal/review/inspection"
)

// todaySheet is the institution's sheet of the edition in force, of the facility in
// view or, with several, the first; nil for people who may not read it. It is read
// once a request.
func (c *call) todaySheet() (*inspection.Sheet, error) {
	if c.sheet != nil {
		return c.sheet, nil
	}
	sheet, err := c.readTodaySheet()
	c.sheet = sheet
	return sheet, err
}

func (c *call) readTodaySheet() (*inspection.Sheet, error) {
	if !c.who.Can(identity.ChecklistRead) {
		return nil, nil //nolint:nilnil // no sheet is a valid answer
	}
	facility, err := c.sheetFacility()
	if err != nil {
		if err == errNothing { //nolint:errorlint // compared by identity: it never is wrapped
			return nil, nil //nolint:nilnil // no facility yet
		}
		return nil, err
	}
	edition, _ := c.s.deps.Catalog.DefaultEdition(c.s.deps.Now().In(text.Tokyo()))
	return inspection.Load(c.r.Context(), c.s.deps.DB, c.s.deps.Catalog, inspection.Ref{
		Edition: edition.ID, Sheet: edition.InstitutionSheet().ID, FacilityID: facility.ID, FiscalYear: inspection.FiscalYear(edition, c.today()),
	}, c.nowMS())
}

// sheetHref is the page of a sheet, with a row open when one is named.
func sheetHref(sheet *inspection.Sheet, row string) string {
	o := openSheet{ref: sheet.Ref}
	return o.address(row)
}

// kpiChecklist is how many rows are answered with yes.
func (c *call) kpiChecklist() (view.KPI, bool, error) {
	sheet, err := c.todaySheet()
	if err != nil || sheet == nil {
		return view.KPI{}, false, err
	}
	p := sheet.Progress
	k := view.KPI{
		Href: sheetHref(sheet, ""), Label: c.tr.T("today.kpi.checklist"), Value: strconv.Itoa(p.Yes), Unit: c.tr.T("today.kpi.checklist.unit", "Total", p.Total),
		NoteKind: "ok", Note: c.tr.T("today.kpi.checklist.done"),
	}
	if p.Unanswered > 0 {
		k.NoteKind, k.Note = "warn", c.tr.T("today.kpi.checklist.note", "Count", p.Unanswered)
	}
	past, err := inspection.YesByDay(c.r.Context(), c.s.deps.DB, c.s.deps.Catalog, sheet.Ref, c.trendFrom(), c.today())
	if err != nil {
		return view.KPI{}, false, err
	}
	points := make([]view.SparkPoint, len(past))
	for i, d := range past {
		points[i] = view.SparkPoint{Day: d.Day, Count: d.Yes}
	}
	c.trend(&k, points, p.Yes)
	return k, true, nil
}

// yearEndDays is from when on the end of the fiscal year makes the checklist urgent.
const yearEndDays = 60

// todoChecklist: rows without an answer, and answers to look at again because facts
// changed.
func todoChecklist(c *call) ([]todo, error) {
	if !c.who.Can(identity.ChecklistConfirm) {
		return nil, nil
	}
	sheet, err := c.todaySheet()
	if err != nil || sheet == nil {
		return nil, err
	}
	u := urgentLater
	if daysUntil(c.today(), c.yearEnd()) <= yearEndDays {
		u = urgentWeek
	}
	var out []todo
	if n := sheet.Progress.Review; n > 0 {
		out = append(out, todo{urgency: urgentWeek, key: "review", args: []any{"Count", n}, href: sheetHref(sheet, firstRow(sheet, func(r inspection.Row) bool { return r.Review != "" }))})
	}
	if n := sheet.Progress.Unanswered; n > 0 {
		out = append(out, todo{urgency: u, key: "unanswered", args: []any{"Count", n}, href: sheetHref(sheet, firstRow(sheet, func(r inspection.Row) bool { return r.Answer == nil && !r.NotNeeded }))})
	}
	for i := range out {
		out[i].meta = []string{sheet.Edition.Era.In(c.lang())}
	}
	return out, nil
}

// firstRow is the first row that a test picks; empty when none does.
func firstRow(sheet *inspection.Sheet, pick func(inspection.Row) bool) string {
	for _, r := range sheet.Rows {
		if pick(r) {
			return r.ID
		}
	}
	return ""
}

// endsChecklist are the target dates of rows answered with no: the next one, with how
// many rows share it.
func (c *call) endsChecklist() (day, href string, rows int, err error) {
	sheet, err := c.todaySheet()
	if err != nil || sheet == nil {
		return "", "", 0, err
	}
	for _, r := range sheet.Rows {
		if r.Answer == nil || r.Answer.TargetOn == "" || r.Answer.Value != inspection.No {
			continue
		}
		switch {
		case day == "" || r.Answer.TargetOn < day:
			day, rows, href = r.Answer.TargetOn, 1, sheetHref(sheet, r.ID)
		case r.Answer.TargetOn == day:
			rows++
		}
	}
	return day, href, rows, nil
}
