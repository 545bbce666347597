package web

import (
	"context"
	"net/http"
	"net/url"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// conflictPath is the queue of devices that may be one.
const conflictPath = "/conflicts"

// conflictPage is how many entries of the queue one page shows.
const conflictPage = 50

// conflictMoved leads from where the list stood before.
func conflictMoved(_ *site, c *call) error {
	http.Redirect(c.w, c.r, conflictPath, http.StatusMovedPermanently)
	return nil
}

// awake leaves out what was put aside, unless all is asked for.
func (c *call) awake(all bool) int64 {
	if all {
		return 0
	}
	return c.nowMS()
}

// conflictList shows devices that may be one, and what sources say about identity that
// cannot all be true.
func conflictList(s *site, c *call) error {
	page, err := c.page(c.tr.T("conflicts.title"))
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	v := &view.ConflictList{Page: page, Closed: query.Get("closed") == "1", Later: query.Get("later") == "1"}
	scope := c.assetScope(identity.AssetRead)
	list, err := asset.Conflicts(c.r.Context(), s.deps.DB, asset.ConflictFilter{Scope: scope, Closed: v.Closed, Limit: conflictPage, After: query.Get("after"), AwakeMS: c.awake(v.Closed || v.Later)})
	if err != nil {
		return err
	}
	assets, err := c.conflictAssets(list)
	if err != nil {
		return err
	}
	for _, one := range list {
		row := view.ConflictRow{ID: one.ID, Cause: c.known("asset.cause.", string(one.Cause)), Key: c.known("asset.key.", string(one.KeyKind)), Value: one.ShownKey(),
			SourceKind: string(one.Source), Source: c.known("asset.source.", string(one.Source)), AtMS: one.LastMS, FirstMS: one.FirstMS,
			Asset: c.conflictSide(assets, one.AssetID), Other: c.conflictSide(assets, one.OtherID), OtherElsewhere: one.OtherID != "" && assets[one.OtherID].ID == "",
			ClosedMS: one.ClosedMS, ClosedBy: one.ClosedBy, Note: one.Note, Href: conflictPath + "/" + one.ID}
		if one.Outcome != "" {
			row.Outcome = c.known("asset.outcome.", string(one.Outcome))
		}
		if one.LaterMS > c.nowMS() {
			row.LaterMS = one.LaterMS
		}
		v.Rows = append(v.Rows, row)
	}
	next := ""
	keep := url.Values{"closed": {query.Get("closed")}, "later": {query.Get("later")}}
	if len(list) == conflictPage {
		next = list[len(list)-1].ID
	}
	v.Pager = pagerOf(c, &v.Page, conflictPath, keep, len(list), int64(len(list)), next)
	v.Pager.Shown = c.tr.T("pager.page", "Count", len(list))
	return c.render(v)
}

// conflictAssets reads both sides of the entries, as far as the person may see them.
func (c *call) conflictAssets(list []asset.Conflict) (map[string]asset.Asset, error) {
	ids := []string{}
	for _, one := range list {
		ids = append(ids, one.AssetID)
		if one.OtherID != "" {
			ids = append(ids, one.OtherID)
		}
	}
	found := map[string]asset.Asset{}
	err := asset.EachRow(c.r.Context(), c.s.deps.DB, asset.Filter{Scope: c.assetScope(identity.AssetRead), AssetIDs: ids, Statuses: asset.Statuses},
		func(a asset.Asset) error {
			found[a.ID] = a
			return nil
		})
	return found, err
}

func (c *call) conflictSide(assets map[string]asset.Asset, id string) view.AssetLink {
	a, ok := assets[id]
	if !ok {
		return view.AssetLink{}
	}
	return view.AssetLink{Href: assetPath + "/" + a.ID, Name: c.assetLabel(a), Tag: a.Values[asset.FieldAssetTag]}
}

// conflictClose settles one entry with a reason.
func conflictClose(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	scope := c.assetScope(identity.AssetEdit)
	a, err := c.conflictOwner(id)
	if err != nil {
		return err
	}
	note := c.value("note")
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"conflict": id, "note": note}, asset.CloseConflict(ctx, tx, scope, id, note, c.by(), c.nowMS())
	})
	if err != nil {
		return conflictShowPage(s, c, err)
	}
	return c.done(conflictPath, "conflicts.closed")
}

// conflictOwner finds the device of an entry: the audit entry names it, and its rights
// count.
func (c *call) conflictOwner(id string) (asset.Asset, error) {
	one, err := asset.ConflictByID(c.r.Context(), c.s.deps.DB, id)
	if err != nil {
		return asset.Asset{}, err
	}
	a, err := asset.Get(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), one.AssetID)
	if err != nil {
		return a, err
	}
	return a, c.need(identity.AssetRead, identity.AssetEdit, a.FacilityID, a.Values[asset.FieldDepartment])
}
