package web

import (
	"context"
	"net/url"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

// recordList shows the dated proofs that something was done.
func recordList(s *site, c *call) error { return recordPage(s, c, nil) }

func recordKey(k organisation.Kind) string { return "organisation.kind." + string(k) }

func recordPage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("organisation.records"))
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	show := organisation.Kind(query.Get("show"))
	if !slices.Contains(organisation.Kinds, show) {
		show = ""
	}
	v := &view.RecordList{Page: page, Tabs: c.organisationTabs("/organisation/records"), CanEdit: c.who.Can(identity.OrganisationEdit)}
	want := organisation.Kind(query.Get("kind"))
	v.Kinds = choices(c, organisation.Kinds, recordKey, want)
	v.Filter = append([]view.Choice{{Value: "", Label: c.tr.T("organisation.record.all")}}, choices(c, organisation.Kinds, recordKey, show)...)
	if v.Places, _, err = c.places(identity.OrganisationEdit); err != nil {
		return err
	}
	if err := recordRows(s, c, v, show); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func recordRows(s *site, c *call, v *view.RecordList, show organisation.Kind) error {
	facilities, err := c.facilityNames()
	if err != nil {
		return err
	}
	seen := c.seen(identity.OrganisationRead)
	v.Many = len(seen) != 1 && len(facilities) > 1
	list, next, err := organisation.Records(c.r.Context(), s.deps.DB, organisation.RecordFilter{
		Facilities: seen, Kind: show, Withdrawn: true, After: c.r.URL.Query().Get("after"), Limit: 100,
	})
	if err != nil {
		return err
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	files, err := organisation.FileCounts(c.r.Context(), s.deps.DB, organisation.OwnerRecord, ids)
	if err != nil {
		return err
	}
	for _, r := range list {
		row := view.RecordRow{
			ID: r.ID, Files: files[r.ID], Kind: c.tr.T(recordKey(r.Kind)), Title: r.Title, On: v.Day(r.HeldOn), By: r.HeldBy, Note: r.Note, Facility: facilities[r.FacilityID],
			Revision: r.Revision, Withdrawn: r.WithdrawnMS != 0, WithdrawnWhy: r.WithdrawnWhy, CanEdit: c.who.CanAt(identity.OrganisationEdit, r.FacilityID, ""),
		}
		if r.PeriodFrom != "" || r.PeriodUntil != "" {
			row.Period = c.tr.T("organisation.record.period", "From", v.Day(r.PeriodFrom), "Until", v.Day(r.PeriodUntil))
		}
		v.Rows = append(v.Rows, row)
	}
	shown := c.tr.T("pager.page", "Count", len(list))
	v.Pager = pagerOf(c, &v.Page, "/organisation/records", url.Values{"show": {string(show)}}, len(list), int64(len(list)), next)
	v.Pager.Shown = shown
	return nil
}

// recordCreate stores a dated record.
func recordCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.OrganisationEdit)
	if err != nil {
		return recordPage(s, c, err)
	}
	days, err := c.days("held_on", "period_from", "period_until")
	if err != nil {
		return recordPage(s, c, err)
	}
	r := organisation.Record{
		FacilityID: facility, Kind: organisation.Kind(c.value("kind")), Title: c.value("title"), HeldOn: days[0], PeriodFrom: days[1], PeriodUntil: days[2],
		HeldBy: c.value("held_by"), Note: c.value("note"), CreatedBy: c.who.ID,
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, audit.Object{Kind: "record", Name: r.Title, FacilityID: facility},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := organisation.AddRecord(ctx, tx, r, c.nowMS())
			return audit.Made{Object: audit.Object{Kind: "record", ID: made.ID, Name: made.Title, FacilityID: facility}, Detail: made}, err
		})
	if err != nil {
		return recordPage(s, c, err)
	}
	return c.done("/organisation/records", "organisation.record.created")
}

// recordWithdraw says that a record does not count; it stays readable.
func recordWithdraw(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	r, err := organisation.RecordByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing
	}
	if err != nil {
		return err
	}
	if err := c.need(identity.OrganisationRead, identity.OrganisationEdit, r.FacilityID, ""); err != nil {
		return err
	}
	why := c.value("why")
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, audit.Object{Kind: "record", ID: id, Name: r.Title, FacilityID: r.FacilityID},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"withdrawn": why}, organisation.WithdrawRecord(ctx, tx, r.FacilityID, id, c.revision(), c.who.ID, why, c.nowMS())
		})
	if err != nil {
		return recordPage(s, c, err)
	}
	return c.done("/organisation/records", "organisation.record.withdrawn.done")
}
