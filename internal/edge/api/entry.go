package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerEntries() {
	handle(a, op{method: get, path: "/entries", id: "listEntries", summary: "Entries for agents of other makers without their secrets, newest first", action: identity.DeviceRead,
		about: "Without an open entry of a protocol the server does not answer to its agents."}, a.listEntries)
	handle(a, op{method: post, path: "/entries", id: "openEntry", summary: "Open an entry for agents of another maker", action: identity.EntryManage, status: 201,
		about: "The secret stands in `secret` of this answer and nowhere else. Agents send it as password (HTTP Basic) of the user `user`. An entry of method `certificate` has none; add or issue a certificate for it."}, a.openEntry)
	handle(a, op{method: remove, path: "/entries/{id}", id: "closeEntry", summary: "Close an entry; machines that came through it stay in the ledger", action: identity.EntryManage, status: 204}, a.closeEntry)
	a.registerEntryCertificates()
}

// Entry lets agents of another maker report into a facility.
type Entry struct {
	ID         string     `json:"id"`
	Protocol   string     `json:"protocol" enum:"glpi,fusioninventory,ocs"`
	Method     string     `json:"method" enum:"secret,certificate" doc:"What opens it: user name and secret, or a client certificate."`
	FacilityID string     `json:"facility_id"`
	Note       string     `json:"note"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  *time.Time `json:"created_at"`
	ClosedAt   *time.Time `json:"closed_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"Exact to a minute."`
}

func entryOut(e identity.Entry) Entry {
	return Entry{ID: e.ID, Protocol: string(e.Protocol), Method: string(e.Method), FacilityID: e.FacilityID, Note: e.Note, CreatedBy: e.CreatedBy,
		CreatedAt: moment(e.CreatedMS), ClosedAt: moment(e.ClosedMS), LastUsedAt: moment(e.LastUsedMS)}
}

func (a *API) listEntries(ctx context.Context, p identity.Principal, in *Searching) (*List[Entry], error) {
	f, err := in.listing("entries", p.Scope(identity.DeviceRead))
	if err != nil {
		return nil, err
	}
	list, next, total, err := a.Identity.Entries(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	return listOf(each(list, entryOut), seal("entries", next), total), nil
}

type openEntryIn struct {
	Body struct {
		Protocol   string `json:"protocol" enum:"glpi,fusioninventory,ocs"`
		Method     string `json:"method,omitempty" enum:"secret,certificate" default:"secret"`
		FacilityID string `json:"facility_id" maxLength:"100"`
		Note       string `json:"note,omitempty" maxLength:"200"`
	}
}

// NewEntry is an entry with its secret, shown once.
type NewEntry struct {
	Entry
	User   string `json:"user,omitempty" doc:"User name for the agents; absent when certificates open the entry."`
	Secret string `json:"secret,omitempty" doc:"Password for the agents. It is not shown again. Absent when certificates open the entry."`
}

func (a *API) openEntry(ctx context.Context, p identity.Principal, in *openEntryIn) (*One[NewEntry], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.EntryManage, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	e := identity.Entry{Protocol: identity.Protocol(in.Body.Protocol), Method: identity.Method(in.Body.Method), FacilityID: f.ID, Note: in.Body.Note}
	var secret string
	err = audit.Do(ctx, a.DB, p, identity.EntryManage, audit.Object{Kind: "entry"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var made identity.Entry
		var err error
		if secret, made, err = a.Identity.OpenEntry(ctx, tx, p, e); err != nil {
			return nil, err
		}
		e = made
		return audit.Made{Object: audit.Object{Kind: "entry", ID: e.ID, Name: e.Note, FacilityID: f.ID}, Detail: entryOut(e)}, nil
	})
	if err != nil {
		return nil, err
	}
	out := NewEntry{Entry: entryOut(e), Secret: secret}
	if secret != "" {
		out.User = identity.EntryUser
	}
	return one(out), nil
}

func (a *API) closeEntry(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	_, o, err := a.entry(ctx, p, identity.EntryManage, in.ID)
	if err != nil {
		return nil, notFoundHere(err)
	}
	err = audit.Do(ctx, a.DB, p, identity.EntryManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"closed": true}, a.Identity.CloseEntry(ctx, tx, in.ID)
	})
	return &None{}, err
}

// entry finds an entry that the caller may do something to.
func (a *API) entry(ctx context.Context, p identity.Principal, action identity.Action, id string) (identity.Entry, audit.Object, error) {
	e, err := a.Identity.EntryByID(ctx, a.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return e, audit.Object{}, errNothing
	}
	if err != nil {
		return e, audit.Object{}, err
	}
	o := audit.Object{Kind: "entry", ID: e.ID, Name: e.Note, FacilityID: e.FacilityID}
	return e, o, a.need(ctx, p, identity.DeviceRead, action, o, "")
}
