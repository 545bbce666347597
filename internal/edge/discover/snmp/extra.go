package snmp

import (
	"context"
	"strconv"

	"sonae/internal/survey/network/recognise"
)

// extra asks for what makers keep outside of the standard MIBs. Which values those are,
// and what they mean, stands in the rules of recognise; here they become traits.
func (r *reader) extra(ctx context.Context) error {
	var single, column []recognise.OID
	for _, o := range recognise.ExtraOIDs(r.objects) {
		if o.Next {
			column = append(column, o)
		} else {
			single = append(single, o)
		}
	}
	values, err := r.get(ctx, names(single)...)
	for i, v := range values {
		r.trait(single[i].TraitKey, plainText(v))
	}
	if err != nil {
		return err
	}
	return r.firsts(ctx, names(column), func(i int, v Var, inside bool) {
		if inside {
			r.trait(column[i].TraitKey, plainText(v.Value))
		}
	})
}

func names(list []recognise.OID) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.OID
	}
	return out
}

// plainText is a text, or a number as it is written.
func plainText(v Value) string {
	if v.Kind == KindNumber {
		return strconv.FormatInt(v.Number, 10)
	}
	return v.Text()
}
