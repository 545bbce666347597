package diagram

import (
	"context"
	"slices"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
	"sonae/internal/survey/organisation"
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
		Kind     WayKind
		Key      string
		Name     string
		Line     network.Line
		Vendor   string
		Party    string
		Machines int
		Via      []string
	}
	var ways []fact
	for _, w := range s.Outside {
		ways = append(ways, fact{w.Kind, w.Key, w.name, w.Line, w.Vendor, w.party, w.machines, w.Via})
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
