package web

import (
	"context"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/treat/vendor"
)

// externalBoxMost is how many devices the form offers as the box at which a way in ends.
const externalBoxMost = 500

// externalNew is the form of a new way in; a proposal fills in what it knows.
func externalNew(_ *site, c *call) error {
	e, key := network.UnknownExternal(), c.r.URL.Query().Get("proposal")
	facility := c.r.URL.Query().Get("facility")
	if key != "" && store.ValidID(facility) {
		if err := c.need(identity.NetworkRead, identity.NetworkEdit, facility, ""); err != nil {
			return err
		}
		p, err := c.proposal(facility, key)
		if err != nil {
			return err
		}
		e.FacilityID, e.Name = facility, orSame(p.Name, p.Proof)
		switch p.Kind {
		case network.ProposeBox, network.ProposeAddress:
			e.VendorID = p.VendorID
			e.AssetID, e.Line = p.AssetID, network.LineInternet
			if p.Kind == network.ProposeBox {
				e.Line = network.LineVPN
			}
		case network.ProposeMaintenance:
			e.VendorID, e.Party, e.PartyKind = p.VendorID, p.Name, network.PartyVendor
			if len(p.Devices) == 1 {
				e.AssetID = p.AssetID
			}
		case network.ProposeControl, network.ProposeTunnel:
			e.Line, e.Protocol = network.LineAgent, p.Name
		}
	}
	return c.externalPage(e, key, nil)
}

// externalShow is one way in with its past.
func externalShow(_ *site, c *call) error {
	e, err := c.externalOne(identity.NetworkRead)
	if err != nil {
		return err
	}
	return c.externalPage(e, "", nil)
}

// externalOne reads the way in of the address, with the right to do something to it.
func (c *call) externalOne(do identity.Action) (network.External, error) {
	id, err := c.id("id")
	if err != nil {
		return network.External{}, err
	}
	e, err := network.ExternalByID(c.r.Context(), c.s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return e, errNothing
	}
	if err != nil {
		return e, err
	}
	return e, c.need(identity.NetworkRead, do, e.FacilityID, "")
}

func (c *call) externalPage(e network.External, proposal string, wrong error) error {
	title := e.Name
	if e.ID == "" {
		title = c.tr.T("external.new")
	}
	page, err := c.page(title)
	if err != nil {
		return err
	}
	v := &view.ExternalForm{Page: page, ID: e.ID, Name: e.Name, Revision: e.Revision, Proposal: proposal}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	v.Facility, v.CanEdit = names[e.FacilityID], e.FacilityID == "" || c.who.CanAt(identity.NetworkEdit, e.FacilityID, "")
	if e.FacilityID == "" {
		places, fixed, err := c.places(identity.NetworkEdit)
		if err != nil {
			return err
		}
		v.Places, e.FacilityID = places, fixed
	}
	v.FacilityID = e.FacilityID
	if v.Fields, err = c.externalFields(&v.Page, e); err != nil {
		return err
	}
	if e.ID == "" {
		return c.render(v)
	}
	v.Gaps = c.gapWords(e)
	past, err := network.ExternalHistory(c.r.Context(), c.s.deps.DB, e.ID)
	for _, p := range past {
		v.History = append(v.History, view.ExternalState{FromMS: p.FromMS, UntilMS: p.UntilMS, By: p.By, Owner: p.PatchOwner, Auth: c.tr.T("external.auth." + string(p.Authentication)),
			SecondFactor: c.yesNoWords(p.SecondFactor), Opening: c.tr.T("external.opening." + string(p.Opening))})
	}
	if err != nil {
		return err
	}
	return c.render(v)
}

// externalFields are the fields of the form in the order in which an inspector asks.
func (c *call) externalFields(p *view.Page, e network.External) ([]view.Input, error) {
	boxes, err := c.externalBoxChoices(e)
	if err != nil {
		return nil, err
	}
	vendors, contracts, err := c.externalVendorChoices(e)
	if err != nil {
		return nil, err
	}
	words := func(prefix string) func(string) string { return func(w string) string { return prefix + w } }
	pick := func(name, prefix string, values []string, now string) view.Input {
		return p.Input(name, "external."+name).From(choices(c, values, words(prefix), now))
	}
	return []view.Input{
		p.Input("name", "external.name").Must().Max(100).Or(e.Name),
		p.Input("party", "external.party").Must().Max(100).Or(e.Party).Help("external.party.hint"),
		pick("party_kind", "external.party.", wordsOf(network.PartyKinds), string(e.PartyKind)),
		p.Input("vendor_id", "external.vendor").From(vendors),
		p.Input("contract_id", "external.contract").From(contracts),
		p.Input("asset_id", "external.box").From(boxes).Help("external.box.hint"),
		pick("line", "external.line.", wordsOf(network.Lines), string(e.Line)),
		p.Input("protocol", "external.protocol").Max(100).Or(e.Protocol),
		pick("authentication", "external.auth.", wordsOf(network.Authentications), string(e.Authentication)),
		pick("second_factor", "external.answer.", wordsOf(network.Answers), string(e.SecondFactor)),
		pick("source_limit", "external.answer.", wordsOf(network.Answers), string(e.SourceLimit)),
		p.Input("source_note", "external.source_note").Max(200).Or(e.SourceNote),
		pick("opening", "external.opening.", wordsOf(network.Openings), string(e.Opening)),
		p.Input("patch_owner", "external.patch_owner").Must().Max(100).Or(e.PatchOwner).Help("external.patch_owner.hint"),
		p.Input("log_to", "external.log_to").Max(200).Or(e.LogTo),
		p.Input("last_session_on", "external.session").Kind("date").Or(e.LastSessionOn),
		p.Input("reviewed_on", "external.reviewed").Kind("date").Or(e.ReviewedOn),
		p.Input("note", "organisation.record.note").Long(3).Max(1000).Or(e.Note),
	}, nil
}

func wordsOf[W ~string](list []W) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// externalBoxChoices are the network devices of the facility, and the one chosen.
func (c *call) externalBoxChoices(e network.External) ([]view.Choice, error) {
	out := []view.Choice{{Label: c.tr.T("external.box.none"), Current: e.AssetID == ""}}
	seen := false
	add := func(a asset.Asset) error {
		if len(out) <= externalBoxMost || a.ID == e.AssetID {
			seen = seen || a.ID == e.AssetID
			out = append(out, view.Choice{Value: a.ID, Label: c.assetLabel(a), Current: a.ID == e.AssetID})
		}
		return nil
	}
	f := asset.Filter{Scope: c.assetScope(identity.AssetRead), Kinds: []asset.Kind{asset.KindVPN, asset.KindNetwork, asset.KindServer, asset.KindMobile}}
	if e.FacilityID != "" {
		f.FacilityIDs = []string{e.FacilityID}
	}
	if err := asset.EachRow(c.r.Context(), c.s.deps.DB, f, add); err != nil {
		return nil, err
	}
	if e.AssetID == "" || seen {
		return out, nil
	}
	return out, asset.EachRow(c.r.Context(), c.s.deps.DB, asset.Filter{Scope: c.assetScope(identity.AssetRead), AssetIDs: []string{e.AssetID}, Statuses: asset.Statuses}, add)
}

func (c *call) externalVendorChoices(e network.External) (vendors, contracts []view.Choice, err error) {
	none := view.Choice{Label: c.tr.T("external.vendor.none")}
	vendors, contracts = []view.Choice{none}, []view.Choice{none}
	unseen := func(id string) []view.Choice { // what is stored must not be lost by a change
		if id == "" {
			return []view.Choice{none}
		}
		return []view.Choice{{Value: id, Label: c.tr.T("external.vendor.hidden"), Current: true}}
	}
	if !c.who.Can(identity.VendorRead) {
		return unseen(e.VendorID), unseen(e.ContractID), nil
	}
	list, _, _, err := vendor.List(c.r.Context(), c.s.deps.DB, vendor.Filter{Limit: 1000})
	for _, one := range list {
		vendors = append(vendors, view.Choice{Value: one.ID, Label: one.Name, Current: one.ID == e.VendorID})
	}
	if err != nil || e.FacilityID == "" {
		return vendors, contracts, err
	}
	if !c.who.CanAt(identity.VendorRead, e.FacilityID, "") { // vendors are of all facilities, contracts of one
		return vendors, unseen(e.ContractID), nil
	}
	signed, _, _, err := vendor.Contracts(c.r.Context(), c.s.deps.DB, vendor.ContractFilter{Facilities: []string{e.FacilityID}, Limit: 1000})
	for _, one := range signed {
		contracts = append(contracts, view.Choice{Value: one.ID, Label: one.VendorName + " " + one.Title, Current: one.ID == e.ContractID})
	}
	return vendors, contracts, err
}

// externalInput reads the form over what is stored.
func (c *call) externalInput(e network.External) (network.External, error) {
	was := e
	days, err := c.days("last_session_on", "reviewed_on")
	e.Name, e.Party, e.PartyKind, e.VendorID, e.ContractID = c.value("name"), c.value("party"), network.PartyKind(c.value("party_kind")), c.value("vendor_id"), c.value("contract_id")
	e.AssetID, e.Line, e.Protocol, e.Authentication = c.value("asset_id"), network.Line(c.value("line")), c.value("protocol"), network.Authentication(c.value("authentication"))
	e.SecondFactor, e.SourceLimit, e.SourceNote, e.Opening = network.Answer(c.value("second_factor")), network.Answer(c.value("source_limit")), c.value("source_note"), network.Opening(c.value("opening"))
	e.PatchOwner, e.LogTo, e.Note, e.By, e.Revision = c.value("patch_owner"), c.value("log_to"), c.value("note"), c.by(), c.revision()
	e.LastSessionOn, e.ReviewedOn = days[0], days[1]
	if err == nil {
		err = c.externalKnown(e, was)
	}
	return e, err
}

// externalKnown checks what the form names anew: see vendor.CheckWayIn.
func (c *call) externalKnown(e, was network.External) error {
	may := vendor.Sight{Assets: c.assetScope(identity.AssetRead), Vendors: c.who.Can(identity.VendorRead), Contracts: c.who.CanAt(identity.VendorRead, e.FacilityID, "")}
	return vendor.CheckWayIn(c.r.Context(), c.s.deps.DB, e, was, may)
}

// externalCreate registers a way in.
func externalCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.NetworkEdit)
	e := network.External{FacilityID: facility}
	if err == nil {
		e, err = c.externalInput(e)
	}
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "external", Name: e.Name, FacilityID: facility}, func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := network.CreateExternal(ctx, tx, e, c.nowMS())
			return audit.Made{Object: audit.Object{Kind: "external", ID: made.ID, Name: made.Name, FacilityID: facility}, Detail: externalDetail(made)}, err
		})
	}
	if err != nil {
		e.ID = ""
		return c.externalPage(e, c.value("proposal"), err)
	}
	return c.done(externalPath, "external.saved", "Name", e.Name)
}

// externalUpdate changes one.
func externalUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	was, err := c.externalOne(identity.NetworkEdit)
	if err != nil {
		return err
	}
	e, err := c.externalInput(was)
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "external", ID: e.ID, Name: e.Name, FacilityID: e.FacilityID}, func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := network.UpdateExternal(ctx, tx, e, c.nowMS())
			return externalDetail(made), err
		})
	}
	if err != nil {
		return c.externalPage(was, "", err)
	}
	return c.done(externalPath, "external.saved", "Name", e.Name)
}

// externalEnd takes one out of use.
func externalEnd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	e, err := c.externalOne(identity.NetworkEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "external", ID: e.ID, Name: e.Name, FacilityID: e.FacilityID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"ended": true}, network.EndExternal(ctx, tx, e.FacilityID, e.ID, c.revision(), c.nowMS())
	})
	if err != nil {
		return c.externalPage(e, "", err)
	}
	return c.done(externalPath, "external.ended", "Name", e.Name)
}

// externalDetail is what the audit log keeps of a change.
func externalDetail(e network.External) map[string]any {
	return map[string]any{"revision": e.Revision, "party": e.Party, "line": e.Line, "authentication": e.Authentication, "second_factor": e.SecondFactor, "source_limit": e.SourceLimit,
		"opening": e.Opening, "patch_owner": e.PatchOwner, "box": e.AssetID, "reviewed_on": e.ReviewedOn}
}
