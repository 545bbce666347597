package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
)

func (a *API) registerUnlisted() {
	handle(a, op{method: get, path: "/unlisted-devices", id: "listUnlistedDevices", summary: "Devices that were seen on the network and are not in the ledger, those that came last first", action: identity.NetworkRead,
		about: "A device is named by its facility and its `key`, its strongest address; the key of an answer may grow as more of the device is seen, and earlier ones go on working."}, a.listUnlisted)
	handle(a, op{method: get, path: "/unlisted-devices/device", id: "getUnlistedDevice", summary: "One such device: what it seems to be with the proof, and how it was seen", action: identity.NetworkRead}, a.getUnlisted)
	handle(a, op{method: post, path: "/unlisted-devices/adopt", id: "adoptUnlistedDevice", summary: "Enter a device into the ledger", action: identity.AssetEdit, status: 201, about: "What was seen of it becomes facts of the source `passive`."}, a.adoptUnlisted)
	handle(a, op{method: post, path: "/unlisted-devices/visitor", id: "markVisitor", summary: "Say that a device is a visitor's or rented until a day", action: identity.NetworkEdit}, a.markVisitor)
	handle(a, op{method: post, path: "/unlisted-devices/visitor/end", id: "unmarkVisitor", summary: "Take that back", action: identity.NetworkEdit, status: 204}, a.unmarkVisitor)
}

// NetworkPlace is where a device hangs.
type NetworkPlace struct {
	Key     string           `json:"key" doc:"Of the switch or access point."`
	AssetID string           `json:"asset_id,omitempty"`
	Name    string           `json:"name"`
	Port    string           `json:"port,omitempty"`
	Link    network.LinkKind `json:"link" enum:"edge,behind,wireless,trunk" doc:"behind: with something between that was not seen; trunk: the device passes on what others send, too."`
	Room    string           `json:"room,omitempty" doc:"Where the switch stands, as the ledger says."`
}

func placeOut(s network.Socket) *NetworkPlace {
	return &NetworkPlace{Key: s.Node.Key, AssetID: s.Node.AssetID, Name: s.Node.Title(), Port: s.Port, Link: s.Kind}
}

// UnlistedDevice is a device on the network that is not in the ledger.
type UnlistedDevice struct {
	FacilityID string            `json:"facility_id"`
	Key        string            `json:"key"`
	Name       string            `json:"name" doc:"What it calls itself, else an address."`
	Kind       string            `json:"kind" doc:"What it seems to be; empty = not known."`
	Maker      string            `json:"maker"`
	Model      string            `json:"model"`
	State      network.NodeState `json:"state" enum:"unlisted,visitor,overdue"`
	Addresses  []string          `json:"addresses"`
	MACs       []string          `json:"macs"`
	Segments   []string          `json:"segments" doc:"Names."`
	At         *NetworkPlace     `json:"at,omitempty" doc:"Where it hangs; not said: not known."`
	FirstSeen  *time.Time        `json:"first_seen"`
	LastSeen   *time.Time        `json:"last_seen"`
	UntilOn    string            `json:"until_on,omitempty" doc:"The last day on which a visitor's device may stay."`
}

func unlistedOut(m facilityMap, n network.Node) UnlistedDevice {
	d := UnlistedDevice{FacilityID: m.id, Key: n.Key, Name: n.Title(), Kind: n.Kind, Maker: n.Maker, Model: n.Model, State: n.State, Addresses: full(n.Addrs), MACs: each(n.MACs, network.MACText),
		Segments: m.words.Segments(n.Segments), FirstSeen: moment(n.FirstMS), LastSeen: moment(n.LastMS), UntilOn: lastDay(n.UntilMS)}
	if at, ok := m.sockets[n.Key]; ok {
		d.At = placeOut(at)
	}
	return d
}

// lastDay is the last day before a time, in Japan; empty for 0.
func lastDay(untilMS int64) string {
	if untilMS == 0 {
		return ""
	}
	return store.Time(untilMS - 1).In(text.Tokyo()).Format(time.DateOnly)
}

// untilEnd is the end of the day that a field names; 0 when it names none.
func untilEnd(place, day string) (int64, error) {
	if day == "" {
		return 0, nil
	}
	at, err := endOfDay(place, day, text.Tokyo())
	return at + 1, err
}

// facilityMap is the map of a facility at present.
type facilityMap struct {
	id      string
	graph   network.Graph
	words   network.Words
	sockets map[string]network.Socket
}

// wholeMap makes the map of a facility in which p may do something to what is seen: what
// is in no ledger belongs to no department yet.
func (a *API) wholeMap(ctx context.Context, p identity.Principal, do identity.Action, id, place string) (facilityMap, error) {
	f, err := a.facility(ctx, p, identity.NetworkRead, do, id, place)
	if err != nil {
		return facilityMap{}, err
	}
	g, err := a.atlas.Now(ctx, a.DB, f.ID, a.nowMS())
	return facilityMap{f.ID, g, network.NewWords(translatorOf(ctx), g), g.Sockets()}, err
}

// wholeMaps makes the maps of the asked facilities, or of all that p may see.
func (a *API) wholeMaps(ctx context.Context, p identity.Principal, asked []string) ([]facilityMap, error) {
	if len(asked) == 0 {
		all, err := a.Identity.FacilitiesFor(ctx, a.DB, p, identity.NetworkRead)
		if err != nil {
			return nil, err
		}
		for _, f := range all {
			if f.ClosedMS == 0 && p.CanAt(identity.NetworkRead, f.ID, "") {
				asked = append(asked, f.ID)
			}
		}
	}
	slices.Sort(asked)
	var out []facilityMap
	for _, id := range slices.Compact(asked) {
		m, err := a.wholeMap(ctx, p, identity.NetworkRead, id, "facility")
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

type listUnlistedIn struct {
	Searching
	Facility []string `query:"facility,explode" maxItems:"100"`
	State    []string `query:"state,explode" maxItems:"3" enum:"unlisted,visitor,overdue" doc:"All of them when not said."`
}

func (a *API) listUnlisted(ctx context.Context, p identity.Principal, in *listUnlistedIn) (*List[UnlistedDevice], error) {
	maps, err := a.wholeMaps(ctx, p, in.Facility)
	if err != nil {
		return nil, err
	}
	states := []network.NodeState{network.StateUnlisted, network.StateVisitor, network.StateOverdue}
	if len(in.State) > 0 {
		states = each(in.State, func(s string) network.NodeState { return network.NodeState(s) })
	}
	var all []UnlistedDevice
	for _, m := range maps {
		for _, n := range m.graph.Strangers(states...) {
			d, place := unlistedOut(m, n), ""
			if d.At != nil {
				place = d.At.Name + " " + d.At.Port
			}
			if network.Matches(in.Q, slices.Concat([]string{d.Name, d.Kind, d.Maker, d.Model, place}, d.Addresses, d.MACs, n.MACs, d.Segments)...) {
				all = append(all, d)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b UnlistedDevice) int { return timeOf(b.FirstSeen).Compare(timeOf(a.FirstSeen)) })
	return window("unlisted-devices", all, in.Paging, func(d UnlistedDevice) string { return d.FacilityID + " " + d.Key })
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// SeenDevice names something that was seen in a facility.
type SeenDevice struct {
	Facility string `query:"facility" required:"true" maxLength:"100"`
	Key      string `query:"key" required:"true" maxLength:"500"`
}

// unlisted finds the device that a request names.
func (a *API) unlisted(ctx context.Context, p identity.Principal, do identity.Action, facilityID, key, place string) (facilityMap, network.Node, error) {
	m, err := a.wholeMap(ctx, p, do, facilityID, place)
	if err != nil {
		return m, network.Node{}, err
	}
	n, err := m.graph.Node(key)
	return m, n, at(err, "key")
}

// UnlistedDetail is all that is known about such a device.
type UnlistedDetail struct {
	UnlistedDevice
	Note      string           `json:"note,omitempty" doc:"Whose it is, as the one who marked it wrote."`
	MarkedBy  string           `json:"marked_by,omitempty"`
	Claims    []UnlistedClaim  `json:"claims" doc:"What it seems to be."`
	Traits    []UnlistedTrait  `json:"traits" doc:"What it showed of itself."`
	Sightings []DeviceSighting `json:"sightings" doc:"The last 100 ways in which it was seen."`
}

// UnlistedClaim is what a rule says about a device, with its proof.
type UnlistedClaim struct {
	Field      recognise.Field `json:"field" enum:"kind,maker,model,family,version,serial"`
	Value      string          `json:"value"`
	Confidence int             `json:"confidence" doc:"1 to 100"`
	Proof      UnlistedTrait   `json:"proof"`
	Others     []string        `json:"others" doc:"What else is said and cannot be true beside it."`
}

// UnlistedTrait is one thing that a device showed of itself.
type UnlistedTrait struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// DeviceSighting is how a device was seen.
type DeviceSighting struct {
	How     network.How `json:"how"`
	By      string      `json:"by,omitempty" doc:"Key of the one who saw it; not said: a capture file."`
	Port    string      `json:"port,omitempty"`
	VLAN    int         `json:"vlan" doc:"0 = not told."`
	FirstAt *time.Time  `json:"first_at"`
	LastAt  *time.Time  `json:"last_at"`
}

// unlistedSightings is how many ways in which a device was seen an answer holds.
const unlistedSightings = 100

func (a *API) getUnlisted(ctx context.Context, p identity.Principal, in *SeenDevice) (*One[UnlistedDetail], error) {
	m, n, err := a.unlisted(ctx, p, identity.NetworkRead, in.Facility, in.Key, "facility")
	if err != nil {
		return nil, err
	}
	if n.AssetID != "" {
		return nil, fault.Conflict("network.error.listed").At("key")
	}
	d := UnlistedDetail{UnlistedDevice: unlistedOut(m, n), Claims: []UnlistedClaim{}}
	known := recognise.Device(n.Traits, n.MACs)
	for _, f := range recognise.Fields {
		if c := known.Answer(f); c.Value != "" {
			d.Claims = append(d.Claims, UnlistedClaim{Field: f, Value: c.Value, Confidence: c.Confidence, Proof: UnlistedTrait(c.Trait), Others: each(c.Contradictions(), func(o recognise.Claim) string { return o.Value })})
		}
	}
	d.Traits = each(n.Traits, func(t network.Trait) UnlistedTrait { return UnlistedTrait(t) })
	mark, marked, err := network.MarkOf(ctx, a.DB, m.id, n, a.nowMS())
	if err != nil {
		return nil, err
	}
	if marked {
		d.Note, d.MarkedBy = mark.Note, mark.By
	}
	seen, err := network.SightingsOf(ctx, a.DB, n, m.id, a.nowMS(), unlistedSightings)
	if err != nil {
		return nil, err
	}
	d.Sightings = each(seen, func(s network.Sighting) DeviceSighting {
		return DeviceSighting{How: s.How, By: s.Seer.Key(), Port: s.SeerPort, VLAN: s.VLAN, FirstAt: moment(s.FirstMS), LastAt: moment(s.LastMS)}
	})
	return one(d), nil
}

type adoptUnlistedIn struct {
	Body struct {
		FacilityID string     `json:"facility_id,omitempty" maxLength:"100" doc:"Required."`
		Key        string     `json:"key,omitempty" maxLength:"500" doc:"Required."`
		Kind       asset.Kind `json:"kind,omitempty" maxLength:"20" doc:"Required: what it is, as a person says."`
	}
}

// Adopted names the row of the ledger that a device became.
type Adopted struct {
	AssetID string `json:"asset_id"`
}

func (a *API) adoptUnlisted(ctx context.Context, p identity.Principal, in *adoptUnlistedIn) (*One[Adopted], error) {
	m, n, err := a.unlisted(ctx, p, identity.AssetEdit, in.Body.FacilityID, in.Body.Key, "facility_id")
	if err != nil {
		return nil, err
	}
	var id string
	object := audit.Object{Kind: "asset", Name: n.Title(), FacilityID: m.id}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		id, err = network.Adopt(ctx, tx, m.id, n, in.Body.Kind, p.Name, a.nowMS())
		object.ID = id
		return audit.Made{Object: object, Detail: map[string]any{"adopted": n.Keys, "kind": in.Body.Kind}}, err
	})
	if err != nil {
		return nil, err
	}
	return one(Adopted{id}), nil
}

type markVisitorIn struct {
	Body struct {
		FacilityID string `json:"facility_id,omitempty" maxLength:"100" doc:"Required."`
		Key        string `json:"key,omitempty" maxLength:"500" doc:"Required."`
		Note       string `json:"note,omitempty" maxLength:"2000" doc:"Required: whose it is."`
		UntilOn    string `json:"until_on,omitempty" maxLength:"10" doc:"Required: the last day, within a year."`
	}
}

func (a *API) markVisitor(ctx context.Context, p identity.Principal, in *markVisitorIn) (*One[UnlistedDevice], error) {
	m, n, err := a.unlisted(ctx, p, identity.NetworkEdit, in.Body.FacilityID, in.Body.Key, "facility_id")
	if err != nil {
		return nil, err
	}
	until, err := untilEnd("until_on", in.Body.UntilOn)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, deviceObject(m, n), func(ctx context.Context, tx *store.Tx) (any, error) {
		made, err := network.MarkVisitor(ctx, tx, n, network.Mark{FacilityID: m.id, Note: in.Body.Note, UntilMS: until, By: p.Name}, a.nowMS())
		return map[string]any{"visitor_until": made.UntilMS, "note": made.Note}, err
	})
	if err != nil {
		return nil, onDay(err)
	}
	n.State, n.UntilMS = network.StateVisitor, until
	return one(unlistedOut(m, n)), nil
}

// onDay names the place of a fault as the request does: the field of a form is "until".
func onDay(err error) error {
	if f := fault.Of(err); strings.TrimSpace(f.Place) == "until" {
		return f.At("until_on")
	}
	return err
}

func deviceObject(m facilityMap, n network.Node) audit.Object {
	return audit.Object{Kind: "network_device", ID: n.Key, Name: n.Title(), FacilityID: m.id}
}

type unmarkVisitorIn struct {
	Body struct {
		FacilityID string `json:"facility_id,omitempty" maxLength:"100" doc:"Required."`
		Key        string `json:"key,omitempty" maxLength:"500" doc:"Required."`
	}
}

func (a *API) unmarkVisitor(ctx context.Context, p identity.Principal, in *unmarkVisitorIn) (*None, error) {
	m, n, err := a.unlisted(ctx, p, identity.NetworkEdit, in.Body.FacilityID, in.Body.Key, "facility_id")
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, deviceObject(m, n), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"visitor_until": nil}, network.UnmarkVisitor(ctx, tx, m.id, n, a.nowMS())
	})
	return &None{}, err
}
