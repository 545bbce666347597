package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
)

// The ledger of a past day is rebuilt from the facts of that day; the filter then
// works on the rebuilt rows, with the same rules as the database's list.

// pastRows are the assets of the day that pass the filter, in order, and the counts
// by facet.
func (c *call) pastRows(q assetQuery) ([]asset.Asset, []asset.Facet, error) {
	counts := map[asset.Field]map[string]int{}
	for _, p := range facetParams {
		counts[p.field] = map[string]int{}
	}
	chosen := q.filter.Query()
	var rows []asset.Asset
	err := asset.EachAsOf(c.r.Context(), c.s.deps.DB, q.filter.Scope, q.atMS, func(a asset.Asset) error {
		if !c.pastPasses(q, a) {
			return nil
		}
		var failed []asset.Field
		for _, p := range facetParams {
			if !choicePasses(a, p.field, chosen[p.param]) {
				failed = append(failed, p.field)
			}
		}
		switch len(failed) {
		case 0:
			rows = append(rows, a)
			for field, n := range counts {
				n[a.Cell(field)]++
			}
		case 1:
			counts[failed[0]][a.Cell(failed[0])]++
		}
		return nil
	})
	sortPast(rows, q.sort)
	return rows, facetsOf(counts), err
}

// pastPasses applies every condition that is no choice of a facet. What only the
// present knows (systems, seen for so long) is refused by pastPage.
func (c *call) pastPasses(q assetQuery, a asset.Asset) bool {
	f := q.filter
	if len(f.FacilityIDs) > 0 && !slices.Contains(f.FacilityIDs, a.FacilityID) ||
		f.Incomplete && a.Missing == 0 || f.Contradicting && a.Contradictions == 0 {
		return false
	}
	if end := a.Values[asset.FieldSupportEndsOn]; f.SupportEndsBy != "" && (end == "" || end > f.SupportEndsBy) {
		return false
	}
	for field, want := range map[asset.Field][]string{asset.FieldRemoteMaintenance: f.RemoteMaintenance,
		asset.FieldInternetFacing: f.InternetFacing, asset.FieldPatientData: f.PatientData} {
		have := cmp.Or(a.Values[field], "unknown")
		if len(want) > 0 && !slices.Contains(want, have) {
			return false
		}
	}
	if q.attention && len(c.assetStates(a, q.atMS)) == 0 {
		return false
	}
	return f.Text == "" || textPasses(a, f.Text)
}

func textPasses(a asset.Asset, text string) bool {
	var b strings.Builder
	for _, f := range asset.Fields {
		if f.Search {
			b.WriteString(a.Values[f.Name] + "\n")
		}
	}
	all := folded(b.String())
	for word := range strings.FieldsSeq(folded(text)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

func folded(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

func choicePasses(a asset.Asset, field asset.Field, chosen []string) bool {
	if len(chosen) == 0 {
		return field != asset.FieldStatus || a.Status != asset.StatusDisposed
	}
	value := a.Cell(field)
	switch field {
	case asset.FieldKind:
		value = string(a.Kind)
	case asset.FieldStatus:
		value = string(a.Status)
	}
	return slices.Contains(chosen, value)
}

func facetsOf(counts map[asset.Field]map[string]int) []asset.Facet {
	var out []asset.Facet
	for _, p := range facetParams {
		f := asset.Facet{Field: p.field}
		for value, n := range counts[p.field] {
			f.Counts = append(f.Counts, asset.Count{Value: value, N: n})
		}
		slices.SortFunc(f.Counts, func(x, y asset.Count) int { return cmp.Or(y.N-x.N, strings.Compare(x.Value, y.Value)) })
		f.Counts = f.Counts[:min(len(f.Counts), asset.MaxFacetCounts)]
		out = append(out, f)
	}
	return out
}

func sortPast(rows []asset.Asset, by asset.Sort) {
	field := cmp.Or(by.By, asset.FieldName)
	slices.SortStableFunc(rows, func(x, y asset.Asset) int {
		a, b := folded(x.Cell(field)), folded(y.Cell(field))
		n, errA := strconv.ParseInt(a, 10, 64)
		m, errB := strconv.ParseInt(b, 10, 64)
		order := strings.Compare(a, b)
		if errA == nil && errB == nil {
			order = cmp.Compare(n, m)
		}
		order = cmp.Or(order, strings.Compare(x.ID, y.ID))
		if by.Desc {
			return -order
		}
		return order
	})
}

// pastPage cuts one page out of the day's rows; the place is the number of rows
// before it, since a past day does not change.
func (c *call) pastPage(q assetQuery) (asset.ListPage, error) {
	if q.filter.SystemID != "" || q.filter.StaleDays > 0 {
		return asset.ListPage{}, fault.Invalid("asset.as_of.filter").At("as_of")
	}
	from := 0
	if q.after != "" {
		n, ok := digits(q.after)
		if !ok {
			return asset.ListPage{}, fault.Invalid("asset.error.cursor").At("after")
		}
		from = n
	}
	rows, facets, err := c.pastRows(q)
	if err != nil {
		return asset.ListPage{}, err
	}
	page := asset.ListPage{Total: len(rows), Facets: facets}
	from = min(from, len(rows))
	to := min(from+q.limit, len(rows))
	page.Items = rows[from:to]
	if to < len(rows) {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}
