package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/noprobe"
)

func (a *API) registerNoProbe() {
	handle(a, op{method: get, path: "/no-probe", id: "listNoProbe", summary: "What active scanning never touches: rules and medical devices", action: identity.NetworkRead,
		about: "Medical devices of the ledger are on the list by themselves and cannot be taken off; they have no `id`."}, a.listNoProbe)
	handle(a, op{method: post, path: "/no-probe", id: "addNoProbe", summary: "Put an address, range, hardware address or segment on the do-not-probe list", action: identity.NetworkEdit, status: 201}, a.addNoProbe)
	handle(a, op{method: post, path: "/no-probe/{id}/end", id: "endNoProbe", summary: "Take a rule off the do-not-probe list; it stays as history", action: identity.NetworkEdit}, a.endNoProbe)
}

// NoProbe is one line of the do-not-probe list.
type NoProbe struct {
	ID         string       `json:"id,omitempty" doc:"Not said: a medical device, or a rule that is not kept."`
	FacilityID string       `json:"facility_id"`
	Kind       noprobe.Kind `json:"kind" doc:"address, range, mac, segment or medical"`
	Value      string       `json:"value" doc:"Of a medical device its best-known address; empty: none is known, so it cannot be protected."`
	Name       string       `json:"name,omitempty" doc:"Of the segment or device."`
	AssetID    string       `json:"asset_id,omitempty"`
	Addresses  []string     `json:"addresses,omitempty" doc:"Of a medical device."`
	MACs       []string     `json:"macs,omitempty" doc:"Of a medical device."`
	Sources    []string     `json:"sources,omitempty" doc:"That told of them."`
	Reason     string       `json:"reason,omitempty"`
	By         string       `json:"by,omitempty"`
	At         *time.Time   `json:"at,omitempty"`
	EndedAt    *time.Time   `json:"ended_at,omitempty"`
	EndedBy    string       `json:"ended_by,omitempty"`
	EndReason  string       `json:"end_reason,omitempty"`
}

func noProbeOut(r noprobe.Rule) NoProbe {
	out := NoProbe{ID: r.ID, FacilityID: r.FacilityID, Kind: r.Kind, Value: r.Value, Name: r.Name, Reason: r.Reason, By: r.By, At: moment(r.AtMS), EndedAt: moment(r.EndedMS), EndedBy: r.EndedBy, EndReason: r.EndReason}
	if r.Kind == noprobe.KindMAC {
		out.Value = noprobe.ShowMAC(r.Value)
	}
	return out
}

func noProbeDevice(d noprobe.Device) NoProbe {
	out := NoProbe{FacilityID: d.FacilityID, Kind: noprobe.KindMedical, Name: d.Name, AssetID: d.AssetID, Sources: d.Sources}
	for _, a := range d.Addresses {
		out.Addresses = append(out.Addresses, a.String())
	}
	out.MACs = each(d.MACs, noprobe.ShowMAC)
	for _, list := range [][]string{out.MACs, out.Addresses} {
		if len(list) > 0 {
			out.Value = list[0]
		}
	}
	return out
}

type listNoProbeIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
	Ended    bool     `query:"ended" doc:"With the rules that were taken off."`
}

func (a *API) listNoProbe(ctx context.Context, p identity.Principal, in *listNoProbeIn) (*List[NoProbe], error) {
	facilities, err := a.facilities(ctx, p, identity.NetworkRead, in.Facility)
	if err != nil {
		return nil, err
	}
	rules, err := noprobe.Rules(ctx, a.DB, facilities, in.Ended)
	if err != nil {
		return nil, err
	}
	devices, err := noprobe.Devices(ctx, a.DB, facilities, a.nowMS())
	if err != nil {
		return nil, err
	}
	all := append(each(rules, noProbeOut), each(devices, noProbeDevice)...)
	return window("no-probe", all, in.Paging, func(n NoProbe) string { return n.ID + n.AssetID })
}

type addNoProbeIn struct {
	Body struct {
		FacilityID string       `json:"facility_id" maxLength:"100"`
		Kind       noprobe.Kind `json:"kind,omitempty" maxLength:"20" doc:"Required: address, range, mac or segment."`
		Value      string       `json:"value,omitempty" maxLength:"100" example:"192.0.2.7" doc:"Required; of a segment its ID."`
		Reason     string       `json:"reason,omitempty" maxLength:"2000" doc:"Required."`
	}
}

type noProbeAnswer struct{ Body NoProbe }

func (a *API) addNoProbe(ctx context.Context, p identity.Principal, in *addNoProbeIn) (*noProbeAnswer, error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, identity.NetworkEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	var made noprobe.Rule
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, audit.Object{Kind: "no_probe", FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = noprobe.Add(ctx, tx, noprobe.Rule{FacilityID: f.ID, Kind: in.Body.Kind, Value: in.Body.Value, Reason: in.Body.Reason, By: p.Name}, a.nowMS())
		return audit.Made{Object: audit.Object{Kind: "no_probe", ID: made.ID, Name: made.Show(), FacilityID: f.ID}, Detail: noProbeOut(made)}, err
	})
	if err != nil {
		return nil, err
	}
	return &noProbeAnswer{noProbeOut(made)}, nil
}

type endNoProbeIn struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Required."`
	}
}

func (a *API) endNoProbe(ctx context.Context, p identity.Principal, in *endNoProbeIn) (*noProbeAnswer, error) {
	r, err := noprobe.ByID(ctx, a.DB, in.ID)
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	if err != nil {
		return nil, err
	}
	object := audit.Object{Kind: "no_probe", ID: r.ID, Name: r.Show(), FacilityID: r.FacilityID}
	if err := a.need(ctx, p, identity.NetworkRead, identity.NetworkEdit, object, ""); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		r, err = noprobe.End(ctx, tx, r.FacilityID, r.ID, p.Name, in.Body.Reason, a.nowMS())
		return noProbeOut(r), err
	})
	if err != nil {
		return nil, err
	}
	return &noProbeAnswer{noProbeOut(r)}, nil
}
