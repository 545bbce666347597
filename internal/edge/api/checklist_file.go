package api

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/inspection"
)

type addChecklistFileIn struct {
	RowAddress
	Facility string `query:"facility" required:"true" maxLength:"100"`
	Date     string `query:"date" maxLength:"10" doc:"A day of the fiscal year it belongs to; today when not said."`
	Subject  string `query:"subject" maxLength:"200" doc:"Vendor and system, on a vendor's sheet."`
	RawBody  huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true"`
	}]
}

func (a *API) addChecklistFile(ctx context.Context, p identity.Principal, in *addChecklistFileIn) (*One[ProofLink], error) {
	file := in.RawBody.Data().File
	defer func() { _ = file.Close() }()
	f, err := a.facility(ctx, p, identity.ChecklistRead, identity.ChecklistConfirm, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	if err := a.row(in.RowAddress); err != nil {
		return nil, err
	}
	day, _, err := a.momentOf("date", in.Date)
	if err != nil {
		return nil, err
	}
	ref, err := a.ref(in.SheetAddress, f.ID, day, in.Subject)
	if err != nil {
		return nil, err
	}
	link := inspection.Link{Ref: ref, RowID: in.Row, AddedBy: p.ID, AddedMS: a.nowMS()}
	var made inspection.Link
	err = audit.Do(ctx, a.DB, p, identity.ChecklistConfirm, in.object(f.ID), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = inspection.AddFile(ctx, tx, a.Catalog, link, file.Filename, file)
		return map[string]any{"change": "file added", "link": made.ID, "title": made.Title, "size_bytes": made.SizeBytes, "sha256": made.SHA256}, err
	})
	if err != nil {
		return nil, err
	}
	return one(proofLinkOut(made)), nil
}

type checklistFileIn struct {
	SheetAddress
	File     string `path:"file" maxLength:"100" doc:"ID of the link."`
	Facility string `query:"facility" required:"true" maxLength:"100"`
}

func (a *API) downloadChecklistFile(ctx context.Context, p identity.Principal, in *checklistFileIn) (*huma.StreamResponse, error) {
	f, err := a.facility(ctx, p, identity.ChecklistRead, identity.ChecklistRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	if !store.ValidID(in.File) {
		return nil, errNothing
	}
	l, content, err := inspection.OpenFile(ctx, a.DB, inspection.Ref{Edition: in.Edition, Sheet: in.Sheet, FacilityID: f.ID}, in.File)
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	if err != nil {
		return nil, err
	}
	return download(l.Title, blob.MediaTypeOf(l.Title), l.SizeBytes, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	}), nil
}
