package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
)

// segmentInput reads the form over what is stored.
func (c *call) segmentInput(s network.Segment) (network.Segment, error) {
	vlan, err := c.whole("vlan", 0, 4094)
	s.Name, s.CIDR, s.VLAN, s.Purpose, s.Note = c.value("name"), c.value("cidr"), int64(vlan), c.value("purpose"), c.value("note")
	s.DHCP = strings.FieldsFunc(c.value("dhcp"), func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == '、' })
	s.Kinds, s.By, s.Revision = slices.Clone(c.r.PostForm["kinds"]), c.by(), c.revision()
	return s, err
}

func segmentObject(s network.Segment) audit.Object {
	return audit.Object{Kind: "segment", ID: s.ID, Name: s.Name, FacilityID: s.FacilityID}
}

// segmentDetail is what the audit log keeps of a change.
func segmentDetail(s network.Segment) map[string]any {
	return map[string]any{"revision": s.Revision, "cidr": s.CIDR, "name": s.Name, "vlan": s.VLAN, "purpose": s.Purpose, "kinds": s.Kinds, "dhcp": s.DHCP, "note": s.Note}
}

// segmentCreate keeps a new segment.
func segmentCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.NetworkEdit)
	if err != nil {
		return err
	}
	one, err := c.segmentInput(network.Segment{FacilityID: facility})
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, segmentObject(one), func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := network.CreateSegment(ctx, tx, one, c.nowMS())
			return audit.Made{Object: segmentObject(made), Detail: segmentDetail(made)}, err
		})
	}
	if err != nil {
		one.ID = ""
		return c.segmentPage(one, c.value("proposal"), nil, err)
	}
	return c.segmentDone(one, "segment.saved")
}

// segmentUpdate changes one.
func segmentUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	was, err := c.segmentOne(identity.NetworkEdit)
	if err != nil {
		return err
	}
	one, err := c.segmentInput(was)
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, segmentObject(was), func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := network.UpdateSegment(ctx, tx, one, c.nowMS())
			return map[string]any{"before": segmentDetail(was), "after": segmentDetail(made)}, err
		})
	}
	if err != nil {
		return c.segmentPage(was, "", nil, err)
	}
	return c.segmentDone(one, "segment.saved")
}

// segmentEnd takes one out of use.
func segmentEnd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	one, err := c.segmentOne(identity.NetworkEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, segmentObject(one), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"ended": true}, network.EndSegment(ctx, tx, one.FacilityID, one.ID, c.by(), c.revision(), c.nowMS())
	})
	if err != nil {
		return c.segmentPage(one, "", nil, err)
	}
	return c.segmentDone(one, "segment.ended_done")
}

func (c *call) segmentDone(s network.Segment, key string) error {
	return c.done(address(segmentPath, url.Values{"facility": {s.FacilityID}}), key, "Name", s.Name)
}
