package web

import (
	"net/url"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/inspection"
)

// checklistStart leads to the institution's sheet of the edition in force.
func checklistStart(s *site, c *call) error {
	e, _ := s.deps.Catalog.DefaultEdition(s.deps.Now().In(text.Tokyo()))
	return c.redirect("/checklists/" + e.ID + "/" + e.InstitutionSheet().ID)
}

// openSheet is the sheet that an address names, with the facility whose it is.
type openSheet struct {
	ref      inspection.Ref
	form     *catalog.Sheet
	facility identity.Facility
	atMS     int64  // moment it is shown for
	day      string // the past day in the address; empty = now
}

// openSheetOf reads edition, sheet, facility, subject and day of an address or form.
func (c *call) openSheetOf() (openSheet, error) {
	form, ok := c.s.deps.Catalog.Sheet(c.r.PathValue("edition"), c.r.PathValue("sheet"))
	if !ok {
		return openSheet{}, errNothing
	}
	facility, err := c.sheetFacility()
	if err != nil {
		return openSheet{}, err
	}
	atMS, day, err := c.asOf()
	if err != nil {
		return openSheet{}, err
	}
	on := day
	if on == "" {
		atMS = c.nowMS()
		on = c.s.deps.Now().In(text.Tokyo()).Format("2006-01-02")
	}
	o := openSheet{form: form, facility: facility, atMS: atMS, day: day, ref: inspection.Ref{
		Edition: form.Edition.ID, Sheet: form.ID, FacilityID: facility.ID, FiscalYear: inspection.FiscalYear(form.Edition, on)}}
	if form.Kind == catalog.SheetVendor {
		o.ref.Subject = c.r.FormValue("subject")
	}
	return o, nil
}

// sheetFacility is whose sheet is meant: the one named, the one in view, or the
// first that the person may read. A sheet always belongs to one facility.
func (c *call) sheetFacility() (identity.Facility, error) {
	id := c.r.FormValue("facility")
	if id == "" {
		id = c.facility()
	}
	if id == "" {
		all, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, identity.ChecklistRead)
		if err != nil {
			return identity.Facility{}, err
		}
		if len(all) == 0 {
			return identity.Facility{}, errNothing
		}
		return all[0], nil
	}
	if !store.ValidID(id) || !c.who.CanAt(identity.ChecklistRead, id, "") {
		return identity.Facility{}, errNothing
	}
	return c.s.deps.Identity.FacilityByID(c.r.Context(), c.s.deps.DB, id)
}

func (o openSheet) path() string { return "/checklists/" + o.ref.Edition + "/" + o.ref.Sheet }

// address is the local address of a sheet; row and fragment may be empty.
func (o openSheet) address(row string) string {
	q := url.Values{"facility": {o.ref.FacilityID}}
	if o.ref.Subject != "" {
		q.Set("subject", o.ref.Subject)
	}
	if o.day != "" {
		q.Set("as_of", o.day)
	}
	path := o.path()
	if row == "" {
		return path + "?" + q.Encode()
	}
	q.Set("row", row)
	return path + "?" + q.Encode() + "#evi"
}

// checklistShow shows a sheet with one row open.
func checklistShow(_ *site, c *call) error {
	o, err := c.openSheetOf()
	if err != nil {
		return err
	}
	if o.form.Kind == catalog.SheetVendor && o.ref.Subject == "" {
		return c.vendorSheets(o)
	}
	return c.checklistPage(o, c.r.FormValue("row"), nil)
}

// checklistPage is the sheet; wrong is what is wrong with the form of the open row.
func (c *call) checklistPage(o openSheet, rowID string, wrong error) error {
	sheet, err := inspection.Load(c.r.Context(), c.s.deps.DB, c.s.deps.Catalog, o.ref, o.atMS)
	if err != nil {
		return err
	}
	lang := c.lang()
	page, err := c.page(c.tr.T("checklist.title") + " " + sheet.Edition.Era.In(lang))
	if err != nil {
		return err
	}
	v := &view.Checklist{Page: page, Heading: sheet.Edition.Era.In(lang) + c.tr.T("checklist.dot") + sheet.Form.Title.In(lang), Facility: o.facility.Name, Subject: o.ref.Subject,
		FacilityID: o.ref.FacilityID, SheetPath: o.path(), Official: c.officialPage(sheet.Edition), CanConfirm: o.day == "" && c.who.CanAt(identity.ChecklistConfirm, o.ref.FacilityID, ""), PackHref: "/packs?facility=" + o.ref.FacilityID + "&edition=" + o.ref.Edition}
	v.FileTypes, v.MaxMB = strings.Join(blob.FileTypes(), ","), blob.MaxFileBytes>>20
	v.Sub = c.tr.T("checklist.sub", "Guideline", sheet.Edition.GuidelineID, "At", c.tr.DateTime(store.Time(o.atMS)))
	if sheet.Edition.Provisional {
		v.Provisional = sheet.Edition.ProvisionalReason.In(lang)
	} else if sheet.Form.Provisional {
		v.Provisional = sheet.Form.ProvisionalReason.In(lang)
	}
	if o.day != "" {
		v.Past = c.tr.T("checklist.past", "Day", c.tr.Date(store.Time(o.atMS)))
		v.PastHref = openSheet{ref: o.ref}.address("")
	}
	c.checklistMenus(v, o)
	if first := c.checklistRows(v, o, sheet, rowID); v.Evidence == nil && first != nil {
		c.checklistRow(v, o, sheet, *first)
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// checklistMenus fills editions, sheets and facilities to choose from.
func (c *call) checklistMenus(v *view.Checklist, o openSheet) {
	for _, e := range c.s.deps.Catalog.Editions() {
		to := openSheet{ref: inspection.Ref{Edition: e.ID, Sheet: e.InstitutionSheet().ID, FacilityID: o.ref.FacilityID}}
		label := e.Era.In(c.lang())
		if e.Provisional {
			label += " " + c.tr.T("checklist.provisional")
		}
		v.Editions = append(v.Editions, view.Choice{Value: to.address(""), Label: label, Current: e.ID == o.ref.Edition})
	}
	for _, s := range o.form.Edition.Sheets {
		to := openSheet{ref: inspection.Ref{Edition: s.Edition.ID, Sheet: s.ID, FacilityID: o.ref.FacilityID}}
		v.Sheets = append(v.Sheets, view.CountTab{Href: to.address(""), Label: s.Title.In(c.lang()), Count: strconv.Itoa(len(s.NumberedRows())), Current: s.ID == o.ref.Sheet})
	}
}

// officialPage is where the ministry lists the form itself.
func (c *call) officialPage(e *catalog.Edition) string {
	for _, d := range e.Documents {
		if d.Kind == "checklist" && d.URL != "" {
			return d.URL
		}
	}
	return e.Page
}
