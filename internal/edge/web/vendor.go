package web

import (
	"context"
	"net/url"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/treat/vendor"
)

// endingDays is how long before its end a contract is shown as ending: budgets and
// notice periods of hospitals need about a quarter.
const endingDays = 90

func vendorKindKey(k vendor.Kind) string { return "vendor.kind." + string(k) }

// vendorList shows the companies, and the contracts that end soon.
func vendorList(s *site, c *call) error {
	page, err := c.page(c.tr.T("vendors.title"))
	if err != nil {
		return err
	}
	query := clean(c.r.URL.Query().Get("q"), 100)
	v := &view.VendorList{Page: page, CanEdit: c.who.Can(identity.VendorEdit)}
	v.Form.Values = url.Values{"q": {query}}
	list, total, next, err := vendor.List(c.r.Context(), s.deps.DB, vendor.Filter{Text: query, After: c.r.URL.Query().Get("after"), Limit: 100})
	if err != nil {
		return err
	}
	for _, one := range list {
		v.Rows = append(v.Rows, vendorRow(c, one))
	}
	v.Total = int(total)
	v.Pager = pagerOf(c, &v.Page, "/vendors", url.Values{"q": {query}}, len(list), total, next)
	ending, err := c.contractsEnding(endingDays, 10)
	if err != nil {
		return err
	}
	v.Ending, err = c.contractRows(ending)
	if err != nil {
		return err
	}
	return c.render(v)
}

// contractsEnding are the contracts in view whose last day lies within so many days
// and that do not renew themselves, soonest first.
func (c *call) contractsEnding(days, most int) ([]vendor.Contract, error) {
	list, _, _, err := vendor.Contracts(c.r.Context(), c.s.deps.DB, vendor.ContractFilter{
		Facilities: c.seen(identity.VendorRead), EndsFrom: c.today(),
		EndsUntil: c.s.deps.Now().In(c.tr.Zone()).AddDate(0, 0, days).Format(time.DateOnly), Limit: 200,
	})
	var out []vendor.Contract
	for _, one := range list {
		if !one.AutoRenew && len(out) < most {
			out = append(out, one)
		}
	}
	return out, err
}

func vendorRow(c *call, v vendor.Vendor) view.VendorRow {
	return view.VendorRow{
		ID: v.ID, Name: v.Name, Kind: c.tr.T(vendorKindKey(v.Kind)), Contact: v.Contact, Phone: v.Phone, Emergency: v.EmergencyPhone,
		Closed: v.ClosedOn != "" && v.ClosedOn < c.today(),
	}
}

// contractRows puts contracts into words.
func (c *call) contractRows(list []vendor.Contract) ([]view.ContractRow, error) {
	facilities, err := c.facilityNames()
	if err != nil {
		return nil, err
	}
	var rows []view.ContractRow
	for _, one := range list {
		row := view.ContractRow{
			ID: one.ID, Title: one.Title, Vendor: one.VendorName, Facility: facilities[one.FacilityID], Kind: c.tr.T(contractKindKey(one.Kind)),
			Patch: c.tr.T(patchKey(one.PatchOwner)), Remote: c.tr.T(remoteKey(one.Remote)), Assets: int(one.AssetCount), Period: c.period(one.StartsOn, one.LastDay()),
		}
		row.RemoteKind = map[vendor.Remote]string{vendor.RemoteYes: "info", vendor.RemoteNo: "ok"}[one.Remote]
		if row.RemoteKind == "" {
			row.RemoteKind = "unknown"
		}
		row.StateKind, row.State = c.contractState(one)
		rows = append(rows, row)
	}
	return rows, nil
}

// period writes two days, either of which may be missing.
func (c *call) period(from, until string) string {
	p := c.bare("")
	whole := strings.NewReplacer(" ", "\u00a0") // a date stays on one line
	return whole.Replace(p.Day(from)) + " – " + whole.Replace(p.Day(until))
}

// contractState says whether a contract runs, and how long still.
func (c *call) contractState(one vendor.Contract) (kind, words string) {
	today := c.today()
	switch {
	case one.StartsOn != "" && one.StartsOn > today:
		return "info", c.tr.T("contract.state.later")
	case !one.ActiveOn(today):
		return "none", c.tr.T("contract.state.over")
	case one.LastDay() == "" || one.AutoRenew && one.CancelledOn == "":
		return "ok", c.tr.T("contract.state.runs")
	}
	left := daysUntil(today, one.LastDay())
	if left <= endingDays {
		return "warn", c.tr.T("contract.state.ends", "Days", left)
	}
	return "ok", c.tr.T("contract.state.runs")
}

// daysUntil counts from one day to another, both 2006-01-02.
func daysUntil(from, to string) int {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// vendorNew is the empty form.
func vendorNew(s *site, c *call) error { return vendorFormPage(s, c, vendor.Vendor{}, nil) }

// vendorForm shows one company with its contracts.
func vendorForm(s *site, c *call) error {
	one, err := vendorOne(s, c)
	if err != nil {
		return err
	}
	return vendorFormPage(s, c, one, nil)
}

func vendorOne(s *site, c *call) (vendor.Vendor, error) {
	id, err := c.id("id")
	if err != nil {
		return vendor.Vendor{}, err
	}
	one, err := vendor.ByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		err = errNothing
	}
	return one, err
}

func vendorFormPage(s *site, c *call, one vendor.Vendor, wrong error) error {
	title := one.Name
	if one.ID == "" {
		title = c.tr.T("vendors.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	v := &view.VendorForm{
		Page: page, ID: one.ID, Kana: one.Kana, Mail: one.Mail, Note: one.Note, ClosedOn: one.ClosedOn, Revision: one.Revision,
		Kinds: choices(c, vendor.Kinds, vendorKindKey, one.Kind), CanEdit: c.who.Can(identity.VendorEdit),
	}
	if one.ID != "" {
		v.Row = vendorRow(c, one)
		seen := c.seen(identity.VendorRead)
		v.Many = len(seen) != 1
		list, _, _, err := vendor.Contracts(c.r.Context(), s.deps.DB, vendor.ContractFilter{VendorID: one.ID, Facilities: seen, Limit: 500})
		if err != nil {
			return err
		}
		if v.Contracts, err = c.contractRows(list); err != nil {
			return err
		}
		v.CanAdd = v.CanEdit
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func vendorInput(c *call, one vendor.Vendor) (vendor.Vendor, error) {
	closed, err := c.day("closed_on")
	one.Name, one.Kana, one.Kind, one.Contact, one.Phone = c.value("name"), c.value("kana"), vendor.Kind(c.value("kind")), c.value("contact"), c.value("phone")
	one.EmergencyPhone, one.Mail, one.Note, one.ClosedOn = c.value("emergency_phone"), c.value("mail"), c.value("note"), closed
	return one, err
}

// vendorCreate adds a company.
func vendorCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	one, err := vendorInput(c, vendor.Vendor{})
	var made vendor.Vendor
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.VendorEdit, audit.Object{Kind: "vendor", Name: one.Name},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				var err error
				made, err = vendor.Create(ctx, tx, one, c.nowMS())
				return audit.Made{Object: audit.Object{Kind: "vendor", ID: made.ID, Name: made.Name}, Detail: made}, err
			})
	}
	if err != nil {
		return vendorFormPage(s, c, vendor.Vendor{}, err)
	}
	return c.done("/vendors/"+made.ID, "vendor.created", "Name", made.Name)
}

// vendorUpdate changes a company, also to close it.
func vendorUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	old, err := vendorOne(s, c)
	if err != nil {
		return err
	}
	one, err := vendorInput(c, old)
	one.Revision = c.revision()
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.VendorEdit, audit.Object{Kind: "vendor", ID: one.ID, Name: one.Name},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				after, err := vendor.Update(ctx, tx, one, c.nowMS())
				return map[string]vendor.Vendor{"before": old, "after": after}, err
			})
	}
	if err != nil {
		return vendorFormPage(s, c, old, err)
	}
	return c.done("/vendors/"+one.ID, "form.saved")
}
