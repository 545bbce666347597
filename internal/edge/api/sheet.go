package api

import (
	"time"

	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/review/inspection"
)

// Sheet is a form with everything known about it on a day.
type Sheet struct {
	Edition           string              `json:"edition"`
	Sheet             string              `json:"sheet"`
	Title             catalog.Text        `json:"title"`
	FacilityID        string              `json:"facility_id"`
	FiscalYear        int                 `json:"fiscal_year"`
	Subject           string              `json:"subject,omitempty"`
	Day               string              `json:"day"`
	AsOf              *time.Time          `json:"as_of"`
	Provisional       bool                `json:"provisional"`
	ProvisionalReason catalog.Text        `json:"provisional_reason"`
	NoSystem          bool                `json:"no_system" doc:"The opening question is no, so no other row needs an answer."`
	Progress          inspection.Progress `json:"progress"`
	Sections          []SheetSection      `json:"sections"`
	Rows              []SheetRow          `json:"rows" doc:"In printed order, the opening question first."`
}

// SheetSection is a numbered part of a sheet.
type SheetSection struct {
	Number int          `json:"number"`
	Title  catalog.Text `json:"title"`
}

// SheetRow is a row with suggestion, answer and proof.
type SheetRow struct {
	ID                 string              `json:"id"`
	Number             string              `json:"number" doc:"As printed; empty for the opening question."`
	Section            int                 `json:"section"`
	Target             catalog.Target      `json:"target" doc:"all, server, pc, network or org."`
	Title              catalog.Text        `json:"title" doc:"In our own words."`
	Mark               catalog.Mark        `json:"mark" doc:"confirmed, likely or provisional: how sure it is that the form asks this."`
	Answering          catalog.Answer      `json:"answering" doc:"gate or dated."`
	Required           bool                `json:"required"`
	YesAlsoWhen        catalog.Text        `json:"yes_also_when"`
	MaySkip            string              `json:"may_skip,omitempty"`
	AcceptableEvidence []catalog.Text      `json:"acceptable_evidence"`
	GuidelineItems     []string            `json:"guideline_items" doc:"Items of the guideline that it rests on."`
	Rule               string              `json:"rule,omitempty"`
	Mode               catalog.Mode        `json:"mode" doc:"full, assisted, attestation or vendor_statement: how far proof is computed."`
	Suggestion         evidence.Suggestion `json:"suggestion" enum:"yes,no,none" doc:"What the facts suggest; a person decides."`
	Evidence           *Evidence           `json:"evidence,omitempty"`
	Answer             *Answer             `json:"answer,omitempty" doc:"Of the last round."`
	Rounds             []Answer            `json:"rounds"`
	NotNeeded          bool                `json:"not_needed"`
	Review             inspection.Review   `json:"review,omitempty" doc:"Why the answer should be looked at again: facts, gate or overdue."`
	MayBeYes           bool                `json:"may_be_yes" doc:"Answered no, and the facts suggest yes by now."`
	Contradicts        bool                `json:"contradicts" doc:"A vendor says yes and our own facts say no."`
	Wording            string              `json:"wording,omitempty" doc:"Official sentence as somebody pasted it here."`
	Links              []ProofLink         `json:"links"`
	Proposal           *Proposal           `json:"proposal,omitempty" doc:"What can be carried over from an earlier year."`
}

// Answer is one round of one row.
type Answer struct {
	ID          string              `json:"id"`
	Row         string              `json:"row"`
	Round       int                 `json:"round"`
	Value       inspection.Value    `json:"value" enum:"yes,no,not_applicable"`
	ConfirmedOn string              `json:"confirmed_on"`
	ConfirmedBy string              `json:"confirmed_by"`
	TargetOn    string              `json:"target_on,omitempty"`
	Suggested   evidence.Suggestion `json:"suggested" enum:"yes,no,none" doc:"What was proposed when it was given."`
	Proofs      []inspection.Proof  `json:"proofs"`
	Note        string              `json:"note,omitempty"`
	CreatedAt   *time.Time          `json:"created_at"`
}

func answerOut(a inspection.Answer) Answer {
	return Answer{ID: a.ID, Row: a.RowID, Round: a.Round, Value: a.Value, ConfirmedOn: a.ConfirmedOn, ConfirmedBy: a.By.Name, TargetOn: a.TargetOn,
		Suggested: a.Suggested, Proofs: full(a.Proofs), Note: a.Note, CreatedAt: moment(a.CreatedMS)}
}

// ProofLink is proof that a person put beside an answer.
type ProofLink struct {
	ID        string              `json:"id"`
	Kind      inspection.LinkKind `json:"kind" doc:"file, page or place."`
	Title     string              `json:"title"`
	Target    string              `json:"target,omitempty" doc:"Address, or where the paper is kept."`
	SizeBytes int64               `json:"size_bytes,omitempty"`
	SHA256    string              `json:"sha256,omitempty"`
	AddedAt   *time.Time          `json:"added_at"`
}

func proofLinkOut(l inspection.Link) ProofLink {
	out := ProofLink{ID: l.ID, Kind: l.Kind, Title: l.Title, SizeBytes: l.SizeBytes, SHA256: l.SHA256, AddedAt: moment(l.AddedMS)}
	if l.Kind != inspection.LinkFile { // a file's target is where it is stored
		out.Target = l.Target
	}
	return out
}

// Proposal is what a row may take over from an earlier year.
type Proposal struct {
	Value inspection.Value `json:"value"`
	From  []Answer         `json:"from"`
}

func sheetOut(s *inspection.Sheet, t text.Translator) Sheet {
	return Sheet{Edition: s.Ref.Edition, Sheet: s.Ref.Sheet, Title: s.Form.Title, FacilityID: s.Ref.FacilityID, FiscalYear: s.Ref.FiscalYear, Subject: s.Ref.Subject,
		Day: s.Day, AsOf: moment(s.AsOfMS), Provisional: s.Form.Provisional || s.Edition.Provisional, ProvisionalReason: reasonOf(s), NoSystem: s.NoSystem, Progress: s.Progress,
		Sections: each(s.Form.Sections, func(c catalog.Section) SheetSection { return SheetSection{c.Number, c.Title} }),
		Rows:     each(s.Rows, func(r inspection.Row) SheetRow { return sheetRowOut(r, t) })}
}

func reasonOf(s *inspection.Sheet) catalog.Text {
	if !s.Form.ProvisionalReason.IsZero() {
		return s.Form.ProvisionalReason
	}
	return s.Edition.ProvisionalReason
}

func sheetRowOut(r inspection.Row, t text.Translator) SheetRow {
	out := SheetRow{ID: r.ID, Number: r.Number, Section: r.SectionNumber, Target: r.Target, Title: r.Title, Mark: r.Mark(), Answering: r.Row.Answer, Required: r.Required,
		YesAlsoWhen: r.YesAlsoWhen, MaySkip: r.MaySkip, AcceptableEvidence: full(r.AcceptableEvidence), GuidelineItems: guidelineItems(r.GuidelineRefs),
		Rule: r.Row.Evidence.RuleID, Mode: r.Row.Evidence.Mode, Suggestion: r.Suggestion, Rounds: each(r.Rounds, answerOut), NotNeeded: r.NotNeeded, Review: r.Review,
		MayBeYes: r.MayBeYes, Contradicts: r.Contradicts, Wording: r.Wording, Links: each(r.Links, proofLinkOut)}
	if r.Evidence != nil {
		e := evidenceOut(*r.Evidence, t)
		out.Evidence = &e
	}
	if r.Answer != nil {
		given := answerOut(*r.Answer)
		out.Answer = &given
	}
	if r.Proposal != nil {
		out.Proposal = &Proposal{Value: r.Proposal.Value, From: each(r.Proposal.From, answerOut)}
	}
	return out
}

func guidelineItems(refs []catalog.GuidelineRef) []string {
	out := []string{}
	for _, ref := range refs {
		for _, id := range ref.ItemIDs {
			out = append(out, ref.EditionID+":"+id)
		}
	}
	return out
}
