package web

import (
	"context"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// externalPath is the register of ways in from outside.
const externalPath = "/external"

// externalList shows the register as it was known on a day, and what may be a way in that
// nobody registered.
func externalList(_ *site, c *call) error {
	page, err := c.page(c.tr.T("external.title"))
	if err != nil {
		return err
	}
	places, err := c.unlistedPlaces(identity.NetworkRead)
	if err != nil {
		return err
	}
	v := &view.ExternalList{Page: page, Many: len(places) > 1}
	atMS := c.nowMS()
	if at, err := time.ParseInLocation(time.DateOnly, c.r.URL.Query().Get("as_of"), text.Tokyo()); err == nil {
		atMS = min(atMS, store.MS(at.AddDate(0, 0, 1))-1) // at the end of that day
		v.Day, v.AsOf = at.Format(time.DateOnly), c.dayText(at.Format(time.DateOnly))
	}
	ids, names := make([]string, len(places)), map[string]string{}
	for i, f := range places {
		ids[i], names[f.ID] = f.ID, f.Name
		v.CanEdit = v.CanEdit || v.Day == "" && c.who.CanAt(identity.NetworkEdit, f.ID, "")
	}
	list, err := network.Externals(c.r.Context(), c.s.deps.DB, ids, atMS)
	if err != nil {
		return err
	}
	boxes, err := c.externalBoxes(list)
	if err != nil {
		return err
	}
	for _, e := range list {
		v.Rows = append(v.Rows, c.externalRow(e, boxes[e.AssetID], names[e.FacilityID]))
	}
	if v.Day == "" {
		if v.Proposals, err = c.externalProposals(places); err != nil {
			return err
		}
	}
	return c.render(v)
}

// externalBoxes reads the devices at which ways in end, as far as the person may see them.
func (c *call) externalBoxes(list []network.External) (map[string]asset.Asset, error) {
	var ids []string
	for _, e := range list {
		if e.AssetID != "" {
			ids = append(ids, e.AssetID)
		}
	}
	found := map[string]asset.Asset{}
	if len(ids) == 0 {
		return found, nil
	}
	err := asset.EachRow(c.r.Context(), c.s.deps.DB, asset.Filter{Scope: c.assetScope(identity.AssetRead), AssetIDs: ids, Statuses: asset.Statuses}, func(a asset.Asset) error {
		found[a.ID] = a
		return nil
	})
	return found, err
}

func (c *call) externalRow(e network.External, box asset.Asset, facility string) view.ExternalRow {
	row := view.ExternalRow{Href: externalPath + "/" + e.ID, Name: e.Name, Party: e.Party, PartyKind: c.tr.T("external.party." + string(e.PartyKind)), Facility: facility,
		Line: c.tr.T("external.line." + string(e.Line)), Protocol: e.Protocol, Auth: c.tr.T("external.auth." + string(e.Authentication)), SecondFactor: c.yesNoWords(e.SecondFactor),
		SourceLimit: c.yesNoWords(e.SourceLimit), Opening: c.tr.T("external.opening." + string(e.Opening)), PatchOwner: e.PatchOwner, Gaps: c.gapWords(e)}
	if e.SourceNote != "" {
		row.SourceLimit += " " + e.SourceNote
	}
	if box.ID != "" {
		row.Box, row.BoxHref = c.assetLabel(box), assetPath+"/"+box.ID
		if firmware := box.Values[asset.FieldFirmwareVersion]; firmware != "" {
			row.Firmware = c.tr.T("external.firmware", "Version", firmware)
		}
	}
	if e.LastSessionOn != "" {
		row.LastSession = c.dayText(e.LastSessionOn)
	}
	if e.ReviewedOn != "" {
		row.Reviewed = c.dayText(e.ReviewedOn)
	}
	return row
}

func (c *call) yesNoWords(a network.Answer) string { return c.tr.T("external.answer." + string(a)) }

func (c *call) gapWords(e network.External) []string {
	var out []string
	for _, g := range e.Gaps(c.today()) {
		out = append(out, c.tr.T("external.gap."+g))
	}
	return out
}

func (c *call) externalProposals(places []identity.Facility) ([]view.ExternalProposal, error) {
	var out []view.ExternalProposal
	for _, f := range places {
		list, err := network.Proposals(c.r.Context(), c.s.deps.DB, f.ID, c.nowMS())
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			row := view.ExternalProposal{FacilityID: f.ID, Key: p.Key, Kind: c.tr.T("external.proposal." + string(p.Kind)), Name: orSame(p.Name, p.Proof), Machines: p.Machines, Proof: p.Proof, Facility: f.Name, FirstMS: p.FirstMS}
			if p.Machines == 1 {
				row.Href = assetPath + "/" + p.AssetID
			}
			out = append(out, row)
		}
	}
	return out, nil
}

// externalRefuse keeps that a proposal is no way in.
func externalRefuse(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, key := c.value("facility_id"), c.value("key")
	if !store.ValidID(facility) {
		return errNothing
	}
	if err := c.need(identity.NetworkRead, identity.NetworkEdit, facility, ""); err != nil {
		return err
	}
	p, err := c.proposal(facility, key)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "external_proposal", ID: key, Name: p.Name, FacilityID: facility}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"no_way_in": c.value("reason")}, network.RefuseProposal(ctx, tx, facility, key, c.value("reason"), c.by(), c.nowMS())
	})
	if err != nil {
		return err
	}
	return c.done(externalPath, "external.refused", "Name", orSame(p.Name, p.Proof))
}

// proposal finds one that is still open.
func (c *call) proposal(facilityID, key string) (network.Proposal, error) {
	list, err := network.Proposals(c.r.Context(), c.s.deps.DB, facilityID, c.nowMS())
	for _, p := range list {
		if p.Key == key {
			return p, err
		}
	}
	if err == nil {
		err = fault.NotFound("external.error.proposal")
	}
	return network.Proposal{}, err
}
