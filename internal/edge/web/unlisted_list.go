package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// unlistedPath is the list of devices that are on the network and not in the ledger.
const unlistedPath = "/unlisted"

// unlistedPage is how many devices one page shows.
const unlistedPage = 50

// unlistedKinds are the states of the list's tabs with their badges.
var unlistedKinds = []struct {
	state network.NodeState
	badge string
}{{network.StateUnlisted, "warn"}, {network.StateOverdue, "danger"}, {network.StateVisitor, "exc"}}

// unlistedMap is the map of one facility that the reader may see whole: a device that is
// in no ledger belongs to no department yet.
type unlistedMap struct {
	id, name string
	graph    network.Graph
}

// wholeMap is the map of a facility that a form or an address names, with the right to do
// something to what is seen there.
func (c *call) wholeMap(facilityID string, do identity.Action) (m unlistedMap, err error) {
	if !store.ValidID(facilityID) {
		return m, errNothing
	}
	if err := c.need(identity.NetworkRead, do, facilityID, ""); err != nil {
		return m, err
	}
	f, err := c.s.deps.Identity.FacilityByID(c.r.Context(), c.s.deps.DB, facilityID)
	if err != nil {
		return m, err
	}
	g, err := c.s.atlas.Now(c.r.Context(), c.s.deps.DB, f.ID, c.nowMS())
	return unlistedMap{f.ID, f.Name, g}, err
}

// endOf reads the day that a field names as a time: its end. 0 = none was named.
func (c *call) endOf(field string) (untilMS int64, err error) {
	day, err := c.day(field)
	if err != nil || day == "" {
		return 0, err
	}
	at, err := time.ParseInLocation(time.DateOnly, day, text.Tokyo())
	return store.MS(at.AddDate(0, 0, 1)), err
}

// unlistedPlaces are the facilities in view whose network the person may see whole.
func (c *call) unlistedPlaces(action identity.Action) ([]identity.Facility, error) {
	all, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, action)
	now := c.facility()
	return slices.DeleteFunc(all, func(f identity.Facility) bool {
		return f.ClosedMS != 0 || now != "" && f.ID != now || !c.who.CanAt(action, f.ID, "")
	}), err
}

// unlistedMaps makes the maps of the facilities in view.
func (c *call) unlistedMaps(action identity.Action) ([]unlistedMap, error) {
	places, err := c.unlistedPlaces(action)
	var out []unlistedMap
	for _, f := range places {
		g, err := c.s.atlas.Now(c.r.Context(), c.s.deps.DB, f.ID, c.nowMS())
		if err != nil {
			return nil, err
		}
		out = append(out, unlistedMap{f.ID, f.Name, g})
	}
	return out, err
}

// unlistedCount is how many devices waited for somebody within the last minute: not
// listed, or overdue.
func (c *call) unlistedCount(action identity.Action) (n int, err error) {
	places, err := c.unlistedPlaces(action)
	for _, f := range places {
		g, _, err := c.s.atlas.Lately(c.r.Context(), c.s.deps.DB, f.ID, c.nowMS())
		if err != nil {
			return 0, err
		}
		for _, node := range g.Nodes {
			if node.State == network.StateUnlisted || node.State == network.StateOverdue {
				n++
			}
		}
	}
	return n, err
}

func (c *call) countUnlisted(item *view.NavItem) (err error) {
	item.Count, err = c.unlistedCount(identity.NetworkRead)
	item.CountLabel = c.tr.T("unlisted.count", "Count", item.Count)
	return err
}

// unlistedList shows devices that were seen on the network and are not in the ledger, and
// what was seen and cannot all be true.
func unlistedList(_ *site, c *call) error {
	page, err := c.page(c.tr.T("unlisted.title"))
	if err != nil {
		return err
	}
	maps, err := c.unlistedMaps(identity.NetworkRead)
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	v := &view.UnlistedList{Page: page, State: query.Get("state"), Q: query.Get("q"), Many: len(maps) > 1}
	if !slices.Contains([]network.NodeState{network.StateOverdue, network.StateVisitor}, network.NodeState(v.State)) {
		v.State = string(network.StateUnlisted)
	}
	counts := map[network.NodeState]int{}
	var rows []view.UnlistedRow
	for _, m := range maps {
		rows = append(rows, c.unlistedRows(m, v, counts)...)
		open, aside, err := c.networkFindings(m)
		if err != nil {
			return err
		}
		v.Findings, v.Aside = append(v.Findings, open...), append(v.Aside, aside...)
	}
	for _, k := range unlistedKinds {
		v.Tabs = append(v.Tabs, view.CountTab{Href: address(unlistedPath, url.Values{"state": {string(k.state)}}), Label: c.tr.T("network.state." + string(k.state)),
			Count: c.tr.Number(int64(counts[k.state])), Current: v.State == string(k.state)})
	}
	// The newest first: a device that came today is what somebody looks for.
	slices.SortStableFunc(rows, func(a, b view.UnlistedRow) int { return int(min(max(b.FirstMS-a.FirstMS, -1), 1)) })
	c.unlistedPager(v, rows)
	return c.render(v)
}

// unlistedPager cuts the page out of the rows; the cursor is the address of the last one.
func (c *call) unlistedPager(v *view.UnlistedList, rows []view.UnlistedRow) {
	start := 0
	if after := c.r.URL.Query().Get("after"); after != "" {
		start = slices.IndexFunc(rows, func(r view.UnlistedRow) bool { return r.Href == after }) + 1
	}
	end := min(start+unlistedPage, len(rows))
	next := ""
	if end < len(rows) {
		next = rows[end-1].Href
	}
	v.Rows = rows[start:end]
	v.Pager = pagerOf(c, &v.Page, unlistedPath, url.Values{"state": {v.State}, "q": {v.Q}}, len(v.Rows), int64(len(rows)), next)
}

func (c *call) unlistedRows(m unlistedMap, v *view.UnlistedList, counts map[network.NodeState]int) []view.UnlistedRow {
	sockets := m.graph.Sockets()
	words := network.NewWords(c.tr, m.graph)
	var out []view.UnlistedRow
	for _, n := range m.graph.Nodes {
		v.Seeing = v.Seeing || len(n.Keys) > 0
		if n.State == network.StateListed {
			continue
		}
		row := c.unlistedRow(m, n, words)
		if at, ok := sockets[n.Key]; ok {
			row.Place, row.PlaceKind = c.socketWords(at)
		}
		counts[n.State]++
		if string(n.State) == v.State && matches(row, v.Q) {
			out = append(out, row)
		}
	}
	return out
}

func (c *call) unlistedRow(m unlistedMap, n network.Node, words network.Words) view.UnlistedRow {
	row := view.UnlistedRow{Href: unlistedAddress(m.id, n.Key), Name: n.Title(), Icon: kindIcon(asset.Kind(n.Kind)), Kind: c.nodeKind(n), Maker: strings.TrimSpace(n.Maker + " " + n.Model),
		Addresses: n.Addrs, Segments: words.Segments(n.Segments), Facility: m.name, State: c.tr.T("network.state." + string(n.State)), FirstMS: n.FirstMS, LastMS: n.LastMS}
	if len(n.MACs) > 0 {
		row.MAC = network.MACText(n.MACs[0])
	}
	for _, k := range unlistedKinds {
		if k.state == n.State {
			row.StateKind = k.badge
		}
	}
	if n.UntilMS != 0 {
		row.Until = c.tr.T("unlisted.until", "At", c.lastDay(n.UntilMS))
	}
	return row
}

// lastDay is the last day before a time, in words.
func (c *call) lastDay(untilMS int64) string {
	return c.dayText(store.Time(untilMS - 1).In(text.Tokyo()).Format("2006-01-02"))
}

// nodeKind names what a device is, as far as known.
func (c *call) nodeKind(n network.Node) string {
	if n.Kind == "" {
		return c.tr.T("unlisted.kind.unknown")
	}
	return c.known("asset.kind.", n.Kind)
}

// socketWords say where a device hangs.
func (c *call) socketWords(at network.Socket) (place, kind string) {
	return strings.TrimSpace(at.Node.Title() + " " + at.Port), c.tr.T("network.link." + string(at.Kind))
}

// matches reports whether a row has the words that somebody looks for.
func matches(row view.UnlistedRow, q string) bool {
	return network.Matches(q, append([]string{row.Name, row.Kind, row.Maker, row.MAC, strings.ReplaceAll(row.MAC, ":", ""), row.Place}, append(row.Addresses, row.Segments...)...)...)
}

func unlistedAddress(facilityID, key string) string {
	return address(unlistedPath+"/device", url.Values{"facility": {facilityID}, "key": {key}})
}
