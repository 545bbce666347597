package api

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sonae/internal/review/diagram"
)

// The forms and papers that the description names are those that there are.
func TestTopologyFileOffersEveryForm(t *testing.T) {
	of := reflect.TypeFor[topologyFileIn]()
	enum := func(name string) []string {
		f, ok := of.FieldByName(name)
		if !ok {
			t.Fatalf("no field %s", name)
		}
		return slices.Sorted(slices.Values(strings.Split(f.Tag.Get("enum"), ",")))
	}
	var forms []string
	for _, f := range diagram.Formats {
		forms = append(forms, f.Name)
	}
	slices.Sort(forms)
	if got := enum("Format"); !slices.Equal(got, forms) {
		t.Errorf("forms are %v, the API offers %v", forms, got)
	}
	if got, want := enum("Paper"), slices.Sorted(maps.Keys(diagram.Papers)); !slices.Equal(got, want) {
		t.Errorf("papers are %v, the API offers %v", want, got)
	}
}
