package web

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// assetJoin puts a device into a medical system.
func assetJoin(s *site, c *call) error {
	return c.membership(s, "asset.system.joined", func(ctx context.Context, tx *store.Tx, scope asset.Scope, system, device string) error {
		return asset.AddMember(ctx, tx, scope, system, device, c.value("role"), c.by(), c.nowMS())
	})
}

// assetLeave takes a device out of a medical system; the address is of either.
func assetLeave(s *site, c *call) error {
	return c.membership(s, "asset.system.left", func(ctx context.Context, tx *store.Tx, scope asset.Scope, system, device string) error {
		return asset.RemoveMember(ctx, tx, scope, system, device, c.nowMS())
	})
}

// membership reads both sides of a membership and changes it with its audit entry.
func (c *call) membership(s *site, news string, change func(context.Context, *store.Tx, asset.Scope, string, string) error) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	system, device := c.value("other"), a.ID
	if a.Kind == asset.KindSystem {
		system, device = a.ID, c.value("other")
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"system": system, "device": device, "role": c.value("role")}, change(ctx, tx, c.assetScope(identity.AssetEdit), system, device)
	})
	if err != nil {
		return assetShowPage(s, c, err)
	}
	return c.done(assetPath+"/"+a.ID, news)
}
