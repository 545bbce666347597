package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerEntryCertificates() {
	handle(a, op{method: get, path: "/entries/{id}/certificates", id: "listEntryCertificates", summary: "Certificates that open an entry, newest first", action: identity.DeviceRead}, a.listEntryCertificates)
	handle(a, op{method: post, path: "/entries/{id}/certificates", id: "addEntryCertificate", summary: "Let a certificate open an entry", action: identity.EntryManage, status: 201,
		about: "The certificate of an authority lets in every client certificate that it signed, any other one itself only. The entry has to be of method `certificate`. A certificate opens the entries of one facility, and one of each protocol."}, a.addEntryCertificate)
	handle(a, op{method: post, path: "/entries/{id}/issued-certificates", id: "issueEntryCertificate", summary: "Make a certificate and key for the agents of an entry", action: identity.EntryManage, status: 201,
		about: "Certificate and key stand in `pem` of this answer and nowhere else. Valid for two years."}, a.issueEntryCertificate)
	handle(a, op{method: remove, path: "/entries/{id}/certificates/{certificate}", id: "removeEntryCertificate", summary: "End that a certificate opens an entry", action: identity.EntryManage, status: 204,
		about: "It counts from the next request on."}, a.removeEntryCertificate)
}

// EntryCertificate opens an entry for agents of another maker.
type EntryCertificate struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"ca,leaf,issued" doc:"ca: lets in what this authority signed; leaf: itself only; issued: itself only, made by Sonae."`
	SHA256    string     `json:"sha256" doc:"Of the certificate, lower-case hexadecimal."`
	Subject   string     `json:"subject"`
	Issuer    string     `json:"issuer"`
	NotBefore *time.Time `json:"not_before"`
	NotAfter  *time.Time `json:"not_after"`
	AddedBy   string     `json:"added_by"`
	AddedAt   *time.Time `json:"added_at"`
}

func entryCertificateOut(c identity.EntryCertificate) EntryCertificate {
	return EntryCertificate{ID: c.ID, Kind: string(c.Kind), SHA256: c.SHA256, Subject: c.Subject, Issuer: c.Issuer,
		NotBefore: moment(c.StartMS), NotAfter: moment(c.EndMS), AddedBy: c.AddedBy, AddedAt: moment(c.AddedMS)}
}

type entryCertificatesIn struct {
	ByID
	Paging
}

func (a *API) listEntryCertificates(ctx context.Context, p identity.Principal, in *entryCertificatesIn) (*List[EntryCertificate], error) {
	e, _, err := a.entry(ctx, p, identity.DeviceRead, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := a.Identity.EntryCertificates(ctx, a.DB, e.ID)
	if err != nil {
		return nil, err
	}
	return window("entry-certificates", each(all, entryCertificateOut), in.Paging, func(c EntryCertificate) string { return c.ID })
}

type addEntryCertificateIn struct {
	ByID
	Body struct {
		Certificate string `json:"certificate" maxLength:"65536" doc:"One certificate in PEM, without a key."`
	}
}

func (a *API) addEntryCertificate(ctx context.Context, p identity.Principal, in *addEntryCertificateIn) (*One[EntryCertificate], error) {
	e, o, err := a.entry(ctx, p, identity.EntryManage, in.ID)
	if err != nil {
		return nil, err
	}
	own, err := a.Identity.Authority(ctx)
	if err != nil {
		return nil, err
	}
	var c identity.EntryCertificate
	err = audit.Do(ctx, a.DB, p, identity.EntryManage, o, func(ctx context.Context, tx *store.Tx) (_ any, err error) {
		c, err = a.Identity.AddEntryCertificate(ctx, tx, p, own, e.ID, []byte(in.Body.Certificate))
		return map[string]any{"certificate_added": entryCertificateOut(c)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(entryCertificateOut(c)), nil
}

// NewEntryCertificate is a certificate that Sonae made, with its key, shown once.
type NewEntryCertificate struct {
	EntryCertificate
	PEM string `json:"pem" doc:"Certificate and private key for the agents. It is not shown again."`
}

func (a *API) issueEntryCertificate(ctx context.Context, p identity.Principal, in *ByID) (*One[NewEntryCertificate], error) {
	e, o, err := a.entry(ctx, p, identity.EntryManage, in.ID)
	if err != nil {
		return nil, err
	}
	own, err := a.Identity.Authority(ctx)
	if err != nil {
		return nil, err
	}
	var c identity.EntryCertificate
	var text string
	err = audit.Do(ctx, a.DB, p, identity.EntryManage, o, func(ctx context.Context, tx *store.Tx) (_ any, err error) {
		text, c, err = a.Identity.IssueEntryCertificate(ctx, tx, p, own, e.ID)
		return map[string]any{"certificate_issued": entryCertificateOut(c)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(NewEntryCertificate{EntryCertificate: entryCertificateOut(c), PEM: text}), nil
}

type entryCertificateIn struct {
	ByID
	Certificate string `path:"certificate" maxLength:"100"`
}

func (a *API) removeEntryCertificate(ctx context.Context, p identity.Principal, in *entryCertificateIn) (*None, error) {
	e, o, err := a.entry(ctx, p, identity.EntryManage, in.ID)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.EntryManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		c, err := a.Identity.RemoveEntryCertificate(ctx, tx, e.ID, in.Certificate)
		return map[string]any{"certificate_removed": entryCertificateOut(c)}, err
	})
	return &None{}, err
}
