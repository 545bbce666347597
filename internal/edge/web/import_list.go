package web

import (
	"context"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

const (
	importPath = "/imports"
	importPage = 50 // rows a page
)

// importKinds are the colours of the states of imports.
var importKinds = map[intake.State]string{intake.StateDraft: "info", intake.StateRunning: "info", intake.StateDone: "ok", intake.StateUndoing: "info", intake.StatePart: "warn", intake.StateUndone: "none"}

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
	whole, err := c.wholeFacilities()
	if err != nil {
		return err
	}
	list, next, total, err := intake.Imports(c.r.Context(), s.deps.DB, intake.Filter{FacilityIDs: whole, After: c.r.URL.Query().Get("after"), Limit: importPage})
	if err != nil {
		return err
	}
	v := &view.ImportList{Page: page, CanImport: c.who.Can(identity.AssetImport), Many: len(whole) > 1}
	for _, m := range list {
		v.Rows = append(v.Rows, view.ImportRow{ID: m.ID, File: m.FileName, Facility: names[m.Order.FacilityID], State: c.tr.T("intake.state." + string(m.State)), StateKind: importKinds[m.State],
			By: m.Order.By, AtMS: m.CreatedMS, Rows: m.Total, Counts: c.countWords(m.Counts)})
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

// importNew asks for files.
func importNew(_ *site, c *call) error { return c.importNewPage(nil) }

func (c *call) importNewPage(wrong error) error { return c.importNewFor(wrong, "") }

// importNewFor is importNewPage for what was wrong with one file of several.
func (c *call) importNewFor(wrong error, file string) error {
	page, err := c.page(c.tr.T("intake.new.title"))
	if err != nil {
		return err
	}
	v := &view.ImportNew{Page: page, MaxMB: blob.MaxFileBytes >> 20, CanKit: c.who.Can(identity.DeviceRead)}
	if v.Places, v.Fixed, err = c.places(identity.AssetImport); err != nil {
		return err
	}
	a, err := c.importAsset()
	if err != nil {
		return err
	}
	if a.ID != "" {
		v.AssetID, v.Asset, v.Places, v.Fixed = a.ID, orSame(a.Name, a.ID), nil, a.FacilityID
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	if file != "" && v.Page.Form.Alert != "" {
		v.Page.Form.Alert = c.tr.T("intake.in_file", "File", file, "Why", v.Page.Form.Alert)
	}
	return c.render(v)
}

// importAsset is the machine that the address or the form names: all that is in the
// files is about it.
func (c *call) importAsset() (a asset.Asset, err error) {
	id := c.r.URL.Query().Get("asset")
	if id == "" {
		id = c.value("asset_id")
	}
	if id == "" {
		return a, nil
	}
	if !store.ValidID(id) {
		return a, errNothing
	}
	a, err = asset.Get(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), id)
	if fault.Is(err, fault.CodeNotFound) {
		return a, errNothing
	}
	if err != nil {
		return a, err
	}
	return a, c.need(identity.AssetRead, identity.AssetImport, a.FacilityID, "")
}

// importCreate reads files and keeps them as drafts: one for every list, one for all
// files of machines.
func importCreate(s *site, c *call) error {
	files, err := c.uploads("file")
	if err != nil {
		if fault.Of(err).Code == fault.CodeInternal {
			return err
		}
		return c.importNewPage(err)
	}
	facility, err := c.placeOf(identity.AssetImport)
	if err != nil {
		return c.importNewPage(err)
	}
	named, err := c.importAsset()
	if err != nil {
		return err
	}
	if named.ID != "" {
		facility = named.FacilityID
	}
	parcels, err := intake.Parcels(s.deps.Door, intake.Brought{FacilityID: facility, AssetID: named.ID, Files: files, ByID: c.who.ID, By: c.by()}, c.value("sheet"))
	if err != nil {
		return c.importNewFor(err, brokenFile(files, err))
	}
	var last intake.Import
	for _, p := range parcels {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetImport, audit.Object{Kind: "import", FacilityID: facility}, func(ctx context.Context, tx *store.Tx) (any, error) {
			var err error
			last, err = p.Create(ctx, tx, s.deps.Door, c.nowMS())
			return audit.Made{Object: importObject(last), Detail: map[string]any{"change": "read", "sha256": last.SHA256, "rows": last.Total}}, err
		})
		if err != nil {
			return c.importNewPage(err)
		}
	}
	if len(parcels) > 1 {
		return c.done(importPath, "intake.read_several", "Count", len(parcels))
	}
	return c.done(importPath+"/"+last.ID, "")
}

// brokenFile is the file of several, or in an archive, that a fault of them is about;
// empty when there is only one, or it is about none.
func brokenFile(files []intake.File, err error) string {
	place := fault.Of(err).Place
	if place == "file" || len(files) == 1 && !strings.Contains(place, "/") {
		return ""
	}
	return place
}

func importObject(m intake.Import) audit.Object {
	return audit.Object{Kind: "import", ID: m.ID, Name: m.FileName, FacilityID: m.Order.FacilityID}
}
