package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
	"sonae/internal/treat/vendor"
)

func (a *API) registerWaysIn() {
	handle(a, op{method: get, path: "/ways-in", id: "listWaysIn", summary: "Ways in from outside, as registered", action: identity.NetworkRead, about: "`gaps` are the points that an inspector would ask about."}, a.listWaysIn)
	handle(a, op{method: post, path: "/ways-in", id: "createWayIn", summary: "Register a way in", action: identity.NetworkEdit, status: 201, about: "Who applies updates to the box may not be empty."}, a.createWayIn)
	handle(a, op{method: get, path: "/ways-in/{id}", id: "getWayIn", summary: "One way in", action: identity.NetworkRead}, a.getWayIn)
	handle(a, op{method: patch, path: "/ways-in/{id}", id: "updateWayIn", summary: "Change a way in", action: identity.NetworkEdit, about: "Fields that are not given stay as they are."}, a.updateWayIn)
	handle(a, op{method: remove, path: "/ways-in/{id}", id: "endWayIn", summary: "Take a way in out of use", action: identity.NetworkEdit, status: 204, about: "Its history stays."}, a.endWayIn)
	handle(a, op{method: get, path: "/ways-in/{id}/history", id: "listWayInHistory", summary: "Every state of a way in, the newest first", action: identity.NetworkRead}, a.listWayInHistory)
	handle(a, op{method: get, path: "/way-in-proposals", id: "listWayInProposals", summary: "What may be a way in that nobody registered", action: identity.NetworkRead}, a.listWayInProposals)
	handle(a, op{method: post, path: "/way-in-proposals/refuse", id: "refuseWayInProposal", summary: "Say that something is no way in", action: identity.NetworkEdit, status: 204}, a.refuseWayInProposal)
}

// WayInFields is what people know of a way in.
type WayInFields struct {
	Name           *string                 `json:"name,omitempty" maxLength:"100"`
	Party          *string                 `json:"party,omitempty" maxLength:"100" doc:"Who is at the other end."`
	PartyKind      *network.PartyKind      `json:"party_kind,omitempty" enum:"vendor,caterer,cleaner,wholesaler,laboratory,hospital,insurance,internet,cloud,staff,other"`
	VendorID       *string                 `json:"vendor_id,omitempty" maxLength:"100"`
	ContractID     *string                 `json:"contract_id,omitempty" maxLength:"100"`
	AssetID        *string                 `json:"asset_id,omitempty" maxLength:"100" doc:"Device of the ledger at which it ends."`
	Line           *network.Line           `json:"line,omitempty" enum:"vpn,dedicated,mobile,internet,dial_up,wireless,agent,unknown"`
	Protocol       *string                 `json:"protocol,omitempty" maxLength:"100"`
	Authentication *network.Authentication `json:"authentication,omitempty" enum:"personal,shared,certificate,line,none,unknown"`
	SecondFactor   *network.Answer         `json:"second_factor,omitempty" enum:"yes,no,unknown"`
	SourceLimit    *network.Answer         `json:"source_limit,omitempty" enum:"yes,no,unknown" doc:"Only from certain addresses."`
	SourceNote     *string                 `json:"source_note,omitempty" maxLength:"200"`
	Opening        *network.Opening        `json:"opening,omitempty" enum:"always,on_request,unknown"`
	PatchOwner     *string                 `json:"patch_owner,omitempty" maxLength:"100" doc:"Who applies updates to the box."`
	LogTo          *string                 `json:"log_to,omitempty" maxLength:"200" doc:"Where the record of sessions goes."`
	LastSessionOn  *string                 `json:"last_session_on,omitempty" maxLength:"10" doc:"Day, 2026-11-22; empty = not known."`
	ReviewedOn     *string                 `json:"reviewed_on,omitempty" maxLength:"10" doc:"Day; empty = never."`
	Note           *string                 `json:"note,omitempty" maxLength:"1000"`
}

func (f WayInFields) over(e network.External) network.External {
	put(&e.Name, f.Name)
	put(&e.Party, f.Party)
	put(&e.PartyKind, f.PartyKind)
	put(&e.VendorID, f.VendorID)
	put(&e.ContractID, f.ContractID)
	put(&e.AssetID, f.AssetID)
	put(&e.Line, f.Line)
	put(&e.Protocol, f.Protocol)
	put(&e.Authentication, f.Authentication)
	put(&e.SecondFactor, f.SecondFactor)
	put(&e.SourceLimit, f.SourceLimit)
	put(&e.SourceNote, f.SourceNote)
	put(&e.Opening, f.Opening)
	put(&e.PatchOwner, f.PatchOwner)
	put(&e.LogTo, f.LogTo)
	put(&e.LastSessionOn, f.LastSessionOn)
	put(&e.ReviewedOn, f.ReviewedOn)
	put(&e.Note, f.Note)
	return e
}

// WayIn is a connection by which somebody outside can reach the inside.
type WayIn struct {
	ID             string                 `json:"id"`
	Rev            int64                  `json:"rev"`
	FacilityID     string                 `json:"facility_id"`
	Name           string                 `json:"name"`
	Party          string                 `json:"party"`
	PartyKind      network.PartyKind      `json:"party_kind"`
	VendorID       string                 `json:"vendor_id,omitempty"`
	ContractID     string                 `json:"contract_id,omitempty"`
	AssetID        string                 `json:"asset_id,omitempty"`
	Line           network.Line           `json:"line"`
	Protocol       string                 `json:"protocol,omitempty"`
	Authentication network.Authentication `json:"authentication"`
	SecondFactor   network.Answer         `json:"second_factor"`
	SourceLimit    network.Answer         `json:"source_limit"`
	SourceNote     string                 `json:"source_note,omitempty"`
	Opening        network.Opening        `json:"opening"`
	PatchOwner     string                 `json:"patch_owner"`
	LogTo          string                 `json:"log_to,omitempty"`
	LastSessionOn  string                 `json:"last_session_on,omitempty"`
	ReviewedOn     string                 `json:"reviewed_on,omitempty"`
	Note           string                 `json:"note,omitempty"`
	By             string                 `json:"by" doc:"Who made this state."`
	FromAt         *time.Time             `json:"from_at"`
	UntilAt        *time.Time             `json:"until_at,omitempty" doc:"Of past states."`
	Gaps           []string               `json:"gaps" doc:"patch_owner, second_factor, source_limit, shared, always, log, unknown, box, review"`
}

func (a *API) wayInOut(e network.External) WayIn {
	today := a.Now().In(text.Tokyo()).Format(time.DateOnly)
	return WayIn{ID: e.ID, Rev: e.Revision, FacilityID: e.FacilityID, Name: e.Name, Party: e.Party, PartyKind: e.PartyKind, VendorID: e.VendorID, ContractID: e.ContractID, AssetID: e.AssetID,
		Line: e.Line, Protocol: e.Protocol, Authentication: e.Authentication, SecondFactor: e.SecondFactor, SourceLimit: e.SourceLimit, SourceNote: e.SourceNote, Opening: e.Opening,
		PatchOwner: e.PatchOwner, LogTo: e.LogTo, LastSessionOn: e.LastSessionOn, ReviewedOn: e.ReviewedOn, Note: e.Note, By: e.By, FromAt: moment(e.FromMS), UntilAt: moment(e.UntilMS), Gaps: append([]string{}, e.Gaps(today)...)}
}

func wayInObject(e network.External) audit.Object {
	return audit.Object{Kind: "external", ID: e.ID, Name: e.Name, FacilityID: e.FacilityID}
}

type listWaysInIn struct {
	Paging
	Moment
	Facility []string `query:"facility,explode" maxItems:"100"`
}

func (a *API) listWaysIn(ctx context.Context, p identity.Principal, in *listWaysInIn) (*List[WayIn], error) {
	facilities, err := a.facilities(ctx, p, identity.NetworkRead, in.Facility)
	if err != nil {
		return nil, err
	}
	atMS, err := in.ms(translatorOf(ctx).Zone())
	if err != nil {
		return nil, err
	}
	if atMS == 0 {
		atMS = a.nowMS()
	}
	list, err := network.Externals(ctx, a.DB, facilities, atMS)
	if err != nil {
		return nil, err
	}
	return window("ways-in", each(list, a.wayInOut), in.Paging, func(w WayIn) string { return w.ID })
}

// wayIn reads the one of the address and checks the right to do action.
func (a *API) wayIn(ctx context.Context, p identity.Principal, id string, action identity.Action) (network.External, error) {
	if !store.ValidID(id) {
		return network.External{}, errNothing
	}
	e, err := network.ExternalByID(ctx, a.DB, id)
	if err != nil {
		return e, notFoundHere(err)
	}
	return e, a.need(ctx, p, identity.NetworkRead, action, wayInObject(e), "")
}

func (a *API) getWayIn(ctx context.Context, p identity.Principal, in *ByID) (*One[WayIn], error) {
	e, err := a.wayIn(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	return one(a.wayInOut(e)), nil
}

type createWayInIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		WayInFields
	}
}

func (a *API) createWayIn(ctx context.Context, p identity.Principal, in *createWayInIn) (*One[WayIn], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.NetworkEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	e := in.Body.over(network.UnknownExternal())
	e.FacilityID, e.By = f.ID, p.Name
	if err := a.wayInKnown(ctx, p, e, network.External{}); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, wayInObject(e), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		e, err = network.CreateExternal(ctx, tx, e, a.nowMS())
		return audit.Made{Object: wayInObject(e), Detail: a.wayInOut(e)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(a.wayInOut(e)), nil
}

type updateWayInIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		WayInFields
	}
}

func (a *API) updateWayIn(ctx context.Context, p identity.Principal, in *updateWayInIn) (*One[WayIn], error) {
	before, err := a.wayIn(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	after := in.Body.over(before)
	after.Revision, after.By = in.Body.Rev, p.Name
	if err := a.wayInKnown(ctx, p, after, before); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, wayInObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = network.UpdateExternal(ctx, tx, after, a.nowMS())
		return map[string]WayIn{"before": a.wayInOut(before), "after": a.wayInOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(a.wayInOut(after)), nil
}

// wayInKnown checks what is named anew: see vendor.CheckWayIn.
func (a *API) wayInKnown(ctx context.Context, p identity.Principal, e, was network.External) error {
	return vendor.CheckWayIn(ctx, a.DB, e, was, vendor.Sight{Assets: scopeOf(p, identity.AssetRead), Vendors: p.Can(identity.VendorRead), Contracts: p.CanAt(identity.VendorRead, e.FacilityID, "")})
}

type endWayInIn struct {
	ByID
	Rev int64 `query:"rev" minimum:"1" default:"1" doc:"The revision that was seen."`
}

func (a *API) endWayIn(ctx context.Context, p identity.Principal, in *endWayInIn) (*None, error) {
	e, err := a.wayIn(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, wayInObject(e), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"ended": true}, network.EndExternal(ctx, tx, e.FacilityID, e.ID, in.Rev, a.nowMS())
	})
	return &None{}, err
}

type listWayInHistoryIn struct {
	ByID
	Paging
}

func (a *API) listWayInHistory(ctx context.Context, p identity.Principal, in *listWayInHistoryIn) (*List[WayIn], error) {
	e, err := a.wayIn(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	past, err := network.ExternalHistory(ctx, a.DB, e.ID)
	if err != nil {
		return nil, err
	}
	return window("way-in-history", each(past, a.wayInOut), in.Paging, func(w WayIn) string { return w.FromAt.String() })
}

// WayInProposal is what may be a way in that nobody registered.
type WayInProposal struct {
	Key      string     `json:"key"`
	Kind     string     `json:"kind" doc:"Why it may be one."`
	Name     string     `json:"name,omitempty"`
	Proof    string     `json:"proof"`
	AssetID  string     `json:"asset_id,omitempty" doc:"The device, or one of them."`
	VendorID string     `json:"vendor_id,omitempty"`
	Machines int        `json:"machines"`
	FirstAt  *time.Time `json:"first_at"`
}

type listWayInProposalsIn struct {
	Paging
	Facility string `query:"facility" required:"true" maxLength:"100"`
}

func (a *API) listWayInProposals(ctx context.Context, p identity.Principal, in *listWayInProposalsIn) (*List[WayInProposal], error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	list, err := network.Proposals(ctx, a.DB, f.ID, a.nowMS())
	if err != nil {
		return nil, err
	}
	return window("way-in-proposals", each(list, func(x network.Proposal) WayInProposal {
		return WayInProposal{Key: x.Key, Kind: string(x.Kind), Name: x.Name, Proof: x.Proof, AssetID: x.AssetID, VendorID: x.VendorID, Machines: x.Machines, FirstAt: moment(x.FirstMS)}
	}), in.Paging, func(x WayInProposal) string { return x.Key })
}

type refuseWayInProposalIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		Key        string `json:"key" minLength:"1" maxLength:"500"`
		Reason     string `json:"reason" maxLength:"200"`
	}
}

func (a *API) refuseWayInProposal(ctx context.Context, p identity.Principal, in *refuseWayInProposalIn) (*None, error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	list, err := network.Proposals(ctx, a.DB, f.ID, a.nowMS())
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		if x.Key != in.Body.Key {
			continue
		}
		err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, audit.Object{Kind: "external_proposal", ID: x.Key, Name: x.Name, FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]any{"no_way_in": in.Body.Reason}, network.RefuseProposal(ctx, tx, f.ID, x.Key, in.Body.Reason, p.Name, a.nowMS())
		})
		return &None{}, err
	}
	return nil, fault.NotFound("external.error.proposal").At("key")
}
