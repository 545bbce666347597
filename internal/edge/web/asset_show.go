package web

import (
	"net/http"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"
)

// assetShow is the first page of a device: every fact with its source, what protects
// it, contracts and systems.
func assetShow(s *site, c *call) error { return assetShowPage(s, c, nil) }

func assetShowPage(s *site, c *call, wrong error) error {
	o, err := c.openAssetOf()
	if fault.Is(err, fault.CodeNotFound) && c.r.URL.Query().Get("as_of") == "" {
		return c.leadOn(err)
	}
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	v := &view.AssetShow{Page: page, Head: c.assetHead(o, "")}
	facts := o.facts
	if o.atMS == 0 {
		if facts, err = asset.Facts(c.r.Context(), s.deps.DB, o.ID); err != nil {
			return err
		}
	}
	v.Groups = c.factGroups(o, facts, v.Head.CanEdit)
	if o.Kind != asset.KindCloud && o.Kind != asset.KindSystem {
		guard, err := c.guardOf(o)
		if err != nil {
			return err
		}
		v.Guard = c.guardLines(guard)
	}
	if o.atMS == 0 {
		if v.Silence, err = c.assetSilence(o, v.Head.CanEdit); err != nil {
			return err
		}
	}
	if err := c.assetRelations(v, o); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// leadOn leads from a row that went into another to that one: links to it stand in packs
// and mails. Any other answer is the one of a device that does not exist.
func (c *call) leadOn(none error) error {
	id, err := c.id("id")
	if err != nil {
		return none
	}
	into, err := asset.MergedInto(c.r.Context(), c.s.deps.DB, id)
	if err != nil || into == "" {
		return none
	}
	if _, err := asset.Get(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), into); err != nil {
		return none
	}
	http.Redirect(c.w, c.r, assetPath+"/"+into, http.StatusSeeOther)
	return nil
}

// factGroups are the facts in the order of the page. Required fields without a value
// stand there, too.
func (c *call) factGroups(o openAsset, facts []asset.Fact, canDecide bool) []view.FactGroup {
	byField := map[asset.Field][]asset.Fact{}
	for _, f := range facts {
		byField[f.Field] = append(byField[f.Field], f)
	}
	missing := asset.Missing(o.Kind, o.Values)
	var groups []view.FactGroup
	for _, g := range asset.Groups {
		group := view.FactGroup{Label: c.tr.T(groupKey(g))}
		for _, info := range asset.Fields {
			if info.Group != g {
				continue
			}
			lacks := slices.Contains(missing, info.Name)
			if list := byField[info.Name]; len(list) > 0 {
				group.Rows = append(group.Rows, c.factRow(o, info.Name, list, canDecide))
			} else if lacks {
				group.Rows = append(group.Rows, view.FactRow{Field: string(info.Name), Label: c.fieldLabel(info.Name), Missing: true})
			}
		}
		if len(group.Rows) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// factRow is one field: the value shown, who says so, and who says otherwise.
func (c *call) factRow(o openAsset, field asset.Field, facts []asset.Fact, canDecide bool) view.FactRow {
	slices.SortStableFunc(facts, func(a, b asset.Fact) int { return boolOrder(b.Winning) - boolOrder(a.Winning) })
	r := view.FactRow{Field: string(field), Label: c.fieldLabel(field), Decided: true}
	for _, f := range facts {
		s := view.FactSource{
			Kind: string(f.Source), Source: c.known("asset.source.", string(f.Source)), By: f.By, AtMS: max(f.LastMS, f.FirstMS), SinceMS: f.FirstMS,
			Value: c.valueWords(field, f.Value, o.names), Raw: f.Value, Winning: f.Winning, Contradicts: f.Contradicts,
		}
		if field == asset.FieldDisposalProof {
			s.Value = c.tr.T("asset.proof.kept")
		}
		if f.Winning {
			r.Value = s.Value
		}
		if f.Settled {
			s.SettledBy, s.SettledMS = f.Decision.By, f.Decision.AtMS
		}
		r.Conflict = r.Conflict || f.Contradicts || f.Settled
		r.Decided = r.Decided && !f.Contradicts
		r.Sources = append(r.Sources, s)
	}
	r.CanDecide = r.Conflict && canDecide
	return r
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// assetRelations adds systems and contracts.
func (c *call) assetRelations(v *view.AssetShow, o openAsset) error {
	ctx, db, scope := c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead)
	find := asset.SystemsOf
	v.IsSystem = o.Kind == asset.KindSystem
	if v.IsSystem {
		find = asset.MembersOf
	}
	members, err := find(ctx, db, scope, o.ID, o.atMS)
	if err != nil {
		return err
	}
	for _, m := range members {
		other := m.SystemID
		if v.IsSystem {
			other = m.DeviceID
		}
		v.Members = append(v.Members, view.AssetMember{ID: other, Name: orSame(m.Name, c.tr.T("asset.nameless")), Icon: kindIcon(m.Kind), Role: m.Role, SinceMS: m.FirstMS,
			Href: address(assetPath+"/"+other, o.keep())})
	}
	if v.Head.CanEdit && !v.IsSystem {
		if v.Systems, err = c.systemChoices(o, members); err != nil {
			return err
		}
	}
	if !c.who.CanAt(identity.VendorRead, o.FacilityID, "") {
		return nil
	}
	v.Vendor, v.Contracts, err = c.assetContracts(o)
	return err
}

// systemChoices are the systems of the facility that the device is not in yet.
func (c *call) systemChoices(o openAsset, in []asset.Member) ([]view.Choice, error) {
	f := asset.Filter{Scope: c.assetScope(identity.AssetEdit), FacilityIDs: []string{o.FacilityID}, Kinds: []asset.Kind{asset.KindSystem}}
	var out []view.Choice
	err := asset.EachRow(c.r.Context(), c.s.deps.DB, f, func(a asset.Asset) error {
		if !slices.ContainsFunc(in, func(m asset.Member) bool { return m.SystemID == a.ID }) && len(out) < 500 {
			out = append(out, view.Choice{Value: a.ID, Label: c.assetLabel(a)})
		}
		return nil
	})
	return out, err
}

// assetContracts are the contracts that cover the device, and its vendor.
func (c *call) assetContracts(o openAsset) (*view.AssetVendor, []view.ContractRow, error) {
	ctx, db := c.r.Context(), c.s.deps.DB
	covering, _, _, err := vendor.Contracts(ctx, db, vendor.ContractFilter{Facilities: []string{o.FacilityID}, AssetID: o.ID})
	if err != nil {
		return nil, nil, err
	}
	rows, err := c.contractRows(covering)
	if err != nil {
		return nil, nil, err
	}
	name := o.Values[asset.FieldVendor]
	if name == "" {
		return nil, rows, nil
	}
	found, err := c.vendorNamed(name)
	if err != nil || found.ID == "" {
		return &view.AssetVendor{Name: c.valueWords(asset.FieldVendor, name, o.names)}, rows, err
	}
	return &view.AssetVendor{ID: found.ID, Name: found.Name, Contact: found.Contact, Phone: found.Phone, Emergency: found.EmergencyPhone}, rows, nil
}

// guard is what is known about a device's protection.
type guard struct {
	safeguards []software.Safeguard
	pending    []software.Pending
	states     []software.UpdateState
	volumes    []asset.Volume
	disks      []asset.Disk
	off        []software.SwitchedOff
}
