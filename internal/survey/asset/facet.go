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

// kindAt is the place of the kind in a facet key.
var kindAt = slices.Index(facetFields, FieldKind)

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

// needsLook stands behind the facet key of a row that Attention finds.
const needsLook = "!"

// tally counts rows by facet while they pass by.
type tally struct {
	chosen    [][]string
	attention bool             // only rows that need a look
	counts    []map[string]int // by facet field
	kinds     map[string]int
	look      int
	total     int
}

func (f Filter) tally() *tally {
	t := &tally{chosen: f.chosen(), attention: f.Attention, counts: make([]map[string]int, len(facetFields)), kinds: map[string]int{}}
	for i := range t.counts {
		t.counts[i] = map[string]int{}
	}
	return t
}

// add counts a row by the parts of its key and tells whether it passes the whole
// filter. A row counts for a facet when it passes the choices on all other facets,
// and for the overview when it passes all but the kind, attention aside.
func (t *tally) add(parts []string, look bool) bool {
	failed, at := 0, 0
	for i, p := range parts {
		if !passes(i, p, t.chosen[i]) {
			failed++
			at = i
		}
	}
	if failed == 0 || failed == 1 && facetFields[at] == FieldKind {
		t.kinds[parts[kindAt]]++
		if look {
			t.look++
		}
	}
	if t.attention && !look {
		return false
	}
	switch failed {
	case 0:
		t.total++
		for i, p := range parts {
			t.counts[i][p]++
		}
	case 1:
		t.counts[at][parts[at]]++
	}
	return failed == 0
}

func (t *tally) facets() []Facet {
	out := make([]Facet, len(facetFields))
	for i, f := range facetFields {
		out[i] = Facet{Field: f, Counts: ordered(t.counts[i])}
	}
	return out
}

// countFacets reads joined facet keys with their marks and counts. Disposed assets
// are left out unless a status was chosen.
func (f Filter) countFacets(joined string) ([]Facet, Overview, int) {
	t := f.tally()
	parts := make([]string, len(facetFields)+1)
	for len(joined) > 0 {
		var key string
		key, joined, _ = strings.Cut(joined, recordSep)
		if cutKey(key, parts) {
			t.add(parts[:len(facetFields)], parts[len(facetFields)] == needsLook)
		}
	}
	return t.facets(), overviewOf(t.kinds, t.look), t.total
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
