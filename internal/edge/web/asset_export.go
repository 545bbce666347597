package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// exportQuery reads the address of an export: the filter and columns of the list.
// all=1 asks for every column. What left the house is written down first.
func (c *call) exportQuery(format string) (assetQuery, []asset.Field, error) {
	query := c.r.URL.Query()
	q, err := c.assetQueryOf(query)
	if err != nil {
		return q, nil, err
	}
	q.filter.Scope = c.assetScope(identity.AssetExport)
	columns := []asset.Field{asset.FieldFacility, asset.FieldAssetTag, asset.FieldName}
	wanted := q.shown()
	if query.Get("all") == "1" {
		wanted = nil
		for _, col := range asset.ExportColumns() {
			wanted = append(wanted, col.Field)
		}
	}
	for _, f := range wanted {
		if !slices.Contains(columns, f) {
			columns = append(columns, f)
		}
	}
	err = audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.AssetExport, audit.Object{Kind: "ledger", FacilityID: c.facility()},
		func(context.Context, *store.Tx) (any, error) {
			return map[string]any{"format": format, "query": q.values(c).Encode(), "columns": columns}, nil
		})
	return q, columns, err
}

// exportName is the file's name, with the day it shows.
func (c *call) exportName(q assetQuery, ending string) string {
	day := q.day
	if day == "" {
		day = c.today()
	}
	return "sonae-assets-" + day + ending
}

// attachment starts an answer that browsers save and never show.
func (c *call) attachment(name, media string) {
	h := c.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("X-Content-Type-Options", "nosniff")
}

// assetExportCSV streams the filtered list as CSV.
func assetExportCSV(_ *site, c *call) error {
	q, columns, err := c.exportQuery("csv")
	if err != nil {
		return err
	}
	names, err := c.exportNames()
	if err != nil {
		return err
	}
	c.attachment(c.exportName(q, ".csv"), "text/csv; charset=utf-8")
	out := document.NewCSVWriter(c.w)
	if err := out.Write(c.exportTitles(columns)); err != nil {
		return c.broken(err)
	}
	err = c.eachAsset(q, func(a asset.Asset) error { return out.Write(c.exportTexts(a, columns, names)) })
	if err == nil {
		err = out.Flush()
	}
	return c.broken(err)
}

// broken ends an answer that has begun: the reader must not take it for whole.
func (c *call) broken(err error) error {
	if err != nil {
		c.logger().Warn("export ended early", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exportNames are the names of all facilities and vendors.
func (c *call) exportNames() (assetNames, error) {
	any := asset.Asset{Values: asset.Values{asset.FieldVendor: store.NewID()}} // asks for the vendors' names, too
	return c.assetNames(c.r.Context(), any)
}

func (c *call) exportTitles(columns []asset.Field) []string {
	out := make([]string, len(columns))
	for i, f := range columns {
		out[i] = c.fieldLabel(f)
	}
	return out
}

// exportTexts is one row as text: choices in the reader's words, dates as
// 2006-01-02, sizes as numbers of bytes, everything else exactly as stored.
func (c *call) exportTexts(a asset.Asset, columns []asset.Field, names assetNames) []string {
	out := make([]string, len(columns))
	for i, f := range columns {
		out[i] = c.exportText(a, f, names)
	}
	return out
}

func (c *call) exportText(a asset.Asset, f asset.Field, names assetNames) string {
	value := a.Cell(f)
	if f == asset.FieldLastSeen && a.LastSeenMS != 0 {
		return store.Time(a.LastSeenMS).In(c.tr.Zone()).Format("2006-01-02 15:04")
	}
	info, known := asset.Info(f)
	if known && (info.Type == asset.TypeDate || info.Type == asset.TypeBytes || info.Type == asset.TypeInt) {
		return value
	}
	if f == asset.FieldKind {
		value = string(a.Kind)
	}
	return c.valueWords(f, value, names)
}

// assetExportExcel writes the filtered list as an Excel file.
func assetExportExcel(s *site, c *call) error {
	q, columns, err := c.exportQuery("xlsx")
	if err != nil {
		return err
	}
	names, err := c.exportNames()
	if err != nil {
		return err
	}
	title := c.tr.T("assets.title")
	book, err := document.NewWorkbook(document.WorkbookOptions{Title: title, Author: c.by(), Lang: c.tr.Lang(), Created: s.deps.Now()})
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	var walked error
	rows := func(yield func([]any) bool) {
		walked = c.eachAsset(q, func(a asset.Asset) error {
			if !yield(c.exportValues(a, columns, names)) {
				return errStop
			}
			return nil
		})
	}
	if _, err := book.Sheet(title, c.exportSheet(columns), rows); err != nil {
		return err
	}
	if walked != nil {
		return walked
	}
	c.attachment(c.exportName(q, ".xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	return c.broken(book.Write(c.w))
}

// errStop ends a walk whose reader has had enough.
var errStop = errors.New("reader stopped")

// exportSheet gives the columns their kinds, so that Excel sorts dates and sizes.
func (c *call) exportSheet(columns []asset.Field) []document.SheetColumn {
	out := make([]document.SheetColumn, len(columns))
	for i, f := range columns {
		out[i] = document.SheetColumn{Title: c.fieldLabel(f), WidthChars: 18}
		info, _ := asset.Info(f)
		switch {
		case f == asset.FieldLastSeen:
			out[i].Kind = document.DateTime
		case info.Type == asset.TypeDate:
			out[i].Kind, out[i].WidthChars = document.Date, 12
		case info.Type == asset.TypeBytes || info.Type == asset.TypeInt:
			out[i].Kind = document.Number
		case f == asset.FieldName || f == asset.FieldOSName:
			out[i].WidthChars = 28
		}
	}
	return out
}

func (c *call) exportValues(a asset.Asset, columns []asset.Field, names assetNames) []any {
	out := make([]any, len(columns))
	for i, f := range columns {
		out[i] = c.exportValue(a, f, names)
	}
	return out
}

func (c *call) exportValue(a asset.Asset, f asset.Field, names assetNames) any {
	value := a.Cell(f)
	if value == "" {
		return nil
	}
	info, _ := asset.Info(f)
	switch {
	case f == asset.FieldLastSeen:
		return store.Time(a.LastSeenMS).In(c.tr.Zone())
	case info.Type == asset.TypeDate:
		if at, err := time.ParseInLocation(time.DateOnly, value, c.tr.Zone()); err == nil {
			return at
		}
	case info.Type == asset.TypeBytes || info.Type == asset.TypeInt:
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n
		}
	}
	return c.exportText(a, f, names)
}
