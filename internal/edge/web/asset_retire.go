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

// assetRetire asks when and how a device left: a proof, or a reason without one.
func assetRetire(s *site, c *call) error {
	a, err := c.assetFor(identity.AssetRetire)
	if err != nil {
		return err
	}
	return assetRetirePage(s, c, a, nil)
}

func assetRetirePage(s *site, c *call, a asset.Asset, wrong error) error {
	page, err := c.page(c.assetLabel(a))
	if err != nil {
		return err
	}
	v := &view.AssetRetire{Page: page, ID: a.ID, Name: c.assetLabel(a), Icon: kindIcon(a.Kind), Revision: a.Rev, MaxMB: asset.MaxAttachmentBytes >> 20}
	files, err := asset.Attachments(c.r.Context(), s.deps.DB, a.ID)
	if err != nil {
		return err
	}
	v.Files = []view.Choice{{Label: c.tr.T("asset.retire.no_file")}}
	for _, f := range files {
		v.Files = append(v.Files, view.Choice{Value: f.ID, Label: f.Name})
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// assetDispose records that a device left; a proof may come with it.
func assetDispose(s *site, c *call) error {
	file, name, uploadErr := c.upload("file")
	if uploadErr == nil {
		defer func() { _ = file.Close() }()
	} else if fault.Is(uploadErr, fault.CodeTooLarge) {
		return uploadErr
	}
	a, err := c.assetFor(identity.AssetRetire)
	if err != nil {
		return err
	}
	d := asset.Disposal{ProofID: c.value("disposal_proof"), Reason: c.value("disposal_reason")}
	if d.On, err = c.day("disposed_on"); err != nil {
		return assetRetirePage(s, c, a, err)
	}
	if d.On > c.today() {
		return assetRetirePage(s, c, a, fault.Invalid("asset.as_of.future").At("disposed_on"))
	}
	if uploadErr == nil {
		if err := c.need(identity.AssetRead, identity.AttachmentEdit, a.FacilityID, a.Values[asset.FieldDepartment]); err != nil {
			return err
		}
	}
	rev := c.revision()
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetRetire, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		detail := map[string]any{"disposed_on": d.On, "reason": d.Reason}
		with := d
		if uploadErr == nil {
			f, err := asset.Attach(ctx, tx, c.assetScope(identity.AssetRetire), a.ID, name, file, c.by(), c.nowMS())
			if err != nil {
				return nil, err
			}
			with.ProofID = f.ID
			detail["proof_sha256"] = f.SHA256
		}
		detail["proof"] = with.ProofID
		_, _, err := asset.Retire(ctx, tx, c.assetScope(identity.AssetRetire), a.ID, rev, with, c.by(), c.nowMS())
		return detail, err
	})
	if err != nil {
		return assetRetirePage(s, c, a, err)
	}
	return c.done(assetPath+"/"+a.ID, "asset.retired", "Name", c.assetLabel(a))
}
