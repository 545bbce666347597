package web

import (
	"net/url"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/software"
)

// assetSoftware is the page of the programs of one device, by name.
func assetSoftware(s *site, c *call) error {
	o, err := c.openAssetOf()
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	query := clean(c.r.URL.Query().Get("q"), 100)
	list, total, next, err := software.ListByAsset(c.r.Context(), s.deps.DB, software.InstallFilter{AssetID: o.ID, Text: query, AtMS: o.atMS,
		Page: software.Page{After: c.r.URL.Query().Get("after"), Limit: 100}})
	if err != nil {
		return err
	}
	v := &view.AssetSoftware{Page: page, Head: c.assetHead(o, "software"), Q: query, Total: int(total)}
	if v.Bills, err = c.billRows(o); err != nil {
		return err
	}
	v.CanImport = o.atMS == 0 && c.who.CanAt(identity.AssetImport, o.FacilityID, "")
	for _, one := range list {
		row := view.InstallRow{Name: one.Name, Version: one.Version, Publisher: one.Publisher, Kind: one.Kind, InstalledOn: one.InstalledOn,
			SinceMS: one.FirstMS, Source: one.Source, SourceText: c.known("asset.source.", one.Source)}
		if p := one.Component; p != nil {
			row.Licence = p.Licence
			if row.Identifier = p.PURL; row.Identifier == "" {
				row.Identifier = p.CPE
			}
		}
		v.Rows = append(v.Rows, row)
	}
	keep := o.keep()
	keep.Set("q", query)
	v.Pager = pagerOf(c, &v.Page, o.path("software"), keep, len(list), total, next)
	return c.render(v)
}

// searchIn is a path with the words of a search.
func searchIn(path, words string) string { return address(path, url.Values{"q": {words}}) }
