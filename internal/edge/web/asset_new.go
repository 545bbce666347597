package web

import (
	"context"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// assetNew asks for the kind first, then shows the fields of that kind.
func assetNew(s *site, c *call) error {
	return assetNewPage(s, c, c.r.URL.Query().Get("kind"), nil)
}

func assetNewPage(_ *site, c *call, kind string, wrong error) error {
	page, err := c.page(c.tr.T("assets.add"))
	if err != nil {
		return err
	}
	v := &view.AssetNew{Page: page, Kinds: c.kindChoices(asset.Kind(kind))}
	if !knownKind(kind) {
		return c.render(v)
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	v.Kind, v.KindLabel, v.Icon = kind, c.tr.T(kindKey(asset.Kind(kind))), kindIcon(asset.Kind(kind))
	places, fixed, err := c.places(identity.AssetEdit)
	if err != nil {
		return err
	}
	if fixed == "" && len(places) == 0 { // rights for departments only
		if places, err = c.departmentPlaces(); err != nil {
			return err
		}
	}
	v.Places = places
	first := asset.Values{asset.FieldStatus: string(asset.StatusInUse)}
	if dep := c.onlyDepartment(); dep != "" {
		first[asset.FieldDepartment] = dep
	}
	v.Groups = c.formGroups(&v.Page, asset.Kind(kind), first, assetNames{})
	return c.render(v)
}

// onlyDepartment is the department of a person whose right ends there.
func (c *call) onlyDepartment() string {
	scope := c.assetScope(identity.AssetEdit)
	if scope.All || len(scope.Places) != 1 {
		return ""
	}
	return scope.Places[0].Department
}

// departmentPlaces are the facilities in which the person may edit the devices of
// some department.
func (c *call) departmentPlaces() ([]view.Choice, error) {
	all, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, identity.AssetEdit)
	var out []view.Choice
	for _, f := range all {
		if f.ClosedMS == 0 {
			out = append(out, view.Choice{Value: f.ID, Label: f.Name, Current: f.ID == c.facility()})
		}
	}
	return out, err
}

// assetCreate enters a device by hand.
func assetCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	kind := c.value("kind")
	if !knownKind(kind) {
		return c.redirect(assetPath + "/new")
	}
	set, err := c.newValues(asset.Kind(kind))
	if err != nil {
		return assetNewPage(s, c, kind, err)
	}
	dep := set[asset.FieldDepartment]
	facility, err := c.assetPlace(dep)
	if err != nil {
		return assetNewPage(s, c, kind, err)
	}
	var made asset.Asset
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, audit.Object{Kind: "asset", Name: set[asset.FieldName], FacilityID: facility},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			a, changes, err := asset.Create(ctx, tx, c.assetScope(identity.AssetEdit), facility, set, c.by(), c.nowMS())
			made = a
			return audit.Made{Object: assetObject(a), Detail: map[string]any{"created": true, "changes": changeDetail(changes)}}, err
		})
	if err != nil {
		return assetNewPage(s, c, kind, err)
	}
	return c.done(assetPath+"/"+made.ID, "asset.created", "Name", c.assetLabel(made))
}

// newValues reads every field of the form.
func (c *call) newValues(kind asset.Kind) (asset.Values, error) {
	set := asset.Values{asset.FieldKind: string(kind)}
	var first error
	for _, f := range formFields(kind) {
		value, err := c.typedValue(f)
		if err != nil && first == nil {
			first = err
		}
		set[f.Name] = value
	}
	return set, first
}

// assetPlace is the facility of something new in a department.
func (c *call) assetPlace(department string) (string, error) {
	if id := c.value("facility_id"); store.ValidID(id) && c.who.CanAt(identity.AssetEdit, id, department) {
		return id, nil
	}
	return c.placeOf(identity.AssetEdit)
}

// changeDetail writes changes for the audit log: field, before, after.
func changeDetail(changes []asset.Change) []map[string]string {
	out := make([]map[string]string, 0, len(changes))
	for _, ch := range changes {
		one := map[string]string{"field": string(ch.Field), "before": ch.Old, "after": ch.New}
		if ch.Settled {
			one = map[string]string{"field": string(ch.Field), "settled": string(ch.Source), "says": ch.Old, "kept": ch.New}
		}
		out = append(out, one)
	}
	return out
}
