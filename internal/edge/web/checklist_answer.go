package web

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/inspection"
)

// sheetForm reads the form, the sheet it is about and the right to answer it.
func (c *call) sheetForm() (openSheet, error) {
	if err := c.form(); err != nil {
		return openSheet{}, err
	}
	o, err := c.openSheetOf()
	if err != nil {
		return o, err
	}
	return o, c.need(identity.ChecklistRead, identity.ChecklistConfirm, o.ref.FacilityID, "")
}

func (o openSheet) object(row string) audit.Object {
	name := row
	if o.ref.Subject != "" {
		name += " " + o.ref.Subject
	}
	return audit.Object{Kind: "checklist_row", ID: row, Name: name, FacilityID: o.ref.FacilityID}
}

// checklistAnswer stores an answer as the next round of its row.
func checklistAnswer(s *site, c *call) error {
	o, err := c.sheetForm()
	if err != nil {
		return err
	}
	row := c.value("row")
	days, err := c.days("confirmed_on", "target_on")
	if err != nil {
		return c.checklistPage(o, row, err)
	}
	round, err := c.whole("round", 0, 9999)
	if err != nil {
		return c.checklistPage(o, row, err)
	}
	value := inspection.Value(c.value("value"))
	if value != inspection.No {
		days[1] = "" // the field stays on the page without scripts, and counts for いいえ only
	}
	answer := inspection.Confirmation{Ref: o.ref, RowID: row, Round: round, Value: value, ConfirmedOn: days[0], TargetOn: days[1],
		By: inspection.By{ID: c.who.ID, Name: c.visit.user.Name}, Note: c.value("note"), NowMS: c.nowMS()}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ChecklistConfirm, o.object(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		a, err := inspection.Confirm(ctx, tx, s.deps.Catalog, answer)
		return map[string]any{"edition": o.ref.Edition, "fiscal_year": o.ref.FiscalYear, "round": a.Round, "value": a.Value, "confirmed_on": a.ConfirmedOn, "target_on": a.TargetOn, "suggested": a.Suggested, "proofs": a.Proofs}, err
	})
	if err != nil {
		if fault.Is(err, fault.CodeNotFound) {
			return err
		}
		return c.checklistPage(o, row, err)
	}
	return c.done(o.address(row), "checklist.answered")
}

// checklistLink puts proof beside a row: an address, or where the paper is kept.
func checklistLink(s *site, c *call) error {
	o, err := c.sheetForm()
	if err != nil {
		return err
	}
	row := c.value("row")
	link := inspection.Link{Ref: o.ref, RowID: row, Kind: inspection.LinkKind(c.value("kind")), Title: c.value("title"), Target: c.value("target"), AddedBy: c.who.ID, AddedMS: c.nowMS()}
	if link.Kind == inspection.LinkFile {
		// Files are uploaded (checklistAttach); a blob's identifier typed by hand must
		// not reach somebody else's file.
		return c.checklistPage(o, row, fault.Invalid("inspection.error.link_kind").At("kind"))
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ChecklistConfirm, o.object(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		l, err := inspection.AddLink(ctx, tx, s.deps.Catalog, link)
		return map[string]string{"change": "link added", "link": l.ID, "title": l.Title, "target": l.Target}, err
	})
	if err != nil {
		return c.checklistPage(o, row, err)
	}
	return c.done(o.address(row), "checklist.link_added")
}

// checklistUnlink takes proof away; packs made before keep it.
func checklistUnlink(s *site, c *call) error {
	o, err := c.sheetForm()
	if err != nil {
		return err
	}
	id, row := c.value("link"), c.value("row")
	if !store.ValidID(id) {
		return errNothing
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ChecklistConfirm, o.object(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"change": "link removed", "link": id}, inspection.RemoveLink(ctx, tx, o.ref.FacilityID, id, c.who.ID, c.nowMS())
	})
	if err != nil {
		return err
	}
	return c.done(o.address(row), "checklist.link_removed")
}

// checklistWording keeps the official sentence that a person pasted, for everyone
// on this installation.
func checklistWording(s *site, c *call) error {
	o, err := c.sheetForm()
	if err != nil {
		return err
	}
	// It shows at every facility, so only somebody without a limit may set it.
	if err := c.who.Need(identity.ChecklistConfirm, "", ""); err != nil {
		return err
	}
	row := c.value("row")
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ChecklistConfirm, o.object(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"change": "wording"}, inspection.SetWording(ctx, tx, s.deps.Catalog, row, c.value("wording"), c.who.ID, c.nowMS())
	})
	if err != nil {
		return c.checklistPage(o, row, err)
	}
	return c.done(o.address(row), "form.saved")
}
