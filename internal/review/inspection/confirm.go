package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
)

// Confirmation is an answer as a person gives it.
type Confirmation struct {
	Ref         Ref
	RowID       string
	Round       int // the round being answered: one after the last; 0 = whichever is next
	Value       Value
	ConfirmedOn string
	TargetOn    string
	By          By
	Note        string // at most 2,000 characters
	// Evidence are the records the person saw; empty = the newest of the row's rule.
	Evidence []string
	NowMS    int64
}

// Limits of texts in characters.
const (
	maxNote    = 2000
	maxName    = 200
	maxSubject = 200
)

// Confirm stores an answer as the next round of its row, by the rules of the form:
//
//   - はい and いいえ are given on every row; 対象外 only where the row allows it, or
//     when the opening question says that there is no system.
//   - Every answer has its day, not in the future and inside the fiscal year; いいえ
//     has a target day from then to the end of the fiscal year.
//   - While the opening question is いいえ, no other row needs an answer, and none
//     but 対象外 is taken.
//   - Older rounds stay as they are. A round that somebody else has answered
//     meanwhile is a conflict.
//
// Errors: invalid (with the field), not_found, conflict.
func Confirm(ctx context.Context, tx *store.Tx, cat *catalog.Catalog, c Confirmation) (Answer, error) {
	row, err := rowOf(cat, c.Ref, c.RowID)
	if err != nil {
		return Answer{}, err
	}
	if err := c.check(row); err != nil {
		return Answer{}, err
	}
	given, err := answers(ctx, tx, c.Ref, "")
	if err != nil {
		return Answer{}, err
	}
	if err := c.checkGate(row, given); err != nil {
		return Answer{}, err
	}
	a := Answer{ID: store.NewID(), Ref: c.Ref, RowID: row.ID, Round: 1, Value: c.Value, ConfirmedOn: c.ConfirmedOn, TargetOn: c.TargetOn,
		By: c.By, Note: c.Note, CreatedMS: c.NowMS}
	if rounds := given[row.ID]; len(rounds) > 0 {
		last := rounds[len(rounds)-1]
		a.Round = last.Round + 1
		if c.ConfirmedOn < last.ConfirmedOn {
			return Answer{}, fault.Invalid("inspection.error.before_last_round", "On", last.ConfirmedOn).At("confirmed_on")
		}
	}
	if c.Round != 0 && c.Round != a.Round {
		return Answer{}, fault.Conflict("inspection.error.round", "Round", a.Round-1).WithHint("inspection.error.round.hint")
	}
	if a.Suggested, a.Proofs, err = c.proofs(ctx, tx, row); err != nil {
		return Answer{}, err
	}
	return a, insertAnswer(ctx, tx, a)
}

// rowOf finds a row of the sheet a Ref names.
func rowOf(cat *catalog.Catalog, ref Ref, rowID string) (*catalog.Row, error) {
	sheet, err := sheetOf(cat, ref)
	if err != nil {
		return nil, err
	}
	row, ok := sheet.Row(rowID)
	if !ok {
		return nil, fault.NotFound("inspection.error.no_row", "Row", clip(rowID))
	}
	return row, nil
}

// sheetOf finds the form and checks that the rest of the Ref fits it.
func sheetOf(cat *catalog.Catalog, ref Ref) (*catalog.Sheet, error) {
	sheet, ok := cat.Sheet(ref.Edition, ref.Sheet)
	if !ok {
		return nil, fault.NotFound("inspection.error.no_sheet", "Edition", clip(ref.Edition), "Sheet", clip(ref.Sheet))
	}
	perVendor := sheet.Kind == catalog.SheetVendor
	switch {
	case ref.FacilityID == "":
		return nil, fault.Invalid("inspection.error.facility").At("facility")
	case ref.FiscalYear < sheet.Edition.FiscalYear || ref.FiscalYear > sheet.Edition.FiscalYear+50:
		return nil, fault.Invalid("inspection.error.fiscal_year").At("fiscal_year")
	case perVendor != (ref.Subject != "") || !line(ref.Subject, maxSubject):
		return nil, fault.Invalid("inspection.error.subject").At("subject")
	}
	return sheet, nil
}

// clip shortens a text of a stranger for an error.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 100)], "�") }

// check holds an answer to the rules that need no other answer.
func (c *Confirmation) check(row *catalog.Row) error {
	c.Note, c.By.Name = strings.TrimSpace(c.Note), strings.TrimSpace(c.By.Name)
	first, last := text.FiscalYearDays(c.Ref.FiscalYear)
	from, until := first.Format(time.DateOnly), last.Format(time.DateOnly)
	switch {
	case !slices.Contains([]Value{Yes, No, NotApplicable}, c.Value):
		return fault.Invalid("inspection.error.value").At("value")
	case c.Value == NotApplicable && row.IsGate():
		return fault.Invalid("inspection.error.not_skippable").At("value")
	case dayOf(c.ConfirmedOn).IsZero():
		return fault.Invalid("inspection.error.confirmed_on").At("confirmed_on")
	case c.ConfirmedOn > today(c.NowMS):
		return fault.Invalid("inspection.error.future").At("confirmed_on")
	case c.ConfirmedOn < from || c.ConfirmedOn > until:
		return fault.Invalid("inspection.error.outside_year", "From", from, "Until", until).At("confirmed_on")
	case c.By.ID == "" || c.By.Name == "" || !line(c.By.Name, maxName):
		return fault.Invalid("inspection.error.by").At("by")
	case utf8.RuneCountInString(c.Note) > maxNote || !plain(c.Note):
		return fault.Invalid("inspection.error.note", "Max", maxNote).At("note")
	}
	if c.Value != No || row.IsGate() {
		if c.TargetOn != "" {
			return fault.Invalid("inspection.error.target_without_no").At("target_on")
		}
		return nil
	}
	if dayOf(c.TargetOn).IsZero() || c.TargetOn < c.ConfirmedOn || c.TargetOn > until {
		return fault.Invalid("inspection.error.target_on", "From", c.ConfirmedOn, "Until", until).At("target_on").WithHint("inspection.error.target_on.hint")
	}
	return nil
}

// checkGate holds an answer to what the opening question says.
func (c *Confirmation) checkGate(row *catalog.Row, given map[string][]Answer) error {
	if row.IsGate() {
		return nil
	}
	no := gateSaysNo(row.Sheet, given)
	switch {
	case no && c.Value != NotApplicable:
		return fault.Conflict("inspection.error.gate_no").At("value").WithHint("inspection.error.gate_no.hint")
	case !no && c.Value == NotApplicable && row.MaySkip == "":
		return fault.Invalid("inspection.error.not_skippable").At("value")
	}
	return nil
}

// gateSaysNo reports whether the opening question's last answer is いいえ.
func gateSaysNo(sheet *catalog.Sheet, given map[string][]Answer) bool {
	for _, r := range sheet.Rows {
		if rounds := given[r.ID]; r.IsGate() && len(rounds) > 0 {
			return rounds[len(rounds)-1].Value == No
		}
	}
	return false
}

// proofs finds the evidence an answer rests on.
func (c *Confirmation) proofs(ctx context.Context, q store.Querier, row *catalog.Row) (evidence.Suggestion, []Proof, error) {
	key, ok := evidence.KeyOf(row)
	if !ok {
		return evidence.SuggestNone, nil, nil
	}
	if len(c.Evidence) == 0 {
		r, err := evidence.Latest(ctx, q, c.Ref.FacilityID, key, c.NowMS)
		if fault.Is(err, fault.CodeNotFound) {
			return evidence.SuggestNone, nil, nil
		}
		if err != nil {
			return "", nil, err
		}
		return r.Suggestion, []Proof{{r.ID, r.SHA256}}, nil
	}
	suggested := evidence.SuggestNone
	var list []Proof
	for _, id := range c.Evidence[:min(len(c.Evidence), 10)] {
		r, err := evidence.Get(ctx, q, id)
		if err != nil {
			return "", nil, err
		}
		if r.FacilityID != c.Ref.FacilityID || r.Key != key {
			return "", nil, fault.Invalid("inspection.error.evidence").At("evidence")
		}
		suggested = r.Suggestion
		list = append(list, Proof{r.ID, r.SHA256})
	}
	return suggested, list, nil
}

// insertAnswer stores a round; the unique index keeps two people from answering
// the same one.
func insertAnswer(ctx context.Context, tx *store.Tx, a Answer) error {
	proofs, err := json.Marshal(a.Proofs)
	if err != nil {
		return fmt.Errorf("write proofs: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO inspection_answer (id, facility_id, edition, fiscal_year, sheet, subject, row_id, round, value,
		confirmed_on, target_on, by_id, by_name, suggested, evidence, note, created_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		a.ID, a.Ref.FacilityID, a.Ref.Edition, a.Ref.FiscalYear, a.Ref.Sheet, a.Ref.Subject, a.RowID, a.Round, string(a.Value),
		a.ConfirmedOn, a.TargetOn, a.By.ID, a.By.Name, string(a.Suggested), string(proofs), a.Note, a.CreatedMS)
	if store.KindOf(err) == store.KindUnique {
		return fault.Conflict("inspection.error.round", "Round", a.Round).WithHint("inspection.error.round.hint").Because(err)
	}
	if err != nil {
		return fmt.Errorf("store answer to %s: %w", a.RowID, err)
	}
	return nil
}

// plain reports whether a text is valid UTF-8 without control characters other
// than line breaks and tabs.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// line reports whether a text is plain, on one line and not too long.
func line(s string, maxChars int) bool {
	return utf8.RuneCountInString(s) <= maxChars && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
