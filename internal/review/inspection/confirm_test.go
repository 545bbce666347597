package inspection_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/review/evidence"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/asset"
)

const (
	gate    = "r7.medical.0"
	ledger  = "r7.medical.2.1"
	remote  = "r7.medical.2.2" // may be left out without a vendor contract
	patches = "r7.medical.2.6"
	bcp     = "r7.medical.3.3"
	logs    = "r7.medical.2.11"
)

// The rules of the form, one refusal each.
func TestConfirmRefuses(t *testing.T) {
	type change = func(*inspection.Confirmation)
	cases := []struct {
		name, row string
		value     inspection.Value
		change    change
		code      fault.Code
		place     string
	}{
		{"no such row", "r7.medical.9.9", inspection.Yes, nil, fault.CodeNotFound, ""},
		{"row of another sheet", "r7.vendor.1.1", inspection.Yes, nil, fault.CodeNotFound, ""},
		{"no such edition", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Ref.Edition = "r99" }, fault.CodeNotFound, ""},
		{"year before the edition", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Ref.FiscalYear = 2024 }, fault.CodeInvalid, "fiscal_year"},
		{"a subject on the institution's form", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Ref.Subject = "架空電算" }, fault.CodeInvalid, "subject"},
		{"no subject on the vendor's form", "r7.vendor.1.1", inspection.Yes, func(c *inspection.Confirmation) { c.Ref.Sheet = "vendor" }, fault.CodeInvalid, "subject"},
		{"no such answer", ledger, "maybe", nil, fault.CodeInvalid, "value"},
		{"no day", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "" }, fault.CodeInvalid, "confirmed_on"},
		{"a day that does not exist", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "2026-02-30" }, fault.CodeInvalid, "confirmed_on"},
		{"tomorrow", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "2026-02-17" }, fault.CodeInvalid, "confirmed_on"},
		{"before the fiscal year", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "2025-03-31" }, fault.CodeInvalid, "confirmed_on"},
		{"no without target day", ledger, inspection.No, nil, fault.CodeInvalid, "target_on"},
		{"target after the fiscal year", ledger, inspection.No, func(c *inspection.Confirmation) { c.TargetOn = "2026-04-01" }, fault.CodeInvalid, "target_on"},
		{"target before the answer", ledger, inspection.No, func(c *inspection.Confirmation) { c.TargetOn = "2026-02-15" }, fault.CodeInvalid, "target_on"},
		{"yes with a target day", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.TargetOn = "2026-03-01" }, fault.CodeInvalid, "target_on"},
		{"not applicable where the form does not allow it", ledger, inspection.NotApplicable, nil, fault.CodeInvalid, "value"},
		{"opening question not applicable", gate, inspection.NotApplicable, nil, fault.CodeInvalid, "value"},
		{"nobody", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.By = inspection.By{} }, fault.CodeInvalid, "by"},
		{"control character in the note", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Note = "a\x00b" }, fault.CodeInvalid, "note"},
		{"broken UTF-8 in the note", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Note = "\xff" }, fault.CodeInvalid, "note"},
		{"endless note", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Note = strings.Repeat("あ", 2001) }, fault.CodeInvalid, "note"},
		{"a round that is not next", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Round = 2 }, fault.CodeConflict, ""},
		{"evidence that does not exist", ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Evidence = []string{store.NewID()} }, fault.CodeNotFound, ""},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				_, err := w.confirm(c.row, c.value, c.change)
				if !fault.Is(err, c.code) || (err != nil && fault.Of(err).Place != c.place) {
					t.Errorf("got %v, want %s at %q", err, c.code, c.place)
				}
				sayInBothLanguages(t, err)
			})
		}
		if s := w.load(w.ref, w.now); s.Progress.Unanswered != s.Progress.Total {
			t.Errorf("a refused answer was stored: %+v", s.Progress)
		}
	})
}

// sayInBothLanguages asks for the sentences of a fault; missing ones panic in tests.
func sayInBothLanguages(t *testing.T, err error) {
	t.Helper()
	texts, loadErr := text.Load()
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	f := fault.Of(err)
	for _, lang := range text.Languages() {
		tr := texts.For(lang)
		if tr.T(f.Key, f.Args...) == "" || (f.Hint != "" && tr.T(f.Hint) == "") {
			t.Errorf("no sentence for %s", f.Key)
		}
	}
}

// A changed answer is a new round; older rounds stay as they are, and a second
// person who saw an older state is told.
func TestRounds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		first := w.answer(ledger, inspection.No, func(c *inspection.Confirmation) {
			c.ConfirmedOn, c.TargetOn, c.Round, c.Note = "2025-06-10", "2026-01-31", 1, "棚卸がまだ"
		})
		second := w.answer(ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Round = 2 })
		if _, err := w.confirm(ledger, inspection.Yes, func(c *inspection.Confirmation) { c.Round = 2 }); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("the same round again: %v", err)
		}
		if _, err := w.confirm(ledger, inspection.Yes, func(c *inspection.Confirmation) { c.ConfirmedOn = "2025-06-09" }); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("a round before the last one: %v", err)
		}
		r := w.row(ledger)
		if diff := cmp.Diff([]inspection.Answer{first, second}, r.Rounds); diff != "" {
			t.Errorf("rounds (-given +read):\n%s", diff)
		}
		if r.Answer.Value != inspection.Yes || first.Round != 1 || second.Round != 2 {
			t.Errorf("got %+v", r.Answer)
		}
		// As of a day in between, the first round speaks.
		past := w.load(w.ref, time.Date(2025, 12, 1, 12, 0, 0, 0, text.Tokyo()).UnixMilli())
		if row, _ := past.Find(ledger); row.Answer.Value != inspection.No || len(row.Rounds) != 1 {
			t.Errorf("as of December: %+v", row.Answer)
		}
		if past.Progress.No != 1 || past.Progress.Yes != 0 || past.Progress.Total != 19 {
			t.Errorf("progress as of December: %+v", past.Progress)
		}
	})
}

// While the opening question is no, nothing else needs an answer.
func TestGate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.answer(gate, inspection.No, nil)
		s := w.load(w.ref, w.now)
		if !s.NoSystem || s.Progress.NotApplicable != 19 || s.Progress.Unanswered != 0 || s.Progress.Left() != 0 {
			t.Errorf("no system: %+v", s.Progress)
		}
		if _, err := w.confirm(ledger, inspection.Yes, nil); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("yes while there is no system: %v", err)
		}
		w.answer(ledger, inspection.NotApplicable, nil)
		w.answer(gate, inspection.Yes, nil)
		r := w.row(ledger)
		if r.Review != inspection.ReviewGate || r.NotNeeded {
			t.Errorf("not applicable although there is a system now: %q", r.Review)
		}
		if p := w.load(w.ref, w.now).Progress; p.Unanswered != 19 || p.Review != 1 {
			t.Errorf("progress: %+v", p)
		}
		w.answer(remote, inspection.NotApplicable, func(c *inspection.Confirmation) { c.Note = "契約事業者なし" })
		if r := w.row(remote); r.Review != inspection.ReviewNone {
			t.Errorf("allowed by the form, and yet %q", r.Review)
		}
	})
}

// A yes is looked at again when the facts stop to speak for it, and only then.
func TestReviewWhenFactsChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		evaluate := func() {
			t.Helper()
			_, err := evidence.Evaluate(t.Context(), db, w.cat, evidence.Request{FacilityID: w.ref.FacilityID, AsOfMS: w.now, NowMS: w.now})
			w.must(err)
		}
		evaluate() // no log review: suggests no
		a := w.answer(logs, inspection.Yes, nil)
		if a.Suggested != evidence.SuggestNo || len(a.Proofs) != 1 {
			t.Errorf("got %s with %v, want no with its proof", a.Suggested, a.Proofs)
		}
		if r := w.row(logs); r.Review != inspection.ReviewNone {
			t.Errorf("answered against the suggestion knowingly: %q", r.Review)
		}
		rec, err := evidence.Get(t.Context(), db, a.Proofs[0].RecordID)
		if err != nil || rec.SHA256 != a.Proofs[0].SHA256 {
			t.Errorf("the proof does not bind to its record: %v", err)
		}
		w.answer(bcp, inspection.Yes, nil)
		if r := w.row(bcp); r.Evidence != nil || r.Review != inspection.ReviewNone || r.Suggestion != evidence.SuggestNone {
			t.Errorf("a row that a person answers: %+v", r)
		}
		// A system is registered, answered for, and taken out of use.
		id := w.asset(asset.Values{asset.FieldKind: "system", asset.FieldName: "電子カルテ", asset.FieldPatientData: "yes"})
		evaluate()
		if a := w.answer(gate, inspection.Yes, nil); a.Suggested != evidence.SuggestYes {
			t.Errorf("a registered system suggests %s", a.Suggested)
		}
		w.now += 3_600_000
		w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := asset.Edit(ctx, tx, asset.Scope{All: true}, id, 0, asset.Values{asset.FieldStatus: "spare"}, "sato", w.now)
			return err
		}))
		evaluate()
		if r := w.row(gate); r.Review != inspection.ReviewFacts || r.Suggestion != evidence.SuggestNo {
			t.Errorf("the system is gone: review %q, suggestion %s", r.Review, r.Suggestion)
		}
		w.answer(gate, inspection.Yes, nil)
		if r := w.row(gate); r.Review != inspection.ReviewNone {
			t.Errorf("answered again, knowing it: %q", r.Review)
		}
	})
}

// A no whose target day is over is looked at again.
func TestOverdue(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	w.answer(patches, inspection.No, func(c *inspection.Confirmation) { c.TargetOn = "2026-02-20" })
	if r := w.row(patches); r.Review != inspection.ReviewNone {
		t.Errorf("before the target day: %q", r.Review)
	}
	w.now += 5 * dayMS
	if r := w.row(patches); r.Review != inspection.ReviewOverdue {
		t.Errorf("after the target day: %q", r.Review)
	}
}

// Answers of earlier years are proposed with their days and never taken over.
func TestCarryOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		old := w.ref
		old.Edition, old.FiscalYear = "r6", 2024
		r6 := func(row string, v inspection.Value, target string) {
			t.Helper()
			w.answer(row, v, func(c *inspection.Confirmation) {
				c.Ref, c.ConfirmedOn, c.TargetOn = old, "2024-10-01", target
			})
		}
		r6("r6.medical.2.7.server", inspection.Yes, "")
		r6("r6.medical.2.7.pc", inspection.Yes, "")
		if r := w.row(patches); r.Proposal != nil {
			t.Errorf("two of three merged rows are answered: %+v", r.Proposal)
		}
		r6("r6.medical.2.7.network", inspection.No, "2025-03-01")
		r := w.row(patches)
		if r.Answer != nil {
			t.Fatal("an old answer was taken over without a person")
		}
		if r.Proposal == nil || r.Proposal.Value != inspection.No || len(r.Proposal.From) != 3 || r.Proposal.From[0].ConfirmedOn != "2024-10-01" {
			t.Errorf("got %+v", r.Proposal)
		}
		r6("r6.medical.2.7.network", inspection.Yes, "")
		if r := w.row(patches); r.Proposal == nil || r.Proposal.Value != inspection.Yes {
			t.Errorf("all three are yes: %+v", r.Proposal)
		}
		// The same edition goes on being used in the next fiscal year.
		w.answer(ledger, inspection.Yes, nil)
		next := w.ref
		next.FiscalYear = 2026
		row, _ := w.load(next, w.now+60*dayMS).Find(ledger)
		if row.Answer != nil || row.Proposal == nil || row.Proposal.From[0].ConfirmedOn != "2026-02-16" {
			t.Errorf("next year: answer %v, proposal %+v", row.Answer, row.Proposal)
		}
	})
}

func TestFiscalYear(t *testing.T) {
	cat := loadCatalog(t)
	e, _ := cat.Edition("r7")
	for day, want := range map[string]int{"2025-04-01": 2025, "2026-03-31": 2025, "2026-04-01": 2026, "2024-01-01": 2025, "nonsense": 2025} {
		if got := inspection.FiscalYear(e, day); got != want {
			t.Errorf("%s: got %d, want %d", day, got, want)
		}
	}
}

func TestLinksAndWordings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		add := func(kind inspection.LinkKind, title, target string) (l inspection.Link, err error) {
			err = w.tx(func(ctx context.Context, tx *store.Tx) error {
				l, err = inspection.AddLink(ctx, tx, w.cat, inspection.Link{Ref: w.ref, RowID: bcp, Kind: kind, Title: title, Target: target, AddedBy: by.ID, AddedMS: w.now})
				return err
			})
			return l, err
		}
		for name, err := range map[string]error{
			"script address": second(add(inspection.LinkPage, "x", "javascript:alert(1)")),
			"data address":   second(add(inspection.LinkPage, "x", "data:text/html,x")),
			"no title":       second(add(inspection.LinkPlace, " ", "棚")),
			"line break":     second(add(inspection.LinkPlace, "a\nb", "棚")),
			"unknown kind":   second(add("mail", "x", "y")),
		} {
			if !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("%s: got %v", name, err)
			}
			sayInBothLanguages(t, err)
		}
		if _, err := add(inspection.LinkFile, "BCP", store.NewID()); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("a file that is not stored: %v", err)
		}
		l, err := add(inspection.LinkPlace, "BCP 第3版", "事務室の棚 3")
		w.must(err)
		if r := w.row(bcp); len(r.Links) != 1 || r.Links[0].Target != "事務室の棚 3" {
			t.Errorf("links: %+v", r.Links)
		}
		remove := func() error {
			return w.tx(func(ctx context.Context, tx *store.Tx) error {
				return inspection.RemoveLink(ctx, tx, w.ref.FacilityID, l.ID, by.ID, w.now+1000)
			})
		}
		w.must(remove())
		if err := remove(); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("removed twice: %v", err)
		}
		if s := w.load(w.ref, w.now+2000); len(must(s.Find(bcp)).Links) != 0 {
			t.Error("a removed link is still shown")
		}
		if r := w.row(bcp); len(r.Links) != 1 {
			t.Error("as of before, the link is gone")
		}
		word := func(text string) error {
			return w.tx(func(ctx context.Context, tx *store.Tx) error {
				return inspection.SetWording(ctx, tx, w.cat, bcp, text, by.ID, w.now)
			})
		}
		w.must(word("一行目\r\n二行目"))
		if r := w.row(bcp); r.Wording != "一行目\n二行目" {
			t.Errorf("wording %q", r.Wording)
		}
		w.must(word(""))
		if r := w.row(bcp); r.Wording != "" {
			t.Errorf("wording %q after taking it away", r.Wording)
		}
		if err := word(strings.Repeat("あ", 4001)); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("endless wording: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
func must[T any](v T, _ bool) T          { return v }

// The vendor's word is held against our own facts.
func TestVendorSheetContradiction(t *testing.T) {
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	_, err := evidence.Evaluate(t.Context(), db, w.cat, evidence.Request{FacilityID: w.ref.FacilityID, AsOfMS: w.now, NowMS: w.now})
	w.must(err)
	w.ref.Sheet, w.ref.Subject = "vendor", "架空電算／電子カルテ"
	w.answer("r7.vendor.1.1", inspection.Yes, nil) // nobody is appointed: our facts say no
	r := w.row("r7.vendor.1.1")
	if r.CrossCheck == nil || !r.Contradicts {
		t.Errorf("cross-check %v, contradicts %v", r.CrossCheck, r.Contradicts)
	}
	list, err := inspection.Subjects(t.Context(), db, w.ref)
	if err != nil || len(list) != 1 || list[0] != w.ref.Subject {
		t.Errorf("subjects %v, %v", list, err)
	}
}
