package web

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/inspection"
)

// packList shows the packs made so far, what is missing before the next one, and
// the form to make it.
func packList(_ *site, c *call) error { return c.packPage(nil) }

func (c *call) packPage(wrong error) error {
	facility, err := c.sheetFacility()
	if err != nil {
		return err
	}
	if !c.who.CanAt(identity.PackRead, facility.ID, "") {
		return errNothing
	}
	page, err := c.page(c.tr.T("packs.title"))
	if err != nil {
		return err
	}
	v := &view.Packs{Page: page, Facility: facility.Name, FacilityID: facility.ID, CanMake: c.who.CanAt(identity.PackMake, facility.ID, ""), Date: c.s.deps.Now().In(text.Tokyo()).Format("2006-01-02")}
	if err := c.packEditions(v, facility.ID); err != nil {
		return err
	}
	if err := c.packRows(v, facility.ID); err != nil {
		return err
	}
	if err := c.packJob(v); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	if c.htmx() {
		return c.fragment(v, "packs/state")
	}
	return c.render(v)
}

// packEditions offers the editions, the one in force chosen, and says what is still
// open on the chosen one's sheet.
func (c *call) packEditions(v *view.Packs, facilityID string) error {
	now := c.s.deps.Now().In(text.Tokyo())
	chosen, _ := c.s.deps.Catalog.DefaultEdition(now)
	if e, ok := c.s.deps.Catalog.Edition(c.r.FormValue("edition")); ok {
		chosen = e
	}
	for _, e := range c.s.deps.Catalog.Editions() {
		v.Editions = append(v.Editions, view.Choice{Value: e.ID, Label: e.Era.In(c.lang()), Current: e.ID == chosen.ID})
	}
	if !c.who.CanAt(identity.ChecklistRead, facilityID, "") {
		return nil
	}
	o := openSheet{ref: inspection.Ref{Edition: chosen.ID, Sheet: chosen.InstitutionSheet().ID, FacilityID: facilityID, FiscalYear: inspection.FiscalYear(chosen, now.Format("2006-01-02"))}}
	sheet, err := inspection.Load(c.r.Context(), c.s.deps.DB, c.s.deps.Catalog, o.ref, c.nowMS())
	if err != nil {
		return err
	}
	p := sheet.Progress
	v.Ready = append(v.Ready, c.readyLine("packs.unanswered", p.Unanswered, o.address("")), c.readyLine("packs.review", p.Review, o.address("")), c.readyLine("packs.no", p.No, o.address("")))
	if chosen.Provisional {
		v.Provisional = chosen.ProvisionalReason.In(c.lang())
	}
	return nil
}

func (c *call) readyLine(key string, n int, href string) view.ReadyLine {
	kind := "ok"
	if n > 0 {
		kind = "warn"
	}
	return view.ReadyLine{Kind: kind, Label: c.tr.T(key), Count: c.tr.T("packs.rows", "Count", n), Href: href}
}

func (c *call) packRows(v *view.Packs, facilityID string) error {
	list, total, next, err := inspection.Packs(c.r.Context(), c.s.deps.DB, inspection.PackFilter{FacilityIDs: []string{facilityID}, After: c.r.FormValue("cursor"), Limit: 20})
	if err != nil {
		return err
	}
	for _, p := range list {
		yes := 0
		for _, answers := range p.Answers {
			yes += answers.Yes
		}
		v.Rows = append(v.Rows, view.PackRow{ID: p.ID, MadeMS: p.MadeMS, Edition: p.Edition, Day: p.Day, By: p.By.Name, Pages: p.Pages, Size: c.tr.Bytes(p.SizeBytes), Mark: p.ManifestSHA256[:12], Yes: yes})
	}
	href := ""
	if next != "" {
		href = "/packs?facility=" + facilityID + "&cursor=" + next
	}
	v.Pager = v.Page.Pager(c.tr.T("packs.shown", "Count", len(list), "Total", total), "", href)
	return nil
}

// packJob shows the work that the address names: how far it is, or why it ended.
func (c *call) packJob(v *view.Packs) error {
	id := c.r.FormValue("job")
	if !store.ValidID(id) {
		return nil
	}
	j, err := job.ByID(c.r.Context(), c.s.deps.DB, id)
	if err != nil || j.Kind != inspection.JobPack {
		return nil //nolint:nilerr // an old or foreign job: the list below tells what was made
	}
	v.Job = &view.Job{ID: id, Done: int(j.Done), Total: max(int(j.Total), 1), Running: j.State == job.Available || j.State == job.Running, Failed: j.State == job.Discarded, Href: "/packs?facility=" + v.FacilityID + "&job=" + id}
	return nil
}

// packMake orders a pack; a job makes it while people go on.
func packMake(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.sheetFacility()
	if err != nil {
		return err
	}
	if err := c.need(identity.PackRead, identity.PackMake, facility.ID, ""); err != nil {
		return err
	}
	day, err := c.packDay()
	if err != nil {
		return c.packPage(err)
	}
	request := inspection.Request{Edition: c.value("edition"), FacilityID: facility.ID, Date: day, Lang: c.value("lang"), By: audit.ActorOf(c.who), ByName: c.visit.user.Name}
	var id string
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.PackMake, audit.Object{Kind: "pack", Name: request.Edition + " " + day, FacilityID: facility.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		id, err = inspection.Enqueue(ctx, tx, request)
		return map[string]string{"change": "ordered", "job": id}, err
	})
	if err != nil {
		return c.packPage(err)
	}
	if s.deps.Wake != nil {
		s.deps.Wake()
	}
	return c.redirect("/packs?facility=" + facility.ID + "&job=" + id)
}

// packDay checks what a pack is ordered with, so that mistakes show beside the form
// and not in a job, and gives the day.
func (c *call) packDay() (string, error) {
	if _, ok := c.s.deps.Catalog.Edition(c.value("edition")); !ok {
		return "", fault.Invalid("form.error.choice").At("edition")
	}
	if lang := c.value("lang"); lang != text.Japanese && lang != text.English {
		return "", fault.Invalid("inspection.error.lang").At("lang")
	}
	day, err := c.day("date")
	if err == nil && day == "" {
		err = fault.Invalid("inspection.error.date").At("date")
	}
	return day, err
}

// packFile sends the ZIP of a pack.
func packFile(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	p, err := inspection.PackByID(c.r.Context(), s.deps.DB, id)
	if err != nil {
		return err
	}
	if !c.who.CanAt(identity.PackRead, p.FacilityID, "") {
		return errNothing
	}
	zip, err := p.Open(c.r.Context(), s.deps.DB)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": p.FileName}))
	h.Set("Content-Length", strconv.FormatInt(p.SizeBytes, 10))
	if _, err := io.Copy(c.w, zip); err != nil {
		c.logger().Warn("pack not sent whole", "pack", id, "err", err) // headers are out: nothing left to answer
		panic(http.ErrAbortHandler)
	}
	return nil
}
