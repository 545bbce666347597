package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/review/inspection"
)

func (a *API) registerChecklists() {
	handle(a, op{method: get, path: "/checklists", id: "listChecklists", summary: "Editions of the yearly checklist with their sheets, oldest first", action: identity.ChecklistRead}, a.listChecklists)
	handle(a, op{method: get, path: "/checklists/{edition}/{sheet}", id: "getChecklist", summary: "A sheet with suggestions, answers and proof as of a day", action: identity.ChecklistRead,
		about: "Rules suggest answers, a named person confirms them. Titles are our own words: the official sentence is in the ministry's document."}, a.getChecklist)
	handle(a, op{method: post, path: "/checklists/{edition}/{sheet}/rows/{row}/answer", id: "answerChecklistRow", summary: "Confirm an answer; it becomes the next round of its row", action: identity.ChecklistConfirm, status: 201}, a.answerRow)
}

// Edition is the checklist of one Japanese fiscal year.
type Edition struct {
	ID                string       `json:"id"`
	FiscalYear        int          `json:"fiscal_year"`
	Era               catalog.Text `json:"era"`
	Title             catalog.Text `json:"title"`
	InForceFrom       catalog.Date `json:"in_force_from"`
	InForceTo         catalog.Date `json:"in_force_to"`
	Guideline         string       `json:"guideline"`
	Previous          string       `json:"previous,omitempty" doc:"Edition whose answers can be carried over."`
	Default           bool         `json:"default" doc:"The edition for today."`
	Provisional       bool         `json:"provisional" doc:"Most rows were not confirmed; show the reason."`
	ProvisionalReason catalog.Text `json:"provisional_reason"`
	Rounds            int          `json:"rounds"`
	Page              string       `json:"page" doc:"The ministry's page that lists the documents."`
	Sheets            []EditionRow `json:"sheets"`
}

// EditionRow is a sheet of an edition.
type EditionRow struct {
	ID          string            `json:"id"`
	Kind        catalog.SheetKind `json:"kind" enum:"institution,vendor"`
	Title       catalog.Text      `json:"title"`
	Provisional bool              `json:"provisional"`
	Rows        int               `json:"rows" doc:"Numbered rows, as people count them."`
}

func editionOut(e *catalog.Edition, today *catalog.Edition) Edition {
	return Edition{ID: e.ID, FiscalYear: e.FiscalYear, Era: e.Era, Title: e.Title, InForceFrom: e.InForce.From, InForceTo: e.InForce.To, Guideline: e.GuidelineID,
		Previous: e.PreviousID, Default: e == today, Provisional: e.Provisional, ProvisionalReason: e.ProvisionalReason, Rounds: e.Rounds, Page: e.Page,
		Sheets: each(e.Sheets, func(s *catalog.Sheet) EditionRow {
			return EditionRow{ID: s.ID, Kind: s.Kind, Title: s.Title, Provisional: s.Provisional, Rows: len(s.NumberedRows())}
		})}
}

func (a *API) listChecklists(_ context.Context, _ identity.Principal, in *Paging) (*List[Edition], error) {
	today, _ := a.Catalog.DefaultEdition(a.Now().In(text.Tokyo()))
	all := each(a.Catalog.Editions(), func(e *catalog.Edition) Edition { return editionOut(e, today) })
	return window("checklists", all, *in, func(e Edition) string { return e.ID })
}

// SheetAddress names a sheet in a path.
type SheetAddress struct {
	Edition string `path:"edition" maxLength:"40" example:"r7"`
	Sheet   string `path:"sheet" maxLength:"40" example:"medical"`
}

// ref checks that the sheet exists and names it as it is filled in on a day.
func (a *API) ref(in SheetAddress, facilityID, day, subject string) (inspection.Ref, error) {
	s, ok := a.Catalog.Sheet(in.Edition, in.Sheet)
	if !ok {
		return inspection.Ref{}, errNothing
	}
	return inspection.Ref{Edition: in.Edition, Sheet: in.Sheet, FacilityID: facilityID, FiscalYear: inspection.FiscalYear(s.Edition, day), Subject: subject}, nil
}

// today is the calendar day in Japan.
func (a *API) today() string { return a.Now().In(text.Tokyo()).Format(time.DateOnly) }

// momentOf is the end of a day in Japan, or now when the day is not over; an empty
// day is today.
func (a *API) momentOf(place, day string) (string, int64, error) {
	if day == "" {
		day = a.today()
	}
	end, err := endOfDay(place, day, text.Tokyo())
	if err != nil {
		return "", 0, err
	}
	return day, min(end, a.nowMS()), nil
}

type getChecklistIn struct {
	SheetAddress
	Facility string `query:"facility" required:"true" maxLength:"100"`
	Date     string `query:"date" maxLength:"10" doc:"Day the sheet speaks for; today when not said."`
	Subject  string `query:"subject" maxLength:"200" doc:"Vendor and system, on a vendor's sheet."`
}

func (a *API) getChecklist(ctx context.Context, p identity.Principal, in *getChecklistIn) (*One[Sheet], error) {
	f, err := a.facility(ctx, p, identity.ChecklistRead, identity.ChecklistRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	day, atMS, err := a.momentOf("date", in.Date)
	if err != nil {
		return nil, err
	}
	ref, err := a.ref(in.SheetAddress, f.ID, day, in.Subject)
	if err != nil {
		return nil, err
	}
	s, err := inspection.Load(ctx, a.DB, a.Catalog, ref, atMS)
	if err != nil {
		return nil, err
	}
	return one(sheetOut(s, translatorOf(ctx))), nil
}

type answerRowIn struct {
	SheetAddress
	Row  string `path:"row" maxLength:"100" example:"r7.medical.2.1"`
	Body struct {
		FacilityID  string   `json:"facility_id" maxLength:"100"`
		Value       string   `json:"value" enum:"yes,no,not_applicable"`
		ConfirmedOn string   `json:"confirmed_on,omitempty" maxLength:"10" doc:"Day of the confirmation; today when not said."`
		ConfirmedBy string   `json:"confirmed_by" minLength:"1" maxLength:"200" doc:"Name of the person who answers."`
		TargetOn    string   `json:"target_on,omitempty" maxLength:"10" doc:"With no: the day by which it will be yes, in the fiscal year."`
		Round       int      `json:"round,omitempty" minimum:"0" maximum:"1000" doc:"The round that you answer, so that nobody's answer is passed over; 0 = the next one."`
		Note        string   `json:"note,omitempty" maxLength:"2000"`
		Subject     string   `json:"subject,omitempty" maxLength:"200"`
		EvidenceIDs []string `json:"evidence_ids,omitempty" maxItems:"10" doc:"Records that the person saw; the newest of the row's rule when empty."`
	}
}

func (a *API) answerRow(ctx context.Context, p identity.Principal, in *answerRowIn) (*One[Answer], error) {
	b := in.Body
	f, err := a.facility(ctx, p, identity.ChecklistRead, identity.ChecklistConfirm, b.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	if b.ConfirmedOn == "" {
		b.ConfirmedOn = a.today()
	}
	if err := checkDay("confirmed_on", b.ConfirmedOn); err != nil {
		return nil, err
	}
	ref, err := a.ref(in.SheetAddress, f.ID, b.ConfirmedOn, b.Subject)
	if err != nil {
		return nil, err
	}
	for _, id := range b.EvidenceIDs {
		if _, err := a.evidence(ctx, p, id); err != nil {
			return nil, at(err, "evidence_ids")
		}
	}
	c := inspection.Confirmation{Ref: ref, RowID: in.Row, Round: b.Round, Value: inspection.Value(b.Value), ConfirmedOn: b.ConfirmedOn, TargetOn: b.TargetOn,
		By: inspection.By{ID: p.ID, Name: b.ConfirmedBy}, Note: b.Note, Evidence: b.EvidenceIDs, NowMS: a.nowMS()}
	var given inspection.Answer
	object := audit.Object{Kind: "checklist_row", ID: in.Row, Name: in.Edition + " " + in.Sheet, FacilityID: f.ID}
	err = audit.Do(ctx, a.DB, p, identity.ChecklistConfirm, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		given, err = inspection.Confirm(ctx, tx, a.Catalog, c)
		return answerOut(given), err
	})
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	if err != nil {
		return nil, err
	}
	return one(answerOut(given)), nil
}
