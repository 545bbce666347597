package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

// bulkFields are what may be set on many devices at once.
var bulkFields = []asset.Field{asset.FieldCustodian, asset.FieldRoom, asset.FieldDepartment, asset.FieldVendor, asset.FieldPatchOwner,
	asset.FieldStatus, asset.FieldCriticality, asset.FieldVerifiedOn}

// assetList shows the ledger, now or of a past day, filtered and sorted by its address.
func assetList(s *site, c *call) error { return assetListPage(s, c, nil) }

// assetListPage is the list; wrong is what was wrong with a form that stands on it.
func assetListPage(_ *site, c *call, wrong error) error {
	query := c.r.URL.Query()
	if wrong != nil {
		query, _ = url.ParseQuery(c.value("query")) // a broken query shows the whole list
	}
	q, err := c.assetQueryOf(query)
	if err != nil {
		return err
	}
	found, err := c.assetPage(q)
	if err != nil {
		return err
	}
	page, err := c.page(c.tr.T("assets.title"))
	if err != nil {
		return err
	}
	page.Script = "assets.js"
	v := &view.AssetList{Page: page, Total: found.Total, AsOf: q.day, AsOfMS: q.atMS, Q: q.filter.Text}
	v.Query = v.Q
	v.CanAdd, v.CanImport = c.who.Can(identity.AssetEdit), c.who.Can(identity.AssetImport)
	v.CanEdit = v.CanAdd && q.day == ""
	v.CanExport = c.who.Can(identity.AssetExport)
	if err := c.fillAssetList(v, q, found); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	if c.htmx() {
		return c.fragment(v, "assets/table")
	}
	return c.render(v)
}

// fillAssetList fills in everything that follows from the query and its answer.
func (c *call) fillAssetList(v *view.AssetList, q assetQuery, found asset.ListPage) error {
	names, err := c.assetNames(c.r.Context(), found.Items...)
	if err != nil {
		return err
	}
	values := q.values(c)
	v.Query = q.filter.Text
	v.Tabs = c.assetTabs(q, values, found.Overview)
	v.Facets, v.Chips = c.assetFacets(q, values, found.Facets, names)
	v.Columns, v.ColumnChoices = c.assetColumns(q, values)
	if v.Rows, err = c.assetRows(q, found.Items, names); err != nil {
		return err
	}
	v.Hidden = hidden(values, "q")
	v.HiddenColumns = hidden(values, "col")
	v.HiddenDay = hidden(values, "as_of")
	v.NowHref = address(assetPath, changed(values, func(u url.Values) { u.Del("as_of") }))
	v.ExportCSV, v.ExportExcel = address(assetPath+"/export.csv", values), address(assetPath+"/export.xlsx", values)
	v.QueryText = values.Encode()
	for _, f := range bulkFields {
		v.Bulk = append(v.Bulk, view.Choice{Value: string(f), Label: c.tr.T("assets.bulk." + string(f)), Icon: bulkIcons[f]})
	}
	for _, n := range pageSizes {
		href := address(assetPath, changed(values, func(u url.Values) { u.Set("limit", strconv.Itoa(n)) }))
		v.Sizes = append(v.Sizes, view.Tab{Href: href, Label: strconv.Itoa(n), Current: n == q.limit})
	}
	v.Pager = pagerOf2(c, &v.Page, values, q.after != "", len(found.Items), found.Total, found.Next)
	return c.assetViews(v, values)
}

// bulkIcons are the pictures of the bulk bar's buttons.
var bulkIcons = map[asset.Field]string{asset.FieldCustodian: "flag", asset.FieldRoom: "building", asset.FieldDepartment: "users",
	asset.FieldVendor: "building-store", asset.FieldPatchOwner: "shield-check", asset.FieldStatus: "refresh",
	asset.FieldCriticality: "alert-triangle", asset.FieldVerifiedOn: "circle-check"}

// pagerOf2 leads through the list and keeps every part of the address.
func pagerOf2(c *call, p *view.Page, values url.Values, later bool, shown, total int, next string) view.Pager {
	first := ""
	if later {
		first = address(assetPath, values)
	}
	if next != "" {
		next = address(assetPath, changed(values, func(u url.Values) { u.Set("after", next) }))
	}
	return p.Pager(c.tr.T("assets.shown", "Total", c.tr.Number(int64(total)), "Count", shown), first, next)
}

// hidden are the parts of an address that a form keeps, without one.
func hidden(values url.Values, but string) []view.Pair {
	var out []view.Pair
	for name, list := range values {
		for _, value := range list {
			if name != but {
				out = append(out, view.Pair{Name: name, Value: value})
			}
		}
	}
	slices.SortFunc(out, func(a, b view.Pair) int { return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
	return out
}

// assetTabs are all, what needs a look, and the kinds that there are; each with the
// rows it leads to.
func (c *call) assetTabs(q assetQuery, values url.Values, o asset.Overview) []view.CountTab {
	counts := map[asset.Kind]int{}
	for _, n := range o.ByKind {
		counts[asset.Kind(n.Value)] = n.N
	}
	attention, kinds := q.filter.Attention, q.filter.Kinds
	tab := func(label string, count int, current bool, edit func(url.Values)) view.CountTab {
		to := changed(values, func(u url.Values) { u.Del("kind"); u.Del("attention"); edit(u) })
		return view.CountTab{Href: address(assetPath, to), Label: label, Count: c.tr.Number(int64(count)), Current: current}
	}
	out := []view.CountTab{
		tab(c.tr.T("assets.tab.all"), o.All, !attention && len(kinds) == 0, func(url.Values) {}),
		tab(c.tr.T("assets.tab.attention"), o.Attention, attention, func(u url.Values) { u.Set("attention", "1") }),
	}
	for _, k := range asset.Kinds {
		chosen := slices.Equal(kinds, []asset.Kind{k})
		if counts[k] > 0 || chosen {
			out = append(out, tab(c.tr.T(kindKey(k)), counts[k], chosen && !attention, func(u url.Values) { u.Set("kind", string(k)) }))
		}
	}
	return out
}

// maxFacetChoices bounds a menu; more are reached by the search field.
const maxFacetChoices = 60

// assetFacets are the menus to choose by and the chips of what is chosen.
func (c *call) assetFacets(q assetQuery, values url.Values, facets []asset.Facet, names assetNames) (menus []view.FacetMenu, chips []view.FilterChip) {
	for _, p := range facetParams {
		label := c.fieldLabel(p.field)
		m := view.FacetMenu{Label: label}
		seen := map[string]bool{}
		for _, f := range facets {
			for i, n := range f.Counts {
				if f.Field != p.field || i >= maxFacetChoices {
					continue
				}
				seen[n.Value] = true
				m.Choices = append(m.Choices, view.FacetChoice{
					Label: c.facetWords(p.field, n.Value, names), Count: c.tr.Number(int64(n.N)), On: slices.Contains(values[p.param], n.Value),
					Href: address(assetPath, toggled(values, p.param, n.Value)),
				})
			}
		}
		for _, value := range values[p.param] {
			words := c.facetWords(p.field, value, names)
			chips = append(chips, c.chip(label+": "+words, toggled(values, p.param, value)))
			if !seen[value] {
				m.Choices = append(m.Choices, view.FacetChoice{Label: words, Count: "0", On: true, Href: address(assetPath, toggled(values, p.param, value))})
			}
		}
		if len(m.Choices) > 0 {
			menus = append(menus, m)
		}
	}
	menus = append(menus, c.checkMenu(q, values))
	return menus, append(chips, c.otherChips(values)...)
}

func (c *call) facetWords(f asset.Field, value string, names assetNames) string {
	if value == "" {
		return c.tr.T("assets.none_set")
	}
	return c.valueWords(f, value, names)
}

func (c *call) chip(label string, without url.Values) view.FilterChip {
	return view.FilterChip{Label: label, Href: address(assetPath, without), Remove: c.tr.T("assets.filter.remove", "Name", label)}
}

// checkMenu holds the filters that are no facet.
func (c *call) checkMenu(q assetQuery, values url.Values) view.FacetMenu {
	m := view.FacetMenu{Label: c.tr.T("assets.check")}
	soon := store.Time(q.nowOr(c.nowMS()) + asset.SupportNearDays*dayMS).In(c.tr.Zone()).Format("2006-01-02")
	for _, f := range []struct{ key, name, value string }{
		{"assets.check.contradicting", "contradicting", "1"}, {"assets.check.incomplete", "incomplete", "1"}, {"assets.check.switched_off", "switched_off", "1"},
		{"silence.state.silent", "silence", "silent"}, {"assets.check.stale", "stale_days", strconv.Itoa(asset.SilentDays)}, {"assets.check.support", "support_ends_by", soon},
		{"assets.check.internet", "internet_facing", "yes"}, {"assets.check.remote", "remote_maintenance", "yes"},
		{"assets.check.patient", "patient_data", "yes"},
	} {
		if q.day != "" && (f.name == "stale_days" || f.name == "silence") {
			continue
		}
		m.Choices = append(m.Choices, view.FacetChoice{Label: c.tr.T(f.key), On: slices.Contains(values[f.name], f.value),
			Href: address(assetPath, toggled(values, f.name, f.value))})
	}
	return m
}

func (q assetQuery) nowOr(nowMS int64) int64 {
	if q.atMS != 0 {
		return q.atMS
	}
	return nowMS
}

// otherChips are the chips of filters that are no facet.
func (c *call) otherChips(values url.Values) []view.FilterChip {
	var out []view.FilterChip
	for _, f := range []struct{ name, key string }{
		{"q", "assets.chip.text"}, {"attention", "assets.tab.attention"}, {"incomplete", "assets.check.incomplete"}, {"switched_off", "assets.check.switched_off"}, {"contradicting", "assets.check.contradicting"},
		{"stale_days", "assets.chip.stale"}, {"silence", "silence.chip"}, {"support_ends_by", "assets.chip.support"}, {"internet_facing", "assets.chip.internet"},
		{"remote_maintenance", "assets.chip.remote"}, {"patient_data", "assets.chip.patient"}, {"system", "assets.chip.system"},
	} {
		for _, value := range values[f.name] {
			words := value
			if f.name == "silence" {
				words = c.tr.T("silence.state." + value)
			}
			if f.name != "q" && c.tr.Has("asset.answer."+value) {
				words = c.tr.T("asset.answer." + value)
			}
			out = append(out, c.chip(c.tr.T(f.key, "Value", words), toggled(values, f.name, value)))
		}
	}
	return out
}

// assetColumns are the headings with their sort links, and what could be chosen.
func (c *call) assetColumns(q assetQuery, values url.Values) (shown []view.AssetColumn, choices []view.Choice) {
	now := q.sort
	if now.By == "" {
		now.By = asset.FieldName
	}
	for _, f := range append([]asset.Field{asset.FieldName}, q.shown()...) {
		col := view.AssetColumn{Label: c.fieldLabel(f)}
		to := string(f)
		if f == now.By {
			col.Sort = "ascending"
			if now.Desc {
				col.Sort = "descending"
			} else {
				to = "-" + to
			}
		}
		col.Href = address(assetPath, changed(values, func(u url.Values) { u.Set("sort", to) }))
		shown = append(shown, col)
	}
	for _, col := range asset.ListColumns() {
		if col.Field != asset.FieldName {
			choices = append(choices, view.Choice{Value: string(col.Field), Label: c.fieldLabel(col.Field), Current: slices.Contains(q.shown(), col.Field)})
		}
	}
	return shown, choices
}

// assetRows puts rows into words.
func (c *call) assetRows(q assetQuery, items []asset.Asset, names assetNames) ([]view.AssetRow, error) {
	rows := make([]view.AssetRow, len(items))
	at := q.nowOr(c.nowMS())
	quiet, err := c.quietOnes(q, items)
	if err != nil {
		return nil, err
	}
	keep := url.Values{}
	if q.day != "" {
		keep.Set("as_of", q.day)
	}
	for i, a := range items {
		row := view.AssetRow{ID: a.ID, Name: c.assetLabel(a), Tag: a.Values[asset.FieldAssetTag], Href: address(assetPath+"/"+a.ID, keep)}
		if len(names.facilities) > 1 && len(q.filter.FacilityIDs) != 1 {
			row.Facility = names.facilities[a.FacilityID]
		}
		for _, f := range q.shown() {
			row.Cells = append(row.Cells, c.assetCell(a, f, names))
		}
		states := c.assetStates(a, at)
		if s := quiet[a.ID]; s != "" && !saysSilent(a, at, c.tr.Zone()) {
			states = append(states, assetState{silenceKinds[s], c.tr.T("silence.state." + string(s))})
		}
		if len(states) == 0 {
			states = []assetState{{"ok", c.tr.T("asset.state.ok")}}
		}
		row.StateKind, row.State = states[0].kind, states[0].words
		for _, more := range states[1:] {
			row.More = append(row.More, more.words)
		}
		rows[i] = row
	}
	return rows, nil
}

// saysSilent: the states of the asset name the days without a report already.
func saysSilent(a asset.Asset, atMS int64, zone *time.Location) bool {
	return slices.ContainsFunc(a.Concerns(atMS, zone), func(w asset.Concern) bool { return w.Reason == asset.ReasonSilent })
}

// quietOnes are those of a page of the ledger that do not report, today; how a source
// stood on a past day is not kept.
func (c *call) quietOnes(q assetQuery, items []asset.Asset) (map[string]silence.State, error) {
	if q.day != "" {
		return nil, nil
	}
	ids := make([]string, len(items))
	for i, a := range items {
		ids[i] = a.ID
	}
	return silence.Worst(c.r.Context(), c.s.deps.DB, ids)
}

// assetCell is one cell of the list.
func (c *call) assetCell(a asset.Asset, f asset.Field, names assetNames) view.AssetCell {
	value := a.Cell(f)
	cell := view.AssetCell{Text: c.valueWords(f, value, names)}
	switch f {
	case asset.FieldKind:
		cell.Icon, cell.Text = kindIcon(a.Kind), c.tr.T(kindKey(a.Kind))
	case asset.FieldLastSeen:
		cell.Number = true
		if a.LastSeenMS != 0 {
			cell.Source, cell.SourceText = string(a.LastSource), c.known("asset.source.", string(a.LastSource))
			if day := a.Values[asset.FieldVerifiedOn]; day != "" {
				cell.Sub = c.tr.T("assets.stocktake", "Day", c.valueWords(asset.FieldVerifiedOn, day, names))
			}
		} else if a.Values[asset.FieldVerifiedOn] != "" {
			cell.Text = c.valueWords(asset.FieldVerifiedOn, a.Values[asset.FieldVerifiedOn], names)
			cell.Source, cell.SourceText = "manual", c.tr.T(assetSourceKey(asset.SourceManual))
		}
	case asset.FieldSource:
		cell.Source, cell.SourceText, cell.Text = value, c.valueWords(f, value, names), ""
	case asset.FieldCustodian:
		cell.Warn = value == ""
		if cell.Warn {
			cell.Text = c.tr.T("assets.undecided")
		}
	case asset.FieldIP, asset.FieldMAC, asset.FieldSerial, asset.FieldSwitchPort:
		cell.Number = true
	}
	return cell
}
