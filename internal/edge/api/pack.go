package api

import (
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/inspection"
)

func (a *API) registerPacks() {
	handle(a, op{method: get, path: "/packs", id: "listPacks", summary: "Inspection packs, newest first", action: identity.PackRead}, a.listPacks)
	handle(a, op{method: post, path: "/packs", id: "makePack", summary: "Make an inspection pack", action: identity.PackMake, status: 202,
		about: "Answers with a job; when `/jobs/{id}` says completed, the pack is the newest of its facility in the list."}, a.makePack)
	handle(a, op{method: get, path: "/packs/{id}", id: "getPack", summary: "One pack", action: identity.PackRead}, a.getPack)
	handle(a, op{method: get, path: "/packs/{id}/file", id: "downloadPack", summary: "Download a pack (ZIP)", action: identity.PackRead}, a.downloadPack)
}

// Pack is a stored inspection pack.
type Pack struct {
	ID             string                         `json:"id"`
	FacilityID     string                         `json:"facility_id"`
	Edition        string                         `json:"edition"`
	FiscalYear     int                            `json:"fiscal_year"`
	Day            string                         `json:"day" doc:"The day it speaks for."`
	AsOf           *time.Time                     `json:"as_of"`
	Lang           string                         `json:"lang"`
	MadeBy         string                         `json:"made_by"`
	MadeAt         *time.Time                     `json:"made_at"`
	FileName       string                         `json:"file_name"`
	SizeBytes      int64                          `json:"size_bytes"`
	Pages          int                            `json:"pages"`
	ManifestSHA256 string                         `json:"manifest_sha256" doc:"Also in the audit log."`
	Answers        map[string]inspection.Progress `json:"answers" doc:"By sheet."`
}

func packOut(p inspection.Pack) Pack {
	return Pack{ID: p.ID, FacilityID: p.FacilityID, Edition: p.Edition, FiscalYear: p.FiscalYear, Day: p.Day, AsOf: moment(p.AsOfMS), Lang: p.Lang, MadeBy: p.By.Name,
		MadeAt: moment(p.MadeMS), FileName: p.FileName, SizeBytes: p.SizeBytes, Pages: p.Pages, ManifestSHA256: p.ManifestSHA256, Answers: p.Answers}
}

type listPacksIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
	Edition  string   `query:"edition" maxLength:"40"`
}

func (a *API) listPacks(ctx context.Context, p identity.Principal, in *listPacksIn) (*List[Pack], error) {
	ids, err := a.facilities(ctx, p, identity.PackRead, in.Facility)
	if err != nil {
		return nil, err
	}
	after, err := unseal("packs", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, total, next, err := inspection.Packs(ctx, a.DB, inspection.PackFilter{FacilityIDs: ids, Edition: in.Edition, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, packOut), seal("packs", next), int(total)), nil
}

// pack finds a pack that p may see.
func (a *API) pack(ctx context.Context, p identity.Principal, id string) (inspection.Pack, error) {
	v, err := byID(ctx, a, id, inspection.PackByID)
	if err == nil {
		err = a.need(ctx, p, identity.PackRead, identity.PackRead, audit.Object{Kind: "pack", ID: v.ID, Name: v.FileName, FacilityID: v.FacilityID}, "")
	}
	return v, err
}

func (a *API) getPack(ctx context.Context, p identity.Principal, in *ByID) (*One[Pack], error) {
	v, err := a.pack(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	return one(packOut(v)), nil
}

func (a *API) downloadPack(ctx context.Context, p identity.Principal, in *ByID) (*huma.StreamResponse, error) {
	v, err := a.pack(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	content, err := v.Open(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	return download(v.FileName, "application/zip", v.SizeBytes, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	}), nil
}

type makePackIn struct {
	Body struct {
		FacilityID string      `json:"facility_id" maxLength:"100"`
		Edition    string      `json:"edition" maxLength:"40" example:"r7"`
		Date       string      `json:"date,omitempty" maxLength:"10" doc:"The day it speaks for; today when not said."`
		Lang       string      `json:"lang,omitempty" enum:"ja,en" default:"ja"`
		MadeBy     string      `json:"made_by,omitempty" maxLength:"200" doc:"Name on paper; the token's name when not said."`
		Sheets     []PackSheet `json:"sheets,omitempty" maxItems:"500" doc:"Empty = the institution's form and every vendor's form with answers."`
	}
}

// PackSheet names a form for a pack.
type PackSheet struct {
	Sheet   string `json:"sheet" maxLength:"40"`
	Subject string `json:"subject,omitempty" maxLength:"200"`
}

func (a *API) makePack(ctx context.Context, p identity.Principal, in *makePackIn) (*One[Job], error) {
	b := in.Body
	f, err := a.facility(ctx, p, identity.PackRead, identity.PackMake, b.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	if _, ok := a.Catalog.Edition(b.Edition); !ok {
		return nil, errNothing.At("edition")
	}
	day, _, err := a.momentOf("date", b.Date)
	if err != nil {
		return nil, err
	}
	for _, s := range b.Sheets {
		if _, ok := a.Catalog.Sheet(b.Edition, s.Sheet); !ok {
			return nil, errNothing.At("sheets")
		}
	}
	r := inspection.Request{Edition: b.Edition, FacilityID: f.ID, Date: day, Lang: b.Lang, By: audit.ActorOf(p), ByName: b.MadeBy,
		Sheets: each(b.Sheets, func(s PackSheet) inspection.SheetRef { return inspection.SheetRef{Sheet: s.Sheet, Subject: s.Subject} })}
	var id string
	// The pack itself goes into the audit log, with the hash of its manifest.
	err = a.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		id, err = inspection.Enqueue(ctx, tx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Wake()
	return a.oneJob(ctx, id)
}
