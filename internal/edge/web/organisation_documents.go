package web

import (
	"context"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

// documented is a record or an appointment with what its page and its entries in the
// audit log say.
type documented struct {
	owner  organisation.Owner
	object audit.Object
	base   string // address of its page
	fill   func(v *view.Documents) error
	closed bool // takes no more files
}

// opener finds the thing of the address and checks the right to do something with it.
type opener func(s *site, c *call, do identity.Action) (documented, error)

// openRecord reads the record of the address.
func openRecord(s *site, c *call, do identity.Action) (documented, error) {
	id, err := c.id("id")
	if err != nil {
		return documented{}, err
	}
	r, err := organisation.RecordByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return documented{}, errNothing
	}
	if err != nil {
		return documented{}, err
	}
	return documented{
		owner: r.Owner(), object: audit.Object{Kind: "record", ID: id, Name: r.Title, FacilityID: r.FacilityID}, base: "/organisation/records/" + id,
		fill: func(v *view.Documents) error { return c.fillRecord(v, r) }, closed: r.WithdrawnMS != 0,
	}, c.need(identity.OrganisationRead, do, r.FacilityID, "")
}

// openAppointment reads the appointment of the address.
func openAppointment(s *site, c *call, do identity.Action) (documented, error) {
	id, err := c.id("id")
	if err != nil {
		return documented{}, err
	}
	a, err := organisation.AppointmentByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return documented{}, errNothing
	}
	if err != nil {
		return documented{}, err
	}
	return documented{
		owner: a.Owner(), object: audit.Object{Kind: "appointment", ID: id, Name: string(a.Role), FacilityID: a.FacilityID}, base: "/organisation/appointments/" + id,
		fill: func(v *view.Documents) error { return c.fillAppointment(v, a) },
	}, c.need(identity.OrganisationRead, do, a.FacilityID, "")
}

// line adds what is known; what is not said has no line.
func line(v *view.Documents, label, value string) {
	if value != "" {
		v.Lines = append(v.Lines, view.DocumentLine{Label: label, Value: value})
	}
}

func (c *call) fillRecord(v *view.Documents, r organisation.Record) error {
	facilities, err := c.facilityNames()
	if err != nil {
		return err
	}
	v.Heading, v.Sub = r.Title, c.tr.T(recordKey(r.Kind))+" · "+v.Day(r.HeldOn)
	v.UpHref, v.UpLabel = "/organisation/records", c.tr.T("organisation.records")
	v.FilesNone, v.FilesAdd = c.tr.T("asset.files.none"), c.tr.T("organisation.files.minutes")
	line(v, c.tr.T("organisation.record.kind"), c.tr.T(recordKey(r.Kind)))
	line(v, c.tr.T("organisation.record.on"), v.Day(r.HeldOn))
	line(v, c.tr.T("organisation.record.from"), v.Day(r.PeriodFrom))
	line(v, c.tr.T("organisation.record.until"), v.Day(r.PeriodUntil))
	line(v, c.tr.T("organisation.record.by"), r.HeldBy)
	line(v, c.tr.T("user.facility"), facilities[r.FacilityID])
	line(v, c.tr.T("organisation.record.note"), r.Note)
	v.Withdrawn = r.WithdrawnWhy
	return nil
}

func (c *call) fillAppointment(v *view.Documents, a organisation.Appointment) error {
	facilities, err := c.facilityNames()
	if err != nil {
		return err
	}
	person, err := organisation.StaffByID(c.r.Context(), c.s.deps.DB, a.StaffID)
	if err != nil {
		return err
	}
	role := c.tr.T(dutyKey(a.Role))
	v.Heading, v.Sub = person.Name, c.tr.T("organisation.documents.appointment", "Role", role)
	switch {
	case a.ActiveOn(c.today()):
		v.Sub += " · " + c.tr.T("organisation.documents.in_force")
	case a.UntilOn != "" && a.UntilOn < c.today():
		v.Sub += " · " + c.tr.T("organisation.documents.over", "Day", v.Day(a.UntilOn))
	}
	v.UpHref, v.UpLabel = "/organisation", c.tr.T("organisation.duties")
	v.FilesNone, v.FilesAdd = c.tr.T("organisation.files.letter.none"), c.tr.T("organisation.files.letter")
	line(v, c.tr.T("organisation.duty"), role)
	line(v, c.tr.T("organisation.by"), a.AppointedBy)
	line(v, c.tr.T("organisation.on"), v.Day(a.AppointedOn))
	line(v, c.tr.T("organisation.until"), v.Day(a.UntilOn))
	line(v, c.tr.T("organisation.end_reason"), a.EndReason)
	line(v, c.tr.T("user.facility"), facilities[a.FacilityID])
	line(v, c.tr.T("organisation.record.note"), a.Note)
	return nil
}

// documentsPage shows one record or appointment with its files.
func documentsPage(s *site, c *call, d documented, wrong error) error {
	page, err := c.page("")
	if err != nil {
		return err
	}
	v := &view.Documents{Page: page, Base: d.base, Types: strings.Join(blob.FileTypes(), ","), MaxMB: blob.MaxFileBytes >> 20,
		CanEdit: !d.closed && c.who.CanAt(identity.OrganisationEdit, d.owner.FacilityID, "")}
	if err := d.fill(v); err != nil {
		return err
	}
	v.Title = v.Heading
	files, err := organisation.Files(c.r.Context(), s.deps.DB, d.owner)
	if err != nil {
		return err
	}
	for _, f := range files {
		v.Files = append(v.Files, view.FileRow{ID: f.ID, Name: f.Name, Size: c.tr.Bytes(f.SizeBytes), By: f.By, AtMS: f.AddedMS, SHA256: f.SHA256})
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// documentsAttach puts an uploaded file beside a record or an appointment.
func documentsAttach(s *site, c *call, open opener) error {
	d, err := open(s, c, identity.OrganisationEdit)
	if err != nil {
		return err
	}
	file, name, err := c.upload("file")
	if err != nil {
		if fault.Of(err).Code == fault.CodeInternal {
			return err
		}
		return documentsPage(s, c, d, err)
	}
	defer func() { _ = file.Close() }()
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, d.object, func(ctx context.Context, tx *store.Tx) (any, error) {
		f, err := organisation.AddFile(ctx, tx, d.owner, name, file, c.by(), c.nowMS())
		return fileDetail("file added", f), err
	})
	if err != nil {
		return documentsPage(s, c, d, err)
	}
	return c.done(d.base, "asset.file.kept")
}

// fileDetail is what the audit log keeps of a file.
func fileDetail(change string, f organisation.File) map[string]any {
	return map[string]any{"change": change, "file": f.ID, "name": f.Name, "size_bytes": f.SizeBytes, "sha256": f.SHA256}
}

// documentsFile sends a file.
func documentsFile(s *site, c *call, open opener) error {
	d, err := open(s, c, identity.OrganisationRead)
	if err != nil {
		return err
	}
	id, err := c.id("file")
	if err != nil {
		return err
	}
	f, content, err := organisation.OpenFile(c.r.Context(), s.deps.DB, d.owner, id)
	if err != nil {
		return err
	}
	return c.sendFile(f.Name, f.SizeBytes, content)
}

// documentsDetach takes a file off.
func documentsDetach(s *site, c *call, open opener) error {
	d, err := open(s, c, identity.OrganisationEdit)
	if err != nil {
		return err
	}
	id, err := c.id("file")
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.OrganisationEdit, d.object, func(ctx context.Context, tx *store.Tx) (any, error) {
		f, err := organisation.RemoveFile(ctx, tx, d.owner, id, c.by(), c.nowMS())
		return fileDetail("file removed", f), err
	})
	if err != nil {
		return documentsPage(s, c, d, err)
	}
	return c.done(d.base, "asset.file.removed")
}

// recordShow shows a record with its minutes.
func recordShow(s *site, c *call) error {
	d, err := openRecord(s, c, identity.OrganisationRead)
	if err != nil {
		return err
	}
	return documentsPage(s, c, d, nil)
}

func recordAttach(s *site, c *call) error { return documentsAttach(s, c, openRecord) }
func recordFile(s *site, c *call) error   { return documentsFile(s, c, openRecord) }
func recordDetach(s *site, c *call) error { return documentsDetach(s, c, openRecord) }

// appointmentShow shows an appointment with its letter.
func appointmentShow(s *site, c *call) error {
	d, err := openAppointment(s, c, identity.OrganisationRead)
	if err != nil {
		return err
	}
	return documentsPage(s, c, d, nil)
}

func appointmentAttach(s *site, c *call) error { return documentsAttach(s, c, openAppointment) }
func appointmentFile(s *site, c *call) error   { return documentsFile(s, c, openAppointment) }
func appointmentDetach(s *site, c *call) error { return documentsDetach(s, c, openAppointment) }
