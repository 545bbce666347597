package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

func (a *API) registerMerges() {
	handle(a, op{method: post, path: "/assets/{id}/merge", id: "mergeAsset", summary: "Make two assets one: the other goes into this one, with its history", action: identity.AssetEdit}, a.mergeAsset)
	handle(a, op{method: get, path: "/assets/{id}/parts", id: "listAssetParts", summary: "What can be split off: sources, and devices that report as the same machine", action: identity.AssetRead}, a.listParts)
	handle(a, op{method: post, path: "/assets/{id}/split", id: "splitAsset", summary: "Take sources or devices out into an asset of their own", action: identity.AssetEdit}, a.splitAsset)
	handle(a, op{method: get, path: "/assets/{id}/merges", id: "listAssetMerges", summary: "Merges and splits of an asset, newest first", action: identity.AssetRead}, a.listMerges)
	handle(a, op{method: post, path: "/assets/{id}/merges/{merge}/undo", id: "undoMerge", summary: "Take a merge or split back; id is the asset that stayed", action: identity.AssetEdit}, a.undoMerge)
}

// Merge is a merge or split of assets.
type Merge struct {
	ID       string          `json:"id"`
	Kind     asset.MergeKind `json:"kind" enum:"merge,split"`
	KeptID   string          `json:"kept_id" doc:"Asset that stayed; empty when hidden."`
	GoneID   string          `json:"gone_id" doc:"merge: the one that went into it; split: the one that came out of it; empty when hidden."`
	Hidden   bool            `json:"hidden,omitempty" doc:"The other asset is one that you may not see: its id, its name and the note are left out."`
	GoneName string          `json:"gone_name,omitempty"`
	Note     string          `json:"note,omitempty"`
	By       string          `json:"by"`
	At       *time.Time      `json:"at"`
	UndoneAt *time.Time      `json:"undone_at,omitempty"`
	UndoneBy string          `json:"undone_by,omitempty"`
}

func mergeOut(m asset.Merged) Merge {
	return Merge{ID: m.ID, Kind: m.Kind, KeptID: m.KeptID, GoneID: m.GoneID, GoneName: m.GoneName, Note: m.Note, By: m.By, At: moment(m.AtMS), UndoneAt: moment(m.UndoneMS), UndoneBy: m.UndoneBy}
}

type mergeAssetIn struct {
	ByID
	Body struct {
		OtherID string `json:"other_id" maxLength:"100" doc:"Asset that goes into this one."`
		Note    string `json:"note,omitempty" maxLength:"500"`
	}
}

func (a *API) mergeAsset(ctx context.Context, p identity.Principal, in *mergeAssetIn) (*One[Merge], error) {
	kept, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	other, err := a.asset(ctx, p, identity.AssetEdit, in.Body.OtherID)
	if err != nil {
		return nil, at(err, "other_id")
	}
	return a.merging(ctx, p, kept, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
		return asset.Merge(ctx, tx, scopeOf(p, identity.AssetEdit), a.Hung, kept.ID, other.ID, in.Body.Note, p.Name, a.nowMS())
	})
}

// merging changes assets with the entry in the audit log.
func (a *API) merging(ctx context.Context, p identity.Principal, row asset.Asset, do func(context.Context, *store.Tx) (asset.Merged, error)) (*One[Merge], error) {
	var done asset.Merged
	err := audit.Do(ctx, a.DB, p, identity.AssetEdit, objectOf(row), func(ctx context.Context, tx *store.Tx) (_ any, err error) {
		done, err = do(ctx, tx)
		return map[string]string{"merge": done.ID, "kind": string(done.Kind), "kept": done.KeptID, "gone": done.GoneID, "note": done.Note}, err
	})
	if err != nil {
		return nil, err
	}
	return one(mergeOut(done)), nil
}

type splitAssetIn struct {
	ByID
	Body struct {
		Parts []string `json:"parts" minItems:"1" maxItems:"50" doc:"Keys of listAssetParts."`
		Name  string   `json:"name,omitempty" maxLength:"200" doc:"Of the new asset; empty: as its sources say."`
		Note  string   `json:"note,omitempty" maxLength:"500"`
	}
}

func (a *API) splitAsset(ctx context.Context, p identity.Principal, in *splitAssetIn) (*One[Merge], error) {
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	return a.merging(ctx, p, row, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
		return asset.Split(ctx, tx, scopeOf(p, identity.AssetEdit), a.Hung, row.ID, in.Body.Parts, in.Body.Name, in.Body.Note, p.Name, a.nowMS())
	})
}

// Part is something that can be split off.
type Part struct {
	Key    string       `json:"key"`
	Source asset.Source `json:"source"`
	Device string       `json:"device,omitempty" doc:"The source's own name of the device."`
	SeenAt *time.Time   `json:"seen_at,omitempty"`
}

func (a *API) listParts(ctx context.Context, p identity.Principal, in *ByID) (*List[Part], error) {
	if _, err := a.asset(ctx, p, identity.AssetRead, in.ID); err != nil {
		return nil, err
	}
	list, err := asset.Parts(ctx, a.DB, in.ID)
	out := make([]Part, len(list))
	for i, part := range list {
		out[i] = Part{Key: part.Key, Source: part.Source, Device: part.Device, SeenAt: moment(part.SeenMS)}
	}
	return listOf(out, "", len(out)), err
}

func (a *API) listMerges(ctx context.Context, p identity.Principal, in *ByID) (*List[Merge], error) {
	if _, err := a.asset(ctx, p, identity.AssetRead, in.ID); err != nil {
		return nil, err
	}
	list, err := asset.MergesSeen(ctx, a.DB, scopeOf(p, identity.AssetRead), in.ID)
	out := make([]Merge, len(list))
	for i, m := range list {
		out[i] = mergeOut(m.Merged)
		out[i].Hidden = m.Hidden
	}
	return listOf(out, "", len(out)), err
}

type undoMergeIn struct {
	ByID
	Merge string `path:"merge" maxLength:"100"`
}

func (a *API) undoMerge(ctx context.Context, p identity.Principal, in *undoMergeIn) (*One[Merge], error) {
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	m, err := asset.MergeByID(ctx, a.DB, in.Merge)
	if err == nil && m.KeptID != row.ID {
		err = fault.NotFound("asset.error.not_found")
	}
	if err != nil {
		return nil, notFoundHere(err)
	}
	return a.merging(ctx, p, row, func(ctx context.Context, tx *store.Tx) (asset.Merged, error) {
		return asset.Unmerge(ctx, tx, scopeOf(p, identity.AssetEdit), a.Hung, m.ID, p.Name, a.nowMS())
	})
}
