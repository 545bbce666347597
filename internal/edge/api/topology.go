package api

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/diagram"
	"sonae/internal/survey/network"
)

func (a *API) registerTopology() {
	handle(a, op{method: get, path: "/topology", id: "getTopology", summary: "The network of a facility on a day: devices, links, segments, ways in from outside, contradictions", action: identity.NetworkRead,
		about: "A device is named by `key`, which stays the same between visits: `asset:` and its ID, or its strongest address. A link stands only on what was seen; contradictions are listed and never decided."}, a.getTopology)
	handle(a, op{method: get, path: "/topology/file", id: "downloadTopology", summary: "The network diagram as a file", action: identity.NetworkExport,
		about: "The same state gives the same bytes in every format."}, a.downloadTopology)
	handle(a, op{method: get, path: "/topology/addresses", id: "getAddressPlan", summary: "How the addresses of each segment are used", action: identity.NetworkRead}, a.getAddressPlan)
}

// TopologyAddress says whose map of which day is meant.
type TopologyAddress struct {
	Facility string `query:"facility" required:"true" maxLength:"100"`
	Date     string `query:"date" maxLength:"10" doc:"Its end is shown; now when not said."`
}

// Topology is the network of a facility on a day.
type Topology struct {
	FacilityID string            `json:"facility_id"`
	AsOf       *time.Time        `json:"as_of"`
	Revision   int64             `json:"revision" doc:"Rises when the content changes; 0 = this day's state was never numbered."`
	SHA256     string            `json:"sha256" doc:"Of the facts, times of sightings excepted."`
	Nodes      []TopologyNode    `json:"nodes"`
	Links      []TopologyLink    `json:"links"`
	Segments   []TopologySegment `json:"segments"`
	Outside    []TopologyOutside `json:"outside"`
	Clashes    []TopologyClash   `json:"clashes"`
}

// TopologyNode is a device.
type TopologyNode struct {
	Key       string     `json:"key"`
	AssetID   string     `json:"asset_id,omitempty" doc:"Not said: not in the ledger."`
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Maker     string     `json:"maker"`
	Model     string     `json:"model"`
	State     string     `json:"state" enum:"listed,unlisted,visitor,overdue"`
	Forwards  bool       `json:"forwards" doc:"Passes on what others send: a switch, router, access point."`
	Segments  []string   `json:"segments" doc:"IDs."`
	VLANs     []int      `json:"vlans"`
	Addresses []string   `json:"addresses"`
	MACs      []string   `json:"macs"`
	FirstSeen *time.Time `json:"first_seen"`
	LastSeen  *time.Time `json:"last_seen"`
	Until     *time.Time `json:"until" doc:"Until when a visitor's device may stay."`
}

// TopologyLink joins two devices.
type TopologyLink struct {
	A        string     `json:"a"`
	B        string     `json:"b"`
	APort    string     `json:"a_port"`
	BPort    string     `json:"b_port"`
	Kind     string     `json:"kind" enum:"trunk,edge,behind,wireless,talk"`
	How      []string   `json:"how" doc:"Every proof."`
	VLANs    []int      `json:"vlans"`
	LastSeen *time.Time `json:"last_seen"`
	Stale    bool       `json:"stale"`
}

// TopologySegment is an address range.
type TopologySegment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	CIDR string `json:"cidr"`
	VLAN int64  `json:"vlan" doc:"0 = none."`
}

// TopologyOutside is a connection to the outside.
type TopologyOutside struct {
	Key   string   `json:"key"`
	Kind  string   `json:"kind" enum:"registered,proposed,cloud" doc:"proposed: may be a way in; nobody confirmed it."`
	Label string   `json:"label"`
	Line  string   `json:"line,omitempty" enum:"vpn,dedicated,mobile,internet,dial_up,wireless,agent,unknown" doc:"What a registered way runs over."`
	Party string   `json:"party" doc:"Who is at the other end, or why it is proposed; in the reader's language."`
	Entry bool     `json:"entry" doc:"Somebody can come in by it."`
	Via   []string `json:"via" doc:"Keys of devices."`
}

// TopologyClash is a contradiction.
type TopologyClash struct {
	Kind  string   `json:"kind" enum:"port,address,mac,traits,asset,dhcp"`
	Nodes []string `json:"nodes"`
	Port  string   `json:"port"`
	Value string   `json:"value"`
}

// sheet reads the diagram that an address names.
func (a *API) sheet(ctx context.Context, p identity.Principal, action identity.Action, in TopologyAddress) (*diagram.Sheet, error) {
	f, err := a.facility(ctx, p, action, action, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	r := diagram.Request{FacilityID: f.ID, Facility: f.Name, NowMS: a.nowMS(), AtMS: a.nowMS()}
	if in.Date != "" {
		if _, r.AtMS, err = a.momentOf("date", in.Date); err != nil {
			return nil, err
		}
	}
	s, err := diagram.Load(ctx, a.DB, r, translatorOf(ctx))
	if err != nil {
		return nil, err
	}
	return s, s.Number(ctx, a.DB)
}

func (a *API) getTopology(ctx context.Context, p identity.Principal, in *TopologyAddress) (*One[Topology], error) {
	s, err := a.sheet(ctx, p, identity.NetworkRead, *in)
	if err != nil {
		return nil, err
	}
	g := s.Graph
	return one(Topology{FacilityID: s.FacilityID, AsOf: moment(s.AtMS), Revision: s.Revision, SHA256: s.Hash, Nodes: each(g.Nodes, nodeOut),
		Links: each(g.Links, func(l network.Link) TopologyLink {
			return TopologyLink{A: l.A, B: l.B, APort: l.APort, BPort: l.BPort, Kind: string(l.Kind), How: each(l.How, func(h network.How) string { return string(h) }),
				VLANs: filled(l.VLANs), LastSeen: moment(l.LastMS), Stale: l.Stale}
		}),
		Segments: each(g.Segments, func(x network.Segment) TopologySegment {
			return TopologySegment{ID: x.ID, Name: x.Name, CIDR: x.CIDR, VLAN: x.VLAN}
		}),
		Outside: each(s.Outside, func(w diagram.Way) TopologyOutside {
			return TopologyOutside{Key: w.Key, Kind: string(w.Kind), Label: w.Label, Line: string(w.Line), Party: w.Party, Entry: w.Entry(), Via: filled(w.Via)}
		}),
		Clashes: each(g.Clashes, func(c network.Clash) TopologyClash {
			return TopologyClash{Kind: string(c.Kind), Nodes: filled(c.Nodes), Port: c.Port, Value: c.Value}
		})}), nil
}

func nodeOut(n network.Node) TopologyNode {
	return TopologyNode{Key: n.Key, AssetID: n.AssetID, Name: n.Name, Kind: n.Kind, Maker: n.Maker, Model: n.Model, State: string(n.State), Forwards: n.Forwards,
		Segments: filled(n.Segments), VLANs: filled(n.VLANs), Addresses: filled(n.Addrs), MACs: filled(n.MACs), FirstSeen: moment(n.FirstMS), LastSeen: moment(n.LastMS), Until: moment(n.UntilMS)}
}

// filled makes an empty list of none, so that JSON never says null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type topologyFileIn struct {
	TopologyAddress
	Format string `query:"format" enum:"pdf,svg,drawio,graphml,csv" default:"pdf"`
	Paper  string `query:"paper" enum:"a3,a4" default:"a3" doc:"Of a PDF; landscape."`
}

func (a *API) downloadTopology(ctx context.Context, p identity.Principal, in *topologyFileIn) (*huma.StreamResponse, error) {
	format, ok := diagram.FormatOf(in.Format)
	if !ok {
		return nil, errNothing.At("format")
	}
	paper, ok := diagram.Papers[in.Paper]
	if !ok {
		paper = document.A3Landscape
	}
	s, err := a.sheet(ctx, p, identity.NetworkExport, in.TopologyAddress)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := format.Write(s, &body, paper); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkExport, audit.Object{Kind: "network_map", Name: s.Mark(), FacilityID: s.FacilityID}, func(context.Context, *store.Tx) (any, error) {
		return map[string]any{"format": format.Name, "as_of": in.Date}, nil
	})
	if err != nil {
		return nil, err
	}
	return download("sonae-network"+format.Ending, format.Media, int64(body.Len()), func(w io.Writer) error {
		_, err := w.Write(body.Bytes())
		return err
	}), nil
}

// AddressUse says how the addresses of a segment are used.
type AddressUse struct {
	Segment    TopologySegment    `json:"segment"`
	Size       string             `json:"size" doc:"Addresses that devices can have, as a decimal number of any length."`
	Used       int                `json:"used"`
	Free       string             `json:"free"`
	Devices    int                `json:"devices"`
	Duplicates []AddressDuplicate `json:"duplicates"`
	DHCP       []string           `json:"dhcp" doc:"Keys of devices that answered as DHCP servers."`
	Ranges     []string           `json:"dhcp_ranges" doc:"That DHCP gives out, as people said."`
	Given      string             `json:"dhcp_given,omitempty" doc:"From the lowest to the highest address that was given out."`
	Leased     int                `json:"dhcp_leased" doc:"Addresses that were given out."`
	Astray     []string           `json:"dhcp_astray" doc:"Given out although outside of dhcp_ranges."`
	Occupied   []string           `json:"dhcp_occupied" doc:"Typed in at a device although inside of dhcp_ranges."`
}

// AddressDuplicate is an address that more than one device has.
type AddressDuplicate struct {
	Address string   `json:"address"`
	Nodes   []string `json:"nodes"`
}

type addressPlanIn struct {
	Paging
	TopologyAddress
}

func (a *API) getAddressPlan(ctx context.Context, p identity.Principal, in *addressPlanIn) (*List[AddressUse], error) {
	s, err := a.sheet(ctx, p, identity.NetworkRead, in.TopologyAddress)
	if err != nil {
		return nil, err
	}
	plan, err := s.AddressPlan(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	all := each(plan, func(u network.SegmentUse) AddressUse {
		x := u.Segment
		return AddressUse{Segment: TopologySegment{ID: x.ID, Name: x.Name, CIDR: x.CIDR, VLAN: x.VLAN}, Size: u.Size.String(), Used: u.Used, Free: u.Free.String(), Devices: u.Devices,
			Duplicates: each(u.Duplicates, func(d network.Duplicate) AddressDuplicate { return AddressDuplicate{d.Addr, filled(d.Nodes)} }), DHCP: filled(u.DHCP),
			Ranges: filled(x.DHCP), Given: u.Given.SeenText(), Leased: u.Given.Leased, Astray: filled(u.Given.Astray), Occupied: filled(u.Given.Occupied)}
	})
	return window("topology/addresses", all, in.Paging, func(u AddressUse) string { return u.Segment.ID })
}
