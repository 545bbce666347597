package asset

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
)

// Limits of a filter from outside.
const (
	maxChoices   = 100   // values of one part
	maxStaleDays = 3650  // ten years
	maxQuery     = 8_000 // bytes of a query text
)

func validText(s string, maxChars int) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0) && utf8.RuneCountInString(s) <= maxChars
}

// listParam is a repeated part of a query text.
type listParam struct {
	name string
	of   func(*Filter) *[]string
	set  []string // allowed words; nil = any text
}

// textParams are the lists of free text.
var textParams = []listParam{
	{"facility", func(f *Filter) *[]string { return &f.FacilityIDs }, nil},
	{"department", func(f *Filter) *[]string { return &f.Departments }, nil},
	{"room", func(f *Filter) *[]string { return &f.Rooms }, nil},
	{"custodian", func(f *Filter) *[]string { return &f.Custodians }, nil},
	{"os", func(f *Filter) *[]string { return &f.OS }, nil},
	{"criticality", func(f *Filter) *[]string { return &f.Criticality }, []string{"high", "medium", "low", ""}},
	{"vendor", func(f *Filter) *[]string { return &f.Vendors }, nil},
	{"remote_maintenance", func(f *Filter) *[]string { return &f.RemoteMaintenance }, yesNo},
	{"internet_facing", func(f *Filter) *[]string { return &f.InternetFacing }, yesNo},
	{"silence", func(f *Filter) *[]string { return &f.Silence }, []string{"silent", "late", "excepted"}},
	{"patient_data", func(f *Filter) *[]string { return &f.PatientData }, yesNo},
}

// ParseFilter reads the parts of a query that pages, the API and saved views
// share (q, kind, status, department, …; see Filter.Query). Parts it does not know
// are left to the caller. Scope, NowMS, Zone and AssetIDs never come from a query.
func ParseFilter(query url.Values) (Filter, error) {
	f := Filter{Text: query.Get("q"), SystemID: query.Get("system"), SupportEndsBy: query.Get("support_ends_by"),
		Incomplete: query.Get("incomplete") == "1", Contradicting: query.Get("contradicting") == "1", SwitchedOff: query.Get("switched_off") == "1", Attention: query.Get("attention") == "1"}
	var err error
	if f.Kinds, err = choices(query, "kind", Kinds); err != nil {
		return Filter{}, err
	}
	if f.Statuses, err = choices(query, "status", Statuses); err != nil {
		return Filter{}, err
	}
	if f.Sources, err = choices(query, "source", Sources); err != nil {
		return Filter{}, err
	}
	for _, p := range textParams {
		for _, v := range query[p.name] {
			if p.set != nil && !slices.Contains(p.set, v) {
				return Filter{}, fault.Invalid("asset.error.choice").At(p.name)
			}
			*p.of(&f) = append(*p.of(&f), v)
		}
	}
	if days := query.Get("stale_days"); days != "" {
		if f.StaleDays, err = strconv.Atoi(days); err != nil {
			return Filter{}, fault.Invalid("asset.error.number").At("stale_days")
		}
	}
	return f, f.check()
}

func choices[T ~string](query url.Values, name string, allowed []T) ([]T, error) {
	var out []T
	for _, v := range query[name] {
		if !slices.Contains(allowed, T(v)) {
			return nil, fault.Invalid("asset.error.choice").At(name)
		}
		out = append(out, T(v))
	}
	return out, nil
}

// Query writes the filter so that ParseFilter reads it back.
func (f Filter) Query() url.Values {
	out := url.Values{}
	one := func(name, value string) {
		if value != "" {
			out.Set(name, value)
		}
	}
	one("q", f.Text)
	one("system", f.SystemID)
	one("support_ends_by", f.SupportEndsBy)
	for name, on := range map[string]bool{"attention": f.Attention, "incomplete": f.Incomplete, "contradicting": f.Contradicting, "switched_off": f.SwitchedOff} {
		if on {
			out.Set(name, "1")
		}
	}
	if f.StaleDays != 0 {
		out.Set("stale_days", strconv.Itoa(f.StaleDays))
	}
	for name, list := range map[string][]string{"kind": words(f.Kinds), "status": words(f.Statuses), "source": words(f.Sources)} {
		if len(list) > 0 {
			out[name] = list
		}
	}
	for _, p := range textParams {
		if list := *p.of(&f); len(list) > 0 {
			out[p.name] = slices.Clone(list)
		}
	}
	return out
}
