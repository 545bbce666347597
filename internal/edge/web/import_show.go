package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

// openImport finds the import of the address and checks a right at its facility.
func (c *call) openImport(do identity.Action) (intake.Import, error) {
	id, err := c.id("id")
	if err != nil {
		return intake.Import{}, err
	}
	m, err := intake.ByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return m, errNothing
	}
	if err != nil {
		return m, err
	}
	return m, c.need(identity.AssetRead, do, m.Order.FacilityID, "")
}

// importShow shows a draft with what it would do, or what an import did.
func importShow(_ *site, c *call) error {
	m, err := c.openImport(identity.AssetRead)
	if err != nil {
		return err
	}
	return c.importPage(m, nil)
}

func (c *call) importPage(m intake.Import, wrong error) error {
	page, err := c.page(m.FileName)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	may := c.who.CanAt(identity.AssetImport, m.Order.FacilityID, "")
	v := &view.ImportShow{Page: page, ID: m.ID, File: m.FileName, Facility: names[m.Order.FacilityID], State: c.tr.T("intake.state." + string(m.State)), StateKind: importKinds[m.State], SHA256: m.SHA256,
		Base: importPath + "/" + m.ID, Draft: m.State == intake.StateDraft, Running: m.State == intake.StateRunning || m.State == intake.StateUndoing, CanImport: may,
		CanUndo: may && m.CanUndo(), WithoutNumber: m.Order.WithoutNumber, Done: m.Done, Total: m.Total}
	if m.StartedMS != 0 {
		v.Taken = c.tr.T("intake.taken", "By", m.Order.By, "At", v.DateTime(m.StartedMS))
	}
	if m.UndoneMS != 0 {
		v.Undone = c.tr.T("intake.undone_by", "By", m.UndoneBy, "At", v.DateTime(m.UndoneMS))
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	v.Machines, v.IsBill = m.Form == intake.FormMachines, m.Form == intake.FormBill
	fill := c.fillTaken
	switch {
	case v.Draft && v.Machines:
		fill = c.fillMachines
	case v.Draft && v.IsBill:
		fill = c.fillBill
	case v.Draft:
		fill = c.fillDraft
	}
	if err := fill(v, m); err != nil {
		return err
	}
	return c.render(v)
}

// importFrom reads which rows the address asks for.
func (c *call) importFrom() (outcome intake.Outcome, after int) {
	q := c.r.URL.Query()
	after, _ = digits(q.Get("after"))
	for _, o := range intake.Outcomes {
		if string(o) == q.Get("outcome") {
			outcome = o
		}
	}
	return outcome, after
}

// fillDraft foresees a draft.
func (c *call) fillDraft(v *view.ImportShow, m intake.Import) error {
	l, err := m.List(c.r.Context(), c.s.deps.DB)
	if err != nil {
		return err
	}
	v.ReadAs = strings.ToUpper(l.Grid.Format)
	switch {
	case l.Grid.Charset != "":
		v.ReadAs += " · " + strings.ToUpper(l.Grid.Charset)
	case l.Grid.Sheet != "":
		v.ReadAs += " · " + l.Grid.Sheet
	}
	plan, err := intake.Foresee(c.r.Context(), c.s.deps.DB, l, m.Order, c.nowMS())
	f := fault.Of(err)
	if f != nil && f.Code == fault.CodeInternal {
		return err
	}
	report := intake.Describe(l, m.Order, plan, c.tr)
	for i, col := range report.Columns {
		one := view.ImportColumn{Letter: intake.Letter(i), Heading: col.Heading, Example: col.Example}
		for _, field := range intake.Importable() {
			one.Fields = append(one.Fields, view.Choice{Value: string(field), Label: c.fieldLabel(field), Current: field == col.Field})
		}
		v.Columns = append(v.Columns, one)
	}
	if f != nil {
		v.Wrong = c.text(f)
		return nil
	}
	c.importPlan(v, plan.Counts, report.Rows)
	return nil
}

// fillMachines foresees a draft of machines' files.
func (c *call) fillMachines(v *view.ImportShow, m intake.Import) error {
	plan, err := intake.ForeseeMachines(c.r.Context(), c.s.deps.DB, c.s.deps.Door, m, c.nowMS())
	if err != nil {
		return err
	}
	c.importPlan(v, plan.Counts, intake.DescribeMachines(m, plan, c.tr).Rows)
	return nil
}

// importPlan shows what a draft would do: the page of rows that the address asks for.
func (c *call) importPlan(v *view.ImportShow, n intake.Counts, all []intake.RowReport) {
	v.Ready, v.Refused = n.Rows-n.Refuse, n.Refuse
	outcome, after := c.importFrom()
	var rows []intake.RowReport
	for _, r := range all {
		if r.Row > after && (outcome == "" || r.Outcome == outcome) {
			rows = append(rows, r)
		}
	}
	c.importRows(v, rows, n, outcome)
}

// fillTaken shows what was done.
func (c *call) fillTaken(v *view.ImportShow, m intake.Import) error {
	if err := c.billAsset(v, m); err != nil {
		return err
	}
	outcome, after := c.importFrom()
	list, err := intake.TakenRows(c.r.Context(), c.s.deps.DB, m.ID, outcome, after, importPage+1)
	if err != nil {
		return err
	}
	rows := make([]intake.RowReport, len(list))
	for i, t := range list {
		rows[i] = intake.DescribeTaken(t, c.tr)
	}
	c.importRows(v, rows, m.Counts, outcome)
	return nil
}

// importRows writes one page of rows, with tabs by outcome.
func (c *call) importRows(v *view.ImportShow, rows []intake.RowReport, n intake.Counts, outcome intake.Outcome) {
	v.Tabs = append(v.Tabs, view.CountTab{Href: v.Base, Label: c.tr.T("intake.filter.all"), Count: c.tr.Number(int64(n.Rows)), Current: outcome == ""})
	for _, o := range intake.Outcomes {
		if o == intake.OutcomeGone && !v.IsBill {
			continue
		}
		v.Tabs = append(v.Tabs, view.CountTab{Href: v.Base + "?outcome=" + string(o), Label: c.tr.T("intake.outcome." + string(o)), Count: c.tr.Number(int64(n.Of(o))), Current: outcome == o})
	}
	next := ""
	if len(rows) > importPage {
		rows = rows[:importPage]
		next = strconv.Itoa(rows[importPage-1].Row)
	}
	for _, r := range rows {
		v.Rows = append(v.Rows, c.importLine(r))
	}
	v.Pager = pagerOf(c, &v.Page, v.Base, url.Values{"outcome": {string(outcome)}}, len(rows), int64(n.Of(outcome)), next)
}

var outcomeKinds = map[intake.Outcome]string{intake.OutcomeCreate: "ok", intake.OutcomeChange: "info", intake.OutcomeSame: "none", intake.OutcomeGone: "warn", intake.OutcomeRefuse: "danger"}

func (c *call) importLine(r intake.RowReport) view.ImportLine {
	line := view.ImportLine{Row: r.Row, Kind: outcomeKinds[r.Outcome], Outcome: c.tr.T("intake.outcome." + string(r.Outcome)), Name: r.Name}
	if r.AssetID != "" && r.Back != "removed" && r.Back != "gone" {
		line.Href = assetPath + "/" + r.AssetID
	}
	if r.Back != "" {
		line.Back = c.tr.T("intake.back." + r.Back)
	}
	if p := r.Problem; p != nil {
		if p.Column != "" {
			line.Problem = c.tr.T("intake.at_column", "Column", p.Column, "Heading", p.Heading)
		}
		line.Problem += p.Text
	}
	if r.Remark != "" {
		line.Remark = r.Remark
	}
	c.importMachine(&line, r.Machine)
	c.importPart(&line, r)
	for _, h := range r.Hidden {
		line.Notes = append(line.Notes, c.tr.T("intake.hidden", "Field", c.fieldLabel(h.Field), "List", c.valueWords(h.Field, h.List, assetNames{}), "Shown", c.valueWords(h.Field, h.Shown, assetNames{}),
			"Source", c.known("asset.source.", string(h.Source))))
	}
	for _, d := range r.Doubts {
		line.Notes = append(line.Notes, c.tr.T("intake.doubt", "Cause", c.known("asset.cause.", string(d.Cause)), "Key", c.known("asset.key.", string(d.Key))))
	}
	for _, ch := range r.Changes {
		line.Changes = append(line.Changes, view.ImportChange{Label: c.fieldLabel(ch.Field), Old: c.valueWords(ch.Field, ch.Old, assetNames{}), New: orSame(c.valueWords(ch.Field, ch.New, assetNames{}), c.tr.T("intake.empty_value")), Kept: ch.Kept})
	}
	return line
}

// importMachine adds what is told of a machine's file: where it lay, how it was made, what
// it holds and what it lacks.
func (c *call) importMachine(line *view.ImportLine, m *intake.MachineReport) {
	if m == nil {
		return
	}
	line.Place, line.How = m.Place, c.tr.T("intake.kind."+string(m.Kind))
	if m.CollectedAt != nil {
		line.How += " · " + c.tr.T("intake.collected", "At", c.tr.DateTime(*m.CollectedAt))
	}
	if m.Kit != "" {
		line.How += " · " + c.tr.T("intake.kit", "Name", m.Kit)
	}
	var parts []string
	for _, s := range m.Contents {
		part := c.known("device.section.", s.Section)
		if s.Rows != 1 {
			part += " " + c.tr.Number(int64(s.Rows))
		}
		parts = append(parts, part)
	}
	line.Contents = strings.Join(parts, " · ")
	for _, g := range m.Gaps {
		line.Gaps = append(line.Gaps, c.known("device.section.", g.Section)+" ("+c.known("intake.gap.", g.State)+"): "+g.Reason)
	}
}

// importChange does one thing to an import, with its entry in the audit log.
func (c *call) importChange(change, flash string, fn func(ctx context.Context, tx *store.Tx, m intake.Import) (intake.Import, error)) error {
	if err := c.form(); err != nil {
		return err
	}
	m, err := c.openImport(identity.AssetImport)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.AssetImport, importObject(m), func(ctx context.Context, tx *store.Tx) (any, error) {
		after, err := fn(ctx, tx, m)
		return map[string]any{"change": change, "sha256": m.SHA256, "fields": after.Order.Columns}, err
	})
	if err != nil {
		return c.importPage(m, err)
	}
	if c.s.deps.Wake != nil {
		c.s.deps.Wake()
	}
	if change == "discarded" {
		return c.done(importPath, flash, "Name", m.FileName)
	}
	return c.done(importPath+"/"+m.ID, flash)
}

// importArrange changes what the columns mean.
func importArrange(_ *site, c *call) error {
	return c.importChange("arranged", "intake.arranged", func(ctx context.Context, tx *store.Tx, m intake.Import) (intake.Import, error) {
		columns := make([]asset.Field, 0, len(c.r.PostForm["column"]))
		for _, f := range c.r.PostForm["column"] {
			columns = append(columns, asset.Field(f))
		}
		return intake.Arrange(ctx, tx, m.ID, columns, c.value("without_number") == "1", c.by(), c.nowMS())
	})
}

// importStart has a draft taken into the ledger.
func importStart(_ *site, c *call) error {
	return c.importChange("started", "intake.started", func(ctx context.Context, tx *store.Tx, m intake.Import) (intake.Import, error) {
		return intake.Start(ctx, tx, m.ID, c.nowMS())
	})
}

// importUndo has an import taken back.
func importUndo(_ *site, c *call) error {
	return c.importChange("undoing", "intake.undoing", func(ctx context.Context, tx *store.Tx, m intake.Import) (intake.Import, error) {
		return intake.Undo(ctx, tx, m.ID, c.by())
	})
}

// importDiscard forgets a draft.
func importDiscard(_ *site, c *call) error {
	return c.importChange("discarded", "intake.discarded", func(ctx context.Context, tx *store.Tx, m intake.Import) (intake.Import, error) {
		return intake.Discard(ctx, tx, m.ID)
	})
}
