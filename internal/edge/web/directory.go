package web

import (
	"context"
	"strings"

	"sonae/internal/edge/directory"
	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// directoryList shows the directories that are read, and which stopped answering.
func directoryList(s *site, c *call) error {
	page, err := c.page(c.tr.T("directories.title"))
	if err != nil {
		return err
	}
	seen := c.seen(identity.DirectoryRead)
	list, err := s.deps.Directory.List(c.r.Context(), seen)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	v := &view.DirectoryList{Page: page, CanAdd: c.who.Can(identity.DirectoryManage), Many: len(seen) != 1 && len(names) > 1}
	for _, one := range list {
		v.Rows = append(v.Rows, c.directoryRow(one, names))
	}
	return c.render(v)
}

// directoryRow puts a directory and its last readings into words.
func (c *call) directoryRow(d directory.Source, facilities map[string]string) view.DirectoryRow {
	st := d.State
	r := view.DirectoryRow{ID: d.ID, Name: d.Name, Facility: facilities[d.FacilityID], Address: d.Address, GoodMS: st.GoodMS, FullMS: st.FullMS, FailingMS: st.FailingMS,
		Computers: int(st.Computers), Accounts: int(st.Accounts)}
	switch {
	case d.Paused:
		r.StateKind, r.State = "none", c.tr.T("directory.state.paused")
	case st.Silent():
		r.StateKind, r.State = "silent", c.tr.T("directory.state.silent")
	case st.GoodMS == 0:
		r.StateKind, r.State = "unknown", c.tr.T("directory.state.new")
	default:
		r.StateKind, r.State = "ok", c.tr.T("directory.state.ok")
	}
	if st.Problem != nil {
		r.Problem = c.text(st.Problem)
	}
	return r
}

// directoryOne reads the directory of the address, as far as the person may see it,
// and checks the right to do action.
func (c *call) directoryOne(action identity.Action) (directory.Source, error) {
	id, err := c.id("id")
	if err != nil {
		return directory.Source{}, err
	}
	d, err := c.s.deps.Directory.ByID(c.r.Context(), id)
	if fault.Is(err, fault.CodeNotFound) {
		return d, errNothing
	}
	if err != nil {
		return d, err
	}
	return d, c.need(identity.DirectoryRead, action, d.FacilityID, "")
}

// directoryNew shows the form of a new directory.
func directoryNew(_ *site, c *call) error {
	return directoryPage(c, directory.Source{Minutes: 60}, nil)
}

// directoryShow is the page of a directory: state, settings, computers.
func directoryShow(_ *site, c *call) error {
	d, err := c.directoryOne(identity.DirectoryRead)
	if err != nil {
		return err
	}
	return directoryPage(c, d, nil)
}

func directoryPage(c *call, d directory.Source, wrong error) error {
	title := d.Name
	if d.ID == "" {
		title = c.tr.T("directories.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	v := &view.DirectoryForm{Page: page, ID: d.ID, Row: c.directoryRow(d, names), Base: d.BaseDN, BindName: d.BindName, CAPEM: d.CAPEM, Pin: d.Pin, Minutes: d.Minutes,
		Revision: int(d.Revision), Paused: d.Paused, CanManage: c.who.CanAt(identity.DirectoryManage, d.FacilityID, "")}
	if d.ID == "" {
		v.CanManage = true
		if v.Places, _, err = c.places(identity.DirectoryManage); err != nil {
			return err
		}
	} else if err := c.directoryState(v, d); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// directoryState fills in what a directory that exists has: its reading, its computers.
func (c *call) directoryState(v *view.DirectoryForm, d directory.Source) error {
	j, ok, err := c.s.deps.Directory.Job(c.r.Context(), d)
	if err != nil {
		return err
	}
	if ok && (j.State == job.Available || j.State == job.Running) {
		v.Job = &view.Job{ID: j.ID, Done: int(j.Done), Total: max(int(j.Total), 1), Running: true, Href: "/directories/" + d.ID}
	}
	if p := d.State.Problem; p != nil {
		v.Shrunk = strings.HasPrefix(p.Key, "directory.error.shrunk")
	}
	query := c.r.URL.Query()
	v.Gone, v.Q = query.Get("show") == "gone", clean(query.Get("q"), 100)
	base := "/directories/" + d.ID
	v.Tabs = []view.Tab{{Href: base, Label: c.tr.T("directory.tab.there"), Current: !v.Gone}, {Href: base + "?show=gone", Label: c.tr.T("directory.tab.gone"), Current: v.Gone}}
	list, total, next, err := directory.Computers(c.r.Context(), c.s.deps.DB, directory.ComputerFilter{DirectoryID: d.ID, Text: v.Q, Gone: v.Gone, After: query.Get("after"), Limit: 100})
	if err != nil {
		return err
	}
	for _, one := range list {
		v.Computers = append(v.Computers, view.DirectoryComputer{AssetID: one.AssetID, Name: one.Name, HostName: one.HostName, OS: joined(one.OSName, one.OSVersion), Place: one.Place,
			Description: one.Description, Enabled: one.Enabled, LoginMS: one.LastLoginMS, GoneMS: one.GoneMS})
	}
	keep := map[string][]string{"q": {v.Q}}
	if v.Gone {
		keep["show"] = []string{"gone"}
	}
	v.Pager = pagerOf(c, &v.Page, base, keep, len(list), total, next)
	return nil
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

// directoryInput reads the fields of the form.
func directoryInput(c *call, d directory.Source) (directory.Source, error) {
	minutes, err := c.whole("every_minutes", 15, 10080)
	d.Name, d.Address, d.BaseDN, d.BindName, d.CAPEM, d.Pin, d.Minutes = c.value("name"), c.value("address"), c.value("base_dn"), c.value("bind_name"), c.value("ca_pem"), c.value("pin"), minutes
	d.Paused = c.value("paused") == "1"
	return d, err
}

// directoryObject names a directory in the audit log.
func directoryObject(d directory.Source) audit.Object {
	return audit.Object{Kind: "directory", ID: d.ID, Name: d.Name, FacilityID: d.FacilityID}
}

// directoryAudit is what the audit log keeps of a directory's settings: never the
// password.
func directoryAudit(d directory.Source) map[string]any {
	return map[string]any{"name": d.Name, "address": d.Address, "base_dn": d.BaseDN, "bind_name": d.BindName, "pin": d.Pin, "ca": d.CAPEM != "", "every_minutes": d.Minutes, "paused": d.Paused}
}

// directoryCreate adds a directory.
func directoryCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	d, err := directoryInput(c, directory.Source{})
	if err == nil {
		d.FacilityID, err = c.placeOf(identity.DirectoryManage)
	}
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DirectoryManage, audit.Object{Kind: "directory", Name: d.Name, FacilityID: d.FacilityID},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				var err error
				d, err = s.deps.Directory.Create(ctx, tx, d, c.r.PostFormValue("password"))
				return audit.Made{Object: directoryObject(d), Detail: directoryAudit(d)}, err
			})
	}
	if err != nil {
		d.ID = ""
		return directoryPage(c, d, err)
	}
	return c.done("/directories/"+d.ID, "directory.created", "Name", d.Name)
}

// directoryUpdate changes the settings.
func directoryUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	old, err := c.directoryOne(identity.DirectoryManage)
	if err != nil {
		return err
	}
	d, err := directoryInput(c, old)
	d.Revision = c.revision()
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DirectoryManage, directoryObject(old), func(ctx context.Context, tx *store.Tx) (any, error) {
			after, err := s.deps.Directory.Update(ctx, tx, d, c.r.PostFormValue("password"))
			return map[string]any{"before": directoryAudit(old), "after": directoryAudit(after), "password": c.r.PostFormValue("password") != ""}, err
		})
	}
	if err != nil {
		return directoryPage(c, old, err)
	}
	return c.done("/directories/"+d.ID, "form.saved")
}

// directoryTest tries the stored settings and says in words what is wrong.
func directoryTest(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	d, err := c.directoryOne(identity.DirectoryManage)
	if err != nil {
		return err
	}
	found, err := s.deps.Directory.Check(c.r.Context(), d, "")
	if f := fault.Of(err); f != nil {
		if f.Code == fault.CodeInternal {
			return err
		}
		c.logger().Info("test of a directory failed", "directory", d.ID, "err", err)
		c.flash("danger", c.text(f))
		return c.redirect("/directories/" + d.ID)
	}
	key := "directory.tested"
	if found.Long {
		key = "directory.tested.many"
	}
	return c.done("/directories/"+d.ID, key, "Computers", found.Computers, "Accounts", found.Accounts)
}

// directoryRead asks for a reading: of what changed, of everything, or of everything
// even when much less is found than is known.
func directoryRead(s *site, c *call) error {
	return c.directoryOrder(func(ctx context.Context, tx *store.Tx, d directory.Source) (any, error) {
		how := directory.Asked{Full: c.value("full") == "1", Accept: c.value("accept") == "1"}
		_, err := s.deps.Directory.Ask(ctx, tx, d, how)
		return map[string]bool{"full": how.Full || how.Accept, "accept": how.Accept}, err
	}, "directory.asked")
}

// directoryStop ends a reading that waits or runs.
func directoryStop(s *site, c *call) error {
	return c.directoryOrder(func(ctx context.Context, tx *store.Tx, d directory.Source) (any, error) {
		return map[string]bool{"stopped": true}, s.deps.Directory.Stop(ctx, tx, d)
	}, "directory.stopped")
}

func (c *call) directoryOrder(do func(context.Context, *store.Tx, directory.Source) (any, error), news string) error {
	if err := c.form(); err != nil {
		return err
	}
	d, err := c.directoryOne(identity.DirectoryManage)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.DirectoryManage, directoryObject(d), func(ctx context.Context, tx *store.Tx) (any, error) { return do(ctx, tx, d) })
	if err != nil {
		return directoryPage(c, d, err)
	}
	if c.s.deps.Wake != nil {
		c.s.deps.Wake()
	}
	return c.done("/directories/"+d.ID, news)
}
