package inspection

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
)

// Sheet is a form with everything known about it on a day.
type Sheet struct {
	Ref      Ref
	Edition  *catalog.Edition
	Form     *catalog.Sheet
	AsOfMS   int64
	Day      string // calendar day of AsOfMS
	Rows     []Row  // in printed order, the opening question first
	Progress Progress
	// NoSystem: the opening question is いいえ, so no other row needs an answer.
	NoSystem bool
}

// Row is a row with suggestion, answer and proof.
type Row struct {
	*catalog.Row
	// Evidence speaks for the suggestion; nil when the rule asks a person, or was
	// never evaluated.
	Evidence   *evidence.Record
	Suggestion evidence.Suggestion
	Answer     *Answer  // of the last round; nil = unanswered
	Rounds     []Answer // first round first
	NotNeeded  bool     // because of the opening question
	Review     Review
	// MayBeYes: answered いいえ, and the facts suggest はい by now.
	MayBeYes bool
	// Contradicts: a vendor says はい and our own facts say no (vendor's form only);
	// CrossCheck is that evidence.
	Contradicts bool
	CrossCheck  *evidence.Record
	Links       []Link
	Wording     string     // official sentence as a person pasted it; empty = none
	Proposal    *Carryover // of an unanswered row; nil = nothing to carry over
}

// Progress counts the numbered rows of a sheet.
type Progress struct {
	Total         int `json:"total"`
	Yes           int `json:"yes"`
	No            int `json:"no"`
	NotApplicable int `json:"not_applicable"` // answered 対象外, or not needed
	Unanswered    int `json:"unanswered"`
	Review        int `json:"review"` // answered, to be looked at again
}

// Left is how many rows are not はい yet, of those that need to be.
func (p Progress) Left() int { return p.No + p.Unanswered }

// Load reads a sheet as of a moment: answers confirmed up to its day, the evidence
// that speaks for it, and what stands beside them. Errors: not_found, invalid.
func Load(ctx context.Context, q store.Querier, cat *catalog.Catalog, ref Ref, asOfMS int64) (*Sheet, error) {
	form, err := sheetOf(cat, ref)
	if err != nil {
		return nil, err
	}
	s := &Sheet{Ref: ref, Edition: form.Edition, Form: form, AsOfMS: asOfMS, Day: today(asOfMS)}
	given, err := answers(ctx, q, ref, s.Day)
	if err != nil {
		return nil, err
	}
	records, err := evidence.LatestAll(ctx, q, ref.FacilityID, asOfMS)
	if err != nil {
		return nil, err
	}
	links, err := linksOf(ctx, q, ref, asOfMS)
	if err != nil {
		return nil, err
	}
	wordings, err := wordingsOf(ctx, q)
	if err != nil {
		return nil, err
	}
	carry, err := carryovers(ctx, q, cat, form, ref)
	if err != nil {
		return nil, err
	}
	s.NoSystem = gateSaysNo(form, given)
	for _, r := range form.Rows {
		row := Row{Row: r, Suggestion: evidence.SuggestNone, Rounds: given[r.ID], Links: links[r.ID], Wording: wordings[r.ID],
			NotNeeded: s.NoSystem && !r.IsGate()}
		row.settle(cat, records, s.Day)
		if row.Answer == nil && !row.NotNeeded {
			row.Proposal = carry[r.ID]
		}
		s.Rows = append(s.Rows, row)
		s.Progress.add(row)
	}
	return s, nil
}

// settle works out what follows from answer and evidence.
func (r *Row) settle(cat *catalog.Catalog, records map[evidence.Key]evidence.Record, day string) {
	if key, ok := evidence.KeyOf(r.Row); ok {
		if rec, ok := records[key]; ok {
			rec.Rule = r.Rule
			r.Evidence, r.Suggestion = &rec, rec.Suggestion
		}
	}
	if n := len(r.Rounds); n > 0 {
		r.Answer = &r.Rounds[n-1]
		r.Review = r.review(day)
		r.MayBeYes = r.Answer.Value == No && r.Suggestion == evidence.SuggestYes
	}
	if key, ok := evidence.CrossKeyOf(cat, r.Row); ok {
		if rec, ok := records[key]; ok {
			rec.Rule, _ = cat.Rule(key.RuleID)
			r.CrossCheck = &rec
			r.Contradicts = r.Answer != nil && r.Answer.Value == Yes && rec.Suggestion == evidence.SuggestNo
		}
	}
}

// review says why the answer should be looked at again. A はい is, when the facts
// stopped to speak for it after it was given: the person who answered against the
// suggestion knew that already.
func (r *Row) review(day string) Review {
	a := r.Answer
	switch {
	case a.Value == Yes && r.Suggestion != a.Suggested && r.Suggestion != evidence.SuggestYes && r.Evidence != nil:
		return ReviewFacts
	case a.Value == No && a.TargetOn != "" && a.TargetOn < day:
		return ReviewOverdue
	case a.Value == NotApplicable && !r.NotNeeded && r.MaySkip == "":
		return ReviewGate
	}
	return ReviewNone
}

// add counts one row; the opening question has no number and does not count.
func (p *Progress) add(r Row) {
	if r.Number == "" {
		return
	}
	p.Total++
	switch {
	case r.NotNeeded:
		p.NotApplicable++
		return
	case r.Answer == nil || r.Review == ReviewGate:
		p.Unanswered++
	case r.Answer.Value == Yes:
		p.Yes++
	case r.Answer.Value == No:
		p.No++
	default:
		p.NotApplicable++
	}
	if r.Review != ReviewNone {
		p.Review++
	}
}

// Find returns a row by its id.
func (s *Sheet) Find(rowID string) (*Row, bool) {
	for i := range s.Rows {
		if s.Rows[i].ID == rowID {
			return &s.Rows[i], true
		}
	}
	return nil, false
}
