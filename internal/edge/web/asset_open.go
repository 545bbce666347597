package web

import (
	"net/url"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
)

// openAsset is the device of the address, now or as of a past day.
type openAsset struct {
	asset.Asset
	facts []asset.Fact // of a past day only
	atMS  int64        // 0 = now
	day   string
	names assetNames
}

// openAssetOf reads the device of the address. One that does not exist and one that
// lies elsewhere give the same answer.
func (c *call) openAssetOf() (openAsset, error) {
	id, err := c.id("id")
	if err != nil {
		return openAsset{}, err
	}
	atMS, day, err := c.asOf()
	if err != nil {
		return openAsset{}, err
	}
	ctx, db, scope := c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead)
	o := openAsset{atMS: atMS, day: day}
	if o.Asset, err = asset.Get(ctx, db, scope, id); err != nil && (atMS == 0 || !fault.Is(err, fault.CodeNotFound)) {
		return o, err
	}
	if atMS != 0 { // a row that went into another is there in the past
		if o.Asset, o.facts, err = asset.AsOf(ctx, db, scope, id, atMS); err != nil {
			return o, err
		}
	}
	o.names, err = c.assetNames(ctx, o.Asset)
	return o, err
}

// assetFor reads the device of the address for a change: whoever may see it but not
// change it is told so.
func (c *call) assetFor(do identity.Action) (asset.Asset, error) {
	id, err := c.id("id")
	if err != nil {
		return asset.Asset{}, err
	}
	a, err := asset.Get(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), id)
	if err != nil {
		return a, err
	}
	return a, c.need(identity.AssetRead, do, a.FacilityID, a.Values[asset.FieldDepartment])
}

// assetSections are the pages of one device, in order; "" is the first.
var assetSections = []string{"", "protection", "software", "accounts", "network", "documents", "history", "merges"}

func (o openAsset) path(section string) string {
	if section == "" {
		return assetPath + "/" + o.ID
	}
	return assetPath + "/" + o.ID + "/" + section
}

// keep is what every link inside the pages of one device carries on.
func (o openAsset) keep() url.Values {
	if o.day == "" {
		return url.Values{}
	}
	return url.Values{"as_of": {o.day}}
}

// assetHead is the top of every page of one device.
func (c *call) assetHead(o openAsset, section string) view.AssetHead {
	nowMS := c.nowMS()
	if o.atMS != 0 {
		nowMS = o.atMS
	}
	dep := o.Values[asset.FieldDepartment]
	h := view.AssetHead{
		ID: o.ID, Name: c.assetLabel(o.Asset), Icon: kindIcon(o.Kind), Kind: c.tr.T(kindKey(o.Kind)), Tag: o.Values[asset.FieldAssetTag],
		KindHref: address(assetPath, url.Values{"kind": {string(o.Kind)}}), Purpose: o.Values[asset.FieldPurpose],
		States: stateViews(c.assetStates(o.Asset, nowMS)), Status: c.tr.T(assetStatusKey(o.Status)), SeenMS: o.LastSeenMS,
		Day: o.day, NowHref: o.path(section), Revision: o.Rev, Disposed: o.Status == asset.StatusDisposed,
	}
	if o.day == "" {
		h.CanEdit = c.who.CanAt(identity.AssetEdit, o.FacilityID, dep)
		h.CanRetire = c.who.CanAt(identity.AssetRetire, o.FacilityID, dep) && !h.Disposed
	}
	if len(o.names.facilities) > 1 {
		h.Facility = o.names.facilities[o.FacilityID]
	}
	for _, name := range assetSections {
		if name == "merges" && (o.day != "" || o.Kind == asset.KindSystem) {
			continue
		}
		if o.Kind == asset.KindCloud && slices.Contains([]string{"protection", "software", "accounts", "network"}, name) {
			continue
		}
		label := name
		if name == "" {
			label = "basic"
		}
		h.Tabs = append(h.Tabs, view.CountTab{Href: address(o.path(name), o.keep()), Label: c.tr.T("asset.tab." + label), Current: name == section})
	}
	return h
}

// assetPageOf starts a page of one device.
func (c *call) assetPageOf(o openAsset) (view.Page, error) { return c.page(c.assetLabel(o.Asset)) }
