package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
)

func (a *API) registerSegments() {
	handle(a, op{method: get, path: "/segments", id: "listSegments", summary: "Address ranges with their names and what belongs into them", action: identity.NetworkRead, about: "`as_of` shows what was said on that day."}, a.listSegments)
	handle(a, op{method: post, path: "/segments", id: "createSegment", summary: "Add a segment", action: identity.NetworkEdit, status: 201, about: "A narrower range within another is allowed, the same range is not."}, a.createSegment)
	handle(a, op{method: get, path: "/segments/{id}", id: "getSegment", summary: "One segment", action: identity.NetworkRead}, a.getSegment)
	handle(a, op{method: patch, path: "/segments/{id}", id: "updateSegment", summary: "Change a segment", action: identity.NetworkEdit, about: "Fields that are not given stay as they are; what it was before stays in its history."}, a.updateSegment)
	handle(a, op{method: remove, path: "/segments/{id}", id: "endSegment", summary: "Take a segment out of use", action: identity.NetworkEdit, status: 204, about: "Its history stays; entries of the do-not-probe list that name it protect its range as before."}, a.endSegment)
	handle(a, op{method: get, path: "/segments/{id}/history", id: "listSegmentHistory", summary: "Every state of a segment, the newest first", action: identity.NetworkRead}, a.listSegmentHistory)
	handle(a, op{method: get, path: "/segment-proposals", id: "listSegmentProposals", summary: "Ranges and VLANs that were seen and that no segment says anything about", action: identity.NetworkRead}, a.listSegmentProposals)
}

// SegmentFields is what people say of a segment.
type SegmentFields struct {
	CIDR    *string   `json:"cidr,omitempty" maxLength:"50" example:"192.0.2.0/24"`
	Name    *string   `json:"name,omitempty" maxLength:"100"`
	VLAN    *int64    `json:"vlan,omitempty" minimum:"0" maximum:"4094" doc:"0 = none."`
	Purpose *string   `json:"purpose,omitempty" maxLength:"200"`
	Kinds   *[]string `json:"kinds,omitempty" maxItems:"20" doc:"Kinds of devices that belong into it; a device of another kind becomes a finding. Empty = nobody said."`
	DHCP    *[]string `json:"dhcp,omitempty" maxItems:"16" doc:"Ranges that its DHCP server gives out, as 192.0.2.100-192.0.2.199."`
	Note    *string   `json:"note,omitempty" maxLength:"1000"`
}

func (f SegmentFields) over(s network.Segment) network.Segment {
	put(&s.CIDR, f.CIDR)
	put(&s.Name, f.Name)
	put(&s.VLAN, f.VLAN)
	put(&s.Purpose, f.Purpose)
	put(&s.Kinds, f.Kinds)
	put(&s.DHCP, f.DHCP)
	put(&s.Note, f.Note)
	return s
}

// Segment is an address range of a facility with a name and a purpose.
type Segment struct {
	ID         string     `json:"id"`
	Rev        int64      `json:"rev"`
	FacilityID string     `json:"facility_id"`
	CIDR       string     `json:"cidr"`
	Name       string     `json:"name"`
	VLAN       int64      `json:"vlan" doc:"0 = none."`
	Purpose    string     `json:"purpose,omitempty"`
	Kinds      []string   `json:"kinds" doc:"Kinds of devices that belong into it; empty = nobody said."`
	DHCP       []string   `json:"dhcp" doc:"Ranges that its DHCP server gives out, as people said."`
	Note       string     `json:"note,omitempty"`
	By         string     `json:"by,omitempty" doc:"Who made this state; not said: not recorded."`
	FromAt     *time.Time `json:"from_at" doc:"Since when it is said like this."`
	CreatedAt  *time.Time `json:"created_at"`
	UntilAt    *time.Time `json:"until_at,omitempty" doc:"Of past states, and of a segment that is out of use."`
	EndedBy    string     `json:"ended_by,omitempty" doc:"Who took it out of use."`
}

func segmentOut(s network.Segment) Segment {
	return Segment{ID: s.ID, Rev: s.Revision, FacilityID: s.FacilityID, CIDR: s.CIDR, Name: s.Name, VLAN: s.VLAN, Purpose: s.Purpose, Kinds: full(s.Kinds), DHCP: full(s.DHCP), Note: s.Note, By: s.By,
		FromAt: moment(s.FromMS), CreatedAt: moment(s.CreatedMS), UntilAt: moment(s.EndedMS), EndedBy: s.EndedBy}
}

func segmentObject(s network.Segment) audit.Object {
	return audit.Object{Kind: "segment", ID: s.ID, Name: s.Name, FacilityID: s.FacilityID}
}

type listSegmentsIn struct {
	Paging
	Moment
	Facility string `query:"facility" required:"true" maxLength:"100"`
}

func (a *API) listSegments(ctx context.Context, p identity.Principal, in *listSegmentsIn) (*List[Segment], error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	atMS, err := in.ms(translatorOf(ctx).Zone())
	if err != nil {
		return nil, err
	}
	list, err := network.Segments(ctx, a.DB, f.ID, atMS)
	if err != nil {
		return nil, err
	}
	return window("segments", each(list, segmentOut), in.Paging, func(s Segment) string { return s.ID })
}

// segment reads the one of the address and checks the right to do action.
func (a *API) segment(ctx context.Context, p identity.Principal, id string, action identity.Action) (network.Segment, error) {
	if !store.ValidID(id) {
		return network.Segment{}, errNothing
	}
	s, err := network.SegmentByID(ctx, a.DB, id)
	if err != nil {
		return s, notFoundHere(err)
	}
	return s, a.need(ctx, p, identity.NetworkRead, action, segmentObject(s), "")
}

func (a *API) getSegment(ctx context.Context, p identity.Principal, in *ByID) (*One[Segment], error) {
	s, err := a.segment(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	return one(segmentOut(s)), nil
}

type createSegmentIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		SegmentFields
	}
}

func (a *API) createSegment(ctx context.Context, p identity.Principal, in *createSegmentIn) (*One[Segment], error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	s := in.Body.over(network.Segment{FacilityID: f.ID, By: p.Name})
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, segmentObject(s), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		s, err = network.CreateSegment(ctx, tx, s, a.nowMS())
		return audit.Made{Object: segmentObject(s), Detail: segmentOut(s)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(segmentOut(s)), nil
}

type updateSegmentIn struct {
	ByID
	Body struct {
		Rev int64 `json:"rev" minimum:"1"`
		SegmentFields
	}
}

func (a *API) updateSegment(ctx context.Context, p identity.Principal, in *updateSegmentIn) (*One[Segment], error) {
	before, err := a.segment(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	after := in.Body.over(before)
	after.Revision, after.By = in.Body.Rev, p.Name
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, segmentObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = network.UpdateSegment(ctx, tx, after, a.nowMS())
		return map[string]Segment{"before": segmentOut(before), "after": segmentOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(segmentOut(after)), nil
}

type endSegmentIn struct {
	ByID
	Rev int64 `query:"rev" minimum:"1" default:"1" doc:"The revision that was seen."`
}

func (a *API) endSegment(ctx context.Context, p identity.Principal, in *endSegmentIn) (*None, error) {
	s, err := a.segment(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, segmentObject(s), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"ended": true}, network.EndSegment(ctx, tx, s.FacilityID, s.ID, p.Name, in.Rev, a.nowMS())
	})
	return &None{}, err
}

type listSegmentHistoryIn struct {
	ByID
	Paging
}

func (a *API) listSegmentHistory(ctx context.Context, p identity.Principal, in *listSegmentHistoryIn) (*List[Segment], error) {
	s, err := a.segment(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	past, err := network.SegmentHistory(ctx, a.DB, s.ID)
	if err != nil {
		return nil, err
	}
	return window("segment-history", each(past, segmentOut), in.Paging, func(s Segment) string { return s.FromAt.String() })
}

// SegmentProposal is a range or a VLAN that no segment says anything about.
type SegmentProposal struct {
	Key      string   `json:"key"`
	CIDR     string   `json:"cidr,omitempty" doc:"Not said: nobody told which addresses this VLAN has."`
	VLAN     int64    `json:"vlan" doc:"0 = not told."`
	Name     string   `json:"name,omitempty" doc:"Of the VLAN, as switches call it."`
	Machines int      `json:"machines" doc:"Devices of the ledger that say that they are in the range; of a VLAN without one those that carry it."`
	Sources  []string `json:"sources" doc:"That told of it."`
}

type listSegmentProposalsIn struct {
	Paging
	Facility string `query:"facility" required:"true" maxLength:"100"`
}

func (a *API) listSegmentProposals(ctx context.Context, p identity.Principal, in *listSegmentProposalsIn) (*List[SegmentProposal], error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	list, err := network.SegmentProposals(ctx, a.DB, f.ID)
	if err != nil {
		return nil, err
	}
	return window("segment-proposals", each(list, func(x network.SegmentProposal) SegmentProposal {
		return SegmentProposal{Key: x.Key, CIDR: x.CIDR, VLAN: x.VLAN, Name: x.Name, Machines: x.Machines, Sources: full(x.Sources)}
	}), in.Paging, func(x SegmentProposal) string { return x.Key })
}
