package web

import (
	"context"
	"io"
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/intake"
)

const (
	importPath = "/imports"
	importPage = 50 // rows a page
)

// importKinds are the colours of the states of imports.
var importKinds = map[intake.State]string{intake.StateDraft: "info", intake.StateRunning: "info", intake.StateDone: "ok", intake.StateUndoing: "info", intake.StateUndone: "neutral"}

// importList shows the lists taken in so far at the facilities whose whole ledger the
// person may see.
func importList(s *site, c *call) error {
	page, err := c.page(c.tr.T("intake.title"))
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	whole := []string{}
	for id := range names {
		if seen := c.seen(identity.AssetRead); c.who.CanAt(identity.AssetRead, id, "") && (seen == nil || slices.Contains(seen, id)) {
			whole = append(whole, id)
		}
	}
	list, total, err := intake.Imports(c.r.Context(), s.deps.DB, intake.Filter{FacilityIDs: whole, After: c.r.URL.Query().Get("after"), Limit: importPage})
	if err != nil {
		return err
	}
	v := &view.ImportList{Page: page, CanImport: c.who.Can(identity.AssetImport), Many: len(whole) > 1}
	next := ""
	for _, m := range list {
		v.Rows = append(v.Rows, view.ImportRow{ID: m.ID, File: m.FileName, Facility: names[m.Order.FacilityID], State: c.tr.T("intake.state." + string(m.State)), StateKind: importKinds[m.State],
			By: m.Order.By, AtMS: m.CreatedMS, Rows: m.Total, Counts: c.countWords(m.Counts)})
	}
	if len(list) == importPage {
		next = list[len(list)-1].ID
	}
	v.Pager = pagerOf(c, &v.Page, importPath, nil, len(list), int64(total), next)
	return c.render(v)
}

// countWords adds up what became of the rows, in words.
func (c *call) countWords(n intake.Counts) string {
	var out []string
	for _, o := range intake.Outcomes {
		if rows := n.Of(o); rows > 0 {
			out = append(out, c.tr.T("intake.outcome."+string(o))+" "+c.tr.Number(int64(rows)))
		}
	}
	return strings.Join(out, " · ")
}

// importNew asks for a file.
func importNew(_ *site, c *call) error { return c.importNewPage(nil) }

func (c *call) importNewPage(wrong error) error {
	page, err := c.page(c.tr.T("intake.new.title"))
	if err != nil {
		return err
	}
	v := &view.ImportNew{Page: page, MaxMB: blob.MaxFileBytes >> 20}
	if v.Places, v.Fixed, err = c.places(identity.AssetImport); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// importCreate reads a file and keeps it as a draft.
func importCreate(s *site, c *call) error {
	file, name, err := c.upload("file")
	if err != nil {
		if fault.Of(err).Code == fault.CodeInternal {
			return err
		}
		return c.importNewPage(err)
	}
	defer func() { _ = file.Close() }()
	facility, err := c.placeOf(identity.AssetImport)
	if err != nil {
		return c.importNewPage(err)
	}
	body, err := io.ReadAll(io.LimitReader(file, blob.MaxFileBytes+1))
	if err != nil {
		return err
	}
	var m intake.Import
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetImport, audit.Object{Kind: "import", FacilityID: facility}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		m, err = intake.Create(ctx, tx, intake.Upload{FacilityID: facility, FileName: name, Sheet: c.value("sheet"), Body: body, ByID: c.who.ID, By: c.by()}, c.nowMS())
		return audit.Made{Object: importObject(m), Detail: map[string]any{"change": "read", "sha256": m.SHA256, "rows": m.Total}}, err
	})
	if err != nil {
		return c.importNewPage(err)
	}
	return c.done(importPath+"/"+m.ID, "")
}

func importObject(m intake.Import) audit.Object {
	return audit.Object{Kind: "import", ID: m.ID, Name: m.FileName, FacilityID: m.Order.FacilityID}
}
