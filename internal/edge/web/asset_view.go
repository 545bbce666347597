package web

import (
	"context"
	"net/url"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// assetViews fills in the saved views: own ones and those that others share.
func (c *call) assetViews(v *view.AssetList, values url.Values) error {
	v.CanSave = c.who.Can(identity.ViewSave)
	list, err := asset.Views(c.r.Context(), c.s.deps.DB, c.who.ID)
	for _, saved := range list {
		query, err := url.ParseQuery(saved.Query)
		if err != nil {
			continue // written by another release; the view stays in the list of its owner's API
		}
		for _, col := range saved.Columns {
			query.Add("col", string(col))
		}
		v.Views = append(v.Views, view.SavedView{
			ID: saved.ID, Name: saved.Name, Href: address(assetPath, query), Shared: saved.Shared, Own: saved.OwnerID == c.who.ID,
			Current: len(query) > 0 && query.Encode() == values.Encode(),
		})
	}
	return err
}

// assetViewSave stores the list as it is under a name.
func assetViewSave(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	query, err := url.ParseQuery(c.value("query"))
	if err != nil {
		query = url.Values{}
	}
	saved := asset.View{OwnerID: c.who.ID, Shared: c.value("shared") == "1", Name: c.value("name")}
	for _, col := range query["col"] {
		saved.Columns = append(saved.Columns, asset.Field(col))
	}
	query.Del("col")
	saved.Query = query.Encode()
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ViewSave, audit.Object{Kind: "view", Name: saved.Name},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := asset.SaveView(ctx, tx, saved, c.nowMS())
			return audit.Made{Object: audit.Object{Kind: "view", ID: made.ID, Name: made.Name}, Detail: map[string]any{"query": made.Query, "shared": made.Shared}}, err
		})
	if err != nil {
		return assetListPage(s, c, err)
	}
	query.Del("after")
	for _, col := range saved.Columns {
		query.Add("col", string(col))
	}
	return c.done(address(assetPath, query), "assets.view.saved", "Name", saved.Name)
}

// assetViewDelete removes an own view.
func assetViewDelete(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ViewSave, audit.Object{Kind: "view", ID: id},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]bool{"deleted": true}, asset.DeleteView(ctx, tx, c.who.ID, id)
		})
	if err != nil {
		return err
	}
	return c.done(assetPath, "assets.view.deleted")
}
