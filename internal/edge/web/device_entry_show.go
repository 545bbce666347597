package web

import (
	"bytes"
	"context"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

const entryPath = "/devices/entries"

// certificateSoon is how long before its end a certificate of an entry is pointed out:
// somebody has to carry the next one to the machines.
const certificateSoon = 60 * 24 * time.Hour

// entry finds the entry of the address, which the person may do something to.
func (c *call) entry(do identity.Action) (identity.Entry, error) {
	id, err := c.id("id")
	if err != nil {
		return identity.Entry{}, err
	}
	e, err := c.s.deps.Identity.EntryByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return e, errNothing
	}
	if err != nil {
		return e, err
	}
	return e, c.need(identity.DeviceRead, do, e.FacilityID, "")
}

func entryObject(e identity.Entry) audit.Object {
	return audit.Object{Kind: "entry", ID: e.ID, Name: e.Note, FacilityID: e.FacilityID}
}

// entryShow is an entry that certificates open, with its certificates.
func entryShow(s *site, c *call) error { return entryOne(s, c, nil) }

func entryOne(s *site, c *call, wrong error) error {
	e, err := c.entry(identity.DeviceRead)
	if err != nil {
		return err
	}
	if e.Method != identity.MethodCertificate { // the list says all there is
		return errNothing
	}
	protocol := c.known("entry.protocol.", string(e.Protocol))
	page, err := c.page(protocol)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	list, err := s.deps.Identity.EntryCertificates(c.r.Context(), s.deps.DB, e.ID)
	if err != nil {
		return err
	}
	people := c.people()
	v := &view.EntryShow{Page: page, ID: e.ID, Protocol: protocol, Note: e.Note, Facility: names[e.FacilityID], By: people(e.CreatedBy), MadeMS: e.CreatedMS, UsedMS: e.LastUsedMS,
		Address: s.deps.BaseURL.JoinPath(entryPaths[e.Protocol]).String(), Encrypted: s.deps.TLS || s.deps.BaseURL.Scheme == "https", ClosedMS: e.ClosedMS,
		How: c.tr.T("entry.certificate.how." + string(e.Protocol)), CanManage: e.ClosedMS == 0 && c.who.CanAt(identity.EntryManage, e.FacilityID, "")}
	for _, x := range list {
		row := view.EntryCertificateRow{ID: x.ID, Kind: c.known("entry.certificate.", string(x.Kind)), Subject: x.Subject, Issuer: x.Issuer, SHA256: x.SHA256, StartMS: x.StartMS, EndMS: x.EndMS, By: people(x.AddedBy), AddedMS: x.AddedMS}
		row.StateKind, row.State = c.certificateWord(x)
		v.Certificates = append(v.Certificates, row)
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// certificateWord is the state of one certificate.
func (c *call) certificateWord(x identity.EntryCertificate) (kind, word string) {
	now := c.nowMS()
	switch {
	case now > x.EndMS:
		return "bad", c.tr.T("entry.certificate.expired")
	case now < x.StartMS:
		return "none", c.tr.T("entry.certificate.early")
	case x.EndMS-now < certificateSoon.Milliseconds():
		return "warn", c.tr.T("entry.certificate.soon")
	}
	return "ok", c.tr.T("entry.certificate.good")
}

// certificateState says in the list when no certificate opens an entry, or not for long.
func (c *call) certificateState(e identity.Entry, row *view.EntryRow) error {
	if e.Method != identity.MethodCertificate {
		return nil
	}
	list, err := c.s.deps.Identity.EntryCertificates(c.r.Context(), c.s.deps.DB, e.ID)
	if err != nil {
		return err
	}
	row.StateKind, row.State = "warn", c.tr.T("entry.certificate.none")
	for _, x := range list {
		switch kind, word := c.certificateWord(x); kind {
		case "ok":
			row.StateKind, row.State = "ok", c.tr.T("entry.open")
			return nil
		case "warn":
			row.StateKind, row.State = kind, word
		}
	}
	return nil
}

// entryCertificateAdd lets a certificate open an entry.
func entryCertificateAdd(s *site, c *call) error {
	e, err := c.entry(identity.EntryManage)
	if err != nil {
		return err
	}
	if err := c.form(); err != nil {
		return err
	}
	own, err := s.deps.Identity.Authority(c.r.Context())
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.EntryManage, entryObject(e), func(ctx context.Context, tx *store.Tx) (any, error) {
		x, err := s.deps.Identity.AddEntryCertificate(ctx, tx, c.who, own, e.ID, []byte(c.value("certificate")))
		return map[string]any{"certificate_added": certificateDetail(x)}, err
	})
	if err != nil {
		return entryOne(s, c, err)
	}
	return c.done(entryPath+"/"+e.ID, "entry.certificate.added")
}

// entryCertificateIssue makes a certificate with its key and sends both, once.
func entryCertificateIssue(s *site, c *call) error {
	e, err := c.entry(identity.EntryManage)
	if err != nil {
		return err
	}
	own, err := s.deps.Identity.Authority(c.r.Context())
	if err != nil {
		return err
	}
	var text string
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.EntryManage, entryObject(e), func(ctx context.Context, tx *store.Tx) (_ any, err error) {
		var x identity.EntryCertificate
		text, x, err = s.deps.Identity.IssueEntryCertificate(ctx, tx, c.who, own, e.ID)
		return map[string]any{"certificate_issued": certificateDetail(x)}, err
	})
	if err != nil {
		return entryOne(s, c, err)
	}
	return c.sendFile("sonae-"+string(e.Protocol)+".pem", int64(len(text)), bytes.NewReader([]byte(text)))
}

// entryCertificateRemove ends that a certificate opens an entry.
func entryCertificateRemove(s *site, c *call) error {
	e, err := c.entry(identity.EntryManage)
	if err != nil {
		return err
	}
	id, err := c.id("certificate")
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.EntryManage, entryObject(e), func(ctx context.Context, tx *store.Tx) (any, error) {
		x, err := s.deps.Identity.RemoveEntryCertificate(ctx, tx, e.ID, id)
		return map[string]any{"certificate_removed": certificateDetail(x)}, err
	})
	if err != nil {
		return err
	}
	return c.done(entryPath+"/"+e.ID, "entry.certificate.removed")
}

// certificateDetail is what the audit log keeps of a certificate.
func certificateDetail(x identity.EntryCertificate) map[string]any {
	return map[string]any{"id": x.ID, "kind": x.Kind, "sha256": x.SHA256, "subject": x.Subject, "issuer": x.Issuer, "end_ms": x.EndMS}
}
