package web

import (
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/chart"
	"sonae/internal/platform/store"
	"sonae/internal/review/diagram"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/layout"
)

const (
	networkPath = "/network"
	networkRows = 200 // devices in the table; the export holds all
)

// networkMap shows the map of a facility.
func networkMap(_ *site, c *call) error {
	p, err := c.openNetwork()
	if err != nil {
		return err
	}
	page, err := c.page(c.tr.T("map.title"))
	if err != nil {
		return err
	}
	page.Script = "map.js"
	sheet, id := p.sheet, p.sheet.FacilityID
	p.hung = sheet.Hung()
	p.v = &view.NetworkMap{Page: page, FacilityID: id, Places: p.places, AsOf: p.day, AsOfWords: sheet.AsOf(), Mark: sheet.Mark(), Counts: sheet.Counts(),
		CanEdit: c.who.CanAt(identity.NetworkEdit, id, "") && p.day == "", Moved: len(sheet.Spots) > 0}
	if err := p.filter(); err != nil {
		return err
	}
	if err := p.draw(); err != nil {
		return err
	}
	p.ways()
	p.segments()
	p.devices()
	p.path()
	p.port()
	p.exports(id)
	if err := p.changes(); err != nil {
		return err
	}
	p.notice()
	p.live()
	return c.render(p.v)
}

// href is the address of the page with other values.
func (p *networkPage) href(edit func(url.Values)) string {
	return address(networkPath, changed(p.values, edit))
}

// nodeHref leads to a device: its page in the ledger, or its row in the table.
func (p *networkPage) nodeHref(key string) string {
	n := p.nodes[key]
	if n.AssetID != "" && p.who.Can(identity.AssetRead) {
		return "/assets/" + n.AssetID
	}
	if n.Key != "" && n.AssetID == "" && p.day == "" {
		return address(unlistedPath+"/device", url.Values{"facility": {p.sheet.FacilityID}, "key": {key}})
	}
	return p.href(func(u url.Values) { clearNetwork(u); u.Set("node", key) }) + "#devices"
}

func (p *networkPage) link(key string) view.NetworkLink {
	n, ok := p.nodes[key]
	if !ok {
		return view.NetworkLink{Name: layout.Plain(key)}
	}
	return view.NetworkLink{Name: p.sheet.NodeName(n), Href: p.nodeHref(key)}
}

// draw makes the drawing inside the page.
func (p *networkPage) draw() error {
	fig := p.sheet.Overview()
	p.v.Label = p.tr.T("map.label", "Ways", len(p.sheet.Outside), "Segments", len(p.sheet.Graph.Segments))
	d := p.sheet.Draw(fig, p.v.Label, p.boxHref)
	if p.match != nil {
		p.dim(fig, &d)
	}
	p.v.Fit = p.r.URL.Query().Get("view") == "fit"
	p.v.FitHref = p.href(func(u url.Values) {
		if !p.v.Fit {
			u.Set("view", "fit")
		}
	})
	class := "map-svg"
	if p.v.Fit {
		class += " map-fit"
	}
	var b strings.Builder
	if err := d.SVG(&b, chart.SVGOptions{Inline: true, Class: class}); err != nil {
		return err
	}
	p.v.Drawing = template.HTML(b.String()) //nolint:gosec // chart escapes every text; its test feeds it markup
	return nil
}

// boxHref is where a box of the drawing leads.
func (p *networkPage) boxHref(b layout.Box) string {
	switch {
	case b.Kind == layout.BoxArea && b.Key == "area:outside":
		return "#ways"
	case b.Kind == layout.BoxArea:
		return p.segmentHref(b.Segment)
	case b.Kind == layout.BoxOutside:
		for _, w := range p.sheet.Outside {
			if "outside:"+w.Key == b.Key {
				return p.wayHref(w)
			}
		}
		return "#ways"
	case len(b.Members) == 1:
		return p.nodeHref(b.Members[0])
	case len(b.Members) == 0:
		return ""
	}
	return p.href(func(u url.Values) {
		clearNetwork(u)
		if b.Segment != "" {
			u.Set("segment", b.Segment)
		} else if b.In != "" {
			u.Set("segment", "none")
		}
		u.Set("kind", orSame(p.nodes[b.Members[0]].Kind, "unknown"))
	}) + "#devices"
}

func (p *networkPage) segmentHref(id string) string {
	return p.href(func(u url.Values) { clearNetwork(u); u.Set("segment", orSame(id, "none")) }) + "#devices"
}

// dim marks what the filter does not let through.
func (p *networkPage) dim(fig layout.Figure, d *chart.Drawing) {
	keep := map[string]bool{}
	for _, b := range fig.Boxes {
		if b.Kind == layout.BoxArea || slices.ContainsFunc(b.Members, func(k string) bool { return p.match(p.nodes[k]) }) {
			keep[b.Key] = true
		}
	}
	for i := range d.Items {
		if it := &d.Items[i]; it.Class != "" && !keep[it.Key] {
			it.Class += " m-dim"
		}
	}
}

// ways lists the connections to the outside.
func (p *networkPage) ways() {
	for _, w := range p.sheet.Outside {
		row := view.NetworkWay{Label: layout.Plain(w.Label), Party: layout.Plain(w.Party), Entry: w.Entry(), Proposed: w.Kind == diagram.WayProposed, Href: p.wayHref(w)}
		for _, k := range w.Via {
			if _, ok := p.nodes[k]; ok {
				row.Devices = append(row.Devices, p.link(k))
			}
		}
		if w.Entry() {
			p.v.Entries++
		}
		p.v.Ways = append(p.v.Ways, row)
	}
}

// wayHref is where a connection to the outside is written down.
func (p *networkPage) wayHref(w diagram.Way) string {
	switch {
	case w.Kind == diagram.WayRegistered:
		return externalPath + "/" + w.ID
	case w.Kind == diagram.WayProposed:
		return externalPath + "#prop-h"
	case p.who.Can(identity.AssetRead):
		return address(assetPath, url.Values{"facility": {p.sheet.FacilityID}, "kind": {string(asset.KindCloud)}})
	}
	return ""
}

// notice says what needs a look.
func (p *networkPage) notice() {
	unlisted, overdue := 0, 0
	for _, n := range p.sheet.Graph.Nodes {
		switch n.State {
		case network.StateUnlisted:
			unlisted++
		case network.StateOverdue:
			overdue++
		}
	}
	if unlisted+overdue+len(p.sheet.Graph.Clashes) > 0 {
		p.v.Notice = p.tr.T("map.notice", "Unlisted", unlisted, "Overdue", overdue, "Clashes", len(p.sheet.Graph.Clashes))
	}
}

// exports are the files that can be made of the map.
func (p *networkPage) exports(facilityID string) {
	p.v.Addresses, p.v.SegmentList = address("/network/addresses", p.values), address(segmentPath, p.values)
	if !p.who.CanAt(identity.NetworkExport, facilityID, "") {
		return
	}
	add := func(key, icon, format, paper string) {
		u := url.Values{"format": {format}, "facility": {facilityID}}
		if paper != "" {
			u.Set("paper", paper)
		}
		if p.v.AsOf != "" {
			u.Set("as_of", p.v.AsOf)
		}
		p.v.Exports = append(p.v.Exports, view.NetworkExport{Label: p.tr.T(key), Href: address("/network/export", u), Icon: icon})
	}
	add("map.export.a3", "file-type-pdf", "pdf", "a3")
	add("map.export.a4", "file-type-pdf", "pdf", "a4")
	add("map.export.svg", "download", "svg", "")
	add("map.export.drawio", "download", "drawio", "")
	add("map.export.graphml", "download", "graphml", "")
	add("map.export.csv", "file-spreadsheet", "csv", "")
}

// maxChanges is how many differences the page names.
const maxChanges = 30

// changes compares with another day, by default that of a month ago.
func (p *networkPage) changes() error {
	shown := store.Time(p.sheet.AtMS).In(p.tr.Zone())
	before := shown.AddDate(0, -1, 0)
	if asked := p.r.URL.Query().Get("since"); asked != "" {
		at, _, err := p.endOfDay(asked)
		if err != nil {
			return err
		}
		if at != 0 && at < p.sheet.AtMS {
			before = store.Time(at).In(p.tr.Zone())
		}
	}
	p.v.Since, p.v.SinceWords = before.Format(time.DateOnly), p.tr.Date(before)
	was, err := network.Map(p.r.Context(), p.s.deps.DB, p.sheet.FacilityID, store.MS(before))
	if err != nil {
		return err
	}
	d := network.Compare(was, p.sheet.Graph)
	icons := map[network.ChangeKind]string{network.ChangeAdded: "plus", network.ChangeGone: "minus", network.ChangeMoved: "git-compare"}
	for _, ch := range d.Devices {
		row := view.NetworkChange{Icon: icons[ch.Kind], Words: p.tr.T("map.change." + string(ch.Kind)), Name: p.sheet.NodeName(ch.Node)}
		if ch.Kind != network.ChangeGone {
			p.fresh = append(p.fresh, ch.Node.Key)
			row.Href = p.nodeHref(ch.Node.Key)
		}
		if ch.Kind == network.ChangeMoved {
			row.Detail = p.tr.T("map.change.moved.detail", "From", p.spokes(ch.From), "To", p.spokes(ch.To))
		}
		p.v.Changes = append(p.v.Changes, row)
	}
	for _, ch := range d.Links {
		p.v.Changes = append(p.v.Changes, view.NetworkChange{Icon: icons[ch.Kind], Words: p.tr.T("map.change.link." + string(ch.Kind)),
			Name: strings.Join(p.sheet.NamesOf([]string{ch.Link.A, ch.Link.B}), " – ")})
	}
	if n := len(p.v.Changes); n > maxChanges {
		p.v.Changes, p.v.ChangesMore = p.v.Changes[:maxChanges], n-maxChanges
	}
	return nil
}

// spokes names places where a device hangs.
func (p *networkPage) spokes(list []network.Spoke) string {
	var out []string
	for _, s := range list {
		out = append(out, strings.TrimSpace(strings.Join(p.sheet.NamesOf([]string{s.Node}), "")+" "+layout.Plain(s.Port)))
	}
	return strings.Join(out, ", ")
}
