package web

import (
	"context"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// mergeFound is how many devices the page offers to merge with.
const mergeFound = 20

// assetMerges is where a device is made one with another, taken apart, and both taken
// back.
func assetMerges(s *site, c *call) error { return assetMergesPage(s, c, nil) }

func assetMergesPage(s *site, c *call, wrong error) error {
	o, err := c.openAssetOf()
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	v := &view.AssetMerges{Page: page, Head: c.assetHead(o, "merges"), Text: c.r.URL.Query().Get("q")}
	v.CanEdit = v.Head.CanEdit && o.Kind != asset.KindSystem
	if v.CanEdit {
		if err := c.mergeable(v, o.Asset); err != nil {
			return err
		}
	}
	list, err := asset.MergesSeen(c.r.Context(), s.deps.DB, c.assetScope(identity.AssetRead), o.ID)
	if err != nil {
		return err
	}
	for _, m := range list {
		v.Rows = append(v.Rows, c.mergeRow(m, o.ID, v.Head.CanEdit))
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// mergeable offers what can be merged with and split off.
func (c *call) mergeable(v *view.AssetMerges, a asset.Asset) error {
	parts, err := asset.Parts(c.r.Context(), c.s.deps.DB, a.ID)
	if err != nil {
		return err
	}
	for _, p := range parts {
		label := c.known("asset.source.", string(p.Source))
		switch {
		case p.SeenMS > 0:
			label = c.tr.T("split.part.seen", "Source", label, "At", c.tr.Ago(c.s.deps.Now(), store.Time(p.SeenMS)))
		case p.Device != "":
			label = c.tr.T("split.part.device", "Source", label, "Device", p.Device)
		}
		v.Parts = append(v.Parts, view.Choice{Value: p.Key, Label: label})
	}
	v.Split = len(parts) > 1
	if v.Text == "" {
		return nil
	}
	f := asset.Filter{Scope: c.assetScope(identity.AssetEdit), Text: v.Text, FacilityIDs: []string{a.FacilityID}, NowMS: c.nowMS(), Statuses: asset.Statuses}
	found, err := asset.List(c.r.Context(), c.s.deps.DB, f, asset.Page{Limit: mergeFound + 1})
	if err != nil {
		return err
	}
	for _, other := range found.Items {
		if other.ID != a.ID && other.Kind != asset.KindSystem && len(v.Found) < mergeFound {
			v.Found = append(v.Found, c.conflictPart(other))
		}
	}
	v.More = found.Next != ""
	return nil
}

// mergeRow tells one merge or split from the side of a device.
func (c *call) mergeRow(m asset.SeenMerge, id string, canEdit bool) view.MergeRow {
	row := view.MergeRow{ID: m.ID, Words: c.tr.T("merges." + string(m.Kind)), Name: m.GoneName, By: m.By, Note: m.Note, AtMS: m.AtMS, UndoneMS: m.UndoneMS, UndoneBy: m.UndoneBy,
		CanUndo: canEdit && m.UndoneMS == 0 && m.KeptID == id && !m.Hidden}
	if m.GoneID == id {
		row.Words = c.tr.T("merges." + string(m.Kind) + ".from")
	}
	switch {
	case m.Hidden:
		row.Name = c.tr.T("merges.hidden")
	case m.Other.ID != "":
		row.Href, row.Name = assetPath+"/"+m.Other.ID, c.assetLabel(m.Other)
	}
	return row
}

// assetMerge makes another device one with this.
func assetMerge(s *site, c *call) error {
	return c.merging(s, "merge.done", func(ctx context.Context, tx *store.Tx, a asset.Asset) (asset.Merged, error) {
		return asset.Merge(ctx, tx, c.assetScope(identity.AssetEdit), s.deps.Hung, a.ID, c.value("other"), c.value("note"), c.by(), c.nowMS())
	})
}

// assetSplit takes parts of this device out.
func assetSplit(s *site, c *call) error {
	return c.merging(s, "split.done", func(ctx context.Context, tx *store.Tx, a asset.Asset) (asset.Merged, error) {
		return asset.Split(ctx, tx, c.assetScope(identity.AssetEdit), s.deps.Hung, a.ID, c.r.PostForm["part"], c.value("name"), c.value("note"), c.by(), c.nowMS())
	})
}

// assetUnmerge takes a merge or split of this device back.
func assetUnmerge(s *site, c *call) error {
	return c.merging(s, "merges.undo.done", func(ctx context.Context, tx *store.Tx, a asset.Asset) (asset.Merged, error) {
		m, err := asset.MergeByID(ctx, tx, c.r.PathValue("merge"))
		if err == nil && m.KeptID != a.ID {
			err = fault.NotFound("asset.error.not_found")
		}
		if err != nil {
			return m, err
		}
		return asset.Unmerge(ctx, tx, c.assetScope(identity.AssetEdit), s.deps.Hung, m.ID, c.by(), c.nowMS())
	})
}

// merging changes devices with the entry in the audit log.
func (c *call) merging(s *site, news string, do func(context.Context, *store.Tx, asset.Asset) (asset.Merged, error)) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	var done asset.Merged
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (_ any, err error) {
		done, err = do(ctx, tx, a)
		return map[string]string{"merge": done.ID, "kind": string(done.Kind), "kept": done.KeptID, "gone": done.GoneID, "note": done.Note}, err
	})
	if err != nil {
		return assetMergesPage(s, c, err)
	}
	return c.done(assetPath+"/"+a.ID+"/merges", news, "Name", done.GoneName)
}
