package web

import (
	"net/url"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/review/diagram"
	"sonae/internal/survey/network"
)

// networkFacility is whose map is meant: the one named, the one in view, or the first
// that the person may see. choices are the others to choose from.
func (c *call) networkFacility(action identity.Action) (f identity.Facility, choices []view.Choice, err error) {
	all, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, action)
	if err != nil {
		return f, nil, err
	}
	all = slices.DeleteFunc(all, func(f identity.Facility) bool { return f.ClosedMS != 0 })
	id := c.r.FormValue("facility")
	if id == "" {
		id = c.facility()
	}
	if id == "" {
		if id, err = c.usualNetwork(all); err != nil {
			return f, nil, err
		}
	}
	for _, one := range all {
		if one.ID == id {
			f = one
		}
		choices = append(choices, view.Choice{Value: one.ID, Label: one.Name, Current: one.ID == id})
	}
	if f.ID == "" || !c.who.CanAt(action, f.ID, "") {
		return f, nil, errNothing
	}
	if len(choices) == 1 {
		return f, nil, nil
	}
	if c.s.sessions.GetString(c.r.Context(), sessionMap) != f.ID {
		c.s.sessions.Put(c.r.Context(), sessionMap, f.ID)
	}
	return f, choices, nil
}

// sessionMap is where the session keeps the facility whose map was looked at last.
const sessionMap = "network_facility"

// usualNetwork is whose map is shown when nobody said: the last one looked at, else the
// one with the largest map.
func (c *call) usualNetwork(all []identity.Facility) (string, error) {
	if len(all) == 0 {
		return "", nil
	}
	has := func(id string) bool {
		return slices.ContainsFunc(all, func(f identity.Facility) bool { return f.ID == id })
	}
	if last := c.s.sessions.GetString(c.r.Context(), sessionMap); has(last) {
		return last, nil
	}
	size, err := network.Sizes(c.r.Context(), c.s.deps.DB)
	best := all[0].ID
	for _, f := range all {
		if size[f.ID] > size[best] {
			best = f.ID
		}
	}
	return best, err
}

// networkSheet reads the diagram that the address asks for. day is empty for now.
func (c *call) networkSheet(f identity.Facility) (s *diagram.Sheet, day string, err error) {
	r := diagram.Request{FacilityID: f.ID, Facility: f.Name, AtMS: c.nowMS(), NowMS: c.nowMS()}
	if asked := c.r.URL.Query().Get("as_of"); asked != "" {
		at, iso, err := c.endOfDay(asked)
		if err != nil {
			return nil, "", err
		}
		if at != 0 {
			r.AtMS, day = at, iso
		}
	}
	if day == "" {
		g, err := c.s.atlas.Now(c.r.Context(), c.s.deps.DB, f.ID, r.NowMS)
		if err != nil {
			return nil, "", err
		}
		r.Graph = &g
	}
	if s, err = diagram.Load(c.r.Context(), c.s.deps.DB, r, c.tr); err != nil {
		return nil, "", err
	}
	return s, day, s.Number(c.r.Context(), c.s.deps.DB)
}

// networkPage is a page of the network as it is put together.
type networkPage struct {
	*call
	places []view.Choice // facilities to choose from; empty: only one
	sheet  *diagram.Sheet
	day    string     // shown; empty = now
	values url.Values // canonical: facility, day and filter
	v      *view.NetworkMap
	nodes  map[string]network.Node
	hung   map[string][]diagram.Place
	match  func(network.Node) bool // nil: no filter
	index  map[string]int          // Node.Key → place in the graph
	steps  []string                // Node.Key along the way that was looked for
	fresh  []string                // Node.Key of what came or moved since the other day
}

// openNetwork reads what every page of the network begins with.
func (c *call) openNetwork() (*networkPage, error) {
	p := &networkPage{call: c, values: url.Values{}, nodes: map[string]network.Node{}, index: map[string]int{}}
	f, places, err := c.networkFacility(identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	if p.sheet, p.day, err = c.networkSheet(f); err != nil {
		return nil, err
	}
	for i, n := range p.sheet.Graph.Nodes {
		p.nodes[n.Key], p.index[n.Key] = n, i
	}
	if p.places = places; len(places) > 0 {
		p.values.Set("facility", f.ID)
	}
	if p.day != "" {
		p.values.Set("as_of", p.day)
	}
	return p, nil
}
