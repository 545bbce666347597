package api

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/organisation"
)

// documented finds a record or an appointment with which p may do something.
type documented func(ctx context.Context, p identity.Principal, id string, do identity.Action) (organisation.Owner, audit.Object, error)

// files are the operations on the files of one kind of thing.
type files struct {
	a    *API
	find documented
}

func (a *API) registerOrganisationFiles() {
	for _, k := range []struct {
		path, id, name string
		find           documented
	}{{"/records", "Record", "a record", a.recordOwner}, {"/appointments", "Appointment", "an appointment", a.appointmentOwner}} {
		f, path := files{a, k.find}, k.path+"/{id}/files"
		handle(a, op{method: get, path: path, id: "list" + k.id + "Files", summary: "Files beside " + k.name, action: identity.OrganisationRead}, f.list)
		handle(a, op{method: post, path: path, id: "add" + k.id + "File", summary: "Put a file beside " + k.name + ", 25 MB at most", action: identity.OrganisationEdit, status: 201, maxBody: maxUploadBytes,
			about: "The type is found in the content, as for documents of assets."}, f.add)
		handle(a, op{method: get, path: path + "/{file}", id: "download" + k.id + "File", summary: "Download a file beside " + k.name, action: identity.OrganisationRead}, f.download)
		handle(a, op{method: remove, path: path + "/{file}", id: "remove" + k.id + "File", summary: "Take a file off " + k.name + "; its content is deleted, its name and hash stay in the audit log", action: identity.OrganisationEdit, status: 204}, f.remove)
	}
}

func (a *API) recordOwner(ctx context.Context, p identity.Principal, id string, do identity.Action) (organisation.Owner, audit.Object, error) {
	r, err := byID(ctx, a, id, organisation.RecordByID)
	if err == nil {
		err = a.need(ctx, p, identity.OrganisationRead, do, recordObject(r), "")
	}
	return r.Owner(), recordObject(r), err
}

func (a *API) appointmentOwner(ctx context.Context, p identity.Principal, id string, do identity.Action) (organisation.Owner, audit.Object, error) {
	v, err := byID(ctx, a, id, organisation.AppointmentByID)
	if err == nil {
		err = a.need(ctx, p, identity.OrganisationRead, do, appointmentObject(v), "")
	}
	return v.Owner(), appointmentObject(v), err
}

func organisationFileOut(f organisation.File) Attachment {
	return Attachment{ID: f.ID, Name: f.Name, MediaType: f.MediaType, SizeBytes: f.SizeBytes, SHA256: f.SHA256, By: f.By, AddedAt: moment(f.AddedMS)}
}

// organisationFileDetail is what the audit log keeps of a file.
func organisationFileDetail(change string, f organisation.File) map[string]any {
	return map[string]any{"change": change, "file": f.ID, "name": f.Name, "size_bytes": f.SizeBytes, "sha256": f.SHA256}
}

func (f files) list(ctx context.Context, p identity.Principal, in *attachmentsIn) (*List[Attachment], error) {
	of, _, err := f.find(ctx, p, in.ID, identity.OrganisationRead)
	if err != nil {
		return nil, err
	}
	all, err := organisation.Files(ctx, f.a.DB, of)
	if err != nil {
		return nil, err
	}
	return window("organisation_files", each(all, organisationFileOut), in.Paging, func(v Attachment) string { return v.ID })
}

func (f files) add(ctx context.Context, p identity.Principal, in *addAttachmentIn) (*One[Attachment], error) {
	file := in.RawBody.Data().File
	defer func() { _ = file.Close() }()
	of, object, err := f.find(ctx, p, in.ID, identity.OrganisationEdit)
	if err != nil {
		return nil, err
	}
	var made organisation.File
	err = audit.Do(ctx, f.a.DB, p, identity.OrganisationEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = organisation.AddFile(ctx, tx, of, file.Filename, file, p.Name, f.a.nowMS())
		return organisationFileDetail("file added", made), err
	})
	if err != nil {
		return nil, err
	}
	return one(organisationFileOut(made)), nil
}

type fileIn struct {
	ByID
	File string `path:"file" maxLength:"100"`
}

func (f files) download(ctx context.Context, p identity.Principal, in *fileIn) (*huma.StreamResponse, error) {
	of, _, err := f.find(ctx, p, in.ID, identity.OrganisationRead)
	if err != nil {
		return nil, err
	}
	if !store.ValidID(in.File) {
		return nil, errNothing
	}
	found, content, err := organisation.OpenFile(ctx, f.a.DB, of, in.File)
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	if err != nil {
		return nil, err
	}
	return download(found.Name, found.MediaType, found.SizeBytes, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	}), nil
}

func (f files) remove(ctx context.Context, p identity.Principal, in *fileIn) (*None, error) {
	of, object, err := f.find(ctx, p, in.ID, identity.OrganisationEdit)
	if err != nil {
		return nil, err
	}
	if !store.ValidID(in.File) {
		return nil, errNothing
	}
	err = audit.Do(ctx, f.a.DB, p, identity.OrganisationEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		gone, err := organisation.RemoveFile(ctx, tx, of, in.File, p.Name, f.a.nowMS())
		return organisationFileDetail("file removed", gone), err
	})
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	return &None{}, err
}
