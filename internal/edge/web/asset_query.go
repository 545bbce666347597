package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
)

// assetPath is the ledger's list.
const assetPath = "/assets"

// defaultColumns are those the list shows when nobody chose; the name comes before
// them and the state after them, always.
var defaultColumns = []asset.Field{asset.FieldKind, asset.FieldRoom, asset.FieldCustodian, asset.FieldOSName, asset.FieldIP, asset.FieldLastSeen}

// facetParams are the parts of the address by facet field; the order is that of the
// menus.
var facetParams = []struct {
	field asset.Field
	param string
}{
	{asset.FieldKind, "kind"}, {asset.FieldStatus, "status"}, {asset.FieldRoom, "room"}, {asset.FieldDepartment, "department"},
	{asset.FieldCustodian, "custodian"}, {asset.FieldOSName, "os"}, {asset.FieldVendor, "vendor"}, {asset.FieldCriticality, "criticality"},
	{asset.FieldSource, "source"},
}

// pageSizes are the numbers of rows a page may have.
var pageSizes = []int{50, 100, 200}

// assetQuery is what the address of the list asks for.
type assetQuery struct {
	filter  asset.Filter
	sort    asset.Sort
	columns []asset.Field // without name; nil = default
	limit   int
	after   string
	atMS    int64
	day     string // of atMS; empty = now
}

// assetQueryOf reads the address. Rights and the facility in view are added.
func (c *call) assetQueryOf(query url.Values) (assetQuery, error) {
	f, err := asset.ParseFilter(query)
	if err != nil {
		return assetQuery{}, err
	}
	f.Text = clean(f.Text, 400)
	q := assetQuery{filter: f, limit: pageSizes[0], after: query.Get("after")}
	q.restrict(c)
	if by := query.Get("sort"); by != "" {
		q.sort = asset.Sort{By: asset.Field(strings.TrimPrefix(by, "-")), Desc: strings.HasPrefix(by, "-")}
		if !slices.Contains(asset.SortFields(), q.sort.By) {
			return q, fault.Invalid("asset.error.sort").At("sort")
		}
	}
	for _, col := range query["col"] {
		if f := asset.Field(col); listColumn(f) && f != asset.FieldName && !slices.Contains(q.columns, f) {
			q.columns = append(q.columns, f)
		}
	}
	if n, err := strconv.Atoi(query.Get("limit")); err == nil && slices.Contains(pageSizes, n) {
		q.limit = n
	}
	if day := clean(query.Get("as_of"), 40); day != "" {
		q.atMS, q.day, err = c.endOfDay(day)
	}
	return q, err
}

// restrict keeps the list inside the person's rights and the facility in view.
func (q *assetQuery) restrict(c *call) {
	q.filter.Scope, q.filter.NowMS, q.filter.Zone = c.assetScope(identity.AssetRead), c.nowMS(), c.tr.Zone()
	if now := c.facility(); now != "" && len(q.filter.FacilityIDs) == 0 {
		q.filter.FacilityIDs = []string{now}
	}
}

func listColumn(f asset.Field) bool {
	return slices.ContainsFunc(asset.ListColumns(), func(c asset.Column) bool { return c.Field == f })
}

// shown are the columns in the order of the ledger.
func (q assetQuery) shown() []asset.Field {
	want := q.columns
	if len(want) == 0 {
		want = defaultColumns
	}
	var out []asset.Field
	for _, col := range asset.ListColumns() {
		if slices.Contains(want, col.Field) {
			out = append(out, col.Field)
		}
	}
	return out
}

// values writes the query back, without the place in the list. The facility in view
// is not part of the address unless it was chosen there.
func (q assetQuery) values(c *call) url.Values {
	f := q.filter
	if now := c.facility(); now != "" && slices.Equal(f.FacilityIDs, []string{now}) {
		f.FacilityIDs = nil
	}
	out := f.Query()
	if q.sort.By != "" {
		by := string(q.sort.By)
		if q.sort.Desc {
			by = "-" + by
		}
		out.Set("sort", by)
	}
	for _, col := range q.columns {
		out.Add("col", string(col))
	}
	if q.limit != pageSizes[0] {
		out.Set("limit", strconv.Itoa(q.limit))
	}
	if q.day != "" {
		out.Set("as_of", q.day)
	}
	return out
}

// without gives the values with one part changed by edit.
func changed(values url.Values, edit func(url.Values)) url.Values {
	out := url.Values{}
	for name, list := range values {
		out[name] = slices.Clone(list)
	}
	edit(out)
	return out
}

// toggled adds a value of a repeated part, or takes it away when it is there.
func toggled(values url.Values, name, value string) url.Values {
	return changed(values, func(v url.Values) {
		if i := slices.Index(v[name], value); i >= 0 {
			v[name] = slices.Delete(v[name], i, i+1)
		} else {
			v.Add(name, value)
		}
		if len(v[name]) == 0 {
			v.Del(name)
		}
	})
}

// assetPage is one page of the list, now or of a past day.
func (c *call) assetPage(q assetQuery) (asset.ListPage, error) {
	ctx, db := c.r.Context(), c.s.deps.DB
	page := asset.Page{Sort: q.sort, Limit: q.limit, Cursor: q.after, Facets: true}
	if q.atMS != 0 {
		return asset.ListAsOf(ctx, db, q.filter, page, q.atMS)
	}
	return asset.List(ctx, db, q.filter, page)
}

// eachAsset walks all rows of the query, for exports.
func (c *call) eachAsset(q assetQuery, fn func(asset.Asset) error) error {
	ctx, db := c.r.Context(), c.s.deps.DB
	if q.atMS != 0 {
		return asset.EachRowAsOf(ctx, db, q.filter, q.atMS, fn)
	}
	return asset.EachRow(ctx, db, q.filter, fn)
}
