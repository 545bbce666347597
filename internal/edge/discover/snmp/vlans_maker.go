package snmp

import "context"

// Tables of makers: Cisco (CISCO-VTP-MIB, CISCO-VLAN-MEMBERSHIP-MIB), Juniper
// (JUNIPER-VLAN-MIB, JUNIPER-L2ALD-MIB), Extreme (EXTREME-VLAN-MIB).
const (
	vtpVlanName        = ".1.3.6.1.4.1.9.9.46.1.3.1.1.4"
	vmVlan             = ".1.3.6.1.4.1.9.9.68.1.2.2.1.2"
	vlanTrunkEntry     = ".1.3.6.1.4.1.9.9.46.1.6.1.1"
	jnxExVlanEntry     = ".1.3.6.1.4.1.2636.3.40.1.5.1.5.1"
	jnxL2aldVlanEntry  = ".1.3.6.1.4.1.2636.3.48.1.3.1.1"
	extremeVlanIfEntry = ".1.3.6.1.4.1.1916.1.2.1.2.1"
)

var makerVLANRoots = []string{vtpVlanName, vmVlan, vlanTrunkEntry + ".14", jnxExVlanEntry + ".5", jnxL2aldVlanEntry + ".3", extremeVlanIfEntry + ".10"}

// makerVLANs reads VLANs where the standard tables do not tell them.
func (r *reader) makerVLANs(ctx context.Context) error {
	err := r.walk(ctx, vtpVlanName, func(index []uint32, v Value) bool {
		if len(index) == 2 { // VTP domain, VLAN
			r.vlan(int(min(index[1], 5000)), v.Name())
		}
		return true
	})
	access := r.walk(ctx, vmVlan, func(index []uint32, v Value) bool {
		if p := r.known(index); p != nil && validVLAN(v.Small()) {
			p.state.VLAN = v.Small()
			add(r.plain, int(index[0]), v.Small())
		}
		return true
	})
	trunks := r.ciscoTrunks(ctx)
	tables := r.namedVLANs(ctx, jnxExVlanEntry, "5", "2")
	if tables == nil {
		tables = r.namedVLANs(ctx, jnxL2aldVlanEntry, "3", "2")
	}
	if tables == nil {
		tables = r.namedVLANs(ctx, extremeVlanIfEntry, "10", "2")
	}
	for _, e := range []error{err, access, trunks, tables} {
		if e != nil {
			return e
		}
	}
	return nil
}

// known gives the port that an index of one number means.
func (r *reader) known(index []uint32) *port {
	if len(index) != 1 {
		return nil
	}
	return r.ports[int(index[0])]
}

// ciscoTrunks reads ports that carry several VLANs: state (14: 1 = trunking), the VLAN
// of untagged packets (5) and the allowed ones in four lists of 1,024 bits (4, 17–19).
func (r *reader) ciscoTrunks(ctx context.Context) error {
	if r.absent[vlanTrunkEntry+".14"] {
		return nil
	}
	trunk := map[int]bool{}
	return r.columns(ctx, vlanTrunkEntry, []string{"14", "5", "4", "17", "18", "19"}, func(column int, index []uint32, v Value) {
		p := r.known(index)
		if p == nil {
			return
		}
		n := int(index[0])
		switch {
		case column == 0:
			trunk[n] = v.Small() == 1
		case !trunk[n]:
		case column == 1:
			if validVLAN(v.Small()) {
				p.state.VLAN = v.Small()
				add(r.plain, n, v.Small())
			}
		case v.Kind == KindBytes:
			first := []int{0, 1024, 2048, 3072}[column-2]
			for _, bit := range bitsOf(v.Bytes[:min(len(v.Bytes), 128)]) {
				// A trunk allows every number by default; those that exist count.
				if id := first + bit; id != p.state.VLAN && validVLAN(id) {
					if _, exists := r.vlanIDs[id]; exists {
						add(r.tagged, n, id)
					}
				}
			}
		}
	})
}

// namedVLANs reads a table that has the number and the name of a VLAN in two columns.
func (r *reader) namedVLANs(ctx context.Context, entry, number, name string) error {
	if r.absent[entry+"."+number] {
		return nil
	}
	ids := map[uint32]int{}
	return r.columns(ctx, entry, []string{number, name}, func(column int, index []uint32, v Value) {
		if len(index) == 0 {
			return
		}
		row := index[len(index)-1]
		if column == 0 {
			ids[row] = v.Small()
			r.vlan(ids[row], "")
		} else {
			r.vlan(ids[row], v.Name())
		}
	})
}
