package api

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/inspection"
)

func (a *API) registerChecklistProof() {
	handle(a, op{method: post, path: "/checklists/{edition}/{sheet}/rows/{row}/links", id: "addChecklistLink", summary: "Put proof beside a row: an address, or where the paper is kept", action: identity.ChecklistConfirm, status: 201}, a.addLink)
	handle(a, op{method: post, path: "/checklists/{edition}/{sheet}/rows/{row}/files", id: "addChecklistFile", summary: "Put a file beside a row, 25 MB at most", action: identity.ChecklistConfirm, status: 201, maxBody: maxUploadBytes,
		about: "The type is found in the content, as for documents of assets. Packs carry the file with its SHA-256; removeChecklistLink takes it away."}, a.addChecklistFile)
	handle(a, op{method: get, path: "/checklists/{edition}/{sheet}/files/{file}", id: "downloadChecklistFile", summary: "Download a file that stands beside a row", action: identity.ChecklistRead}, a.downloadChecklistFile)
	handle(a, op{method: remove, path: "/checklists/{edition}/{sheet}/rows/{row}/links/{link}", id: "removeChecklistLink", summary: "Take proof away; packs made before keep it", action: identity.ChecklistConfirm, status: 204}, a.removeLink)
	handle(a, op{method: replace, path: "/checklists/{edition}/{sheet}/rows/{row}/wording", id: "setChecklistWording", summary: "Keep the official sentence of a row as you pasted it", action: identity.ChecklistConfirm, status: 204,
		about: "It shows at every facility, so only somebody whose right has no limit may set it; empty takes it away."}, a.setWording)
}

// RowAddress names a row in a path.
type RowAddress struct {
	SheetAddress
	Row string `path:"row" maxLength:"100" example:"r7.medical.2.1"`
}

// row checks that the row is on the sheet.
func (a *API) row(in RowAddress) error {
	s, ok := a.Catalog.Sheet(in.Edition, in.Sheet)
	if !ok {
		return errNothing
	}
	if _, ok := s.Row(in.Row); !ok {
		return errNothing
	}
	return nil
}

func (in RowAddress) object(facilityID string) audit.Object {
	return audit.Object{Kind: "checklist_row", ID: in.Row, Name: in.Edition + " " + in.Sheet, FacilityID: facilityID}
}

type addLinkIn struct {
	RowAddress
	Body struct {
		FacilityID string              `json:"facility_id" maxLength:"100"`
		Kind       inspection.LinkKind `json:"kind" enum:"page,place"`
		Title      string              `json:"title" minLength:"1" maxLength:"200"`
		Target     string              `json:"target" minLength:"1" maxLength:"2000" doc:"http(s) address, or where the paper is kept."`
		Date       string              `json:"date,omitempty" maxLength:"10" doc:"A day of the fiscal year it belongs to; today when not said."`
		Subject    string              `json:"subject,omitempty" maxLength:"200"`
	}
}

func (a *API) addLink(ctx context.Context, p identity.Principal, in *addLinkIn) (*One[ProofLink], error) {
	b := in.Body
	f, err := a.facility(ctx, p, identity.ChecklistRead, identity.ChecklistConfirm, b.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	if err := a.row(in.RowAddress); err != nil {
		return nil, err
	}
	day, _, err := a.momentOf("date", b.Date)
	if err != nil {
		return nil, err
	}
	ref, err := a.ref(in.SheetAddress, f.ID, day, b.Subject)
	if err != nil {
		return nil, err
	}
	link := inspection.Link{Ref: ref, RowID: in.Row, Kind: b.Kind, Title: b.Title, Target: b.Target, AddedBy: p.ID, AddedMS: a.nowMS()}
	var made inspection.Link
	err = audit.Do(ctx, a.DB, p, identity.ChecklistConfirm, in.object(f.ID), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = inspection.AddLink(ctx, tx, a.Catalog, link)
		return map[string]string{"change": "link added", "link": made.ID, "title": made.Title, "target": made.Target}, err
	})
	if err != nil {
		return nil, err
	}
	return one(proofLinkOut(made)), nil
}

type removeLinkIn struct {
	RowAddress
	Link     string `path:"link" maxLength:"100"`
	Facility string `query:"facility" required:"true" maxLength:"100"`
}

func (a *API) removeLink(ctx context.Context, p identity.Principal, in *removeLinkIn) (*None, error) {
	f, err := a.facility(ctx, p, identity.ChecklistRead, identity.ChecklistConfirm, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	if !store.ValidID(in.Link) {
		return nil, errNothing
	}
	err = audit.Do(ctx, a.DB, p, identity.ChecklistConfirm, in.object(f.ID), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"change": "link removed", "link": in.Link}, inspection.RemoveLink(ctx, tx, f.ID, in.Link, p.ID, a.nowMS())
	})
	return &None{}, notFoundHere(err)
}

type setWordingIn struct {
	RowAddress
	Body struct {
		Wording string `json:"wording" maxLength:"4000"`
	}
}

func (a *API) setWording(ctx context.Context, p identity.Principal, in *setWordingIn) (*None, error) {
	if err := p.Need(identity.ChecklistConfirm, "", ""); err != nil {
		a.noteRefusal(ctx, p, identity.ChecklistConfirm, in.object(""))
		return nil, err
	}
	if err := a.row(in.RowAddress); err != nil {
		return nil, err
	}
	err := audit.Do(ctx, a.DB, p, identity.ChecklistConfirm, in.object(""), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"change": "wording"}, inspection.SetWording(ctx, tx, a.Catalog, in.Row, in.Body.Wording, p.ID, a.nowMS())
	})
	return &None{}, err
}
