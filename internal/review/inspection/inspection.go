// Package inspection holds the answers to the yearly checklists and makes the pack
// that an inspector gets.
//
// A sheet is one form of an edition, filled in by one facility in one fiscal year
// (and, for the vendor's form, for one vendor and system: the subject). Its rows
// come from review/catalog, the suggestion beside each from review/evidence; the
// answer is always a named person's (Confirm). An answer never changes: another
// one starts the next round. Sheet shows all of that as of a day.
//
//	sheet, err := inspection.Load(ctx, db, cat, ref, asOfMS)
//	answer, err := inspection.Confirm(ctx, tx, cat, inspection.Confirmation{Ref: ref, RowID: "r7.medical.2.1", …})
//	pack, err := inspection.Make(ctx, deps, inspection.Request{Edition: "r7", FacilityID: f, Date: "2026-11-24", By: by})
//
// Days are text in the form 2006-01-02, as seen in Japan.
package inspection

import (
	"time"

	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
)

// Ref names a sheet that is being filled in.
type Ref struct {
	Edition    string // "r7"
	Sheet      string // "medical"
	FacilityID string
	FiscalYear int    // Western year it begins in; see FiscalYear
	Subject    string // vendor and system on a vendor's form; empty on the institution's
}

// FiscalYear is the fiscal year in which an edition is filled in on a day: the one
// the day lies in, and never one before the edition's own. An edition goes on being
// used after its year while the next one is not known well enough.
func FiscalYear(e *catalog.Edition, day string) int {
	at, err := time.ParseInLocation(time.DateOnly, day, text.Tokyo())
	if err != nil {
		return e.FiscalYear
	}
	return max(e.FiscalYear, text.FiscalYear(at))
}

// Value is an answer.
type Value string

// The answers.
const (
	Yes           Value = "yes"            // はい
	No            Value = "no"             // いいえ, with a target day in the fiscal year
	NotApplicable Value = "not_applicable" // 対象外, only where the form allows it
)

// By is a person who answers or makes a pack, as known at that time.
type By struct {
	ID   string // user id
	Name string // name for paper, 1–200 characters
}

// Proof binds an answer to the evidence that its person saw.
type Proof struct {
	RecordID string `json:"record"`
	SHA256   string `json:"sha256"` // of the record's body
}

// Answer is one round of one row.
type Answer struct {
	ID          string
	Ref         Ref
	RowID       string
	Round       int // from 1
	Value       Value
	ConfirmedOn string // 確認日
	TargetOn    string // 目標日, with No; else empty
	By          By
	Suggested   evidence.Suggestion // what was proposed when it was given
	Proofs      []Proof
	Note        string
	CreatedMS   int64
}

// Review is why an answer should be looked at again. Shown by the message key
// "inspection.review." + word.
type Review string

// The reasons.
const (
	ReviewNone    Review = ""
	ReviewFacts   Review = "facts"   // yes, and the facts say otherwise by now
	ReviewGate    Review = "gate"    // 対象外 because there was no system; now there is
	ReviewOverdue Review = "overdue" // no, and its target day is over
)

// today is the calendar day of a moment in Japan.
func today(ms int64) string { return time.UnixMilli(ms).In(text.Tokyo()).Format(time.DateOnly) }

// dayOf reads a day; the zero time when it is none.
func dayOf(day string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, day, text.Tokyo())
	if err != nil {
		return time.Time{}
	}
	return at
}
