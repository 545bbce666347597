package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

func (a *API) registerScanProof() {
	handle(a, op{method: get, path: "/scan-proof", id: "getScanProof", summary: "What was sent to one device in a time, or that nothing was", action: identity.NetworkRead,
		about: "Of what the server sends itself. A device of the ledger is looked for by every address and hardware address that it has or had."}, a.getScanProof)
	handle(a, op{method: get, path: "/scan-proposals", id: "listScanProposals", summary: "Addresses that look like devices of the network and are in no search", action: identity.NetworkRead}, a.listScanProposals)
	handle(a, op{method: post, path: "/scans/{id}/targets", id: "acceptScanProposal", summary: "Add an address to a search", action: identity.NetworkEdit}, a.acceptScanProposal)
	handle(a, op{method: post, path: "/scan-proposals/refuse", id: "refuseScanProposal", summary: "Say that an address is not to be asked", action: identity.NetworkEdit, status: 204}, a.refuseScanProposal)
}

// ScanProof says what was sent to a device.
type ScanProof struct {
	Addresses []string   `json:"addresses" doc:"That were looked for."`
	MACs      []string   `json:"macs"`
	FromAt    *time.Time `json:"from_at"`
	ToAt      *time.Time `json:"to_at" doc:"Not included."`
	Whole     bool       `json:"whole" doc:"The record covers all of the time."`
	KeptAt    *time.Time `json:"kept_from_at,omitempty" doc:"The record is whole from here on; absent = always."`
	Untouched bool       `json:"untouched" doc:"The record is whole, an address is known, and nothing was sent."`
	Runs      int        `json:"runs" doc:"Runs in that time, tests of credentials included."`
	Sent      []ScanSent `json:"sent"`
	Maybe     []ScanSent `json:"maybe" doc:"Something may have been sent: a server ended before it wrote the result, or a run is at it now."`
	LeftOut   []ScanSent `json:"left_out" doc:"Nothing was sent, because of a rule."`
	More      int        `json:"more" doc:"Lines beyond the first 500."`
}

type getScanProofIn struct {
	Facility string    `query:"facility" required:"true" maxLength:"100"`
	Device   string    `query:"device" maxLength:"100" doc:"IP address or hardware address; or asset."`
	Asset    string    `query:"asset" maxLength:"100"`
	From     time.Time `query:"from" required:"true"`
	To       time.Time `query:"to" required:"true"`
}

func (a *API) getScanProof(ctx context.Context, p identity.Principal, in *getScanProofIn) (*One[ScanProof], error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	if !in.To.After(in.From) {
		return nil, fault.Invalid("scan.error.period").At("to")
	}
	subject, err := a.scanSubject(ctx, p, f.ID, in)
	if err != nil {
		return nil, err
	}
	proof, err := scan.Prove(ctx, a.DB, subject, store.MS(in.From), store.MS(in.To))
	if err != nil {
		return nil, err
	}
	line := func(l scan.Line) ScanSent { return scanSentOut(l.Sent) }
	return one(ScanProof{Addresses: full(subject.Addresses), MACs: full(subject.MACs), FromAt: moment(proof.FromMS), ToAt: moment(proof.ToMS), Whole: proof.Whole(), KeptAt: moment(proof.KeptMS),
		Untouched: proof.Untouched() && len(subject.Addresses)+len(subject.MACs) > 0, Runs: proof.Runs, Sent: full(each(proof.Sent, line)), Maybe: full(each(proof.Maybe, line)), LeftOut: full(each(proof.LeftOut, line)), More: proof.MoreSent}), nil
}

func (a *API) scanSubject(ctx context.Context, p identity.Principal, facilityID string, in *getScanProofIn) (scan.Subject, error) {
	if in.Asset == "" {
		return scan.SubjectOfAddress(ctx, a.DB, facilityID, in.Device)
	}
	if !store.ValidID(in.Asset) {
		return scan.Subject{}, errNothing
	}
	found, err := a.asset(ctx, p, identity.AssetRead, in.Asset)
	if err != nil {
		return scan.Subject{}, err
	}
	if found.FacilityID != facilityID {
		return scan.Subject{}, errNothing
	}
	return scan.SubjectOfAsset(ctx, a.DB, facilityID, found.ID, found.Name)
}

// ScanProposal is an address that no search asks.
type ScanProposal struct {
	FacilityID string     `json:"facility_id"`
	Address    string     `json:"address"`
	Name       string     `json:"name,omitempty"`
	Why        scan.Why   `json:"why" enum:"ledger,gateway,neighbor"`
	Machines   int        `json:"machines" doc:"gateway: how many machines name it."`
	LastAt     *time.Time `json:"last_at,omitempty"`
}

type listScanProposalsIn struct {
	Paging
	Facility string `query:"facility" required:"true" maxLength:"100"`
}

func (a *API) listScanProposals(ctx context.Context, p identity.Principal, in *listScanProposalsIn) (*List[ScanProposal], error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	list, err := scan.Proposals(ctx, a.DB, f.ID, a.nowMS())
	if err != nil {
		return nil, err
	}
	return window("scan-proposals", each(list, func(s scan.Proposal) ScanProposal {
		return ScanProposal{FacilityID: s.FacilityID, Address: s.Address, Name: s.Name, Why: s.Why, Machines: s.Machines, LastAt: moment(s.LastMS)}
	}), in.Paging, func(s ScanProposal) string { return s.Address })
}

type acceptScanProposalIn struct {
	ByID
	Body struct {
		Rev     int64  `json:"rev" minimum:"1"`
		Address string `json:"address" maxLength:"60"`
	}
}

func (a *API) acceptScanProposal(ctx context.Context, p identity.Principal, in *acceptScanProposalIn) (*One[Scan], error) {
	plan, err := a.scan(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	plan.Revision = in.Body.Rev
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, scanObject(plan), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		plan, err = scan.Accept(ctx, tx, plan, in.Body.Address, p.Name, a.nowMS())
		return map[string]any{"added": in.Body.Address, "after": a.scanOut(plan)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(a.scanOut(plan)), nil
}

type refuseScanProposalIn struct {
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
		Address    string `json:"address" maxLength:"60"`
		Reason     string `json:"reason" maxLength:"200"`
	}
}

func (a *API) refuseScanProposal(ctx context.Context, p identity.Principal, in *refuseScanProposalIn) (*None, error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, audit.Object{Kind: "scan_proposal", Name: in.Body.Address, FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"refused": in.Body.Address, "reason": in.Body.Reason}, scan.Refuse(ctx, tx, f.ID, in.Body.Address, in.Body.Reason, p.Name, a.nowMS())
	})
	return &None{}, err
}
