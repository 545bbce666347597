package web

import (
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
)

// formFields are the fields that a person may write for a kind, in page order.
// Disposal has a form of its own, and the kind stands before the others.
func formFields(k asset.Kind) []asset.FieldInfo {
	var out []asset.FieldInfo
	for _, f := range asset.Fields {
		switch f.Name {
		case asset.FieldKind, asset.FieldDisposedOn, asset.FieldDisposalProof, asset.FieldDisposalReason:
		default:
			if f.AppliesTo(k) && !f.ObservedOnly {
				out = append(out, f)
			}
		}
	}
	return out
}

// formGroups are the fields as labelled inputs by group. values are what stands in
// them at first.
func (c *call) formGroups(p *view.Page, k asset.Kind, values asset.Values, names assetNames) []view.FieldGroup {
	required := map[asset.Field]bool{}
	for _, set := range asset.RequiredOf(k) {
		for _, f := range set {
			required[f] = true
		}
	}
	fields := formFields(k)
	var out []view.FieldGroup
	for _, g := range asset.Groups {
		group := view.FieldGroup{Label: c.tr.T(groupKey(g))}
		for _, f := range fields {
			if f.Group == g {
				group.Fields = append(group.Fields, c.formField(p, f, values[f.Name], required[f.Name], names))
			}
		}
		if len(group.Fields) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// formField is one input, with what it held when the form was made.
func (c *call) formField(p *view.Page, f asset.FieldInfo, value string, required bool, names assetNames) view.FormField {
	value = c.typedForm(f, value, names)
	in := p.Input(string(f.Name), fieldKey(f.Name)).Max(max(f.MaxChars, 40)).Auto("off").Or(value)
	switch f.Type {
	case asset.TypeEnum, asset.TypeBool3:
		in = in.From(c.fieldChoices(f, value))
	case asset.TypeDate:
		in = in.Kind("date")
	case asset.TypeBytes:
		in = in.Help("asset.form.bytes")
	}
	if f.Name == asset.FieldNote {
		in = in.Long(3).Max(f.MaxChars)
	}
	was := value
	if _, sent := p.Form.Values["was_"+string(f.Name)]; sent {
		was = p.Form.Get("was_" + string(f.Name))
	}
	return view.FormField{Input: in, Was: was, Wanted: required}
}

// typedForm writes a stored value as people type it.
func (c *call) typedForm(f asset.FieldInfo, value string, names assetNames) string {
	switch f.Type {
	case asset.TypeBytes:
		return c.shortBytes(value)
	case asset.TypeVendor:
		return orSame(names.vendors[value], value)
	}
	return value
}

func (c *call) fieldChoices(f asset.FieldInfo, value string) []view.Choice {
	out := []view.Choice{{Label: c.tr.T("assets.none_set"), Current: value == ""}}
	if f.Name == asset.FieldStatus {
		out = nil
	}
	for _, word := range f.Choices {
		if f.Name == asset.FieldStatus && word == string(asset.StatusDisposed) && value != word {
			continue
		}
		out = append(out, view.Choice{Value: word, Label: c.valueWords(f.Name, word, assetNames{}), Current: word == value})
	}
	return out
}

// sizeUnits are the steps of 1,024 in which sizes are typed and shown.
var sizeUnits = []struct {
	name  string
	bytes int64
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// shortBytes writes a number of bytes as people do: exactly when it is whole GB or
// MB, else rounded. A field that stays as it was is not saved, so nothing is lost.
func (c *call) shortBytes(value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n == 0 {
		return value
	}
	for _, u := range sizeUnits[:3] {
		if n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + " " + u.name
		}
	}
	return c.tr.Bytes(n)
}

// parseBytes reads what shortBytes writes, with or without blank, and plain bytes.
func parseBytes(typed string) (string, bool) {
	typed = strings.ToUpper(strings.TrimSpace(typed))
	for _, u := range sizeUnits {
		number, found := strings.CutSuffix(typed, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n < 0 || n*float64(u.bytes) > 1<<60 {
			return "", false
		}
		return strconv.FormatInt(int64(n*float64(u.bytes)), 10), true
	}
	n, err := strconv.ParseInt(typed, 10, 64)
	return typed, err == nil && n >= 0
}

// typedValue reads one field of the form in its stored form; empty stays empty.
func (c *call) typedValue(f asset.FieldInfo) (string, error) {
	typed := strings.ReplaceAll(c.value(string(f.Name)), "\r\n", "\n")
	if typed == "" {
		return "", nil
	}
	switch f.Type {
	case asset.TypeDate:
		return c.day(string(f.Name))
	case asset.TypeBytes:
		n, ok := parseBytes(typed)
		if !ok {
			return "", fault.Invalid("asset.error.bytes").At(string(f.Name))
		}
		return n, nil
	case asset.TypeVendor:
		found, err := c.vendorNamed(typed)
		if err != nil || found.ID == "" {
			return typed, err
		}
		return found.ID, nil
	}
	return typed, nil
}

// typedChanges reads the fields that the person changed in the form: those whose
// text differs from what stood in them.
func (c *call) typedChanges(fields []asset.FieldInfo) (asset.Values, error) {
	set := asset.Values{}
	var first error
	for _, f := range fields {
		name := string(f.Name)
		if _, sent := c.r.PostForm[name]; !sent {
			continue
		}
		if oneLine(c.value(name)) == oneLine(c.value("was_"+name)) {
			continue
		}
		value, err := c.typedValue(f)
		if err != nil && first == nil {
			first = err
		}
		set[f.Name] = value
	}
	return set, first
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// kindChoices are the kinds a form offers.
func (c *call) kindChoices(now asset.Kind) []view.Choice {
	var out []view.Choice
	for _, k := range asset.Kinds {
		out = append(out, view.Choice{Value: string(k), Label: c.tr.T(kindKey(k)), Icon: kindIcon(k), Current: k == now})
	}
	return out
}

func knownKind(word string) bool { return slices.Contains(asset.Kinds, asset.Kind(word)) }
