package api

import (
	"context"
	"net/url"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

func (a *API) registerViews() {
	handle(a, op{method: get, path: "/views", id: "listViews", summary: "Saved views of the ledger: your own, then shared ones", action: identity.AssetRead}, a.listViews)
	handle(a, op{method: post, path: "/views", id: "saveView", summary: "Save a view; your own one of the same name is replaced", action: identity.ViewSave, status: 201}, a.saveView)
	handle(a, op{method: remove, path: "/views/{id}", id: "deleteView", summary: "Remove a view of your own", action: identity.ViewSave, status: 204}, a.deleteView)
}

// View is a saved way to look at the ledger.
type View struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Query     string        `json:"query" doc:"Filters and sort as in the address of the list: kind=pc&sort=-last_seen"`
	Columns   []asset.Field `json:"columns" doc:"Empty = default."`
	Shared    bool          `json:"shared" doc:"Others see it, too."`
	Own       bool          `json:"own"`
	UpdatedAt *time.Time    `json:"updated_at"`
}

func viewOut(v asset.View, p identity.Principal) View {
	return View{ID: v.ID, Name: v.Name, Query: v.Query, Columns: full(v.Columns), Shared: v.Shared, Own: v.OwnerID == p.ID, UpdatedAt: moment(v.UpdatedMS)}
}

func (a *API) listViews(ctx context.Context, p identity.Principal, in *Paging) (*List[View], error) {
	all, err := asset.Views(ctx, a.DB, p.ID)
	if err != nil {
		return nil, err
	}
	return window("views", each(all, func(v asset.View) View { return viewOut(v, p) }), *in, func(v View) string { return v.ID })
}

type saveViewIn struct {
	Body struct {
		Name    string        `json:"name" maxLength:"60"`
		Query   string        `json:"query,omitempty" maxLength:"8000"`
		Columns []asset.Field `json:"columns,omitempty" maxItems:"100"`
		Shared  bool          `json:"shared,omitempty"`
	}
}

func (a *API) saveView(ctx context.Context, p identity.Principal, in *saveViewIn) (*One[View], error) {
	query, err := url.ParseQuery(in.Body.Query)
	if err != nil {
		return nil, fault.Invalid("api.error.query.form").At("query").Because(err)
	}
	if _, err := a.facilities(ctx, p, identity.AssetRead, query["facility"]); err != nil {
		return nil, at(err, "query")
	}
	if id := query.Get("system"); id != "" {
		if _, err := a.asset(ctx, p, identity.AssetRead, id); err != nil {
			return nil, at(err, "query")
		}
	}
	v := asset.View{OwnerID: p.ID, Shared: in.Body.Shared, Name: in.Body.Name, Query: in.Body.Query, Columns: in.Body.Columns}
	err = audit.Do(ctx, a.DB, p, identity.ViewSave, audit.Object{Kind: "view", Name: v.Name}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		v, err = asset.SaveView(ctx, tx, v, a.nowMS())
		return audit.Made{Object: audit.Object{Kind: "view", ID: v.ID, Name: v.Name}, Detail: map[string]any{"query": v.Query, "shared": v.Shared}}, err
	})
	if err != nil {
		return nil, err
	}
	return one(viewOut(v, p)), nil
}

func (a *API) deleteView(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	if !store.ValidID(in.ID) {
		return nil, errNothing
	}
	err := audit.Do(ctx, a.DB, p, identity.ViewSave, audit.Object{Kind: "view", ID: in.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"deleted": true}, asset.DeleteView(ctx, tx, p.ID, in.ID)
	})
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	return &None{}, err
}
