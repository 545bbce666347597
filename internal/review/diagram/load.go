package diagram

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
	"sonae/internal/survey/organisation"
	"sonae/internal/treat/vendor"
)

// Load reads the diagram of a day. Nothing is written: see Number for the revision.
func Load(ctx context.Context, q store.Querier, r Request, tr text.Translator) (*Sheet, error) {
	s := &Sheet{FacilityID: r.FacilityID, Facility: r.Facility, AtMS: r.AtMS, NowMS: r.NowMS, tr: tr}
	var err error
	if r.Graph != nil {
		s.Graph = *r.Graph
	} else if s.Graph, err = network.Map(ctx, q, r.FacilityID, r.AtMS); err == nil {
		recognise.Fill(&s.Graph)
	}
	if err != nil {
		return nil, err
	}
	if s.Outside, err = s.ways(ctx, q); err != nil {
		return nil, err
	}
	if s.Spots, err = network.Spots(ctx, q, r.FacilityID); err != nil {
		return nil, err
	}
	if s.Servers, err = network.DHCPServers(ctx, q, r.FacilityID, r.AtMS); err != nil {
		return nil, err
	}
	if s.Persons, err = s.responsible(ctx, q); err != nil {
		return nil, err
	}
	if s.Hash, err = s.Graph.Hash(s.facts()); err != nil {
		return nil, err
	}
	e, err := network.EditionAt(ctx, q, r.FacilityID, r.AtMS)
	if e.Hash == s.Hash {
		s.Revision = e.Number
	}
	return s, err
}

// facts are what a diagram says beside the graph, the same in every language.
func (s *Sheet) facts() any {
	type fact struct {
		Kind   WayKind
		Vendor string
		Via    []string
	}
	var ways []fact
	for _, w := range s.Outside {
		ways = append(ways, fact{w.Kind, w.Vendor, w.Via})
	}
	return struct {
		Ways    []fact
		Persons []Person
	}{ways, s.names()}
}

// names are the persons without the words for their roles.
func (s *Sheet) names() []Person {
	out := slices.Clone(s.Persons)
	for i := range out {
		out[i].Role = ""
	}
	return out
}

// Number gives the state of now its revision; a state of the past keeps the one that
// it was given on its day. The same state keeps its number.
func (s *Sheet) Number(ctx context.Context, db *store.DB) error {
	if s.Revision != 0 || s.AtMS < s.NowMS {
		return nil
	}
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := network.NextEdition(ctx, tx, s.FacilityID, s.Hash, s.NowMS)
		s.Revision = e.Number
		return err
	})
}

// responsible are those who answer for the systems on the day.
func (s *Sheet) responsible(ctx context.Context, q store.Querier) ([]Person, error) {
	day := store.Time(s.AtMS).In(s.tr.Zone()).Format(time.DateOnly)
	var out []Person
	for _, role := range []organisation.Role{organisation.RoleSafetyManager, organisation.RolePlanner, organisation.RoleSystemOperator} {
		list, err := organisation.Appointments(ctx, q, organisation.AppointmentFilter{Facilities: []string{s.FacilityID}, Role: role, ActiveOn: day})
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			staff, err := organisation.StaffByID(ctx, q, a.StaffID)
			if err != nil {
				return nil, err
			}
			out = append(out, Person{s.tr.T("organisation.role." + string(role)), staff.Name})
		}
	}
	return out, nil
}

// ways are the connections to the outside that the ledger knows.
func (s *Sheet) ways(ctx context.Context, q store.Querier) ([]Way, error) {
	maintained, err := s.assets(ctx, q, asset.Filter{RemoteMaintenance: []string{"yes"}})
	if err != nil {
		return nil, err
	}
	facing, err := s.assets(ctx, q, asset.Filter{InternetFacing: []string{"yes"}})
	if err != nil {
		return nil, err
	}
	vpns, err := s.assets(ctx, q, asset.Filter{Kinds: []asset.Kind{asset.KindVPN}})
	if err != nil {
		return nil, err
	}
	clouds, err := s.assets(ctx, q, asset.Filter{Kinds: []asset.Kind{asset.KindCloud}})
	if err != nil {
		return nil, err
	}
	out, err := s.vendorWays(ctx, q, maintained)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, w := range out {
		for _, k := range w.Via {
			known[k] = true
		}
	}
	if len(facing) > 0 {
		w := Way{Kind: WayInternet, Key: "internet", Label: s.tr.T("map.way.internet"), Party: s.tr.T("map.way.internet.party", "Count", len(facing)), Via: nodeKeys(facing)}
		for _, k := range w.Via {
			known[k] = true
		}
		out = append(out, w)
	}
	if rest := slices.DeleteFunc(nodeKeys(vpns), func(k string) bool { return known[k] }); len(rest) > 0 {
		out = append(out, Way{Kind: WayVPN, Key: "vpn", Label: s.tr.T("map.way.vpn"), Party: s.tr.T("map.way.vpn.party", "Count", len(rest)), Via: rest})
	}
	if len(clouds) > 0 {
		out = append(out, Way{Kind: WayCloud, Key: "cloud", Label: s.tr.T("map.way.cloud"), Party: s.tr.T("map.way.cloud.party", "Count", len(clouds))})
	}
	return out, nil
}

// vendorWays makes one way for each vendor who maintains from afar.
func (s *Sheet) vendorWays(ctx context.Context, q store.Querier, list []asset.Asset) ([]Way, error) {
	by := map[string][]asset.Asset{}
	for _, a := range list {
		id := a.Values[asset.FieldVendor]
		by[id] = append(by[id], a)
	}
	var out []Way
	for id, list := range by {
		w := Way{Kind: WayVendor, Key: "vendor:" + id, Label: id, Party: s.tr.T("map.way.vendor.party", "Count", len(list)), Via: nodeKeys(list)}
		switch {
		case id == "":
			w.Kind, w.Key, w.Label = WayUnnamed, "unnamed", s.tr.T("map.way.unnamed")
		case store.ValidID(id):
			v, err := vendor.ByID(ctx, q, id)
			if err != nil {
				return nil, err
			}
			w.Vendor, w.Label = v.ID, v.Name
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Way) int {
		return cmp.Or(strings.Compare(string(b.Kind), string(a.Kind)), strings.Compare(a.Label, b.Label), strings.Compare(a.Key, b.Key))
	})
	return out, nil
}

func nodeKeys(list []asset.Asset) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = "asset:" + a.ID
	}
	slices.Sort(out)
	return out
}

// assets reads all present devices of the facility that a filter lets through.
func (s *Sheet) assets(ctx context.Context, q store.Querier, f asset.Filter) ([]asset.Asset, error) {
	f.Scope, f.FacilityIDs, f.NowMS = asset.Scope{All: true}, []string{s.FacilityID}, s.NowMS
	var out []asset.Asset
	p := asset.Page{Limit: 200}
	for {
		var page asset.ListPage
		var err error
		if s.AtMS < s.NowMS {
			page, err = asset.ListAsOf(ctx, q, f, p, s.AtMS)
		} else {
			page, err = asset.List(ctx, q, f, p)
		}
		if err != nil {
			return nil, err
		}
		for _, a := range page.Items {
			if a.Status != asset.StatusDisposed {
				out = append(out, a)
			}
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			return out, nil
		}
	}
}
