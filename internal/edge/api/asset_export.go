package api

import (
	"context"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/treat/vendor"
)

func (a *API) registerExports() {
	const about = "Takes the filters of the list; every field is a column. With `labels` the header and the fixed words are in the language of Accept-Language and facilities and vendors have names, else they are as in the API."
	handle(a, op{method: get, path: "/assets/export.csv", id: "exportAssetsCSV", summary: "The ledger as CSV (UTF-8)", action: identity.AssetExport, about: about}, a.exportCSV)
	handle(a, op{method: get, path: "/assets/export.xlsx", id: "exportAssetsExcel", summary: "The ledger as an Excel file", action: identity.AssetExport, about: about}, a.exportExcel)
}

type exportIn struct {
	AssetFilter
	Labels bool `query:"labels" doc:"Words for people in place of stable names."`
}

// export walks the rows that go into a file.
type export struct {
	api        *API
	filter     asset.Filter
	columns    []asset.Column
	labels     bool
	t          text.Translator
	facilities map[string]string
	vendors    map[string]string
}

// newExport checks the filter, reads the names needed, and writes the export down:
// the whole ledger leaving the house is something to know about later.
func (a *API) newExport(ctx context.Context, p identity.Principal, in *exportIn, format string) (*export, error) {
	f, err := a.filter(ctx, p, identity.AssetExport, &in.AssetFilter)
	if err != nil {
		return nil, err
	}
	e := &export{api: a, filter: f, columns: asset.ExportColumns(), labels: in.Labels, t: translatorOf(ctx), facilities: map[string]string{}, vendors: map[string]string{}}
	if e.labels {
		if err := e.readNames(ctx); err != nil {
			return nil, err
		}
	}
	object := audit.Object{Kind: "export"}
	if len(f.FacilityIDs) == 1 {
		object.FacilityID = f.FacilityIDs[0]
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetExport, object, func(context.Context, *store.Tx) (any, error) {
		return map[string]string{"format": format, "filter": f.Query().Encode()}, nil
	})
	return e, err
}

func (e *export) readNames(ctx context.Context) error {
	all, err := e.api.Identity.Facilities(ctx, e.api.DB)
	if err != nil {
		return err
	}
	for _, f := range all {
		e.facilities[f.ID] = f.Name
	}
	for after := ""; ; {
		list, _, next, err := vendor.List(ctx, e.api.DB, vendor.Filter{After: after, Limit: 1000})
		if err != nil {
			return err
		}
		for _, v := range list {
			e.vendors[v.ID] = v.Name
		}
		if after = next; after == "" {
			return nil
		}
	}
}

func (e *export) title(c asset.Column) string {
	if !e.labels {
		return string(c.Field)
	}
	return e.t.T("asset.field." + string(c.Field))
}

// cell gives what stands in a column; times are RFC 3339, or in words.
func (e *export) cell(row asset.Asset, c asset.Column) string {
	v := row.Cell(c.Field)
	switch {
	case v == "":
		return ""
	case c.Type == asset.TypeTime:
		return e.when(v)
	case !e.labels:
		return v
	case c.Field == asset.FieldFacility:
		return named(e.facilities, v)
	case c.Type == asset.TypeVendor:
		return named(e.vendors, v)
	case c.Field == asset.FieldSource, c.Field == asset.FieldKind, c.Field == asset.FieldStatus, c.Field == asset.FieldCriticality:
		return e.t.T("asset." + string(c.Field) + "." + v)
	case c.Type == asset.TypeBool3:
		return e.t.T("asset.answer." + v)
	}
	return v
}

func (e *export) when(v string) string {
	ms, err := strconv.ParseInt(v, 10, 64)
	if err != nil { // the room gives Unix ms
		return v
	}
	if e.labels {
		return store.Time(ms).In(e.t.Zone()).Format("2006-01-02 15:04")
	}
	return store.Time(ms).Format(time.RFC3339)
}

func named(names map[string]string, id string) string {
	if name, ok := names[id]; ok {
		return name
	}
	return id
}

func (a *API) exportCSV(ctx context.Context, p identity.Principal, in *exportIn) (*huma.StreamResponse, error) {
	e, err := a.newExport(ctx, p, in, "csv")
	if err != nil {
		return nil, err
	}
	return download(e.name("csv"), "text/csv; charset=utf-8", 0, func(w io.Writer) error {
		out := document.NewCSVWriter(w)
		if err := out.Write(each(e.columns, e.title)); err != nil {
			return err
		}
		err := asset.EachRow(ctx, a.DB, e.filter, func(row asset.Asset) error {
			return out.Write(each(e.columns, func(c asset.Column) string { return e.cell(row, c) }))
		})
		if err != nil {
			return err
		}
		return out.Flush()
	}), nil
}

func (e *export) name(ext string) string {
	return "sonae-assets-" + e.api.Now().In(e.t.Zone()).Format(time.DateOnly) + "." + ext
}

func (a *API) exportExcel(ctx context.Context, p identity.Principal, in *exportIn) (*huma.StreamResponse, error) {
	e, err := a.newExport(ctx, p, in, "xlsx")
	if err != nil {
		return nil, err
	}
	title := e.t.T("api.export.sheet")
	book, err := document.NewWorkbook(document.WorkbookOptions{Title: title, Author: "Sonae", Lang: e.t.Lang(), Created: a.Now()})
	if err != nil {
		return nil, err
	}
	var failed error
	columns := each(e.columns, func(c asset.Column) document.SheetColumn { return document.SheetColumn{Title: e.title(c)} })
	_, err = book.Sheet(title, columns, e.rows(ctx, &failed))
	if err == nil {
		err = failed
	}
	if err != nil {
		_ = book.Close()
		return nil, err
	}
	const media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	return download(e.name("xlsx"), media, 0, func(w io.Writer) error {
		defer func() { _ = book.Close() }()
		return book.Write(w)
	}), nil
}

// rows walks the rows of a sheet; an error ends the walk and is left in failed.
func (e *export) rows(ctx context.Context, failed *error) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		*failed = asset.EachRow(ctx, e.api.DB, e.filter, func(row asset.Asset) error {
			if !yield(each(e.columns, func(c asset.Column) any { return e.cell(row, c) })) {
				return context.Canceled
			}
			return nil
		})
	}
}
