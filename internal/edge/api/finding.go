package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

func (a *API) registerFindings() {
	handle(a, op{method: get, path: "/network-findings", id: "listNetworkFindings", summary: "What a person has to look at on the network, the worst first", action: identity.NetworkRead,
		about: "A finding is named by its facility and its `key`; it goes when nothing is wrong any more."}, a.listFindings)
	handle(a, op{method: get, path: "/network-findings/finding", id: "getNetworkFinding", summary: "One finding with everything that its report says", action: identity.NetworkRead}, a.getFinding)
	handle(a, op{method: post, path: "/network-findings/aside", id: "putNetworkFindingAside", summary: "Put a finding aside until a day, with a reason", action: identity.NetworkEdit, about: "It comes back when its facts change: `facts` names those that you saw."}, a.asideFinding)
	handle(a, op{method: post, path: "/network-findings/reopen", id: "reopenNetworkFinding", summary: "Open a finding again that was put aside", action: identity.NetworkEdit}, a.reopenFinding)
}

// NetworkFinding is something on the network that a person has to look at.
type NetworkFinding struct {
	FacilityID string               `json:"facility_id"`
	Key        string               `json:"key"`
	Kind       network.FindingKind  `json:"kind" doc:"storage, wireless, switch, dhcp_server, segment, owner, or a contradiction: clash_port, clash_address, clash_mac, clash_traits, clash_asset, clash_dhcp"`
	Title      string               `json:"title" doc:"In the reader's language, as what follows."`
	Why        string               `json:"why" doc:"Why it matters and what to do."`
	About      string               `json:"about,omitempty" doc:"Segment, address or trait that it is about."`
	Basis      string               `json:"basis,omitempty" doc:"What it rests on."`
	Devices    []FindingDevice      `json:"devices" doc:"Those concerned; the first is the one that it is about."`
	At         *NetworkPlace        `json:"at,omitempty" doc:"Where that one hangs; not said: not known."`
	FirstSeen  *time.Time           `json:"first_seen"`
	LastSeen   *time.Time           `json:"last_seen"`
	Facts      string               `json:"facts" doc:"Digest of what makes it up."`
	Aside      *NetworkFindingAside `json:"aside,omitempty" doc:"Not said: open."`
}

// FindingDevice is a device that a finding concerns.
type FindingDevice struct {
	Key       string   `json:"key"`
	AssetID   string   `json:"asset_id,omitempty" doc:"Not said: not in the ledger."`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Addresses []string `json:"addresses"`
	MACs      []string `json:"macs"`
	Segments  []string `json:"segments" doc:"Names."`
}

// NetworkFindingAside says how a person put a finding aside.
type NetworkFindingAside struct {
	Reason  string     `json:"reason"`
	UntilOn string     `json:"until_on" doc:"The last day."`
	By      string     `json:"by"`
	At      *time.Time `json:"at"`
}

func findingOut(m facilityMap, f network.Finding) NetworkFinding {
	out := NetworkFinding{FacilityID: m.id, Key: f.Key, Kind: f.Kind, Title: m.words.Kind(f), Why: m.words.Why(f), About: m.words.Value(f), Basis: m.words.Basis(f),
		FirstSeen: moment(f.FirstMS), LastSeen: moment(f.LastMS), Facts: f.Facts}
	for _, key := range f.Nodes {
		n, _ := m.graph.NodeByKey(key)
		out.Devices = append(out.Devices, FindingDevice{Key: key, AssetID: n.AssetID, Name: n.Title(), Kind: n.Kind, Addresses: full(n.Addrs), MACs: each(n.MACs, network.MACText), Segments: m.words.Segments(n.Segments)})
	}
	if at, ok := m.sockets[f.Nodes[0]]; ok {
		out.At = placeOut(at)
	}
	if f.Aside != nil {
		out.Aside = &NetworkFindingAside{Reason: f.Aside.Reason, UntilOn: lastDay(f.Aside.UntilMS), By: f.Aside.By, At: moment(f.Aside.AtMS)}
	}
	return out
}

// inRooms says where the switches of findings stand, as far as p may see their rows.
func (a *API) inRooms(ctx context.Context, p identity.Principal, list []NetworkFinding) error {
	var ids []string
	for _, f := range list {
		if f.At != nil && f.At.AssetID != "" && !slices.Contains(ids, f.At.AssetID) {
			ids = append(ids, f.At.AssetID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rooms := map[string]string{}
	err := asset.EachRow(ctx, a.DB, asset.Filter{Scope: scopeOf(p, identity.AssetRead), AssetIDs: ids, Statuses: asset.Statuses}, func(r asset.Asset) error {
		rooms[r.ID] = strings.TrimSpace(r.Values[asset.FieldBuilding] + " " + r.Values[asset.FieldRoom])
		return nil
	})
	for i := range list {
		if list[i].At != nil {
			list[i].At.Room = rooms[list[i].At.AssetID]
		}
	}
	return err
}

type listFindingsIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
	Kind     []string `query:"kind,explode" maxItems:"20"`
	State    string   `query:"state" enum:"open,aside,all" default:"open"`
}

func (a *API) listFindings(ctx context.Context, p identity.Principal, in *listFindingsIn) (*List[NetworkFinding], error) {
	maps, err := a.wholeMaps(ctx, p, in.Facility)
	if err != nil {
		return nil, err
	}
	var all []NetworkFinding
	for _, m := range maps {
		list, err := network.Findings(ctx, a.DB, m.graph, a.nowMS())
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			asked := in.State == "all" || (f.Aside != nil) == (in.State == "aside")
			if asked && (len(in.Kind) == 0 || slices.Contains(in.Kind, string(f.Kind))) {
				all = append(all, findingOut(m, f))
			}
		}
	}
	page, err := window("network-findings", all, in.Paging, func(f NetworkFinding) string { return f.FacilityID + " " + f.Key })
	if err != nil {
		return nil, err
	}
	return page, a.inRooms(ctx, p, page.Body.Items)
}

// finding finds the one that a request names.
func (a *API) finding(ctx context.Context, p identity.Principal, do identity.Action, facilityID, key, place string) (facilityMap, network.Finding, error) {
	m, err := a.wholeMap(ctx, p, do, facilityID, place)
	if err != nil {
		return m, network.Finding{}, err
	}
	list, err := network.Findings(ctx, a.DB, m.graph, a.nowMS())
	if err != nil {
		return m, network.Finding{}, err
	}
	f, err := network.FindingByKey(list, key)
	return m, f, at(err, "key")
}

func (a *API) getFinding(ctx context.Context, p identity.Principal, in *SeenDevice) (*One[NetworkFinding], error) {
	m, f, err := a.finding(ctx, p, identity.NetworkRead, in.Facility, in.Key, "facility")
	if err != nil {
		return nil, err
	}
	return a.oneFinding(ctx, p, m, f)
}

func (a *API) oneFinding(ctx context.Context, p identity.Principal, m facilityMap, f network.Finding) (*One[NetworkFinding], error) {
	list := []NetworkFinding{findingOut(m, f)}
	return one(list[0]), a.inRooms(ctx, p, list)
}

func findingObject(m facilityMap, f network.Finding) audit.Object {
	return audit.Object{Kind: "network_finding", ID: f.Key, Name: m.words.Kind(f), FacilityID: m.id}
}

type asideFindingIn struct {
	Body struct {
		FacilityID string `json:"facility_id,omitempty" maxLength:"100" doc:"Required."`
		Key        string `json:"key,omitempty" maxLength:"500" doc:"Required."`
		Facts      string `json:"facts,omitempty" maxLength:"100" doc:"Required: the facts that you saw."`
		Reason     string `json:"reason,omitempty" maxLength:"2000" doc:"Required."`
		UntilOn    string `json:"until_on,omitempty" maxLength:"10" doc:"Required: the last day, within a year."`
	}
}

func (a *API) asideFinding(ctx context.Context, p identity.Principal, in *asideFindingIn) (*One[NetworkFinding], error) {
	m, f, err := a.finding(ctx, p, identity.NetworkEdit, in.Body.FacilityID, in.Body.Key, "facility_id")
	if err != nil {
		return nil, err
	}
	until, err := untilEnd("until_on", in.Body.UntilOn)
	if err != nil {
		return nil, err
	}
	aside := network.Aside{Reason: in.Body.Reason, Facts: in.Body.Facts, UntilMS: until, By: p.Name}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, findingObject(m, f), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		aside, err = network.PutAside(ctx, tx, m.id, f, aside, a.nowMS())
		return map[string]any{"aside_until": aside.UntilMS, "reason": aside.Reason}, err
	})
	if err != nil {
		return nil, onDay(err)
	}
	f.Aside = &aside
	return a.oneFinding(ctx, p, m, f)
}

type reopenFindingIn struct {
	Body struct {
		FacilityID string `json:"facility_id,omitempty" maxLength:"100" doc:"Required."`
		Key        string `json:"key,omitempty" maxLength:"500" doc:"Required."`
	}
}

func (a *API) reopenFinding(ctx context.Context, p identity.Principal, in *reopenFindingIn) (*One[NetworkFinding], error) {
	m, f, err := a.finding(ctx, p, identity.NetworkEdit, in.Body.FacilityID, in.Body.Key, "facility_id")
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, findingObject(m, f), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"aside_until": nil}, network.TakeBackAside(ctx, tx, m.id, f.Key, a.nowMS())
	})
	if err != nil {
		return nil, err
	}
	f.Aside = nil
	return a.oneFinding(ctx, p, m, f)
}
