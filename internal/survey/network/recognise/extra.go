package recognise

import "strings"

// OID is a value that a maker keeps outside of the standard MIBs and that tells model,
// version or serial number.
type OID struct {
	OID      string // dotted, with a leading dot. With Next: a column; the first value below it is wanted (GETNEXT)
	Next     bool
	TraitKey string // under which the value becomes a trait
}

// ExtraOIDs lists what to ask a device of this sysObjectID beyond the standard MIBs; an
// unknown or empty one is asked what generic agents are. At most some dozens, each once.
func ExtraOIDs(sysObjectID string) []OID {
	id, ok := below(sysObjectID)
	if !ok {
		id = generic
	}
	var out []OID
	had := map[string]bool{}
	for _, x := range ownRules().extras {
		if key := x.key(); under(id, x.Under) && !had[key] {
			had[key] = true
			out = append(out, OID{OID: x.oid(), Next: x.Next, TraitKey: key})
		}
	}
	return out
}

// generic is Net-SNMP's number (NET-SNMP-MIB): what devices answer whose maker built
// them on it and gave them no number of their own.
const generic = "8072"

// oid is absolute where it is written with a leading dot (standard MIBs).
func (x extra) oid() string {
	if strings.HasPrefix(x.OID, ".") {
		return x.OID
	}
	return enterprises + x.OID
}

func (x extra) key() string { return "snmp.oid" + x.oid() }
