package snmp

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"sonae/internal/survey/network"
)

//go:embed makers.txt
var makersText string

// own is where a maker keeps what the standard tables leave empty: a trait for each
// name, the first that answers counts.
type own []struct{ trait, oid string }

// makers reads the table by the number of the maker.
var makers = sync.OnceValue(func() map[string]own {
	traits := map[string]string{"serial": network.TraitEntitySerial, "model": network.TraitEntityModel, "software": network.TraitEntityFW}
	all := map[string]own{}
	for line := range strings.Lines(makersText) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] == "#" {
			continue
		}
		var o own
		for _, w := range words[2:] {
			field, names, _ := strings.Cut(w, "=")
			for name := range strings.SplitSeq(names, ",") {
				o = append(o, struct{ trait, oid string }{traits[field], ".1.3.6.1.4.1." + name})
			}
		}
		all[words[0]] = o
	}
	return all
})

// maker asks for what ENTITY-MIB left empty.
func (r *reader) maker(ctx context.Context) error {
	rest, ok := strings.CutPrefix(r.objects, ".1.3.6.1.4.1.")
	if !ok {
		return nil
	}
	number, _, _ := strings.Cut(rest, ".")
	var oids, traits []string
	for _, o := range makers()[number] {
		if !slices.ContainsFunc(r.Traits, func(t network.Trait) bool { return t.Key == o.trait }) {
			oids, traits = append(oids, o.oid), append(traits, o.trait)
		}
	}
	if len(oids) == 0 {
		return nil
	}
	v, err := r.get(ctx, oids...)
	for i, value := range v {
		r.trait(traits[i], told(value.Name()))
	}
	return err
}
