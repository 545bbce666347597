package web

import (
	"context"
	"maps"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// assetEdit shows the form of a device.
func assetEdit(s *site, c *call) error {
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	return assetEditPage(s, c, a, nil, nil)
}

// assetEditPage is the form; mine are the fields the person changed when somebody
// else was faster.
func assetEditPage(_ *site, c *call, a asset.Asset, mine asset.Values, wrong error) error {
	page, err := c.page(c.assetLabel(a))
	if err != nil {
		return err
	}
	names, err := c.assetNames(c.r.Context(), a)
	if err != nil {
		return err
	}
	v := &view.AssetEdit{Page: page, ID: a.ID, Name: c.assetLabel(a), Icon: kindIcon(a.Kind), Revision: a.Rev}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	kind := a.Kind
	if k := v.Form.Get("kind"); knownKind(k) {
		kind = asset.Kind(k)
	}
	v.Kinds, v.KindWas = c.kindChoices(kind), string(a.Kind)
	if mine != nil {
		v.Clashes = c.clashes(&v.Page, a, mine, names)
	}
	v.Groups = c.formGroups(&v.Page, kind, a.Values, names)
	return c.render(v)
}

// clashes sets the form to what is stored now, except for the fields the person
// changed, and lists both values of those.
func (c *call) clashes(p *view.Page, a asset.Asset, mine asset.Values, names assetNames) []view.Clash {
	var out []view.Clash
	for _, f := range append([]asset.FieldInfo{{Name: asset.FieldKind, Type: asset.TypeEnum}}, formFields(a.Kind)...) {
		name := string(f.Name)
		stored := a.Values[f.Name]
		p.Form.Values["was_"+name] = []string{c.typedForm(f, stored, names)}
		value, touched := mine[f.Name]
		if !touched {
			p.Form.Values[name] = []string{c.typedForm(f, stored, names)}
			continue
		}
		if value != stored {
			out = append(out, view.Clash{Label: c.fieldLabel(f.Name), Mine: c.valueWords(f.Name, value, names), Stored: c.valueWords(f.Name, stored, names)})
		}
	}
	return out
}

// assetUpdate saves the form of a device.
func assetUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	fields := slices.Clone(asset.Fields)
	set, err := c.typedChanges(slices.DeleteFunc(fields, func(f asset.FieldInfo) bool {
		return f.ObservedOnly || f.Name == asset.FieldDisposedOn || f.Name == asset.FieldDisposalProof || f.Name == asset.FieldDisposalReason
	}))
	if err == nil && set[asset.FieldStatus] == string(asset.StatusDisposed) {
		err = fault.Invalid("asset.error.choice").At(string(asset.FieldStatus))
	}
	if err == nil {
		err = c.saveAsset(a, c.revision(), set)
	}
	switch {
	case fault.Is(err, fault.CodeConflict) && fault.Of(err).Key == "asset.error.changed_meanwhile":
		now, readErr := c.assetFor(identity.AssetEdit)
		if readErr != nil {
			return readErr
		}
		return assetEditPage(s, c, now, set, err)
	case err != nil:
		return assetEditPage(s, c, a, nil, err)
	}
	return c.done(assetPath+"/"+a.ID, "asset.saved", "Name", c.assetLabel(a))
}

// saveAsset writes fields by hand with their audit entry.
func (c *call) saveAsset(a asset.Asset, rev int64, set asset.Values) error {
	return audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		after, changes, err := asset.Edit(ctx, tx, c.assetScope(identity.AssetEdit), a.ID, rev, set, c.by(), c.nowMS())
		if err == nil && after.Rev == a.Rev {
			return nil, audit.ErrNoChange
		}
		return map[string]any{"fields": slices.Sorted(maps.Keys(set)), "changes": changeDetail(changes)}, err
	})
}

// assetDecide settles a contradiction: one of the values, or another, is the right
// one.
func assetDecide(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	info, ok := asset.Info(asset.Field(c.value("field")))
	if !ok {
		return errNothing
	}
	value := c.r.PostFormValue("value") // exactly as the source says it
	if other := c.value("other"); other != "" {
		c.r.PostForm.Set(string(info.Name), other)
		if value, err = c.typedValue(info); err != nil {
			return assetShowPage(s, c, err)
		}
	}
	if value == "" {
		return assetShowPage(s, c, fault.Invalid("asset.decide.choose"))
	}
	if info.Name == asset.FieldStatus && (value == string(asset.StatusDisposed)) != (a.Status == asset.StatusDisposed) {
		return assetShowPage(s, c, fault.Invalid("asset.error.choice").At(string(info.Name))) // disposal has its own page and right
	}
	if err := c.settleField(a, info.Name, value); err != nil {
		return assetShowPage(s, c, err)
	}
	return c.done(assetPath+"/"+a.ID, "asset.decided", "Name", c.fieldLabel(info.Name))
}

// settleField writes a decision with its audit entry.
func (c *call) settleField(a asset.Asset, field asset.Field, value string) error {
	return audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		_, changes, err := asset.Decide(ctx, tx, c.assetScope(identity.AssetEdit), a.ID, c.revision(), field, value, c.by(), c.nowMS())
		if err == nil && len(changes) == 0 {
			return nil, audit.ErrNoChange
		}
		return map[string]any{"decided": field, "value": value, "changes": changeDetail(changes)}, err
	})
}
