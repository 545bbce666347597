package asset

import (
	"cmp"
	"slices"
	"strings"
)

// facetFields are counted beside a list. Their values stand joined in one column
// of the wide row (facet_key): a list reads that column of all rows that the rest
// of the filter lets through as one string and counts here, which is one scan for
// all facets and the total, instead of one sort for each.
var facetFields = []Field{FieldKind, FieldStatus, FieldDepartment, FieldRoom, FieldCustodian, FieldOSName, FieldSource, FieldCriticality, FieldVendor}

// Separators inside a facet key and between keys; values that hold them are
// escaped.
const (
	unitSep   = "\x1f"
	recordSep = "\x1e"
)

var (
	facetEscape   = strings.NewReplacer("\x1d", "\x1dd", unitSep, "\x1du", recordSep, "\x1dr")
	facetUnescape = strings.NewReplacer("\x1dd", "\x1d", "\x1du", unitSep, "\x1dr", recordSep)
)

func facetKey(a Asset) string {
	parts := make([]string, len(facetFields))
	for i, f := range facetFields {
		switch f {
		case FieldKind:
			parts[i] = string(a.Kind)
		case FieldStatus:
			parts[i] = string(a.Status)
		case FieldSource:
			parts[i] = string(a.MainSource)
		default:
			parts[i] = a.Values[f]
		}
		if strings.ContainsAny(parts[i], "\x1d\x1e\x1f") {
			parts[i] = facetEscape.Replace(parts[i])
		}
	}
	return strings.Join(parts, unitSep)
}

// chosen gives the values a filter allows for each facet field, escaped as in the
// key; nil = any.
func (f Filter) chosen() [][]string {
	lists := map[Field][]string{FieldKind: words(f.Kinds), FieldStatus: words(f.Statuses), FieldDepartment: f.Departments, FieldRoom: f.Rooms,
		FieldCustodian: f.Custodians, FieldOSName: f.OS, FieldSource: words(f.Sources), FieldCriticality: f.Criticality, FieldVendor: f.Vendors}
	out := make([][]string, len(facetFields))
	for i, field := range facetFields {
		for _, v := range lists[field] {
			out[i] = append(out[i], facetEscape.Replace(v))
		}
	}
	return out
}

// countFacets reads joined facet keys and counts. A row counts for a facet when
// it passes the choices on all other facets, and for the total when it passes
// all. Disposed assets are left out unless a status was chosen.
func countFacets(joined string, chosen [][]string) (facets []Facet, total int) {
	counts := make([]map[string]int, len(facetFields))
	for i := range counts {
		counts[i] = map[string]int{}
	}
	parts := make([]string, len(facetFields))
	for len(joined) > 0 {
		var key string
		key, joined, _ = strings.Cut(joined, recordSep)
		if !cutKey(key, parts) {
			continue
		}
		failed, at := 0, 0
		for i, p := range parts {
			if !passes(i, p, chosen[i]) {
				failed++
				at = i
			}
		}
		switch failed {
		case 0:
			total++
			for i, p := range parts {
				counts[i][p]++
			}
		case 1:
			counts[at][parts[at]]++
		}
	}
	facets = make([]Facet, len(facetFields))
	for i, f := range facetFields {
		facets[i] = Facet{Field: f, Counts: ordered(counts[i])}
	}
	return facets, total
}

func passes(i int, value string, chosen []string) bool {
	if len(chosen) == 0 {
		return facetFields[i] != FieldStatus || value != string(StatusDisposed)
	}
	return slices.Contains(chosen, value)
}

func cutKey(key string, parts []string) bool {
	for i := range parts {
		var more bool
		parts[i], key, more = strings.Cut(key, unitSep)
		if more != (i < len(parts)-1) {
			return false
		}
	}
	return true
}

func ordered(counts map[string]int) []Count {
	out := make([]Count, 0, len(counts))
	for v, n := range counts {
		out = append(out, Count{facetUnescape.Replace(v), n})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(b.N-a.N, strings.Compare(a.Value, b.Value)) })
	return out[:min(len(out), MaxFacetCounts)]
}
