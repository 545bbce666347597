package diagram

import (
	"context"
	"slices"

	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
	"sonae/internal/treat/vendor"
)

// WayKind says how a connection to the outside is known. Shown by "map.way." + word.
type WayKind string

// Kinds of connections.
const (
	WayRegistered WayKind = "registered" // in the register of ways in
	WayProposed   WayKind = "proposed"   // was seen and may be one; nobody said so yet
	WayCloud      WayKind = "cloud"      // services elsewhere: nobody comes in by them
)

// Way is a connection to the outside.
type Way struct {
	Kind   WayKind
	Key    string // stable and unique
	Label  string
	Party  string       // second line: what it runs over and who is behind it, or why it is proposed
	Line   network.Line // of a registered way
	ID     string       // of a registered way
	Vendor string       // ID of the vendor; empty = none
	Via    []string     // Node.Key of the devices it comes in by; empty: not known

	// What its words are made from, the same in every language.
	name, party string
	machines    int
}

// Entry reports whether somebody can come in by it, as far as is known.
func (w Way) Entry() bool { return w.Kind != WayCloud }

// lineIcons are the pictures of lines.
var lineIcons = map[network.Line]string{network.LineVPN: "shield-lock", network.LineDedicated: "plug-connected", network.LineMobile: "phone-call", network.LineInternet: "world",
	network.LineDialUp: "phone-call", network.LineWireless: "wifi", network.LineAgent: "device-desktop", network.LineUnknown: "question-mark"}

// outside is the way as the layout takes it.
func (w Way) outside() layout.Outside {
	o := layout.Outside{Key: w.Key, Label: w.Label, Party: w.Party, Via: w.Via}
	switch w.Kind {
	case WayRegistered:
		o.Tone, o.Icon = layout.ToneEntry, lineIcons[w.Line]
	case WayProposed:
		o.Tone, o.Icon = layout.ToneProposed, "question-mark"
	case WayCloud:
		o.Icon = "cloud"
	}
	return o
}

// ways are the connections to the outside: those of the register as it was on the day,
// then, on the map of now, what may be one, then services elsewhere.
func (s *Sheet) ways(ctx context.Context, q store.Querier) ([]Way, error) {
	list, err := network.Externals(ctx, q, []string{s.FacilityID}, s.AtMS)
	if err != nil {
		return nil, err
	}
	var out []Way
	for _, e := range list {
		out = append(out, registered(e, s.tr))
	}
	if s.AtMS >= s.NowMS {
		open, err := network.Proposals(ctx, q, s.FacilityID, s.NowMS)
		if err != nil {
			return nil, err
		}
		more, err := s.proposed(ctx, q, open)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	clouds, err := s.assets(ctx, q, asset.Filter{Kinds: []asset.Kind{asset.KindCloud}})
	if err == nil && len(clouds) > 0 {
		out = append(out, Way{Kind: WayCloud, Key: "cloud", Label: s.tr.T("map.way.cloud"), Party: s.tr.T("map.way.cloud.party", "Count", len(clouds)), machines: len(clouds)})
	}
	return out, err
}

// registered is a way of the register.
func registered(e network.External, tr text.Translator) Way {
	w := Way{Kind: WayRegistered, Key: "external:" + e.ID, ID: e.ID, Label: e.Name, Line: e.Line, Vendor: e.VendorID, name: e.Name, party: e.Party}
	w.Party = tr.T("external.line."+string(e.Line)) + tr.T("map.joint") + e.Party
	if e.AssetID != "" {
		w.Via = []string{"asset:" + e.AssetID}
	}
	return w
}

// mostProposed is how many proposals of one kind stand one by one at the edge of the
// map; more of them say "look at the register", which one box says.
const mostProposed = 8

// proposed are the ways that nobody registered yet.
func (s *Sheet) proposed(ctx context.Context, q store.Querier, list []network.Proposal) ([]Way, error) {
	var out []Way
	for _, kind := range network.ProposalKinds {
		var ways []Way
		for _, p := range list {
			if p.Kind != kind {
				continue
			}
			w, err := s.proposal(ctx, q, p)
			if err != nil {
				return nil, err
			}
			ways = append(ways, w)
		}
		if len(ways) > mostProposed {
			ways = []Way{s.crowd(kind, ways)}
		}
		out = append(out, ways...)
	}
	return out, nil
}

func (s *Sheet) proposal(ctx context.Context, q store.Querier, p network.Proposal) (Way, error) {
	why := s.tr.T("map.way.why." + string(p.Kind))
	w := Way{Kind: WayProposed, Key: "proposal:" + p.Key, Label: p.Name, Vendor: p.VendorID, name: p.Name, machines: p.Machines}
	if w.Label == "" {
		w.Label = p.Proof
	}
	w.Party = s.tr.T("map.way.proposed.party", "Why", why)
	if p.Machines > 1 {
		w.Party = s.tr.T("map.way.proposed.many", "Why", why, "Count", p.Machines)
	}
	for _, id := range p.Devices {
		w.Via = append(w.Via, "asset:"+id)
	}
	if p.Kind == network.ProposeBox && p.VendorID != "" {
		v, err := vendor.ByID(ctx, q, p.VendorID)
		if err != nil {
			return w, err
		}
		w.party, w.Party = v.Name, w.Party+s.tr.T("map.joint")+v.Name
	}
	return w, nil
}

// crowd stands for many proposals of one kind.
func (s *Sheet) crowd(kind network.ProposalKind, ways []Way) Way {
	w := Way{Kind: WayProposed, Key: "proposals:" + string(kind), Label: s.tr.T("external.proposal." + string(kind)), Party: s.tr.T("map.way.proposed.crowd", "Count", len(ways)), machines: len(ways)}
	for _, one := range ways {
		w.Via = append(w.Via, one.Via...)
	}
	slices.Sort(w.Via)
	w.Via = slices.Compact(w.Via)
	return w
}
