package web

import (
	"context"
	"net/url"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// chosenAssets reads the selected devices of a form, as far as the person may
// change them.
func (c *call) chosenAssets() ([]asset.Asset, error) {
	if err := c.form(); err != nil {
		return nil, err
	}
	ids := []string{}
	for _, id := range c.r.PostForm["id"] {
		if !store.ValidID(id) {
			return nil, errNothing
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) > 1000 {
		return nil, fault.TooLarge("asset.error.bulk", "Max", 1000)
	}
	var list []asset.Asset
	f := asset.Filter{Scope: c.assetScope(identity.AssetEdit), AssetIDs: ids, Statuses: asset.Statuses}
	err := asset.EachRow(c.r.Context(), c.s.deps.DB, f, func(a asset.Asset) error {
		list = append(list, a)
		return nil
	})
	if err == nil && len(list) != len(ids) {
		err = errNothing // one of them does not exist, or lies elsewhere
	}
	return list, err
}

// listBack is the list that the person came from.
func (c *call) listBack() string {
	query, err := url.ParseQuery(c.value("query"))
	if err != nil {
		return assetPath
	}
	return address(assetPath, query)
}

// assetBulk asks what to set on the selected devices and shows which they are.
func assetBulk(s *site, c *call) error { return assetBulkPage(s, c, nil) }

func assetBulkPage(_ *site, c *call, wrong error) error {
	list, err := c.chosenAssets()
	if err != nil {
		return err
	}
	field := asset.Field(c.value("field"))
	info, ok := asset.Info(field)
	if !ok || !slices.Contains(bulkFields, field) {
		return errNothing
	}
	if len(list) == 0 {
		c.flash("warn", c.tr.T("assets.bulk.nothing"))
		return c.redirect(c.listBack())
	}
	page, err := c.page(c.tr.T("assets.bulk." + string(field)))
	if err != nil {
		return err
	}
	names, err := c.assetNames(c.r.Context(), list...)
	if err != nil {
		return err
	}
	v := &view.AssetBulk{Page: page, Field: string(field), Label: c.fieldLabel(field), Heading: c.tr.T("assets.bulk." + string(field)), ListQuery: c.value("query"), Back: c.listBack()}
	for _, a := range list {
		v.Rows = append(v.Rows, view.BulkRow{ID: a.ID, Name: c.assetLabel(a), Tag: a.Values[asset.FieldAssetTag], Icon: kindIcon(a.Kind), Now: c.valueWords(field, a.Cell(field), names)})
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	first := ""
	if field == asset.FieldVerifiedOn {
		first = c.today()
	}
	v.Input = v.Page.Input("value", fieldKey(field)).Max(500).Auto("off").Or(first)
	switch info.Type {
	case asset.TypeEnum:
		v.Input = v.Input.From(c.fieldChoices(info, ""))
	case asset.TypeDate:
		v.Input = v.Input.Kind("date")
	}
	return c.render(v)
}

// assetBulkSave sets one field on the selected devices: all or none. Every device
// gets its own entry in the audit log.
func assetBulkSave(s *site, c *call) error {
	list, err := c.chosenAssets()
	if err != nil {
		return err
	}
	info, ok := asset.Info(asset.Field(c.value("field")))
	if !ok || !slices.Contains(bulkFields, info.Name) || len(list) == 0 {
		return errNothing
	}
	c.r.PostForm.Set(string(info.Name), c.value("value"))
	value, err := c.typedValue(info)
	if err == nil && info.Name == asset.FieldStatus && value == string(asset.StatusDisposed) {
		err = fault.Invalid("asset.error.choice")
	}
	if err != nil {
		return assetBulkPage(s, c, fault.Of(err).At("value"))
	}
	count, err := c.saveBulk(list, info.Name, value)
	if err != nil {
		if f := fault.Of(err); f.Code == fault.CodeInvalid {
			err = f.At("value")
		}
		return assetBulkPage(s, c, err)
	}
	return c.done(c.listBack(), "assets.bulk.saved", "Count", count)
}

// saveBulk writes the field and one entry for each device that changed.
func (c *call) saveBulk(list []asset.Asset, field asset.Field, value string) (count int, err error) {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	err = audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.AssetEdit, audit.Object{}, func(ctx context.Context, tx *store.Tx) (any, error) {
		changes, err := asset.BulkEdit(ctx, tx, c.assetScope(identity.AssetEdit), ids, asset.Values{field: value}, c.by(), c.nowMS())
		if err != nil {
			return nil, err
		}
		of := map[string][]asset.Change{}
		for _, ch := range changes {
			of[ch.AssetID] = append(of[ch.AssetID], ch)
		}
		count = len(of)
		var last audit.Made
		for _, a := range list {
			if len(of[a.ID]) == 0 {
				continue
			}
			if last.Object.ID != "" {
				if _, err := audit.Append(ctx, tx, c.bulkEntry(last)); err != nil {
					return nil, err
				}
			}
			last = audit.Made{Object: assetObject(a), Detail: map[string]any{"bulk": true, "changes": changeDetail(of[a.ID])}}
		}
		if last.Object.ID == "" {
			return nil, audit.ErrNoChange
		}
		return last, nil
	})
	return count, err
}

func (c *call) bulkEntry(m audit.Made) audit.Entry {
	return audit.Entry{Actor: audit.ActorOf(c.who), Action: string(identity.AssetEdit), Object: m.Object, Address: c.who.Address, Detail: m.Detail}
}
