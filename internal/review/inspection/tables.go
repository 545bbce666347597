package inspection

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/document"
	"sonae/internal/platform/text"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/asset"
)

// table is a list that Excel and CSV show alike.
type table struct {
	file    string // of the CSV, without folder and ending
	sheet   string // name of the Excel sheet
	columns []document.SheetColumn
	rows    iter.Seq[[]any]
}

// tables are all lists of a pack in their order.
func (c *content) tables() []table {
	list := []table{c.aboutTable()}
	for i, s := range c.sheets {
		list = append(list, c.checklistTable(i, s))
	}
	return append(list, c.roundsTable(), c.ledgerTable(), c.checksTable(), c.failingTable(), c.sourcesTable(), c.linksTable())
}

// cols makes text columns; a title may end in ":" and the greatest width in
// characters, and begins with * when the column names its row.
func (c *content) cols(specs ...string) []document.SheetColumn {
	list := make([]document.SheetColumn, len(specs))
	for i, spec := range specs {
		key, width, _ := strings.Cut(spec, ":")
		n, _ := strconv.ParseFloat(width, 64) // written in this file
		key, names := strings.CutPrefix(key, "*")
		list[i] = document.SheetColumn{Title: c.tr.T("pack.col." + key), WidthChars: n, Key: names}
	}
	return list
}

// aboutTable says what the pack is.
func (c *content) aboutTable() table {
	rows := [][]any{
		{c.tr.T("pack.about.facility"), c.facility.Name},
		{c.tr.T("pack.about.edition"), c.edition.Title.In(c.lang) + " " + c.edition.Era.In(c.lang)},
		{c.tr.T("pack.about.year"), c.tr.FiscalYear(c.year)},
		{c.tr.T("pack.about.day"), c.tr.Era(dayOf(c.day))},
		{c.tr.T("pack.about.as_of"), c.tr.DateTime(clock(c.asOfMS))},
		{c.tr.T("pack.about.made"), c.tr.DateTime(clock(c.madeMS)) + " " + c.byName},
		{c.tr.T("pack.about.mark"), c.mark},
		{c.tr.T("pack.about.wording"), c.tr.T("pack.own_words")},
	}
	if c.edition.Provisional {
		rows = append(rows, []any{c.tr.T("pack.provisional.title"), c.edition.ProvisionalReason.In(c.lang)})
	}
	return table{"about", c.tr.T("pack.tab.about"), c.cols("*item:24", "content:70"), slices.Values(rows)}
}

// clock turns Unix ms into a time; 0 into the zero time.
func clock(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(text.Tokyo())
}

// title is what a form is called, with the vendor's name on a vendor's form.
func (c *content) title(s *Sheet) string {
	if s.Ref.Subject == "" {
		return s.Form.Title.In(c.lang)
	}
	return s.Form.Title.In(c.lang) + " " + s.Ref.Subject
}

// value is an answer in words.
func (c *content) value(r Row) string {
	switch {
	case r.NotNeeded:
		return c.tr.T("inspection.not_needed")
	case r.Answer == nil:
		return c.tr.T("inspection.unanswered")
	}
	return c.tr.T("inspection.value." + string(r.Answer.Value))
}

// markOf is what stands beside a row that was not confirmed against the form.
func (c *content) markOf(r Row) string { return c.tr.T("inspection.mark." + string(r.Mark())) }

// checklistTable is a form with the last answer of every row.
func (c *content) checklistTable(i int, s *Sheet) table {
	cols := c.cols("*number:8", "*row:34", "target:16", "answer:12", "confirmed_on:12", "target_on:12", "round:8", "by:16", "suggestion:14", "summary:40",
		"review:24", "chapter:10", "mark:16", "note:40", "wording:60")
	cols[4].Kind, cols[5].Kind, cols[6].Kind = document.Date, document.Date, document.Number
	rows := func(yield func([]any) bool) {
		for _, r := range s.Rows {
			row := []any{r.Number, r.Title.In(c.lang), r.Target.Title().In(c.lang), c.value(r), nil, nil, nil, "", c.tr.T("evidence.suggestion." + string(r.Suggestion)),
				c.summary(r), c.review(r), c.proofOf(r), c.markOf(r), "", r.Wording}
			if a := r.Answer; a != nil {
				row[4], row[5], row[6], row[7], row[13] = dayOf(a.ConfirmedOn), dayOf(a.TargetOn), a.Round, a.By.Name, a.Note
			}
			if !yield(row) {
				return
			}
		}
	}
	file := "checklist-" + s.Ref.Sheet
	if s.Ref.Subject != "" {
		file += "-" + strconv.Itoa(i)
	}
	return table{file, c.title(s), cols, rows}
}

func (c *content) summary(r Row) string {
	if r.Evidence == nil {
		return ""
	}
	return r.Evidence.Summary(c.tr)
}

func (c *content) review(r Row) string {
	if r.Review == ReviewNone {
		return ""
	}
	return c.tr.T("inspection.review." + string(r.Review))
}

// roundsTable lists every round of every row.
func (c *content) roundsTable() table {
	cols := c.cols("*sheet:20", "*number:8", "row:34", "round:8", "answer:12", "confirmed_on:12", "target_on:12", "by:16", "suggested_then:14", "note:40", "proof_sha256:36")
	cols[3].Kind, cols[5].Kind, cols[6].Kind = document.Number, document.Date, document.Date
	rows := func(yield func([]any) bool) {
		for _, s := range c.sheets {
			for _, r := range s.Rows {
				for _, a := range r.Rounds {
					hashes := make([]string, len(a.Proofs))
					for i, p := range a.Proofs {
						hashes[i] = p.SHA256
					}
					if !yield([]any{c.title(s), r.Number, r.Title.In(c.lang), a.Round, c.tr.T("inspection.value." + string(a.Value)), dayOf(a.ConfirmedOn), dayOf(a.TargetOn),
						a.By.Name, c.tr.T("evidence.suggestion." + string(a.Suggested)), a.Note, strings.Join(hashes, " ")}) {
						return
					}
				}
			}
		}
	}
	return table{"rounds", c.tr.T("pack.tab.rounds"), cols, rows}
}

// ledgerTable is the ledger with every field.
func (c *content) ledgerTable() table {
	columns := asset.ExportColumns()
	cols := make([]document.SheetColumn, 0, len(columns))
	fields := make([]asset.Field, 0, len(columns))
	for _, col := range columns {
		if col.Field == asset.FieldFacility || col.Field == asset.FieldDisposalProof {
			continue // one facility a pack; an id says nothing on paper
		}
		kind := document.Text
		switch col.Type {
		case asset.TypeDate:
			kind = document.Date
		case asset.TypeTime:
			kind = document.DateTime
		case asset.TypeBytes, asset.TypeInt:
			kind = document.Number
		}
		fields = append(fields, col.Field)
		cols = append(cols, document.SheetColumn{Title: c.tr.T("asset.field." + string(col.Field)), WidthChars: 42, Kind: kind, Key: len(fields) <= 3})
	}
	rows := func(yield func([]any) bool) {
		for _, a := range c.ledger {
			row := make([]any, len(fields))
			for i, f := range fields {
				row[i] = c.ledgerValue(a, f)
			}
			if !yield(row) {
				return
			}
		}
	}
	return table{"ledger", c.tr.T("pack.tab.ledger"), cols, rows}
}

// ledgerValue is a field in the form a spreadsheet can count with.
func (c *content) ledgerValue(a asset.Asset, f asset.Field) any {
	value := a.Cell(f)
	info, _ := asset.Info(f)
	switch {
	case f == asset.FieldKind:
		return c.word(f, string(a.Kind))
	case value == "":
		return nil
	case f == asset.FieldLastSeen:
		return clock(a.LastSeenMS)
	case info.Type == asset.TypeDate:
		if at := dayOf(value); !at.IsZero() {
			return at
		}
	case info.Type == asset.TypeBytes || info.Type == asset.TypeInt:
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n
		}
	}
	return c.word(f, value)
}

// word is a field's value for people: choices in their language, people and
// vendors by name.
func (c *content) word(f asset.Field, value string) string {
	info, _ := asset.Info(f)
	if f == asset.FieldSource {
		return evidence.SourceTitle(c.tr, value)
	}
	if info.Type == asset.TypeEnum || info.Type == asset.TypeBool3 {
		for _, key := range []string{"asset." + string(f) + "." + value, "asset.answer." + value} {
			if c.tr.Has(key) {
				return c.tr.T(key)
			}
		}
		return value
	}
	if name, ok := c.names[value]; ok && (info.Type == asset.TypeUser || info.Type == asset.TypeVendor) {
		return name
	}
	return value
}

// checksTable lists every check of every rule with its figures.
func (c *content) checksTable() table {
	cols := c.cols("*chapter:10", "*rows:14", "rule:14", "rule_title:28", "suggestion:14", "check:30", "decides:16", "state:12", "sentence:44", "figures:44", "evaluated:18", "proof_sha256:36")
	cols[10].Kind = document.DateTime
	rows := func(yield func([]any) bool) {
		for _, p := range c.proofs {
			if p.record == nil {
				continue
			}
			for _, r := range p.record.Body.Checks {
				if !yield([]any{p.number, p.numbers(), p.rule.ID, p.rule.Title.In(c.lang), c.tr.T("evidence.suggestion." + string(p.record.Suggestion)), r.Title(c.tr),
					c.tr.T("pack.decides." + string(r.Decides)), c.tr.T("evidence.state." + string(r.State)), r.Sentence(c.tr), c.figures(r), clock(p.record.ConfirmedMS), p.record.SHA256}) {
					return
				}
			}
		}
	}
	return table{"evidence", c.tr.T("pack.tab.evidence"), cols, rows}
}

// numbers names the rows a chapter stands beside.
func (p proof) numbers() string {
	var list []string
	for _, r := range p.rows {
		if n := r.Number; n != "" && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return strings.Join(list, " ")
}

// figures writes the figures of a check on one line.
func (c *content) figures(r evidence.Result) string {
	parts := make([]string, len(r.Figures))
	for i, f := range r.Figures {
		parts[i] = f.Title(c.tr) + " " + f.Value(c.tr)
	}
	return strings.Join(parts, c.tr.T("pack.separator"))
}

// failingTable lists what fails and why.
func (c *content) failingTable() table {
	rows := func(yield func([]any) bool) {
		for _, p := range c.proofs {
			if p.record == nil {
				continue
			}
			for _, r := range p.record.Body.Checks {
				for _, it := range r.Failing {
					if !yield([]any{p.number, p.rule.ID, r.Title(c.tr), it.Name(c.tr), it.Text(c.tr), it.AssetID}) {
						return
					}
				}
			}
		}
	}
	return table{"failing", c.tr.T("pack.tab.failing"), c.cols("*chapter:10", "rule:14", "check:34", "thing:30", "reason:50", "asset_id:40"), rows}
}

// sourcesTable says who told what and when.
func (c *content) sourcesTable() table {
	cols := c.cols("*chapter:10", "rule:14", "source:30", "count:10", "newest:18")
	cols[3].Kind, cols[4].Kind = document.Number, document.DateTime
	rows := func(yield func([]any) bool) {
		for _, p := range c.proofs {
			if p.record == nil {
				continue
			}
			for _, s := range p.record.Sources() {
				if !yield([]any{p.number, p.rule.ID, evidence.SourceTitle(c.tr, s.Source), s.Count, clock(s.NewestMS)}) {
					return
				}
			}
		}
	}
	return table{"sources", c.tr.T("pack.tab.sources"), cols, rows}
}

// linksTable lists the proof that people put beside rows.
func (c *content) linksTable() table {
	rows := func(yield func([]any) bool) {
		for _, s := range c.sheets {
			for _, r := range s.Rows {
				for _, l := range r.Links {
					if !yield([]any{c.title(s), r.Number, r.Title.In(c.lang), c.tr.T("inspection.link." + string(l.Kind)), l.Title, c.whereOf(l), l.SHA256}) {
						return
					}
				}
			}
		}
	}
	return table{"links", c.tr.T("pack.tab.links"), c.cols("*sheet:20", "*number:8", "row:34", "link_kind:12", "link_title:40", "link_target:50", "sha256:36"), rows}
}
