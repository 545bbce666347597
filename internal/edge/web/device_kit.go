package web

import (
	"bytes"
	"context"
	"net/url"
	"strconv"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

const kitPath = "/devices/kits"

// kitDays are the lives of a collection kit: a round through the house takes days.
var kitDays = []int{30, 7, 90, 365}

// kitList shows the collection kits.
func kitList(_ *site, c *call) error { return c.kitPage(nil) }

func (c *call) kitPage(wrong error) error {
	page, err := c.page(c.tr.T("kit.title"))
	if err != nil {
		return err
	}
	v := &view.KitList{Page: page, CanManage: c.who.Can(identity.DeviceManage)}
	for _, days := range kitDays {
		v.Expiries = append(v.Expiries, view.Choice{Value: strconv.Itoa(days), Label: c.tr.T("token.days", "Days", days)})
	}
	if v.Places, v.Fixed, err = c.places(identity.DeviceManage); err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	seen := c.seen(identity.DeviceRead)
	v.Many = len(seen) != 1 && len(names) > 1
	v.Q = clean(c.r.URL.Query().Get("q"), 100)
	list, next, total, err := c.s.deps.Identity.Kits(c.r.Context(), c.s.deps.DB,
		identity.ListFilter{Scope: facilityScope(seen), Text: v.Q, After: c.r.URL.Query().Get("after"), Limit: listPage})
	if err != nil {
		return err
	}
	for _, k := range list {
		row := view.KitRow{ID: k.ID, Name: k.Name, Facility: names[k.FacilityID], By: k.CreatedBy, Files: int(k.Files), UsedMS: k.LastUsedMS, EndMS: k.ExpiresMS}
		row.StateKind, row.State, row.Open = c.lifeWords(k.RevokedMS, k.ExpiresMS)
		row.Open = row.Open && c.who.CanAt(identity.DeviceManage, k.FacilityID, "")
		v.Kits = append(v.Kits, row)
	}
	v.Pager = pagerOf(c, &v.Page, kitPath, url.Values{"q": {v.Q}}, len(list), int64(total), next)
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// kitCreate makes a collection kit and sends its file, once: the keys in it are kept
// nowhere else.
func kitCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.DeviceManage)
	if err != nil {
		return c.kitPage(err)
	}
	end, err := c.expiry(kitDays)
	if err != nil {
		return c.kitPage(err)
	}
	var file []byte
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, audit.Object{Kind: "kit", FacilityID: facility}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var made identity.Kit
		var err error
		file, made, err = s.deps.Identity.CreateKit(ctx, tx, c.who, identity.Kit{FacilityID: facility, Name: c.value("name"), ExpiresMS: end})
		return audit.Made{Object: audit.Object{Kind: "kit", ID: made.ID, Name: made.Name, FacilityID: facility}, Detail: map[string]int64{"expires_ms": made.ExpiresMS}}, err
	})
	if err != nil {
		return c.kitPage(err)
	}
	return c.sendFile(identity.KitFileName, int64(len(file)), bytes.NewReader(file))
}

// kitRevoke ends a kit; what was collected with it stays.
func kitRevoke(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	k, err := s.deps.Identity.KitByID(c.r.Context(), s.deps.DB, id)
	if err != nil {
		return err
	}
	if err := c.need(identity.DeviceRead, identity.DeviceManage, k.FacilityID, ""); err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, audit.Object{Kind: "kit", ID: id, Name: k.Name, FacilityID: k.FacilityID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"revoked": true}, s.deps.Identity.RevokeKit(ctx, tx, id)
	})
	if err != nil {
		return err
	}
	return c.done(kitPath, "kit.revoked")
}
