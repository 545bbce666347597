package snmp

import (
	"context"
)

// Q-BRIDGE-MIB (RFC 4363): VLANs as they are now, as they are set, and the VLAN of
// untagged packets of each port.
const (
	qVlanCurrent = ".1.3.6.1.2.1.17.7.1.4.2.1"
	qVlanStatic  = ".1.3.6.1.2.1.17.7.1.4.3.1"
	qPvid        = ".1.3.6.1.2.1.17.7.1.4.5.1.1"
)

var vlanRoots = append(append(columnsOf(qVlanCurrent, "4", "5"), columnsOf(qVlanStatic, "1", "2", "4")...), qPvid)

// vlans reads the VLANs and which ports belong to them.
func (r *reader) vlans(ctx context.Context) error {
	egress, plain := map[int][]byte{}, map[int][]byte{}
	take := func(to map[int][]byte, id int, v Value) {
		if v.Kind == KindBytes && validVLAN(id) {
			to[id] = v.Bytes
		}
	}
	set := r.columns(ctx, qVlanStatic, []string{"1", "2", "4"}, func(column int, index []uint32, v Value) {
		if len(index) != 1 {
			return
		}
		id := int(min(index[0], 5000))
		switch {
		case column == 0:
			r.vlan(id, v.Name())
		case column == 1:
			take(egress, id, v)
		default:
			take(plain, id, v)
		}
	})
	now := r.columns(ctx, qVlanCurrent, []string{"4", "5"}, func(column int, index []uint32, v Value) {
		if len(index) != 2 { // time mark, VLAN
			return
		}
		id := int(min(index[1], 5000))
		r.vlan(id, "")
		if column == 0 {
			take(egress, id, v)
		} else {
			take(plain, id, v)
		}
	})
	for id, ports := range egress {
		r.members(id, ports, plain[id])
	}
	err := r.walk(ctx, qPvid, func(index []uint32, v Value) bool {
		if len(index) == 1 && validVLAN(v.Small()) {
			if p := r.ports[r.interfaceOf(int(index[0]))]; p != nil {
				p.state.VLAN = v.Small()
			}
		}
		return true
	})
	for _, e := range []error{set, now, err} {
		if e != nil {
			return e
		}
	}
	return nil
}

func validVLAN(id int) bool { return id >= 1 && id <= 4094 }

// vlan notes a VLAN; a name that was told stays.
func (r *reader) vlan(id int, name string) {
	if validVLAN(id) && r.vlanIDs[id] == "" {
		r.vlanIDs[id] = name
	}
}

// members reads port lists: one bit a bridge port, the first port highest (RFC 4363,
// PortList).
func (r *reader) members(id int, egress, untagged []byte) {
	for _, port := range bitsOf(egress) {
		index := r.interfaceOf(port + 1)
		if r.ports[index] == nil {
			continue
		}
		if hasBit(untagged, port) {
			add(r.plain, index, id)
		} else {
			add(r.tagged, index, id)
		}
	}
}

func add(to map[int]map[int]bool, port, id int) {
	if to[port] == nil {
		to[port] = map[int]bool{}
	}
	to[port][id] = true
}

func hasBit(list []byte, n int) bool {
	return n/8 < len(list) && list[n/8]&(0x80>>(n%8)) != 0
}

// bitsOf lists the bits that are set.
func bitsOf(list []byte) []int {
	var out []int
	for i, b := range list {
		for n := 0; b != 0 && n < 8; n++ {
			if b&(0x80>>n) != 0 {
				out = append(out, i*8+n)
			}
		}
	}
	return out
}
