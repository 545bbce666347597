package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/software"
)

func (a *API) registerBills() {
	handle(a, op{method: get, path: "/imports/{id}/assets", id: "listImportAssets", summary: "Assets that a software bill of materials may be about", action: identity.AssetRead,
		about: "By what the document says of its subject, or by `q`. Nothing is chosen by itself: see `chooseImportAsset`."}, a.importAssets)
	handle(a, op{method: replace, path: "/imports/{id}/asset", id: "chooseImportAsset", summary: "Say which asset a draft of a software bill of materials is about", action: identity.AssetImport}, a.chooseImportAsset)
	handle(a, op{method: get, path: "/assets/{id}/sboms", id: "listAssetBills", summary: "Software bills of materials of an asset, the one in force first", action: identity.AssetRead}, a.assetBills)
}

// ImportAsset is an asset that a bill may be about.
type ImportAsset struct {
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	Kind   asset.Kind `json:"kind"`
	Maker  string     `json:"maker"`
	Model  string     `json:"model"`
	Serial string     `json:"serial"`
	Reason string     `json:"reason" enum:",before,serial,name,part" doc:"Why it is proposed: its bill in force is about the same, its serial number or name is the one of the document, part of the name; empty after a search."`
}

type importAssetsIn struct {
	ByID
	Paging
	Q string `query:"q" maxLength:"100" doc:"Words to search for; without, by what the document says."`
}

func (a *API) importAssets(ctx context.Context, p identity.Principal, in *importAssetsIn) (*List[ImportAsset], error) {
	m, err := a.intake(ctx, p, identity.AssetRead, in.ID)
	if err != nil {
		return nil, err
	}
	if m.Form != intake.FormBill {
		return listOf([]ImportAsset{}, "", 0), nil
	}
	doc, err := m.Bill(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	list, err := intake.Proposals(ctx, a.DB, scopeOf(p, identity.AssetRead), m.Order.FacilityID, doc.Subject, in.Q)
	if err != nil {
		return nil, err
	}
	list = list[:min(len(list), in.Limit)]
	return listOf(each(list, func(o intake.Proposal) ImportAsset {
		v := o.Asset.Values
		return ImportAsset{ID: o.Asset.ID, Name: o.Asset.Name, Kind: o.Asset.Kind, Maker: v[asset.FieldMaker], Model: v[asset.FieldModel], Serial: v[asset.FieldSerial], Reason: o.Reason}
	}), "", len(list)), nil
}

type chooseImportAssetIn struct {
	ByID
	Body struct {
		AssetID string `json:"asset_id" maxLength:"100"`
	}
}

func (a *API) chooseImportAsset(ctx context.Context, p identity.Principal, in *chooseImportAssetIn) (*One[Import], error) {
	m, err := a.intake(ctx, p, identity.AssetImport, in.ID)
	if err == nil {
		err = a.importAsset(ctx, p, m.Order.FacilityID, in.Body.AssetID)
	}
	if err != nil {
		return nil, err
	}
	return a.changeImport(ctx, p, in.ID, "chosen", func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return intake.Choose(ctx, tx, in.ID, in.Body.AssetID)
	})
}

// billOf adds what a draft of a bill says of itself.
func (a *API) billOf(ctx context.Context, out *Import, m intake.Import) error {
	if m.Form != intake.FormBill {
		return nil
	}
	doc, err := m.Bill(ctx, a.DB)
	if err != nil {
		return err
	}
	before := software.Bill{}
	if m.State == intake.StateDraft && m.Order.AssetID != "" {
		if before, err = software.BillInForce(ctx, a.DB, m.Order.AssetID); err != nil {
			return err
		}
	}
	out.Bill = intake.DescribeBill(doc, before)
	return nil
}

// Bill is a software bill of materials of an asset.
type Bill struct {
	ImportID        string     `json:"import_id" doc:"The import that brought it."`
	FileName        string     `json:"file_name"`
	SHA256          string     `json:"sha256"`
	Standard        string     `json:"standard" doc:"CycloneDX or SPDX."`
	SpecVersion     string     `json:"spec_version"`
	DocumentID      string     `json:"document_id" doc:"Serial number or namespace of the document."`
	Revision        int64      `json:"revision"`
	WrittenAt       *time.Time `json:"written_at,omitempty" doc:"As the document says."`
	Authors         string     `json:"authors"`
	SubjectName     string     `json:"subject_name" doc:"What the document says it is about."`
	SubjectVersion  string     `json:"subject_version"`
	SubjectSupplier string     `json:"subject_supplier"`
	SubjectPURL     string     `json:"subject_purl"`
	SubjectCPE      string     `json:"subject_cpe"`
	Components      int64      `json:"components"`
	By              string     `json:"by"`
	Since           *time.Time `json:"since" doc:"In force since."`
	GoneAt          *time.Time `json:"gone_at,omitempty" doc:"In force until."`
}

type assetBillsIn struct {
	ByID
	Paging
}

func (a *API) assetBills(ctx context.Context, p identity.Principal, in *assetBillsIn) (*List[Bill], error) {
	if _, err := a.asset(ctx, p, identity.AssetRead, in.ID); err != nil {
		return nil, err
	}
	all, err := software.Bills(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	page, err := window("sboms", all, in.Paging, func(b software.Bill) string { return b.ID + "/" + store.Time(b.FirstMS).String() })
	if err != nil {
		return nil, err
	}
	return listOf(each(page.Body.Items, func(b software.Bill) Bill {
		return Bill{ImportID: b.ID, FileName: b.FileName, SHA256: b.SHA256, Standard: b.Standard, SpecVersion: b.SpecVersion, DocumentID: b.DocumentID, Revision: b.Revision, WrittenAt: moment(b.WrittenMS),
			Authors: b.Authors, SubjectName: b.Subject, SubjectVersion: b.Version, SubjectSupplier: b.Supplier, SubjectPURL: b.PURL, SubjectCPE: b.CPE, Components: b.Components, By: b.By,
			Since: moment(b.FirstMS), GoneAt: moment(b.GoneMS)}
	}), page.Body.Next, page.Body.Total), nil
}
