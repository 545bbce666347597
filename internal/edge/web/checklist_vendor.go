package web

import (
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/review/inspection"
	"sonae/internal/treat/vendor"
)

// vendorSheets lists the vendor's forms of an edition: one for each contract with
// maintenance, and those that were answered already.
func (c *call) vendorSheets(o openSheet) error {
	page, err := c.page(o.form.Title.In(c.lang()) + " " + o.form.Edition.Era.In(c.lang()))
	if err != nil {
		return err
	}
	v := &view.VendorSheets{Page: page, Heading: o.form.Edition.Era.In(c.lang()) + c.tr.T("checklist.dot") + o.form.Title.In(c.lang()), SheetPath: o.path(), Facility: o.facility.Name, FacilityID: o.facility.ID}
	if o.form.Provisional {
		v.Provisional = o.form.ProvisionalReason.In(c.lang())
	}
	m := &view.Checklist{}
	c.checklistMenus(m, o)
	v.Editions, v.Sheets = m.Editions, m.Sheets
	subjects, err := c.vendorSubjects(o)
	if err != nil {
		return err
	}
	for _, subject := range subjects {
		one := o
		one.ref.Subject = subject
		sheet, err := inspection.Load(c.r.Context(), c.s.deps.DB, c.s.deps.Catalog, one.ref, o.atMS)
		if err != nil {
			return err
		}
		p := sheet.Progress
		v.Rows = append(v.Rows, view.VendorSheetRow{Href: one.address(""), Subject: subject, Answered: p.Total - p.Unanswered, Total: p.Total, No: p.No, Complete: p.Unanswered == 0})
	}
	return c.render(v)
}

// vendorSubjects are the vendors under contract and those with answers.
func (c *call) vendorSubjects(o openSheet) ([]string, error) {
	subjects, err := inspection.Subjects(c.r.Context(), c.s.deps.DB, o.ref)
	if err != nil {
		return nil, err
	}
	if !c.who.CanAt(identity.VendorRead, o.ref.FacilityID, "") {
		return subjects, nil
	}
	contracts, _, _, err := vendor.Contracts(c.r.Context(), c.s.deps.DB, vendor.ContractFilter{Facilities: []string{o.ref.FacilityID}, Limit: 200})
	if err != nil {
		return nil, err
	}
	for _, one := range contracts {
		if one.Kind != vendor.ContractMaintenance || !one.ActiveOn(c.today()) {
			continue
		}
		if subject := one.VendorName + " / " + one.Title; !slices.Contains(subjects, subject) {
			subjects = append(subjects, subject)
		}
	}
	slices.Sort(subjects)
	return subjects, nil
}
