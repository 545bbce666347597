package api

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

func (a *API) registerImports() {
	a.registerBills()
	handle(a, op{method: get, path: "/imports", id: "listImports", summary: "Imports of asset lists, newest first", action: identity.AssetRead}, a.listImports)
	handle(a, op{method: post, path: "/imports", id: "createImport", summary: "Send an asset list (CSV or Excel), a software bill of materials, or files of machines, and have them read", action: identity.AssetImport, status: 201, maxBody: maxUploadBytes,
		about: "Nothing is in the ledger yet: the answer is a draft. Look at `/imports/{id}/rows`, correct the columns where needed, then start it. " +
			"Files of machines (sealed files of `sonae-agent once`, folders of the collector for old Windows, `systeminfo` output) may come together in one ZIP file. " +
			"A software bill of materials (CycloneDX, SPDX) is about one asset: name it with `asset_id` here, or later."}, a.createImport)
	handle(a, op{method: get, path: "/imports/{id}", id: "getImport", summary: "One import", action: identity.AssetRead}, a.getImport)
	handle(a, op{method: patch, path: "/imports/{id}", id: "arrangeImport", summary: "Change what the columns of a draft mean", action: identity.AssetImport,
		about: "The columns are remembered for the next list with the same headings."}, a.arrangeImport)
	handle(a, op{method: remove, path: "/imports/{id}", id: "discardImport", summary: "Forget a draft", action: identity.AssetImport, status: 204}, a.discardImport)
	handle(a, op{method: get, path: "/imports/{id}/rows", id: "listImportRows", summary: "What becomes of every row, or became of it", action: identity.AssetRead}, a.listImportRows)
	handle(a, op{method: post, path: "/imports/{id}/start", id: "startImport", summary: "Take a draft into the ledger", action: identity.AssetImport, status: 202}, a.startImport)
	handle(a, op{method: post, path: "/imports/{id}/undo", id: "undoImport", summary: "Take an import back", action: identity.AssetImport, status: 202,
		about: "Only what the import set is taken back; the rows tell what stays. Lists may be taken back in any order, files of a machine the newest first: " +
			"a machine of which a later file speaks stays, and the state is `part`; `conflict` names the later import when it speaks of all of them."}, a.undoImport)
}

// Import is one asset list and what became of it.
type Import struct {
	ID            string             `json:"id"`
	FacilityID    string             `json:"facility_id"`
	FileName      string             `json:"file_name"`
	SHA256        string             `json:"sha256"`
	SizeBytes     int64              `json:"size_bytes"`
	Sheet         string             `json:"sheet" doc:"Of Excel."`
	Form          intake.Form        `json:"form" enum:"list,machines,sbom" doc:"A table, files that machines or their makers wrote, or a software bill of materials."`
	AssetID       string             `json:"asset_id,omitempty" doc:"The asset that the files are about, when somebody named it."`
	Bill          *intake.BillReport `json:"sbom,omitempty" doc:"Of one software bill of materials: what it says of itself."`
	State         intake.State       `json:"state" enum:"draft,running,done,undoing,part,undone" doc:"part: taken back but for machines that later files speak of; it can be taken back once more when those are."`
	Fields        []asset.Field      `json:"fields" doc:"What each column means; empty = left out."`
	WithoutNumber bool               `json:"without_number" doc:"Rows without a number to recognise a machine by become new assets."`
	By            string             `json:"by"`
	CreatedAt     *time.Time         `json:"created_at"`
	StartedAt     *time.Time         `json:"started_at,omitempty"`
	FinishedAt    *time.Time         `json:"finished_at,omitempty"`
	UndoneAt      *time.Time         `json:"undone_at,omitempty"`
	UndoneBy      string             `json:"undone_by,omitempty"`
	Total         int                `json:"total" doc:"Rows below the headings."`
	Counts        intake.Counts      `json:"counts" doc:"Of the rows done."`
}

func importOut(m intake.Import) Import {
	return Import{ID: m.ID, FacilityID: m.Order.FacilityID, FileName: m.FileName, SHA256: m.SHA256, SizeBytes: m.SizeBytes, Sheet: m.Sheet, Form: m.Form, AssetID: m.Order.AssetID, State: m.State, Fields: full(m.Order.Columns),
		WithoutNumber: m.Order.WithoutNumber, By: m.Order.By, CreatedAt: moment(m.CreatedMS), StartedAt: moment(m.StartedMS), FinishedAt: moment(m.FinishedMS),
		UndoneAt: moment(m.UndoneMS), UndoneBy: m.UndoneBy, Total: m.Total, Counts: m.Counts}
}

func importObject(m intake.Import) audit.Object {
	return audit.Object{Kind: "import", ID: m.ID, Name: m.FileName, FacilityID: m.Order.FacilityID}
}

type listImportsIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
}

// wholeFacilities leaves the facilities of which p may see everything: an import shows
// the assets of all departments.
func (a *API) wholeFacilities(ctx context.Context, p identity.Principal, asked []string) ([]string, error) {
	ids, err := a.facilities(ctx, p, identity.AssetRead, asked)
	if err != nil || ids == nil && p.CanEverywhere(identity.AssetRead) {
		return ids, err
	}
	if ids == nil {
		all, err := a.Identity.Facilities(ctx, a.DB)
		if err != nil {
			return nil, err
		}
		for _, f := range all {
			ids = append(ids, f.ID)
		}
	}
	whole := []string{}
	for _, id := range ids {
		if p.CanAt(identity.AssetRead, id, "") {
			whole = append(whole, id)
		}
	}
	return whole, nil
}

func (a *API) listImports(ctx context.Context, p identity.Principal, in *listImportsIn) (*List[Import], error) {
	ids, err := a.wholeFacilities(ctx, p, in.Facility)
	if err != nil {
		return nil, err
	}
	after, err := unseal("imports", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, next, total, err := intake.Imports(ctx, a.DB, intake.Filter{FacilityIDs: ids, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return listOf(each(list, importOut), seal("imports", next), total), nil
}

type createImportIn struct {
	RawBody huma.MultipartFormFiles[struct {
		File          huma.FormFile `form:"file" required:"true"`
		FacilityID    string        `form:"facility_id" required:"true"`
		Sheet         string        `form:"sheet" required:"false"`
		AssetID       string        `form:"asset_id" required:"false" doc:"Not of lists: the asset that the files are about."`
		WithoutNumber bool          `form:"without_number" required:"false"`
	}]
}

func (a *API) createImport(ctx context.Context, p identity.Principal, in *createImportIn) (*One[Import], error) {
	form := in.RawBody.Data()
	defer func() { _ = form.File.Close() }()
	f, err := a.facility(ctx, p, identity.AssetRead, identity.AssetImport, form.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(form.File, blob.MaxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if err := a.importAsset(ctx, p, f.ID, form.AssetID); err != nil {
		return nil, err
	}
	parcels, err := intake.Parcels(a.Door, intake.Brought{FacilityID: f.ID, AssetID: form.AssetID, Files: []intake.File{{Name: form.File.Filename, Body: body}}, ByID: p.ID, By: p.Name}, form.Sheet)
	if err != nil {
		return nil, err
	}
	if len(parcels) > 1 {
		return nil, fault.Invalid("intake.error.several").At("file")
	}
	var m intake.Import
	err = audit.Do(ctx, a.DB, p, identity.AssetImport, audit.Object{Kind: "import", Name: form.File.Filename, FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		m, err = parcels[0].Create(ctx, tx, a.Door, a.nowMS())
		if err == nil && form.WithoutNumber {
			m, err = intake.Arrange(ctx, tx, m.ID, m.Order.Columns, true, p.Name, a.nowMS())
		}
		return audit.Made{Object: importObject(m), Detail: map[string]any{"change": "read", "sha256": m.SHA256, "rows": m.Total}}, err
	})
	if err != nil {
		return nil, err
	}
	out := importOut(m)
	if err := a.billOf(ctx, &out, m); err != nil {
		return nil, err
	}
	return one(out), nil
}

// importAsset checks that a named asset may be seen and stands in the facility.
func (a *API) importAsset(ctx context.Context, p identity.Principal, facilityID, id string) error {
	if id == "" {
		return nil
	}
	one, err := asset.Get(ctx, a.DB, scopeOf(p, identity.AssetRead), id)
	if err == nil && one.FacilityID != facilityID || fault.Is(err, fault.CodeNotFound) {
		return fault.NotFound("asset.error.named").At("asset_id")
	}
	return err
}

// intake finds an import of a facility where p may do something.
func (a *API) intake(ctx context.Context, p identity.Principal, do identity.Action, id string) (intake.Import, error) {
	m, err := byID(ctx, a, id, intake.ByID)
	if err == nil {
		err = a.need(ctx, p, identity.AssetRead, do, importObject(m), "")
	}
	return m, err
}

func (a *API) getImport(ctx context.Context, p identity.Principal, in *ByID) (*One[Import], error) {
	m, err := a.intake(ctx, p, identity.AssetRead, in.ID)
	if err != nil {
		return nil, err
	}
	out := importOut(m)
	if err := a.billOf(ctx, &out, m); err != nil {
		return nil, err
	}
	return one(out), nil
}

type arrangeImportIn struct {
	ByID
	Body struct {
		Fields        []asset.Field `json:"fields" maxItems:"300" doc:"One a heading, in order; \"\" leaves the column out."`
		WithoutNumber bool          `json:"without_number,omitempty"`
	}
}

// change does one thing to an import, with its entry in the audit log.
func (a *API) changeImport(ctx context.Context, p identity.Principal, id, change string, fn func(ctx context.Context, tx *store.Tx) (intake.Import, error)) (*One[Import], error) {
	m, err := a.intake(ctx, p, identity.AssetImport, id)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetImport, importObject(m), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		m, err = fn(ctx, tx)
		return map[string]any{"change": change, "sha256": m.SHA256, "fields": m.Order.Columns}, err
	})
	if err != nil {
		return nil, err
	}
	a.Wake()
	return one(importOut(m)), nil
}

func (a *API) arrangeImport(ctx context.Context, p identity.Principal, in *arrangeImportIn) (*One[Import], error) {
	return a.changeImport(ctx, p, in.ID, "arranged", func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return intake.Arrange(ctx, tx, in.ID, in.Body.Fields, in.Body.WithoutNumber, p.Name, a.nowMS())
	})
}

func (a *API) startImport(ctx context.Context, p identity.Principal, in *ByID) (*One[Import], error) {
	return a.changeImport(ctx, p, in.ID, "started", func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return intake.Start(ctx, tx, in.ID, a.nowMS())
	})
}

func (a *API) undoImport(ctx context.Context, p identity.Principal, in *ByID) (*One[Import], error) {
	return a.changeImport(ctx, p, in.ID, "undoing", func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return intake.Undo(ctx, tx, in.ID, p.Name)
	})
}

func (a *API) discardImport(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	_, err := a.changeImport(ctx, p, in.ID, "discarded", func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return intake.Discard(ctx, tx, in.ID)
	})
	return nil, err
}

type listImportRowsIn struct {
	ByID
	Paging
	Outcome intake.Outcome `query:"outcome" enum:"create,change,gone,same,refuse"`
}

func (a *API) listImportRows(ctx context.Context, p identity.Principal, in *listImportRowsIn) (*List[intake.RowReport], error) {
	m, err := a.intake(ctx, p, identity.AssetRead, in.ID)
	if err != nil {
		return nil, err
	}
	from, err := unseal("import-rows", in.Cursor)
	if err != nil {
		return nil, err
	}
	after, _ := strconv.Atoi(from) // "" is the first page
	var rows []intake.RowReport
	total := 0
	if m.State == intake.StateDraft {
		rows, total, err = a.draftRows(ctx, m, in.Outcome, after)
	} else {
		rows, total, err = a.takenRows(ctx, m, in.Outcome, after, in.Limit+1)
	}
	if err != nil {
		return nil, err
	}
	next := ""
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		next = strconv.Itoa(rows[in.Limit-1].Row)
	}
	return listOf(rows, seal("import-rows", next), total), nil
}

// draftRows foresees a draft; it does so anew for every page, since the ledger moves.
func (a *API) draftRows(ctx context.Context, m intake.Import, outcome intake.Outcome, after int) ([]intake.RowReport, int, error) {
	report, err := m.Foresee(ctx, a.DB, a.Door, a.nowMS(), translatorOf(ctx))
	if err != nil {
		return nil, 0, err
	}
	var rows []intake.RowReport
	for _, r := range report.Rows {
		if r.Row > after && (outcome == "" || r.Outcome == outcome) {
			rows = append(rows, r)
		}
	}
	return rows, report.Counts.Of(outcome), nil
}

func (a *API) takenRows(ctx context.Context, m intake.Import, outcome intake.Outcome, after, limit int) ([]intake.RowReport, int, error) {
	list, err := intake.TakenRows(ctx, a.DB, m.ID, outcome, after, limit)
	tr := translatorOf(ctx)
	return each(list, func(t intake.Taken) intake.RowReport { return intake.DescribeTaken(t, tr) }), m.Counts.Of(outcome), err
}
